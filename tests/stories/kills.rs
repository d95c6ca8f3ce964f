//! `kill -9` of server and phone at random points loses no acknowledged change.
//!
//! Real processes, real HTTP. Every round has acknowledged work (on the server by an earlier sync,
//! on the phone by an edit that returned) and pending work (edits that were not synced). The delay
//! before the kill is random, so it falls into reading, sending, judging, committing or answering.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tingfang_server::db::{Db, scratch};
use tingfang_server::verify::verify;
use tingfang_tests::acknowledged;
use tingfang_tests::processes::{Server, Terminal};
use tingfang_tests::world::one_hearing;

const ROUNDS: u32 = 102;

/// Rounds of a run; `TINGFANG_SOAK` multiplies them.
fn rounds() -> u32 {
    let soak = std::env::var("TINGFANG_SOAK").ok().and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
    ROUNDS * soak
}

struct Scene {
    folder: tempfile::TempDir,
    server: Server,
    phone: Terminal,
    record: String,
}

fn scene() -> Scene {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = one_hearing(folder.path(), 41, &["anna"]);
    let server = Server::start(&data);
    let phone = Terminal::enrol(&folder.path().join("phone"), &data, &server, "anna");
    phone.run(&["sync"]);
    let started = phone.run(&["record", "1"]);
    let record = started.get("record").and_then(Value::as_str).expect("an id").to_owned();
    Scene { folder, server, phone, record }
}

#[test]
fn no_acknowledged_change_is_lost_when_server_or_phone_is_killed_at_any_point() {
    let Scene { folder, mut server, phone, record } = scene();
    let data = folder.path().join("server");
    let mut rng = StdRng::seed_from_u64(4);
    let mut tally: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut written = Vec::new();
    let mut cut = 0;
    for round in 0..rounds() {
        // Acknowledged by the phone, and by the server when the last round's sync got through.
        for part in 0..2 {
            let remark = format!("[{round}.{part}]");
            phone.run(&["edit", &record, "--append", &format!("narrative={remark}")]);
            written.push(remark);
        }
        let pending = acknowledged::pending(&phone.store());
        assert!(pending >= 2, "round {round} has pending work");
        let acknowledged = acknowledged::to_phone(&phone.store());
        assert!(round == 0 || !acknowledged.is_empty(), "round {round} has acknowledged work");

        let victim = ["server", "phone", "both"][(round % 3) as usize];
        let mut sync = phone.spawn(&["sync"]);
        std::thread::sleep(Duration::from_micros(rng.random_range(0..30_000)));
        if victim != "phone" {
            server.kill();
        }
        if victim != "server" {
            let _ = sync.kill();
        }
        let ended = sync.wait().expect("it ends");
        cut += u32::from(!ended.success());
        *tally.entry(victim).or_default() += 1;

        let acknowledged = acknowledged::to_phone(&phone.store());
        if victim != "phone" {
            server.restart();
        }
        let on_server = acknowledged::by_server(&scratch::place(&data));
        for hash in &acknowledged {
            assert!(
                on_server.contains(hash),
                "round {round}: the server lost a change that it had answered for"
            );
        }
        phone.run(&["sync"]);
    }
    let status = phone.run(&["status"]);
    assert_eq!(status.get("waiting").and_then(Value::as_u64), Some(0), "{status}");
    assert_eq!(status.get("not_accepted").and_then(Value::as_u64), Some(0), "{status}");
    server.kill();

    let shown = phone.run(&["show", &record]);
    let narrative = shown.pointer("/content/narrative").and_then(Value::as_str).expect("a text");
    assert_eq!(narrative, written.concat(), "every remark once, in order");
    let db = Db::open(scratch::place(&data)).expect("opens");
    let report = verify(&db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    assert!(cut >= rounds() / 4, "only {cut} syncs were cut off: the kills come too late");
    println!(
        "killed: {tally:?}, {cut} syncs cut off; {} remarks; {} changes verified",
        written.len(),
        report.changes
    );
}
