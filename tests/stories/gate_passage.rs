//! Changes that are proved together: what passes so is what passes one by one, whatever was forged in it.

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::OpId;
use automerge::{ActorId, Change, ExpandedChange};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::id::EntryId;
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::document::Document;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::gate::{self, History, Judgement, Passage, Passed, Rejection};
use tingfang_tests::mutants::{FORGER, HONEST, base, grammar, mutate};
use tingfang_tests::observers::{narrative, outcome};

/// How many rows of changes are forged. `TINGFANG_SOAK` multiplies it.
fn wanted() -> usize {
    let soak = std::env::var("TINGFANG_SOAK").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    2_000 * soak
}

#[test]
fn changes_that_pass_together_pass_one_by_one_and_the_other_way_round() {
    let known = base();
    // Somebody else has written meanwhile what the writer of the row does not know, or knows from some change on.
    let mut base = known.clone();
    let unknown = base.edit(HONEST, &[narrative(&"另".repeat(9))]).expect("fits").remove(0);
    let unknown = Change::try_from(unknown.bytes.as_slice()).expect("an own change");
    let mut rng = StdRng::seed_from_u64(20_261_130);
    let (mut passed, mut stopped) = (0_usize, 0_usize);
    for number in 0..wanted() {
        let row = forged(honest_row(&known, &mut rng), &unknown, &mut rng);
        match (together(&base, &row), one_by_one(&base, &row)) {
            (Ok(together), Ok(alone)) => {
                assert_eq!(together.document.heads(), alone.heads(), "row {number}");
                assert_eq!(together.document.content(), alone.content(), "row {number}");
                assert_eq!(together.document.save(), alone.save(), "row {number}");
                let changes = together.document.changes();
                let at_once = Document::from_changes(changes.iter().map(|change| change.bytes.as_slice()));
                let at_once = at_once.unwrap_or_else(|error| panic!("row {number}: {error}"));
                assert_eq!(at_once.content(), alone.content(), "row {number}");
                passed += 1;
            }
            (Err(_), Err(_)) => stopped += 1,
            (together, alone) => panic!("row {number}: {:?}, {:?}", together.err(), alone.err()),
        }
    }
    println!("{passed} rows passed, {stopped} were stopped");
    assert!(passed > wanted() / 50 && stopped > wanted() / 5, "{passed} passed, {stopped} stopped");
}

#[test]
fn a_change_that_speaks_of_one_to_come_is_stopped_also_where_that_comes_with_it() {
    let base = base();
    let mut document = base.clone();
    let first = document.edit(FORGER, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    let first = Change::try_from(first[0].bytes.as_slice()).expect("an own change");
    // It says that it replaces what the next change will write.
    let mut forged = ExpandedChange { hash: None, ..first.decode() };
    let next = first.start_op().get() + 1;
    forged.operations[0].pred = vec![OpId(next, ActorId::from(FORGER.0.as_slice()))].into();
    let forged = Change::from(forged);
    let second = document.edit(FORGER, &[outcome(AttendanceOutcome::Cancelled)]).expect("fits");
    let second = Change::try_from(second[0].bytes.as_slice()).expect("an own change");
    let second = resting_on(&second, &[&forged]);
    let row = [forged.raw_bytes().to_vec(), second];
    let stopped = Rejection::Malformed { code: "later_operation" };
    assert_eq!(together(&base, &row).expect_err("stopped"), stopped);
    assert_eq!(one_by_one(&base, &row).expect_err("stopped"), stopped);
}

/// Some changes that follow one another.
fn honest_row(base: &Document, rng: &mut StdRng) -> Vec<Change> {
    let mut document = base.clone();
    let mut row = Vec::new();
    for number in 0..rng.random_range(2..5_u8) {
        let outcomes = AttendanceOutcome::ALL;
        let entry = EntryId::from_bytes([10 + number; 16]);
        let fields = [("text".to_owned(), Scalar::Text("另一项".into()))].into();
        let edit = match rng.random_range(0..5) {
            0 => outcome(outcomes[rng.random_range(0..outcomes.len())]),
            1 => Edit::Clear { path: "facts/outcome".parse().expect("a path") },
            2 => Edit::Add { container: "findings".into(), entry, fields },
            at => Edit::Splice {
                container: "narrative".into(),
                at: at - 3,
                delete: rng.random_range(0..2),
                insert: "庭审".into(),
            },
        };
        let made = document.edit(FORGER, &[edit]).expect("fits");
        row.extend(
            made.iter().map(|change| Change::try_from(change.bytes.as_slice()).expect("an own change")),
        );
    }
    row
}

/// The same with one of them forged, mostly, and those after it resting on the forgery; now and then one rests on
/// something else.
fn forged(row: Vec<Change>, unknown: &Change, rng: &mut StdRng) -> Vec<Vec<u8>> {
    let which = rng.random_range(0..=row.len());
    let mut written: Vec<Vec<u8>> = Vec::with_capacity(row.len());
    let mut before: Vec<Change> = Vec::new();
    for (index, honest) in row.iter().enumerate() {
        let rested = match (before.last(), rng.random_range(0..12)) {
            (Some(last), 0) => resting_on(honest, &[last, unknown]),
            (_, 1) => resting_on(honest, &[unknown]),
            (Some(_), 2) => resting_on(honest, &[&before[rng.random_range(0..before.len())]]),
            (Some(last), _) => resting_on(honest, &[last]),
            (None, _) => honest.raw_bytes().to_vec(),
        };
        let Some(change) = read(&rested) else { continue };
        let bytes = match (index == which, rng.random_ratio(1, 2)) {
            (true, true) => mutate(&change, rng),
            (true, false) => grammar::forge(&[change], rng).unwrap_or(rested),
            (false, _) => rested,
        };
        // What cannot be read is stopped in either way; what comes after it rests on what was before it.
        before.extend(read(&bytes));
        written.push(bytes);
    }
    written
}

/// The library panics at some of what is forged.
fn read(bytes: &[u8]) -> Option<Change> {
    gate::hushed(|| catch_unwind(AssertUnwindSafe(|| Change::try_from(bytes).ok()))).ok().flatten()
}

/// The change as it would be if it had been made after those.
fn resting_on(change: &Change, before: &[&Change]) -> Vec<u8> {
    let mut later = ExpandedChange { hash: None, ..change.decode() };
    later.deps = before.iter().map(|before| before.hash()).collect();
    let end = before.iter().filter(|before| !before.is_empty()).map(|before| before.max_op()).max();
    later.start_op = end.and_then(|end| NonZeroU64::new(end + 1)).unwrap_or(later.start_op);
    Change::from(later).raw_bytes().to_vec()
}

fn together(base: &Document, row: &[Vec<u8>]) -> Result<Passed, Rejection> {
    let mut passage = Passage::new(base, &History::of(base), &Attendance::SHAPE);
    for bytes in row {
        passage.examine(FORGER, bytes, |_| Judgement::Allow)?;
    }
    passage.prove()
}

fn one_by_one(base: &Document, row: &[Vec<u8>]) -> Result<Document, Rejection> {
    row.iter().try_fold(base.clone(), |document, bytes| {
        gate::admit(&document, &Attendance::SHAPE, FORGER, bytes, |_| Judgement::Allow)
            .map(|admitted| admitted.document)
    })
}
