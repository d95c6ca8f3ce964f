//! Order in the log is order of visibility: whoever reads on from a cursor misses nothing, however
//! many nodes write at once. The same reader over the plain way, a sequence, shows that it would.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::clock::LogPosition;
use tingfang_core::id::PersonId;
use tingfang_core::people::Role;
use tingfang_core::sync::row_kind::RowKind;
use tingfang_server::app::initialise;
use tingfang_server::db::{Db, Place, scratch};
use tingfang_server::log;
use tingfang_tests::time::{HandClock, minter};
use tingfang_tests::world::World;

const WRITERS: u64 = 16;
const EACH: u64 = 25;

/// A pause of up to two milliseconds, such as a busy machine makes anywhere.
fn pause(rng: &mut StdRng) {
    std::thread::sleep(Duration::from_micros(rng.random_range(0..2_000)));
}

/// Runs the writers, and a reader that goes on from where it was until they are done; gives what the
/// reader has seen, in its order.
fn race(
    write: impl Fn(u64, &mut StdRng) + Sync,
    mut read: impl FnMut(i64) -> Vec<(i64, u64)> + Send,
) -> Vec<u64> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut cursor, mut seen) = (0, Vec::new());
            loop {
                let last = done.load(Ordering::SeqCst);
                let page = read(cursor);
                // Pages are small; after the last writer there may be several left.
                if last && page.is_empty() {
                    return seen;
                }
                for (position, what) in page {
                    assert!(position > cursor, "positions grow");
                    cursor = position;
                    seen.push(what);
                }
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let write = &write;
                scope.spawn(move || {
                    let mut rng = StdRng::seed_from_u64(writer);
                    (0..EACH).for_each(|number| write(writer * EACH + number, &mut rng));
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
        done.store(true, Ordering::SeqCst);
        reader.join().expect("no panic")
    })
}

fn missed(seen: &[u64]) -> usize {
    (0..WRITERS * EACH).filter(|wanted| !seen.contains(wanted)).count()
}

#[test]
fn no_reader_misses_what_sixteen_writers_on_three_nodes_publish() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let place = scratch::place(folder.path());
    let first = Db::open(place.clone()).expect("a fresh database");
    let minter = minter(&HandClock::new(), 81);
    assert!(initialise(&first, &minter, "云河县(虚构)").expect("a fresh server"));
    let world = World::found(&first, &minter);
    let person: PersonId = world.person(&first, &minter, "安娜", Role::Supervisor);
    let nodes = match &place {
        // One file has one server.
        Place::File(_) => vec![first.clone()],
        Place::Postgres(_) => {
            let another = || Db::open(place.clone()).expect("another node");
            vec![first.clone(), another(), another()]
        }
    };
    // A transaction that stays open all the time, such as a forgotten console's, holds nobody up.
    let idle = match &place {
        Place::File(_) => None,
        Place::Postgres(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).expect("connects");
            client
                .batch_execute("begin; update lease set until_at = 0; select count(*) from person")
                .expect("runs");
            Some(client)
        }
    };
    let write = |what: u64, rng: &mut StdRng| {
        pause(rng);
        let micros = rng.random_range(0..2_000);
        let publish = move |tx: &tingfang_server::db::Tx| {
            std::thread::sleep(Duration::from_micros(micros / 8));
            let published =
                log::publish(tx, person, RowKind::Result, &what.to_string(), &serde_json::json!(what));
            std::thread::sleep(Duration::from_micros(micros / 8));
            published
        };
        let node = &nodes[usize::try_from(what).expect("small") % nodes.len()];
        assert!(node.write(publish).expect("written").is_some());
    };
    let read = |cursor: i64| {
        let after = LogPosition(u64::try_from(cursor).expect("no position is negative"));
        let rows = nodes[0].read(|tx| {
            let (head, _) = log::head(tx)?;
            log::rows(tx, person, (after, head), 10)
        });
        let found = rows.expect("readable").into_iter();
        found
            .filter(|row| row.kind == RowKind::Result.code())
            .map(|row| (row.position.0 as i64, row.key.parse().expect("a number")))
            .collect()
    };
    let seen = race(write, read);
    assert_eq!((missed(&seen), seen.len() as u64), (0, WRITERS * EACH), "each once");
    drop(idle);
}

#[test]
fn a_plain_sequence_loses_rows_for_the_same_reader() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let Place::Postgres(url) = scratch::place(folder.path()) else { return };
    let connect = || postgres::Client::connect(&url, postgres::NoTls).expect("connects");
    connect().batch_execute("create table naive (id bigserial primary key, what bigint)").expect("a table");
    let clients: Vec<_> = (0..WRITERS).map(|_| std::sync::Mutex::new(connect())).collect();
    let write = |what: u64, rng: &mut StdRng| {
        let mut client = clients[usize::try_from(what / EACH).expect("small")].lock().expect("its own");
        let mut tx = client.transaction().expect("begins");
        tx.execute("insert into naive (what) values ($1)", &[&(what as i64)]).expect("inserted");
        pause(rng);
        tx.commit().expect("committed");
    };
    let mut reader = connect();
    let read = move |cursor: i64| {
        let rows = reader.query("select id, what from naive where id > $1 order by id limit 10", &[&cursor]);
        rows.expect("readable").iter().map(|row| (row.get(0), row.get::<_, i64>(1) as u64)).collect()
    };
    let seen = race(write, read);
    assert!(missed(&seen) > 0, "the reader is one that would notice");
}
