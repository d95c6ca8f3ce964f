//! A real server process under hostile requests of every kind, several at once: it answers each with a problem or
//! ends the line, never with a fault of its own, goes on serving, and does not grow.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tingfang_core::id::{DeviceId, TenantId};
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::frame::FrameHash;
use tingfang_core::sync::wire::{self, FrameBytes, LastFrame, SyncRequest, Token};
use tingfang_server::identity::token::hex;
use tingfang_server::sync::Pace;
use tingfang_tests::fleet::FleetPhone;
use tingfang_tests::hostile_uploads::{self, UploadsUnderFire};
use tingfang_tests::memory::peak_kib_of;
use tingfang_tests::observers::{Two, narrative, start, two_observers};
use tingfang_tests::processes::{Server, Terminal};
use tingfang_tests::world::one_hearing;

/// How many requests. `TINGFANG_SOAK` multiplies it.
const REQUESTS: usize = 1_500;
/// How many of them are under way at once.
const THREADS: usize = 6;
/// How much more the server may hold afterwards at the most, in KiB: so many requests at once, each within its
/// limits. A single bomb that goes off is larger.
const MOST_GROWTH_KIB: u64 = 256 * 1_024;

/// How many sign in at once in a flood, and how often each does.
const GUESSERS: usize = 32;
const GUESSES: usize = 6;
/// How much more the server may hold after such a flood at the most, in KiB: four passwords in 19 MiB each, and as
/// much again for everything else. All of them at once would be 608 MiB.
const MOST_FOR_PASSWORDS_KIB: u64 = 160 * 1_024;

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
            // A bomb: 512 MiB of zeros in 16 KiB, in an honest frame of zstd.
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
    let (login, redemption) = (login(rng.random()), redemption(rng.random()));
    let bodies = [
        deep.as_str(),
        "{\"login\":1}",
        "{\"login\":\"a\",\"password\":\"\\ud800\"}",
        "null",
        "{",
        login.as_str(),
        redemption.as_str(),
    ];
    let path = ["session", "devices", "assignments", "records/x/return"][rng.random_range(0..4)];
    let headers = "content-type: application/json\r\n".to_owned();
    (format!("POST /api/v1/{path}"), headers, bodies[rng.random_range(0..bodies.len())].as_bytes().to_vec())
}

/// Somebody signs in whom nobody knows.
fn login(number: u64) -> String {
    json!({ "login": format!("nobody{number}"), "password": "guessed" }).to_string()
}

/// A phone redeems a code that nobody has issued.
fn redemption(number: u64) -> String {
    let key = hex(&SecretKey::from_seed(&[9; 32]).public().0);
    let code = format!("{number:016x}");
    json!({ "code": code, "algorithm": "ed25519", "public_key": key, "name": "手机" }).to_string()
}

/// A request of somebody who is not signed in.
fn from_nobody(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST /api/v1/{path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n");
    format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
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

/// 4,096 blocks of 128 KiB, each one repeated byte: RFC 8878, written by hand.
fn zstd_bomb() -> Vec<u8> {
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    let block = |last: u32| ((128 * 1_024_u32) << 3 | 1 << 1 | last).to_le_bytes();
    for nth in 0..4_096 {
        bomb.extend_from_slice(&block(u32::from(nth == 4_095))[..3]);
        bomb.push(0);
    }
    bomb
}

/// What the server says to a request that may end anywhere: its status; nothing when it ends the line without a
/// word.
fn status(address: &str, request: &[u8]) -> Option<u16> {
    let line = sent(address, request);
    let _ = line.shutdown(std::net::Shutdown::Write);
    heard(line)
}

/// A line on which something was sent, and which is held open: a server stops what it does for who has hung up.
fn sent(address: &str, request: &[u8]) -> TcpStream {
    let mut line = TcpStream::connect(address).expect("it still listens");
    line.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    // It may end the line before it has read everything.
    let _ = line.write_all(request);
    line
}

fn heard(mut line: TcpStream) -> Option<u16> {
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
        manager: server.sign_in("manager"),
        tenant: text("tenant").parse().expect("an id"),
        device: text("device").parse().expect("an id"),
    };
    let before = peak_kib_of(server.id());
    let soak = std::env::var("TINGFANG_SOAK").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    let (answered, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let attack = |seed: u64| {
        let mut rng = StdRng::seed_from_u64(seed);
        for nth in 0..REQUESTS * soak / THREADS {
            let request = hostile.request(&mut rng);
            let Some(status) = status(&hostile.address, &request) else { continue };
            answered.fetch_add(1, Ordering::Relaxed);
            refused.fetch_add(usize::from(status >= 400), Ordering::Relaxed);
            let head = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
            let is_fault = status >= 500 && status != 501 && status != 505;
            assert!(!is_fault, "request {nth} of {seed}: {status} to {head}");
        }
    };
    thread::scope(|threads| {
        let attack = &attack;
        for seed in (20_261_129..).take(THREADS) {
            threads.spawn(move || attack(seed));
        }
    });
    let (answered, refused) = (answered.into_inner(), refused.into_inner());
    // What is no HTTP at all, and who hangs up, gets no answer: about half of them.
    assert!(answered > REQUESTS / 3 && refused > REQUESTS / 4, "{answered} answered, {refused} refused");
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
fn a_flood_of_guesses_costs_little_memory_and_a_right_code_comes_through_it() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = one_hearing(folder.path(), 8_002, &["anna"]);
    let server = Server::start(&data);
    server.sign_in("manager");
    let (before, limited) = (peak_kib_of(server.id()), AtomicUsize::new(0));
    let address = server.address().to_owned();
    let ask = |path: &str, body: &str| heard(sent(&address, &from_nobody(path, body)));
    let guess = |guesser: usize| {
        for nth in 0..GUESSES {
            let number = u64::try_from(guesser * GUESSES + nth).expect("a small number");
            // Each under a name of its own: what is counted by name does not hold it up.
            let said = ask("session", &login(number));
            assert!(matches!(said, Some(401 | 429)), "{said:?}");
            let said = ask("devices", &redemption(number));
            assert!(matches!(said, Some(410 | 429)), "{said:?}");
            limited.fetch_add(usize::from(said == Some(429)), Ordering::Relaxed);
        }
    };
    let phone = thread::scope(|threads| {
        let guess = &guess;
        for guesser in 0..GUESSERS {
            threads.spawn(move || guess(guesser));
        }
        Terminal::enrol(&folder.path().join("phone"), &data, &server, "anna")
    });
    let after = peak_kib_of(server.id());
    println!("the server held {} MB at the most, {} before", after / 1_000, before / 1_000);
    assert!(after - before <= MOST_FOR_PASSWORDS_KIB, "{before} KiB before and {after} KiB at the most");
    assert!(limited.into_inner() > 0, "wrong codes are too many at last");
    assert_eq!(phone.run(&["sync"])["rejected"], json!([]));
}

#[test]
fn a_phone_that_asks_too_often_waits_and_its_text_is_taken_none_the_less() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(8_003);
    let record = start(&mut anna, assignment, "attendance");
    start(&mut ben, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    let door = fleet.door().clone().at_pace(Pace::new(2, 1));
    let ask = |phone: &mut FleetPhone| {
        let request = phone.phone.next_request().expect("a request");
        let answer = door.exchange(&fleet.device(phone.device), &request).expect("an answer");
        phone.phone.take_response(&answer).expect("an answer that fits")
    };
    for _ in 0..2 {
        assert_eq!(ask(&mut anna).retry_after_s, None);
    }
    ben.phone.edit(record, &[narrative("本写的。")]).expect("written");
    fleet.sync(&mut ben);
    anna.phone.edit(record, &[narrative("安娜写的。")]).expect("written");
    let told = ask(&mut anna);
    assert!(told.retry_after_s.is_some_and(|seconds| (1..=60).contains(&seconds)), "{told:?}");
    assert_eq!((told.stored, told.not_accepted, told.pulled, told.more), (1, 0, 0, false), "{told:?}");
    // Nothing is left out of what she reads afterwards.
    fleet.clock.pass_millis(60_000);
    let told = ask(&mut anna);
    assert!(told.retry_after_s.is_none() && told.pulled >= 1, "{told:?}");
    let shown = serde_json::to_string(&anna.phone.show(record).expect("readable").content).expect("JSON");
    assert!(shown.contains("本写的。") && shown.contains("安娜写的。"), "{shown}");
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
