//! `verify` proves everything anew, and a single flipped bit in the evidence does not escape it.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_server::db::Db;
use tingfang_server::verify::verify;
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};

/// A server with two phones' work: shared and own records, a seal, a held item.
fn worked() -> Two {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(31);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person), narrative("记录。")]).expect("fits");
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("封存前写的。")]).expect("fits");
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    Two { fleet, anna, ben, assignment }
}

#[test]
fn honest_data_verifies() {
    let two = worked();
    let report = verify(&two.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    assert!(
        report.frames >= 4 && report.changes >= 4 && report.seals == 1 && report.kept_items == 1,
        "{report:?}"
    );
}

#[test]
fn a_single_flipped_bit_in_the_evidence_is_found_wherever_it_is() {
    let two = worked();
    let mut rng = StdRng::seed_from_u64(5);
    let columns = [
        ("frame", "bytes"),
        ("frame", "hash"),
        ("frame", "verdicts"),
        ("frame", "receipt"),
        ("change_log", "bytes"),
        ("change_log", "hash"),
        ("change_log", "actor"),
        ("seal", "bytes"),
        ("seal", "server_signature"),
    ];
    for round in 0..120 {
        let (table, column) = columns[round % columns.len()];
        let path = two.fleet.backup();
        let flipped = {
            let file = rusqlite::Connection::open(&path).expect("opens");
            flip(&file, table, column, &mut rng)
        };
        let report = verify(&Db::open(&path).expect("opens")).expect("readable");
        assert!(!report.is_clean(), "{table}.{column}: {flipped} escaped");
        std::fs::remove_file(&path).expect("removed");
    }
}

/// Flips one bit of one row's column.
fn flip(file: &rusqlite::Connection, table: &str, column: &str, rng: &mut StdRng) -> String {
    let count: i64 =
        file.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).expect("countable");
    // A derived change has no device, and its actor column says nothing.
    let which = if column == "actor" { "where device_id is not null" } else { "" };
    let skip = rng.random_range(0..count.max(1));
    let sql = format!("select rowid, {column} from {table} {which} order by rowid limit 1 offset ?1");
    let (row, mut bytes): (i64, Vec<u8>) = file
        .query_row(&sql, [if column == "actor" { 0 } else { skip }], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a row");
    let bit = rng.random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    file.execute(
        &format!("update {table} set {column} = ?1 where rowid = ?2"),
        rusqlite::params![bytes, row],
    )
    .expect("written");
    format!("row {row}, bit {bit}")
}
