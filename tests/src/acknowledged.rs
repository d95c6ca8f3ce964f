//! What a phone was told, and what the server holds: the two must agree whatever was killed.

use std::collections::BTreeSet;
use std::path::Path;

use tingfang_server::db::{Db, Place};

/// The hash of a change.
type Hash = [u8; 32];

/// The changes that a phone's store shows as stored on the server.
///
/// # Panics
/// When the store cannot be read.
pub fn to_phone(store: &Path) -> BTreeSet<Hash> {
    let file = rusqlite::Connection::open(store).expect("opens");
    let sql = "select hash from item where kind = 'change' and status = 'accepted'";
    let mut statement = file.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("hashes")
}

/// How many items a phone's store holds that the server is not known to have.
///
/// # Panics
/// When the store cannot be read.
pub fn pending(store: &Path) -> u32 {
    let sql = "select count(*) from item where status <> 'accepted'";
    rusqlite::Connection::open(store)
        .and_then(|file| file.query_row(sql, [], |row| row.get(0)))
        .expect("countable")
}

/// What of a phone's store waits, for whoever looks for the reason: kind, status, epoch, frame and what it waits for.
///
/// # Panics
/// When the store cannot be read.
pub fn waiting(store: &Path) -> Vec<String> {
    let file = rusqlite::Connection::open(store).expect("opens");
    let sql = "select kind || ' ' || coalesce(substr(hex(hash), 1, 8), '') || ' ' || status || ' ' || epoch || '/' || frame_number
             || ' by ' || coalesce(substr(hex(blocked_by), 1, 8), 'nothing')
         from item where status in ('draft', 'framed', 'blocked')";
    let mut statement = file.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("texts")
}

/// The changes in the server's log.
///
/// # Panics
/// When the data cannot be read.
pub fn by_server(place: &Place) -> BTreeSet<Hash> {
    let db = Db::open_to_read(place.clone()).expect("opens");
    let found = db.read(|tx| tx.query("select hash from change_log", &[], |row| row.get("hash")));
    found.expect("hashes").into_iter().collect()
}

/// The changes that wait at the server for a person to decide on them.
///
/// # Panics
/// When the data cannot be read.
pub fn held_by_server(place: &Place) -> BTreeSet<Hash> {
    let db = Db::open_to_read(place.clone()).expect("opens");
    let sql = "select hash from quarantine where verdict = 'held' and hash is not null";
    db.read(|tx| tx.query(sql, &[], |row| row.get("hash"))).expect("hashes").into_iter().collect()
}
