//! A real server process under hostile requests of every kind: it answers each with a problem or ends the line,
//! never with a fault of its own, goes on serving, and does not grow.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tingfang_core::id::{DeviceId, TenantId};
use tingfang_core::sync::frame::FrameHash;
use tingfang_core::sync::wire::{self, FrameBytes, LastFrame, SyncRequest, Token};
use tingfang_tests::hostile_uploads::{self, UploadsUnderFire};
use tingfang_tests::memory::peak_kib_of;
use tingfang_tests::processes::{self, Server, Terminal};
use tingfang_tests::world::one_hearing;

/// How many requests. `TINGFANG_SOAK` multiplies it.
const REQUESTS: usize = 1_500;
/// How much more the server may hold afterwards at the most, in KiB: a few requests at once, each within its
/// limits. A single bomb that goes off is larger.
const MOST_GROWTH_KIB: u64 = 192 * 1_024;

const WORKBOOK: &[u8] = include_bytes!("../../xtask/demo-data/cases.xlsx");

/// What the server is asked with.
struct Hostile {
    address: String,
    /// The token of an enrolled phone.
    phone: String,
    /// The token of a manager.
    manager: String,
    tenant: TenantId,
    device: DeviceId,
}

impl Hostile {
    fn request(&self, rng: &mut StdRng) -> Vec<u8> {
        let which = rng.random_range(0..6);
        let token = match (rng.random_ratio(1, 8), which < 3) {
            (true, _) => "x".repeat(rng.random_range(0..9_000)),
            (false, true) => self.phone.clone(),
            (false, false) => self.manager.clone(),
        };
        let (line, mut headers, body) = match which {
            0 => self.sync(rng),
            1 => upload_begins(rng),
            2 => upload_goes_on(rng),
            3 => import(rng),
            4 => json(rng),
            _ => anything(rng),
        };
        if rng.random_ratio(1, 10) {
            headers.push_str(&format!(
                "x-{}: {}\r\n",
                "a".repeat(40),
                "b".repeat(rng.random_range(0..20_000))
            ));
        }
        let length = match rng.random_range(0..12) {
            0 => u64::MAX,
            1 => body.len() as u64 + 1_000,
            2 => 0,
            _ => body.len() as u64,
        };
        let mut request = format!(
            "{line} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nauthorization: Bearer {token}\r\n{headers}content-length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend(body);
        if rng.random_ratio(1, 10) {
            request.truncate(rng.random_range(0..request.len()));
        }
        request
    }

    fn sync(&self, rng: &mut StdRng) -> (String, String, Vec<u8>) {
        let body = match rng.random_range(0..5) {
            // A bomb: 64 MiB of zeros in a few KiB, in an honest frame of zstd.
            0 => zstd_bomb(),
            1 => noise(rng, 2_000_000),
            2 => flipped(&self.asks(rng), rng),
            _ => self.asks(rng),
        };
        let headers = "content-type: application/vnd.tingfang.sync.v1+cbor-zstd\r\n".to_owned();
        ("POST /api/v1/sync".to_owned(), headers, body)
    }
}

impl Hostile {
    /// A request of the phone with a cursor, a page and frames that are none.
    fn asks(&self, rng: &mut StdRng) -> Vec<u8> {
        let token = |rng: &mut StdRng| rng.random::<bool>().then(|| Token(noise(rng, 200)));
        wire::encode(&SyncRequest {
            tenant: self.tenant,
            device: self.device,
            epoch: rng.random(),
            cursor: token(rng),
            page: token(rng),
            frames: (0..rng.random_range(0..5)).map(|_| FrameBytes(noise(rng, 5_000))).collect(),
            page_bytes: rng.random(),
            core_version: "长".repeat(rng.random_range(0..1_000)),
            answered: Some(LastFrame { number: rng.random(), hash: FrameHash(rng.random()) }),
            audit_sizes: (0..rng.random_range(0..500)).map(|_| rng.random()).collect(),
            is_wiping: false,
            digest: None,
            policy_version: rng.random(),
        })
    }
}

fn upload_begins(rng: &mut StdRng) -> (String, String, Vec<u8>) {
    let length = ["-1", "0", "99999999999999999999", "1000", "1e9", ""][rng.random_range(0..6)];
    let values =
        ["sha256 YWJj", "filetype aW1hZ2UvanBlZw==", "sha256 !!!", "filetype", ",,,", "document /////w=="];
    let metadata: Vec<&str> = (0..rng.random_range(0..40)).map(|_| values[rng.random_range(0..6)]).collect();
    let headers = format!(
        "tus-resumable: {}\r\nupload-length: {length}\r\nupload-metadata: {}\r\n",
        ["1.0.0", "0.0.0", "é"][rng.random_range(0..3)],
        metadata.join(","),
    );
    ("POST /api/v1/attachments/uploads".to_owned(), headers, Vec::new())
}

fn upload_goes_on(rng: &mut StdRng) -> (String, String, Vec<u8>) {
    let id = ["00000000-0000-7000-8000-000000000001", "..%2f..%2fetc", "x", "%00"][rng.random_range(0..4)];
    let method = ["PATCH", "HEAD", "DELETE"][rng.random_range(0..3)];
    let headers = format!(
        "tus-resumable: 1.0.0\r\nupload-offset: {}\r\nupload-checksum: {}\r\ncontent-type: application/offset+octet-stream\r\n",
        ["0", "-5", "18446744073709551615", "a"][rng.random_range(0..4)],
        ["sha1 AAAA", "sha256", "md5 x", ""][rng.random_range(0..4)],
    );
    (format!("{method} /api/v1/attachments/uploads/{id}"), headers, noise(rng, 50_000))
}

fn import(rng: &mut StdRng) -> (String, String, Vec<u8>) {
    let file = if rng.random() { flipped(WORKBOOK, rng) } else { noise(rng, 20_000) };
    let kind = ["cases", "hearings", "people", "x"][rng.random_range(0..4)];
    let headers =
        "content-type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\n".to_owned();
    (format!("POST /api/v1/imports/{kind}?dry_run=true"), headers, file)
}

fn json(rng: &mut StdRng) -> (String, String, Vec<u8>) {
    let deep = "[".repeat(rng.random_range(1..100_000));
    let bodies = [deep.as_str(), "{\"login\":1}", "{\"login\":\"a\",\"password\":\"\\ud800\"}", "null", "{"];
    let path = ["session", "devices/enrol", "assignments", "records/x/return"][rng.random_range(0..4)];
    let headers = "content-type: application/json\r\n".to_owned();
    (format!("POST /api/v1/{path}"), headers, bodies[rng.random_range(0..5)].as_bytes().to_vec())
}

fn anything(rng: &mut StdRng) -> (String, String, Vec<u8>) {
    let paths = [
        "/api/v1/cases?limit=99999999999",
        "/api/v1/records?after=%ff",
        "/../../etc/passwd",
        "/api/v1/%2e%2e",
        "*",
    ];
    let methods = ["GET", "TRACE", "CONNECT", "PUT", "\u{1}"];
    let line = format!("{} {}", methods[rng.random_range(0..5)], paths[rng.random_range(0..5)]);
    (line, "transfer-encoding: chunked\r\n".repeat(usize::from(rng.random_ratio(1, 4))), noise(rng, 500))
}

fn noise(rng: &mut StdRng, most: usize) -> Vec<u8> {
    let mut bytes = vec![0; rng.random_range(0..most)];
    rng.fill(&mut bytes[..]);
    bytes
}

fn flipped(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..bytes.len());
        bytes[at] = rng.random();
    }
    bytes
}

/// 512 frames' blocks of 128 KiB, each one repeated byte: RFC 8878, written by hand.
fn zstd_bomb() -> Vec<u8> {
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    let block = |last: u32| ((128 * 1_024_u32) << 3 | 1 << 1 | last).to_le_bytes();
    for nth in 0..512 {
        bomb.extend_from_slice(&block(u32::from(nth == 511))[..3]);
        bomb.push(0);
    }
    bomb
}

/// Signs a manager in over HTTP, and gives the token.
fn signed_in(data: &Path, server: &Server) -> String {
    let data = data.display().to_string();
    let name = ["user", "add", "--name", "管理", "--login", "boss", "--role", "manager"];
    let added = processes::json(&[&["--data", &data], &name[..]].concat());
    let session: Value = ureq::post(&format!("{}/api/v1/session", server.url()))
        .send_json(json!({ "login": "boss", "password": added["password"] }))
        .expect("signed in")
        .body_mut()
        .read_json()
        .expect("JSON");
    session["token"].as_str().expect("a token").to_owned()
}

/// What the server says: its status; nothing when it ends the line without a word.
fn status(address: &str, request: &[u8]) -> Option<u16> {
    let mut line = TcpStream::connect(address).expect("it still listens");
    line.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    // It may end the line before it has read everything.
    let _ = line.write_all(request);
    let _ = line.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = line.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok())
}

#[test]
fn a_server_answers_hostile_requests_goes_on_serving_and_does_not_grow() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = one_hearing(folder.path(), 8_001, &["anna"]);
    let server = Server::start(&data);
    let phone = Terminal::enrol(&folder.path().join("phone"), &data, &server, "anna");
    phone.run(&["sync"]);
    let profile = std::fs::read_to_string(folder.path().join("phone/profile.json")).expect("a profile");
    let profile: Value = serde_json::from_str(&profile).expect("JSON");
    let text = |key: &str| profile[key].as_str().expect("it has that").to_owned();
    let hostile = Hostile {
        address: server.address().to_owned(),
        phone: text("token"),
        manager: signed_in(&data, &server),
        tenant: text("tenant").parse().expect("an id"),
        device: text("device").parse().expect("an id"),
    };
    let (before, mut rng) = (peak_kib_of(server.id()), StdRng::seed_from_u64(20_261_129));
    let soak = std::env::var("TINGFANG_SOAK").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    let (mut answered, mut refused) = (0, 0);
    for nth in 0..REQUESTS * soak {
        let request = hostile.request(&mut rng);
        let Some(status) = status(&hostile.address, &request) else { continue };
        answered += 1;
        refused += usize::from(status >= 400);
        let head = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
        assert!(status < 500 || status == 501 || status == 505, "request {nth}: {status} to {head}");
    }
    assert!(answered > REQUESTS / 2 && refused > REQUESTS / 3, "{answered} answered, {refused} refused");
    let after = peak_kib_of(server.id());
    println!(
        "{answered} of {} requests answered; the server held {} MB at the most, {} before",
        REQUESTS * soak,
        after / 1_000,
        before / 1_000
    );
    assert!(after - before <= MOST_GROWTH_KIB, "it held {before} KiB before and {after} KiB at the most");
    // And whoever is honest is served as ever.
    assert_eq!(phone.run(&["sync"])["rejected"], json!([]));
}

#[test]
fn whatever_is_sent_as_an_upload_what_the_server_says_that_it_has_it_has() {
    let (server, honest) = (UploadsUnderFire::new(), hostile_uploads::honest());
    assert_eq!(server.take(&honest), Ok(4), "an honest upload is taken");
    let mut rng = StdRng::seed_from_u64(9_901);
    for round in 0..400 {
        let mut forged = honest.clone();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..forged.len());
            match rng.random_range(0..4) {
                0 => forged[at] ^= 1 << rng.random_range(0..8),
                1 => drop(forged.remove(at)),
                2 => forged.insert(at, rng.random()),
                _ => {
                    let end = rng.random_range(at..forged.len());
                    let again = forged[at..end].to_vec();
                    forged.splice(at..at, again);
                }
            }
        }
        if let Err(harm) = server.take(&forged) {
            panic!("round {round}: {harm}: {forged:02x?}");
        }
    }
}
