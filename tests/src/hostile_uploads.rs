//! Any bytes as requests of the upload protocol, under the token of an enrolled phone: the real routes over a real
//! folder, without a network.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use tempfile::TempDir;
use tingfang_core::clock::Clock;
use tingfang_core::people::Role;
use tingfang_core::signature::SecretKey;
use tingfang_server::api::uploads::PATH;
use tingfang_server::app::{App, initialise};
use tingfang_server::config::Config;
use tingfang_server::db::{Db, scratch};
use tingfang_server::identity::token;
use tingfang_server::router;
use tingfang_server::store::attachment;
use tingfang_server::store::device::{self, Device, DeviceState};
use tower::ServiceExt;

use crate::time::{HandClock, minter};
use crate::world::World;

/// What stands between two requests, and between the parts of one: bytes that no text has.
const NEXT_REQUEST: u8 = 0xff;
const NEXT_PART: u8 = 0xfe;
/// The headers that the parts of a request are, after its place and before its body.
const HEADERS: [&str; 4] = ["upload-length", "upload-offset", "upload-metadata", "upload-checksum"];
/// The most requests of one run.
const MOST: usize = 16;

/// A server and a phone that sends it anything.
pub struct UploadsUnderFire {
    app: App,
    router: Router,
    runtime: tokio::runtime::Runtime,
    token: String,
    _folder: TempDir,
}

impl Default for UploadsUnderFire {
    fn default() -> Self {
        Self::new()
    }
}

impl UploadsUnderFire {
    /// A fresh server with one phone.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (clock, mut config) = (HandClock::new(), Config::for_folder(folder.path()));
        let minter = minter(&clock, 9_900);
        config.database = scratch::place(folder.path());
        let db = Db::open(config.database.clone()).expect("a fresh database");
        initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
        let person = World::found(&db, &minter).person(&db, &minter, "anna", Role::Supervisor);
        let device = Device {
            id: minter.mint(),
            person,
            name: "手机".to_owned(),
            algorithm: 1,
            public_key: SecretKey::from_seed(&[9; 32]).public().0.to_vec(),
            epoch: 1,
            state: DeviceState::Active,
            enrolled_at: clock.now(),
            enrolled_by: None,
            last_seen_at: None,
        };
        let token = token::mint(&minter, token::DEVICE);
        let (hash, now) = (token::hash(&token), clock.now());
        db.write(move |tx| {
            device::insert(tx, &device)?;
            device::add_token(tx, device.id, &hash, now)
        })
        .expect("enrolled");
        let app = App::with(config, db, minter).expect("an application");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { router: router::build(app.clone()), app, runtime, token, _folder: folder }
    }

    /// Sends the requests that some bytes are. Says how many were taken.
    ///
    /// # Errors
    /// What harm was done: the server failed, or says that it has a file which it does not have.
    pub fn take(&self, bytes: &[u8]) -> Result<usize, String> {
        let (mut taken, mut begun) = (0, Vec::new());
        for request in bytes.split(|byte| *byte == NEXT_REQUEST).take(MOST) {
            let Some(request) = self.request(request, begun.last().map(String::as_str)) else { continue };
            let (status, location) = self.answer(request);
            if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
                return Err(format!("the server failed: {status}"));
            }
            taken += usize::from(status.is_success());
            begun.extend(location);
        }
        for file in self.app.db.read(attachment::all).map_err(|error| error.to_string())? {
            let found = self.runtime.block_on(self.app.files.digest_of(file.digest));
            if found.is_err() || found.is_ok_and(|found| found != file.digest) {
                return Err(format!("the file {} is not there, or another", file.digest));
            }
        }
        // What was not finished does not count against what the next run sends.
        for place in begun {
            self.answer(self.begin(Method::DELETE, &place).body(Body::empty()).expect("a request"));
        }
        Ok(taken)
    }

    fn begin(&self, method: Method, place: &str) -> axum::http::request::Builder {
        let bearer = format!("Bearer {}", self.token);
        Request::builder()
            .method(method)
            .uri(place)
            .header(header::AUTHORIZATION, bearer)
            .header("tus-resumable", "1.0.0")
            .header(header::CONTENT_TYPE, "application/offset+octet-stream")
    }

    /// The request that some bytes are; nothing where HTTP itself knows no such thing.
    fn request(&self, bytes: &[u8], last: Option<&str>) -> Option<Request<Body>> {
        let (method, rest) = bytes.split_first()?;
        let method = match method % 5 {
            0 => Method::POST,
            1 => Method::PATCH,
            2 => Method::HEAD,
            3 => Method::DELETE,
            _ => Method::OPTIONS,
        };
        let mut parts = rest.splitn(HEADERS.len() + 2, |byte| *byte == NEXT_PART);
        let place = match parts.next().unwrap_or_default() {
            b"" if method == Method::POST => PATH.to_owned(),
            b"" => last?.to_owned(),
            given => format!("{PATH}/{}", std::str::from_utf8(given).ok()?),
        };
        let mut request = self.begin(method, &place);
        for name in HEADERS {
            let Some(value) = parts.next().filter(|value| !value.is_empty()) else { continue };
            request = request.header(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
        }
        request.body(Body::from(parts.next().unwrap_or_default().to_vec())).ok()
    }

    fn answer(&self, request: Request<Body>) -> (StatusCode, Option<String>) {
        let answer = self.runtime.block_on(self.router.clone().oneshot(request)).expect("an answer");
        let location = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
        (answer.status(), location.map(str::to_owned))
    }
}

/// Honest requests to begin from: a document in two pieces, each with its place.
pub fn honest() -> Vec<u8> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::Digest;
    let pages = format!("%PDF-1.7{}%%EOF", " ".repeat(51)).into_bytes();
    let digest: String = sha2::Sha256::digest(&pages).iter().map(|byte| format!("{byte:02x}")).collect();
    let metadata =
        format!("sha256 {},filetype {}", STANDARD.encode(digest), STANDARD.encode("application/pdf"));
    let request = |method: u8, parts: [&[u8]; 6]| {
        let mut bytes = vec![method];
        bytes.extend(parts.join(&NEXT_PART));
        bytes
    };
    [
        request(0, [b"", b"64", b"", metadata.as_bytes(), b"", b""]),
        request(1, [b"", b"", b"0", b"", b"", &pages[..40]]),
        request(2, [b"", b"", b"", b"", b"", b""]),
        request(1, [b"", b"", b"40", b"", b"", &pages[40..]]),
    ]
    .join(&NEXT_REQUEST)
}
