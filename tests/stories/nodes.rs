//! Several nodes over one PostgreSQL server, which are killed, paused and cut off, and the server with
//! them: no acknowledged change is lost, none is applied twice, and phones get over it by themselves.
//!
//! Where PostgreSQL is not to be had, there are no several nodes, and nothing is told here.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_server::app::{App, initialise};
use tingfang_server::config::Config;
use tingfang_server::db::migration::MIGRATIONS;
use tingfang_server::db::{Db, DbError, Place, Tx, scratch};
use tingfang_server::store::frame;
use tingfang_server::verify::verify;
use tingfang_server::{node, params};
use tingfang_tests::acknowledged;
use tingfang_tests::balancer::Balancer;
use tingfang_tests::fleet::Fleet;
use tingfang_tests::observers::{narrative, start};
use tingfang_tests::postgres::PostgresServer;
use tingfang_tests::processes::{Server, Terminal, run};
use tingfang_tests::time::{HandClock, minter};
use tingfang_tests::world::World;

const ROUNDS: u32 = 18;

/// Limits that let a story end soon: a stopped transaction is cut off after a second.
const LIMITS: &str = "options=-cidle_in_transaction_session_timeout%3D1s%20-clock_timeout%3D3s";

/// Whether this run is over PostgreSQL.
fn is_on_postgres() -> bool {
    std::env::var_os(scratch::VARIABLE).is_some()
}

/// Three nodes behind a balancer, two phones of one hearing with its record.
struct Scene {
    postgres: PostgresServer,
    folder: tempfile::TempDir,
    place: Place,
    nodes: Vec<Server>,
    balancer: Balancer,
    phones: Vec<Terminal>,
    record: String,
}

fn scene() -> Scene {
    let postgres = PostgresServer::start().expect("a server to be killed");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = folder.path().join("server");
    std::fs::create_dir_all(&data).expect("made");
    let place = Place::Postgres(format!("{}?{LIMITS}", postgres.url()));
    scratch::set_place(&data, place.clone());
    let people = ["anna", "ben"];
    {
        let minter = minter(&HandClock::new(), 91);
        let db = Db::open(place.clone()).expect("a fresh database");
        initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
        let world = World::found(&db, &minter);
        let members: Vec<_> = people
            .iter()
            .zip([Duty::Chair, Duty::Observer])
            .map(|(name, duty)| (world.person(&db, &minter, name, Role::Supervisor), *name, duty))
            .collect();
        world.assign(&db, &minter, AssignmentKind::Attendance, &members);
    }
    let nodes: Vec<Server> = (0..3).map(|_| Server::start(&data)).collect();
    let balancer = Balancer::before(&nodes.iter().map(Server::address).collect::<Vec<_>>());
    let enrol = |name: &&str| Terminal::enrol_at(&folder.path().join(name), &data, &balancer.url(), name);
    let phones: Vec<Terminal> = people.iter().map(enrol).collect();
    let mut record = String::new();
    for phone in &phones {
        phone.run(&["sync"]);
        let started = phone.run(&["record", "1"]);
        record = started.get("record").and_then(Value::as_str).expect("an id").to_owned();
    }
    Scene { postgres, folder, place, nodes, balancer, phones, record }
}

impl Scene {
    /// Both phones write a remark, which their stores then hold.
    fn write(&self, round: u32, written: &mut Vec<String>) {
        for (index, phone) in self.phones.iter().enumerate() {
            let remark = format!("[{round}.{index}]");
            phone.run(&["edit", &self.record, "--append", &format!("narrative={remark}")]);
            written.push(remark);
        }
    }

    /// Syncs every phone until it gets through; the phone's own answer to a failure is to try again.
    fn settle(&self) {
        for phone in &self.phones {
            let through = (0..20).any(|_| phone.try_run(&["sync"]).code == 0);
            assert!(through, "{}", phone.try_run(&["sync"]).text);
        }
    }

    fn nothing_acknowledged_is_lost(&self, round: u32) {
        let on_server = acknowledged::by_server(&self.place);
        for phone in &self.phones {
            let lost = acknowledged::to_phone(&phone.store()).difference(&on_server).count();
            assert_eq!(lost, 0, "round {round}: the server lost changes that it had answered for");
        }
    }
}

#[test]
fn nothing_is_lost_or_done_twice_when_nodes_and_the_database_die_and_stop_at_any_point() {
    if !is_on_postgres() {
        return;
    }
    let mut scene = scene();
    let mut rng = StdRng::seed_from_u64(7);
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut written, mut cut) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        scene.write(round, &mut written);
        let mut syncs: Vec<_> = scene.phones.iter().map(|phone| phone.spawn(&["sync"])).collect();
        std::thread::sleep(Duration::from_micros(rng.random_range(0..40_000)));
        let victim = ["a node", "the database", "a node stopped", "both"][(round % 4) as usize];
        let node = rng.random_range(0..scene.nodes.len());
        match victim {
            "a node" => scene.nodes[node].kill(),
            "the database" => scene.postgres.kill(),
            "a node stopped" => scene.nodes[node].pause(),
            _ => {
                scene.nodes[node].kill();
                scene.postgres.kill();
            }
        }
        if victim == "a node stopped" {
            // What it was doing is cut off by the database; the others go on without it.
            let others: Vec<&str> = scene.nodes.iter().map(Server::address).collect();
            let others = others.into_iter().enumerate().filter(|(at, _)| *at != node).map(|(_, name)| name);
            scene.balancer.set(&others.collect::<Vec<_>>());
            for sync in &mut syncs {
                let _ = sync.kill();
            }
            cut +=
                syncs.iter_mut().map(|sync| u32::from(!sync.wait().expect("it ends").success())).sum::<u32>();
            scene.settle();
            scene.nodes[node].go_on();
            scene.balancer.set(&scene.nodes.iter().map(Server::address).collect::<Vec<_>>());
        } else {
            cut +=
                syncs.iter_mut().map(|sync| u32::from(!sync.wait().expect("it ends").success())).sum::<u32>();
            if victim != "a node" {
                scene.postgres.restart();
            }
            if victim != "the database" {
                scene.nodes[node].restart();
            }
        }
        *tally.entry(victim).or_default() += 1;
        scene.nothing_acknowledged_is_lost(round);
        scene.settle();
    }
    scene.settle();
    scene.settle();
    for phone in &scene.phones {
        let status = phone.run(&["status"]);
        assert_eq!(status.get("waiting").and_then(Value::as_u64), Some(0), "{status}");
        assert_eq!(status.get("not_accepted").and_then(Value::as_u64), Some(0), "{status}");
        let shown = phone.run(&["show", &scene.record]);
        let narrative = shown.pointer("/content/narrative").and_then(Value::as_str).expect("a text");
        let twice = written.iter().filter(|remark| narrative.matches(remark.as_str()).count() != 1).count();
        assert_eq!(twice, 0, "every remark once: {narrative}");
    }
    let report = verify(&Db::open_to_read(scene.place.clone()).expect("opens")).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    println!("{tally:?}, {cut} syncs cut off, {} changes verified", report.changes);
    drop(scene.nodes);
    drop(scene.folder);
}

/// A database with a table of two rows, and somebody outside who is in the way.
fn beside() -> Option<(tempfile::TempDir, Db, postgres::Client)> {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let Place::Postgres(url) = scratch::place(folder.path()) else { return None };
    // The place has options already: its schema.
    let url = url
        .replace("options=", "options=-cidle_in_transaction_session_timeout%3D1s%20-clock_timeout%3D4s%20");
    let db = Db::open(Place::Postgres(url.clone())).expect("a fresh database");
    db.write(|tx| {
        tx.execute("create table pair (pair_no bigint primary key, n bigint not null)", &[])?;
        tx.execute("insert into pair (pair_no, n) values (1, 0), (2, 0)", &[])
    })
    .expect("rows");
    let client = postgres::Client::connect(&url, postgres::NoTls).expect("connects");
    Some((folder, db, client))
}

fn add(tx: &Tx, pair: i64) -> Result<usize, DbError> {
    tx.execute("update pair set n = n + 1 where pair_no = ?1", params![pair])
}

#[test]
fn a_node_that_stops_in_the_middle_of_a_transaction_is_cut_off_and_the_others_go_on() {
    let Some((_folder, db, mut stopped)) = beside() else { return };
    // What every writing transaction does first, and then nothing more.
    let lock = "begin; select pg_advisory_xact_lock(hashtextextended(current_schema(), 20230901));
        update pair set n = 99 where pair_no = 1";
    stopped.batch_execute(lock).expect("the lock");
    db.write(|tx| add(tx, 1)).expect("the lock is free again as soon as the database cuts it off");
    assert!(stopped.batch_execute("commit").is_err(), "the one that stopped has written nothing");
    let n: Option<i64> = db
        .read(|tx| tx.query_one("select n from pair where pair_no = 1", &[], |row| row.get("n")))
        .expect("read");
    assert_eq!(n, Some(1));
}

#[test]
fn a_closure_that_ends_in_a_deadlock_runs_again_and_succeeds() {
    let Some((_folder, db, mut outsider)) = beside() else { return };
    outsider
        .batch_execute("begin; update pair set n = n + 10 where pair_no = 2")
        .expect("has the second row");
    let (first, second) = std::sync::mpsc::channel();
    let tries = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&tries);
    let writer = std::thread::spawn(move || {
        db.write(move |tx| {
            add(tx, 1)?;
            if counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
                first.send(()).expect("somebody waits");
            }
            add(tx, 2)
        })
        .map(|_| db)
    });
    second.recv().expect("the writer has the first row");
    // Each now waits for the other: the database ends one of the two.
    let ours = outsider.batch_execute("update pair set n = n + 10 where pair_no = 1");
    let committed = ours.is_ok() && outsider.batch_execute("commit").is_ok();
    drop(outsider);
    let db = writer.join().expect("no panic").expect("written in the end");
    let sum: Option<i64> = db
        .read(|tx| tx.query_one("select sum(n) as sum from pair", &[], |row| row.get("sum")))
        .expect("read");
    assert_eq!(sum, Some(if committed { 22 } else { 2 }), "once, and the outsider's when it was committed");
    assert!(tries.load(std::sync::atomic::Ordering::SeqCst) > u32::from(committed));
}

#[test]
fn a_lock_that_is_not_to_be_had_in_time_is_told_as_busy_and_nothing_is_written() {
    let Some((_folder, db, mut outsider)) = beside() else { return };
    outsider
        .batch_execute("set idle_in_transaction_session_timeout = 0; set lock_timeout = 0")
        .expect("patient");
    outsider.batch_execute("begin; update pair set n = 5 where pair_no = 1").expect("has the row");
    let busy = db.write(|tx| add(tx, 1)).expect_err("not in time");
    assert!(matches!(busy, DbError::Conflict { .. }) && busy.may_pass(), "{busy:?}");
    outsider.batch_execute("commit").expect("free");
    db.write(|tx| add(tx, 1)).expect("now it is to be had");
}

#[test]
fn a_reader_that_waited_in_vain_spoils_no_later_one() {
    let Some((_folder, db, mut outsider)) = beside() else { return };
    outsider.batch_execute("set idle_in_transaction_session_timeout = 0").expect("patient");
    outsider.batch_execute("begin; lock table pair in access exclusive mode").expect("has the table");
    let count = |db: &Db| {
        db.read(|tx| tx.query_one("select count(*) as n from pair", &[], |row| row.get::<i64>("n")))
    };
    let busy = count(&db).expect_err("not in time");
    assert!(matches!(busy, DbError::Conflict { .. }), "{busy:?}");
    outsider.batch_execute("rollback").expect("free");
    assert_eq!(count(&db).expect("its connection is as good as new"), Some(2));
}

#[test]
fn a_copy_that_takes_longer_than_a_transaction_may_idle_is_not_cut_off() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let Place::Postgres(url) = scratch::place(folder.path()) else { return };
    let url = url.replace("options=", "options=-cidle_in_transaction_session_timeout%3D20%20");
    let db = Db::open(Place::Postgres(url)).expect("a fresh database");
    let fill = "insert into sign_in_failure (login, failed_at)
        select 'x', n from generate_series(1, 50000) as numbers (n)";
    db.write(move |tx| tx.execute(fill, &[])).expect("rows");
    let file = folder.path().join("copy.db");
    db.backup_to(&file).expect("each side waits for the other as long as it takes");
    let copy = Db::open(&file).expect("opens");
    assert_eq!(copy.digests().expect("readable"), db.digests().expect("readable"));
}

#[test]
fn more_readers_than_connections_wait_for_their_turn() {
    let Some((_folder, db, _)) = beside() else { return };
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let slow = "select count(*) as n, pg_sleep(0.02) is null as slept from pair";
                let n: Option<i64> =
                    db.read(|tx| tx.query_one(slow, &[], |row| row.get("n"))).expect("its turn");
                assert_eq!(n, Some(2));
            });
        }
    });
}

#[test]
fn a_node_goes_on_under_the_schema_of_the_next_version_and_none_of_the_last_one_starts_there() {
    let mut fleet = Fleet::new(92);
    let person = fleet.person("安娜", Role::Supervisor);
    let members = [(person, "安娜", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut anna = fleet.phone(person);
    fleet.sync(&mut anna);
    // What `tingfang migrate` of the next version does first: it adds, and takes nothing away.
    let known = MIGRATIONS.len() as i64;
    fleet
        .db
        .write(move |tx| {
            tx.execute("create table of_the_next_version (n bigint)", &[])?;
            tx.execute("alter table person add column of_the_next_version text", &[])?;
            let sql = "insert into schema_version (number, name, hash) values (?1, 'next', ?2)";
            tx.execute(sql, params![known + 1, vec![1_u8]])
        })
        .expect("migrated");
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "the node of the last version goes on");
    assert!(verify(&fleet.db).expect("readable").is_clean());
    for started in [Db::open(fleet.db.place().clone()), Db::open_existing(fleet.db.place().clone())] {
        let refused = started.expect_err("it would not know what it reads");
        assert!(matches!(refused, DbError::NewerSchema { .. }), "{refused:?}");
    }
}

#[test]
fn a_connection_that_asks_for_tls_trusts_no_server_that_it_does_not_know() {
    if !is_on_postgres() {
        return;
    }
    let server = PostgresServer::start_with_certificate().expect("a server with a certificate");
    let (url, authority) = (format!("{}?sslmode=require", server.url()), server.authority());
    let init = ["--language", "en", "--database", &url, "init", "--organisation", "云河县法律援助中心"];
    let (trusted, password) = (authority.display().to_string(), ("TINGFANG_ADMIN_PASSWORD", "correct horse"));
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = ("TINGFANG_DATA", folder.path().to_str().expect("a plain name"));
    let stranger = run(&init, &[data, password]);
    assert!(stranger.code != 0 && stranger.text.contains("cannot be opened"), "{}", stranger.text);
    let known = run(&init, &[data, password, ("SSL_CERT_FILE", &trusted)]);
    assert_eq!(known.code, 0, "{}", known.text);
}

#[test]
fn one_node_at_a_time_sweeps_up_what_a_dead_one_left_and_leaves_what_is_young() {
    let mut fleet = Fleet::new(93);
    let person = fleet.person("安娜", Role::Supervisor);
    let members = [(person, "安娜", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut anna = fleet.phone(person);
    fleet.sync(&mut anna);
    start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    // As a node leaves it that dies between keeping a frame and answering for it.
    fleet
        .db
        .write(|tx| tx.execute("update frame set state = 'stored', verdicts = null", &[]))
        .expect("unanswered");
    let unjudged = || fleet.db.read(frame::unjudged_count).expect("countable");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let config = Config::for_folder(folder.path());
    let app = App::with(config, fleet.db.clone(), fleet.minter.clone()).expect("an application");
    let (one, other) = ([1; 16], [2; 16]);
    assert_eq!(node::sweep(&app, one).expect("swept"), Some(0), "it may still be under way");
    assert_eq!(unjudged(), 1);
    fleet.clock.pass_millis(31_000);
    assert_eq!(node::sweep(&app, other).expect("asked"), None, "the first one has the lease");
    assert_eq!(node::sweep(&app, one).expect("swept"), Some(1));
    assert_eq!(unjudged(), 0);
    fleet.clock.pass_millis(61_000);
    assert_eq!(
        node::sweep(&app, other).expect("swept"),
        Some(0),
        "when its time is over, another one's turn comes"
    );
}
