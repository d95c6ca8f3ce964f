//! Uploads from the outside, as any client of tus sees them.

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use tingfang_core::people::Role;
use tingfang_core::record::attachment::ContentDigest;

use super::devices;
use crate::db::Tx;
use crate::identity::token;
use crate::store::device::{self, DeviceState};
use crate::store::{attachment, wipe_order};
use crate::testing::{Answer, TestServer};

const UPLOADS: &str = "/api/v1/attachments/uploads";
const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const PIECE: (&str, &str) = ("content-type", "application/offset+octet-stream");

fn digest(bytes: &[u8]) -> ContentDigest {
    ContentDigest(Sha256::digest(bytes).into())
}

fn picture(size: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
    bytes.resize(size, 7);
    bytes
}

fn metadata(digest: &str, media: &str) -> String {
    format!("sha256 {},filetype {}", STANDARD.encode(digest), STANDARD.encode(media))
}

/// A server, and the tokens of two people's phones.
struct Scene {
    server: TestServer,
    phones: [String; 2],
}

impl Scene {
    fn new() -> Self {
        let server = TestServer::new();
        let admin = server.sign_in("admin");
        let phones = [("anna", 1), ("ben", 2)].map(|(login, seed)| {
            let person = server.person(login, &[Role::Supervisor]);
            let wish = serde_json::json!({ "person": person });
            let code = server.post("/api/v1/devices/enrolments", Some(&admin), &wish).json()["code"].clone();
            let enrolled = server.post("/api/v1/devices", None, &devices::request(&code, seed));
            enrolled.json()["token"].as_str().expect("a token").to_owned()
        });
        Self { server, phones }
    }

    fn begin(&self, phone: usize, bytes: &[u8], said: &str) -> Answer {
        let (length, metadata) = (bytes.len().to_string(), metadata(said, "image/jpeg"));
        let headers = [TUS, ("upload-length", &length), ("upload-metadata", &metadata)];
        self.server.send_with(Method::POST, UPLOADS, &self.phones[phone], &headers, Vec::new())
    }

    fn begun(&self, phone: usize, bytes: &[u8]) -> String {
        let begun = self.begin(phone, bytes, &digest(bytes).to_string());
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.json());
        begun.header("location").expect("an address").to_owned()
    }

    fn send(&self, phone: usize, url: &str, offset: usize, bytes: &[u8]) -> Answer {
        self.send_checked(phone, url, offset, bytes, None)
    }

    fn send_checked(
        &self,
        phone: usize,
        url: &str,
        offset: usize,
        bytes: &[u8],
        sum: Option<&str>,
    ) -> Answer {
        let offset = offset.to_string();
        let mut headers = vec![TUS, PIECE, ("upload-offset", &offset)];
        headers.extend(sum.map(|sum| ("upload-checksum", sum)));
        self.server.send_with(Method::PATCH, url, &self.phones[phone], &headers, bytes.to_vec())
    }

    fn ask(&self, phone: usize, url: &str) -> Answer {
        self.server.send_with(Method::HEAD, url, &self.phones[phone], &[TUS], Vec::new())
    }

    fn is_stored(&self, bytes: &[u8]) -> bool {
        let digest = digest(bytes);
        self.server.app.db.read(|tx| attachment::find(tx, digest)).expect("readable").is_some()
    }
}

#[test]
fn a_file_comes_in_pieces_and_is_there_when_it_is_whole() {
    let scene = Scene::new();
    let bytes = picture(3_000);
    let url = scene.begun(0, &bytes);
    let first = scene.send(0, &url, 0, &bytes[..1_000]);
    assert_eq!((first.status, first.header("upload-offset")), (StatusCode::NO_CONTENT, Some("1000")));
    assert_eq!(first.header("tus-resumable"), Some("1.0.0"));
    assert!(!scene.is_stored(&bytes));
    let asked = scene.ask(0, &url);
    assert_eq!((asked.status, asked.header("upload-offset")), (StatusCode::OK, Some("1000")));
    assert_eq!(
        (asked.header("upload-length"), asked.header("cache-control")),
        (Some("3000"), Some("no-store"))
    );
    let early = scene.send(0, &url, 500, &bytes[500..]);
    assert_eq!((early.status, early.code().as_str()), (StatusCode::CONFLICT, "upload_offset"));
    let rest = scene.send(0, &url, 1_000, &bytes[1_000..]);
    assert_eq!((rest.status, rest.header("upload-offset")), (StatusCode::NO_CONTENT, Some("3000")));
    assert!(scene.is_stored(&bytes));
    // Whose answer was lost asks again.
    assert_eq!(scene.ask(0, &url).header("upload-offset"), Some("3000"));
    let kept = scene.server.app.config.data.join("files");
    assert!(!kept.join("coming").exists() || is_empty(&kept.join("coming")), "no piece is left behind");
}

fn is_empty(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).expect("a folder").all(|entry| {
        let path = entry.expect("an entry").path();
        path.is_dir() && is_empty(&path)
    })
}

#[test]
fn bytes_that_are_not_what_their_digest_says_are_not_kept() {
    let scene = Scene::new();
    let (bytes, other) = (picture(100), picture(101));
    let begun = scene.begin(0, &bytes, &digest(&other).to_string());
    let url = begun.header("location").expect("an address").to_owned();
    let sent = scene.send(0, &url, 0, &bytes);
    assert_eq!((sent.status.as_u16(), sent.code().as_str()), (460, "other_digest"));
    assert_eq!(sent.header("tus-resumable"), Some("1.0.0"), "a problem speaks tus too");
    assert!(!scene.is_stored(&bytes) && !scene.is_stored(&other));
    assert_eq!(scene.ask(0, &url).status, StatusCode::NOT_FOUND, "it is over");
    let text = b"<html>no picture</html>";
    let url = scene.begun(0, text);
    let sent = scene.send(0, &url, 0, text);
    assert_eq!(sent.json()["errors"][0]["code"], "other_kind", "{}", sent.json());
    assert!(!scene.is_stored(text));
}

#[test]
fn a_piece_that_was_spoilt_on_the_way_counts_for_nothing() {
    let scene = Scene::new();
    let bytes = picture(2_000);
    let url = scene.begun(0, &bytes);
    let sha1 = format!("sha1 {}", STANDARD.encode(Sha1::digest(&bytes[..900])));
    let spoilt = scene.send_checked(0, &url, 0, &bytes[100..1_000], Some(&sha1));
    assert_eq!((spoilt.status.as_u16(), spoilt.code().as_str()), (460, "other_digest"));
    assert_eq!(scene.ask(0, &url).header("upload-offset"), Some("0"));
    assert_eq!(scene.send_checked(0, &url, 0, &bytes[..900], Some(&sha1)).status, StatusCode::NO_CONTENT);
    let sha256 = format!("sha256 {}", STANDARD.encode(Sha256::digest(&bytes[900..])));
    let last = scene.send_checked(0, &url, 900, &bytes[900..], Some(&sha256));
    assert_eq!(last.status, StatusCode::NO_CONTENT);
    assert!(scene.is_stored(&bytes));
    let unknown = scene.send_checked(0, &scene.begun(0, &picture(9)), 0, &picture(9), Some("md5 AAAA"));
    assert_eq!(unknown.json()["errors"][0]["code"], "unknown_checksum");
}

#[test]
fn what_is_wrong_with_an_upload_is_said_before_a_byte_is_sent() {
    let scene = Scene::new();
    let token = &scene.phones[0];
    let post =
        |headers: &[(&str, &str)]| scene.server.send_with(Method::POST, UPLOADS, token, headers, Vec::new());
    let good = metadata(&"ab".repeat(32), "image/jpeg");
    let wrong = |headers: &[(&str, &str)]| {
        let answer = post(headers);
        assert!(answer.status.is_client_error(), "{headers:?}");
        (answer.code(), answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
    };
    let told = |problem: &str, field: &str| (problem.to_owned(), field.to_owned());
    assert_eq!(wrong(&[("upload-length", "9"), ("upload-metadata", &good)]), told("tus_version", ""));
    assert_eq!(wrong(&[("tus-resumable", "0.2.2")]), told("tus_version", ""));
    assert_eq!(wrong(&[TUS, ("upload-length", "9")]), told("invalid", "metadata"));
    assert_eq!(wrong(&[TUS, ("upload-metadata", &good)]), told("invalid", "size_missing"));
    let large = [TUS, ("upload-length", "20000001"), ("upload-metadata", &good)];
    assert_eq!(wrong(&large), told("invalid", "file_too_large"));
    assert_eq!(wrong(&[TUS, ("upload-length", "0"), ("upload-metadata", &good)]), told("invalid", "empty"));
    let film = metadata(&"ab".repeat(32), "video/mp4");
    assert_eq!(
        wrong(&[TUS, ("upload-length", "9"), ("upload-metadata", &film)]),
        told("invalid", "media_not_taken")
    );
    let options = scene.server.send_with(Method::OPTIONS, UPLOADS, token, &[], Vec::new());
    assert_eq!(options.header("tus-max-size"), Some("100000000"));
    assert!(options.header("tus-extension").is_some_and(|said| said.contains("creation")));
    let url = scene.begun(0, &picture(50));
    let plain =
        scene.server.send_with(Method::PATCH, &url, token, &[TUS, ("upload-offset", "0")], picture(50));
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let more = scene.send(0, &url, 0, &picture(51));
    assert_eq!(more.status, StatusCode::PAYLOAD_TOO_LARGE, "more than was said");
}

#[test]
fn nobody_meddles_with_the_upload_of_another_and_who_gives_up_leaves_nothing() {
    let scene = Scene::new();
    let bytes = picture(80);
    let url = scene.begun(0, &bytes);
    assert_eq!(scene.ask(1, &url).status, StatusCode::NOT_FOUND);
    assert_eq!(scene.send(1, &url, 0, &bytes).status, StatusCode::NOT_FOUND);
    assert_eq!(scene.send(0, &url, 0, &bytes[..40]).status, StatusCode::NO_CONTENT);
    let end =
        |phone: usize| scene.server.send_with(Method::DELETE, &url, &scene.phones[phone], &[TUS], Vec::new());
    assert_eq!(end(1).status, StatusCode::NOT_FOUND);
    assert_eq!(end(0).status, StatusCode::NO_CONTENT);
    assert_eq!(scene.ask(0, &url).status, StatusCode::NOT_FOUND);
    let admin = scene.server.sign_in("admin");
    let session = scene.server.send_with(Method::POST, UPLOADS, &admin, &[TUS], Vec::new());
    assert_eq!(session.status, StatusCode::UNAUTHORIZED, "a session is no device");
}

#[test]
fn the_same_file_is_kept_once_and_nobody_learns_by_asking_that_it_is_here() {
    let scene = Scene::new();
    let bytes = picture(500);
    let url = scene.begun(0, &bytes);
    assert_eq!(scene.send(0, &url, 0, &bytes).status, StatusCode::NO_CONTENT);
    // Who has sent it once need not send it again.
    let again = scene.begin(0, &bytes, &digest(&bytes).to_string());
    assert_eq!(again.header("upload-offset"), Some("500"));
    let url = again.header("location").expect("an address").to_owned();
    assert_eq!(scene.ask(0, &url).header("upload-offset"), Some("500"));
    // Who has not is asked for the bytes, as for any file.
    let other = scene.begin(1, &bytes, &digest(&bytes).to_string());
    assert_eq!((other.status, other.header("upload-offset")), (StatusCode::CREATED, Some("0")));
    let url = other.header("location").expect("an address").to_owned();
    assert_eq!(scene.send(1, &url, 0, &bytes).status, StatusCode::NO_CONTENT);
    let whole = scene.server.app.config.data.join("files").join("whole");
    let folders = std::fs::read_dir(whole).expect("a folder");
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.expect("one").path()).expect("a folder"));
    assert_eq!(files.count(), 1);
}

#[test]
fn a_phone_that_is_to_be_wiped_hands_in_its_files_first_even_when_it_was_revoked() {
    let scene = Scene::new();
    let bytes = picture(60);
    let token = token::hash(&scene.phones[0]);
    let found = scene.server.app.db.read(|tx| device::by_token(tx, &token)).expect("readable");
    let device = found.expect("a phone").id;
    let now = scene.server.app.now();
    let revoke = move |tx: &Tx| device::set_state(tx, device, DeviceState::Revoked, now);
    scene.server.app.db.write(revoke).expect("revoked");
    let refused = scene.begin(0, &bytes, &digest(&bytes).to_string());
    assert_eq!(refused.code(), "device_inactive");
    let order = move |tx: &Tx| wipe_order::insert(tx, device, None, "手机遗失", now);
    scene.server.app.db.write(order).expect("ordered");
    let url = scene.begun(0, &bytes);
    assert_eq!(scene.send(0, &url, 0, &bytes).status, StatusCode::NO_CONTENT);
    assert!(scene.is_stored(&bytes));
}

#[test]
fn an_upload_that_nobody_goes_on_with_ends_after_two_weeks() {
    let scene = Scene::new();
    let bytes = picture(90);
    let url = scene.begun(0, &bytes);
    assert_eq!(scene.send(0, &url, 0, &bytes[..30]).status, StatusCode::NO_CONTENT);
    scene.server.clock.pass_seconds(13 * 24 * 3_600);
    assert_eq!(scene.server.wait(crate::files::forget_stale(&scene.server.app)).expect("swept"), 0);
    scene.server.clock.pass_seconds(2 * 24 * 3_600);
    assert_eq!(scene.server.wait(crate::files::forget_stale(&scene.server.app)).expect("swept"), 1);
    assert_eq!(scene.ask(0, &url).status, StatusCode::NOT_FOUND);
}
