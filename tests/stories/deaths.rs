//! A phone, or the server, dies at every boundary of a stretch of life: right before each transaction takes effect,
//! before each save of keys, with a file half written, between a request and its answer. Life goes on from what lay on
//! the disks, and ends as if nobody had died.
//!
//! What lies on a disk is SQLite's here. Over PostgreSQL nothing is told: phones are the same, and what a server's death
//! leaves there PostgreSQL itself puts right.

use tingfang_server::db::scratch;
use tingfang_tests::deaths::{BEGINNING, ENDING, SETBACKS, Scene, live_through};

/// The fewest deaths of phone and server that a scene is worth its name with.
const FEWEST: (usize, usize) = (20, 8);

/// Lives through a scene in which a sync takes so many exchanges at least.
fn dies_everywhere_in(scene: &Scene, exchanges: usize) {
    if std::env::var_os(scratch::VARIABLE).is_some() {
        return;
    }
    let deaths = live_through(scene);
    eprintln!("{}: {deaths:?}", scene.name);
    assert!(deaths.phone >= FEWEST.0 && deaths.server >= FEWEST.1, "{deaths:?}");
    assert!(deaths.exchanges >= exchanges, "{deaths:?}");
}

#[test]
fn whenever_phone_or_server_dies_while_a_record_begins_nothing_is_lost_or_comes_twice() {
    dies_everywhere_in(&BEGINNING, 2);
}

#[test]
fn whenever_phone_or_server_dies_in_the_middle_of_setbacks_nothing_is_lost_or_comes_twice() {
    dies_everywhere_in(&SETBACKS, 3);
}

#[test]
fn whenever_phone_or_server_dies_while_records_are_sealed_nothing_is_lost_or_comes_twice() {
    dies_everywhere_in(&ENDING, 1);
}
