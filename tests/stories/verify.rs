//! `verify` proves everything anew, and a single flipped bit in the evidence does not escape it.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::policy::Policy;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_server::log::POSITIONS;
use tingfang_server::store::device::DeviceState;
use tingfang_server::verify::verify;
use tingfang_tests::desk::{Desk, desk};
use tingfang_tests::observers::{NO_RULES, Two, done, narrative, outcome, start};
use tingfang_tests::tamper;

use crate::grading::proof;

/// A server with the work of some phones: shared and own records, seals, a confirmation, a held item and
/// one that rests on it.
fn worked() -> Two {
    let mut desk = desk(31);
    desk.seal();
    desk.chair.phone.confirm(desk.transcript).expect("it is what she wrote");
    let Desk { fleet, chair: mut anna, observer: mut ben, assignment, .. } = desk;
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    start(&mut ben, assignment, "attendance");
    // What his changed app writes of Anna is refused, and what he wrote after it is rewritten.
    ben.phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
    let absent = Edit::set(["observers", &anna.person.to_string()], Scalar::Text("absent".into()));
    ben.phone.edit(record, &[absent]).expect("his own rules allow it");
    ben.phone.use_policy(None).expect("the server's again");
    ben.phone.edit(record, &[done(ben.person), narrative("记录。")]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("封存前写的。")]).expect("fits");
    ben.phone.edit(record, &[narrative("接着写的。")]).expect("fits");
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
        report.frames >= 4 && report.changes >= 4 && report.seals == 3 && report.kept_items >= 2,
        "{report:?}"
    );
}

/// The tables of the evidence.
const TABLES: [&str; 10] = [
    "frame",
    "change_log",
    "document",
    "seal",
    "confirmation",
    "device",
    "quarantine",
    "rewritten_change",
    "blocked_item",
    "server_tip",
];

/// Tables of the evidence that other stories flip, beside what the ledger proves ([`proof`]).
const FLIPPED_ELSEWHERE: [(&str, &[&str]); 7] = [
    ("audit_log.rs", &["audit_leaf", "audit_node"]),
    ("policy_versions.rs", &["policy"]),
    ("carry_over.rs", &["stand_in"]),
    ("clones.rs", &["frame_conflict"]),
    ("decisions.rs", &["held_decision"]),
    ("erasing.rs", &["erasure"]),
    ("field_work.rs", &["task_report", "report_check"]),
];

/// Tables of which `verify` proves nothing, and why (`docs/threat-model.md` says what follows from that).
const NO_EVIDENCE: [(&str, &[&str]); 7] = [
    ("that there is a file: its bytes are held against the digest in the record", &["attachment"]),
    (
        "what the centre keeps of people, cases and work: who may do what follows from it",
        &[
            "organisation",
            "person",
            "role_grant",
            "provider",
            "undertaker",
            "legal_case",
            "case_undertaker",
            "case_relation",
            "recipient_contact",
            "hearing",
            "assignment",
            "assignment_member",
            "assignment_subject",
            "record_link",
            "record_return",
            "wipe_order",
        ],
    ),
    (
        "made from the evidence, and made anew from it",
        &["document_reader", "phone_row", "complaint", "home_visit", "attachment_use", "attachment_source"],
    ),
    ("who is signed in", &["account", "session", "sign_in_failure", "enrolment_code", "device_token"]),
    (
        "work of the server itself",
        &["job", "lease", "idempotency", "import_result", "schema_version", "upload", "upload_part"],
    ),
    ("the keys by which the rest is proved", &["tenant", "server_key"]),
    ("the next number of the log: that it is not behind, and no more, is checked", &["log_head"]),
];

#[test]
fn every_table_is_evidence_and_flipped_or_it_is_said_why_not() {
    let two = worked();
    let path = two.fleet.backup();
    let schema = tamper::open(&path);
    let mut unsaid: BTreeSet<String> = tamper::tables(&schema).into_iter().collect();
    let elsewhere = FLIPPED_ELSEWHERE.iter().chain(&NO_EVIDENCE).flat_map(|(_, tables)| tables.iter());
    // Both chains have their tip in one table.
    let in_ledger = proof::TABLES.iter().filter(|table| !TABLES.contains(table));
    for table in TABLES.iter().chain(in_ledger).chain(elsewhere) {
        assert!(unsaid.remove(*table), "{table} is said twice, or is no more");
    }
    assert_eq!(unsaid, BTreeSet::new(), "is it evidence?");
}

#[test]
fn a_log_whose_next_number_was_set_back_is_found() {
    let two = worked();
    let path = two.fleet.backup();
    let schema = tamper::open(&path);
    let mut there = BTreeSet::new();
    for table in tamper::tables(&schema) {
        let columns = tamper::columns(&schema, &table).into_iter();
        let positions = columns.filter(|column| column == "seq" || column.ends_with("_seq"));
        there.extend(positions.map(|column| (table.clone(), column)));
    }
    // The head itself, and what a phone knew of, which may be of a history that was put back.
    for (table, column) in [("log_head", "seq"), ("frame", "beacon_seq")] {
        assert!(there.remove(&(table.to_owned(), column.to_owned())), "{table}.{column} is no more");
    }
    let said = POSITIONS.iter().map(|(table, column)| ((*table).to_owned(), (*column).to_owned()));
    assert_eq!(said.collect::<BTreeSet<_>>(), there);
    let newest = |(table, column): &(&str, &str)| -> Option<u64> {
        let sql = format!("select max({column}) from {table}");
        schema.query_row(&sql, [], |row| row.get(0)).expect("readable")
    };
    let newest: Vec<_> = POSITIONS.iter().filter_map(|at| Some((at, newest(at)?))).collect();
    drop(schema);
    std::fs::remove_file(&path).expect("removed");
    assert!(newest.len() > 9, "{newest:?} hold something");
    for ((table, column), newest) in newest {
        assert!(
            tamper::is_found(&two.fleet, |file| {
                file.execute("update log_head set seq = ?1", [newest - 1]).expect("set back");
            }),
            "{table}.{column}"
        );
    }
}

/// Columns of which nothing can be proved, and why.
const NOT_PROVED: [(&str, &str); 4] = [
    // Counts commits, so that a verdict judged on an older state is judged again; says nothing of
    // who, what or when.
    ("document", "revision"),
    // Nobody reads it any more: `rewritten_change` has taken its place.
    ("quarantine", "superseded_by"),
    // Both move with every visit, and the frames carry the epoch that counts.
    ("device", "epoch"),
    ("device", "last_seen_at"),
];

#[test]
fn whatever_column_of_the_evidence_is_changed_verify_finds_it() {
    let two = worked();
    let mut rng = StdRng::seed_from_u64(5);
    let path = two.fleet.backup();
    let schema = tamper::open(&path);
    let mut changes = Vec::new();
    for table in TABLES {
        let rows = tamper::rows(&schema, table);
        assert!(!rows.is_empty(), "no row in {table}");
        for column in tamper::columns(&schema, table) {
            if NOT_PROVED.contains(&(table, &*column)) {
                continue;
            }
            changes.extend(rows.iter().map(|row| (table, column.clone(), *row)));
        }
    }
    drop(schema);
    std::fs::remove_file(&path).expect("removed");
    let mut escaped = Vec::new();
    for (table, column, row) in changes {
        let (mut what, draw) = (String::new(), rng.random_range(0..usize::MAX / 2));
        if !tamper::is_found(&two.fleet, |file| what = tamper::change(file, table, &column, row, draw)) {
            escaped.push(what);
        }
    }
    assert!(escaped.is_empty(), "escaped: {escaped:#?}");
}

#[test]
fn a_frame_that_is_cut_off_with_all_its_traces_is_missed() {
    let two = worked();
    let last = "(select max(intake_no) from frame)";
    let place = format!("(select device_id, epoch, number from frame where intake_no = {last})");
    for sql in [
        format!("delete from frame where intake_no = {last}"),
        format!(
            "delete from change_log where (device_id, epoch, frame_number) in {place};
             delete from quarantine where (device_id, epoch, frame_number) in {place};
             delete from blocked_item where (device_id, epoch, frame_number) in {place};
             delete from frame where intake_no = {last}"
        ),
        "delete from frame; delete from change_log; delete from document; delete from seal;
         delete from quarantine; delete from blocked_item"
            .to_owned(),
        "delete from server_tip where chain = 'frames'".to_owned(),
        "delete from quarantine".to_owned(),
        "delete from blocked_item".to_owned(),
        "delete from device".to_owned(),
        "delete from change_log where person_id is not null".to_owned(),
    ] {
        assert!(
            tamper::is_found(&two.fleet, |file| file.execute_batch(&sql).expect("runs")),
            "{sql} escaped"
        );
    }
}

#[test]
fn a_device_that_is_given_to_somebody_else_is_found_and_a_revoked_one_is_honest() {
    let two = worked();
    let (device, now) = (two.ben.device, two.fleet.minter.clock().now());
    let revoke = move |tx: &tingfang_server::db::Tx| {
        tingfang_server::store::device::set_state(tx, device, DeviceState::Revoked, now)
    };
    two.fleet.db.write(revoke).expect("revoked");
    let report = verify(&two.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    let anna = two.anna.person;
    assert!(tamper::is_found(&two.fleet, |file| {
        let sql = "update device set person_id = ?1; update change_log set person_id = ?1";
        for statement in sql.split(';') {
            file.execute(statement, [&anna.as_bytes()[..]]).expect("runs");
        }
    }));
}
