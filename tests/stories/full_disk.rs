//! A disk that is full under PostgreSQL: what cannot be kept is not answered for, the phones keep it, the
//! server goes on, and when there is room again everything comes in, once.
//!
//! Where PostgreSQL is not to be had, nothing is told here.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_server::app::initialise;
use tingfang_server::db::{Db, Place, Tx, scratch};
use tingfang_server::planning::{self, NewAssignment};
use tingfang_server::verify::verify;
use tingfang_tests::acknowledged;
use tingfang_tests::postgres::PostgresServer;
use tingfang_tests::processes::{Server, Terminal};
use tingfang_tests::time::{HandClock, minter};
use tingfang_tests::world::World;

/// How large a file of the database may grow, in KiB: a few times what the empty schema needs.
const MOST_KIB: u32 = 2_048;
/// Texts that were drawn character by character: they do not get smaller.
const CHARACTERS: usize = 6_000;
/// The most records that are written before the disk must have been full.
const MOST_RECORDS: usize = 400;

#[test]
fn a_full_disk_loses_nothing_that_was_answered_for_and_everything_comes_in_when_there_is_room() {
    if std::env::var_os(scratch::VARIABLE).is_none() {
        return;
    }
    let mut postgres = PostgresServer::start_with_little_room(MOST_KIB).expect("a server");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = folder.path().join("server");
    std::fs::create_dir_all(&data).expect("made");
    let place = Place::Postgres(postgres.url());
    scratch::set_place(&data, place.clone());
    receive(&place);
    let server = Server::start(&data);
    let phone = Terminal::enrol(&folder.path().join("phone"), &data, &server, "clerk");
    phone.run(&["sync"]);
    let mut rng = StdRng::seed_from_u64(31);
    let mut written = 0;
    let mut full = false;
    while !full {
        assert!(written < MOST_RECORDS, "the disk was never full");
        for _ in 0..10 {
            write(&phone, &mut rng);
            written += 1;
        }
        full = phone.try_run(&["sync"]).code != 0;
    }
    assert!(postgres.log().contains("File too large"), "that is why: {}", postgres.log());
    assert!(acknowledged::pending(&phone.store()) > 0, "what was not answered for waits on the phone");
    lost_nothing(&place, &phone, "while the disk is full");
    let health = ureq::get(format!("{}/health/live", server.url())).call();
    assert!(health.is_ok(), "the server lives");
    write(&phone, &mut rng);
    assert_ne!(phone.try_run(&["sync"]).code, 0, "there is still no room");

    postgres.make_room();
    let through = (0..20).any(|_| phone.try_run(&["sync"]).code == 0);
    assert!(through, "{}", phone.try_run(&["sync"]).text);
    assert_eq!(acknowledged::pending(&phone.store()), 0);
    lost_nothing(&place, &phone, "with room again");
    let db = Db::open(place).expect("the same database");
    let report = verify(&db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    assert_eq!(report.documents, written as u64 + 1, "each record once");
}

/// A clerk who takes down complaints, as many as come.
fn receive(place: &Place) {
    let minter = minter(&HandClock::new(), 31);
    let db = Db::open(place.clone()).expect("a fresh database");
    initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
    let world = World::found(&db, &minter);
    let clerk = world.person(&db, &minter, "clerk", Role::Supervisor);
    let wish = NewAssignment {
        id: minter.mint(),
        kind: AssignmentKind::Reception,
        organisation: world.organisation,
        hearing: None,
        inspected: None,
        stage: None,
        note: None,
        round: None,
        subjects: Vec::new(),
        members: vec![(clerk, Duty::Staff)],
        due_at: None,
        created_by: None,
    };
    let now = minter.clock().now();
    let assign = move |tx: &Tx| planning::assign(tx, wish.clone(), now).map(|_| ());
    db.try_write(assign).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
}

fn write(phone: &Terminal, rng: &mut StdRng) {
    let begun = phone.run(&["record", "1"]);
    let record = begun.get("record").and_then(Value::as_str).expect("an id").to_owned();
    let words: String =
        (0..CHARACTERS).filter_map(|_| char::from_u32(rng.random_range(0x4e00..0x9fa5))).collect();
    phone.run(&["edit", &record, "--append", &format!("account={words}")]);
}

fn lost_nothing(place: &Place, phone: &Terminal, when: &str) {
    let lost = acknowledged::to_phone(&phone.store()).difference(&acknowledged::by_server(place)).count();
    assert_eq!(lost, 0, "{when}: the server lost changes that it had answered for");
}
