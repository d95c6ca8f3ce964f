//! The gate under mutation: no forged change gets through that would harm the record, while the
//! same forgeries break a server without a gate.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ExpandedChange};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::document::Document;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::sync::gate::{self, Judgement, Rejection};
use tingfang_core::sync::rebase::{self, Later};
use tingfang_tests::hostile::{GateUnderFire, reason};
use tingfang_tests::mutants::{self, FORGER, HONEST, base, mutate, seeds, unguarded};
use tingfang_tests::observers::{narrative, outcome};

/// How many forgeries must reach the parser's far side. `TINGFANG_SOAK` multiplies it.
fn wanted() -> usize {
    let soak = std::env::var("TINGFANG_SOAK").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    20_000 * soak
}

#[test]
fn no_forged_change_escapes_the_gate_and_the_same_ones_break_the_ungated_path() {
    let (gate, seeds) = (GateUnderFire::new(), seeds());
    assert!(seeds.len() >= 10);
    let mut rng = StdRng::seed_from_u64(20_261_201);
    let (mut parsed, mut admitted) = (0_usize, 0_usize);
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut broken: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut escapes = Vec::new();
    while parsed < wanted() {
        let (name, seed) = &seeds[rng.random_range(0..seeds.len())];
        let bytes = mutate(seed, &mut rng);
        if bytes == seed.raw_bytes() || Change::try_from(bytes.as_slice()).is_err() {
            continue;
        }
        parsed += 1;
        match gate.admit(&bytes) {
            Ok(Err(rejection)) => *refused.entry(reason(rejection)).or_default() += 1,
            Ok(Ok(())) => admitted += 1,
            Err(harm) => escapes.push((*name, harm, bytes.clone())),
        }
        if let Some(how) = breaks_ungated(gate.base(), &bytes) {
            *broken.entry(how).or_default() += 1;
        }
    }
    println!("{parsed} forgeries parsed, {admitted} harmless ones admitted, refused: {refused:?}");
    println!("without the gate: {broken:?}");
    assert!(escapes.is_empty(), "{} escapes, the first: {:?}", escapes.len(), escapes[0]);
    assert!(broken.values().sum::<usize>() > wanted() / 20, "the forgeries must bite: {broken:?}");
    assert!(admitted > 0, "a gate that admits nothing proves nothing");
}

#[test]
fn every_honest_change_of_a_record_passes_and_every_foreign_one_is_refused() {
    let base = base();
    for (name, seed) in seeds() {
        let result = gate::admit(&base, &Attendance::SHAPE, FORGER, seed.raw_bytes(), |_| Judgement::Allow);
        let foreign = ["mark", "counter", "list", "table", "root"].contains(&name);
        match result {
            Ok(_) => assert!(!foreign, "{name} has no place in a record"),
            Err(Rejection::Refused { rule }) => {
                assert!(foreign && rule.starts_with("shape."), "{name}: {rule}")
            }
            Err(other) => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_forbidden_value_hidden_behind_a_conflict_is_judged_all_the_same() {
    // The value loses the merge and would show up only after an honest delete: judging the visible
    // effect would let it in.
    let base = base();
    let mut document = base.clone();
    let made = document.edit(FORGER, &[outcome(AttendanceOutcome::Cancelled)]).expect("fits");
    let mut seen = Vec::new();
    let result = gate::admit(&base, &Attendance::SHAPE, FORGER, &made[0].bytes, |operation| {
        seen.push(operation.path.to_string());
        Judgement::Refuse("no".into())
    });
    assert_eq!(result.expect_err("refused"), Rejection::Refused { rule: "no".into() });
    assert_eq!(seen, ["facts/outcome"]);
}

#[test]
fn a_spoofed_actor_a_bomb_and_a_gap_are_malformed() {
    let base = base();
    let (_, honest) = &seeds()[0];
    let admit = |actor, bytes: &[u8]| {
        gate::admit(&base, &Attendance::SHAPE, actor, bytes, |_| Judgement::Allow).expect_err("not let in")
    };
    assert_eq!(admit(HONEST, honest.raw_bytes()), Rejection::Malformed { code: "actor" });
    let mut compressed = honest.raw_bytes().to_vec();
    compressed[8] = 2;
    assert_eq!(admit(FORGER, &compressed), Rejection::Malformed { code: "chunk_type" });
    assert_eq!(admit(FORGER, &vec![0; 70_000]), Rejection::Malformed { code: "too_large" });
    let mut flipped = honest.raw_bytes().to_vec();
    flipped[4] ^= 1;
    assert_eq!(admit(FORGER, &flipped), Rejection::Malformed { code: "checksum" });
}

#[test]
fn a_change_that_passes_over_the_last_one_of_its_writer_is_malformed() {
    // It says that it is the fourth of its writer and rests on somebody else's alone. Each step of the record can be
    // kept, and yet there is an order of its changes, the one in which the library puts them, that it cannot follow.
    let base = base();
    let mut hers = base.clone();
    let made = hers.edit(HONEST, &[narrative(&"长".repeat(200))]).expect("fits").remove(0);
    let mut record = base.clone();
    let mut changes = vec![made.clone()];
    for outcome_of in
        [AttendanceOutcome::Adjourned, AttendanceOutcome::Cancelled, AttendanceOutcome::Attended]
    {
        changes.push(record.edit(FORGER, &[outcome(outcome_of)]).expect("fits").remove(0));
    }
    let forged = hers.edit(FORGER, &[outcome(AttendanceOutcome::Cancelled)]).expect("fits").remove(0);
    let forged = Change::try_from(forged.bytes.as_slice()).expect("an own change");
    let forged = Change::from(ExpandedChange { hash: None, seq: 4, ..forged.decode() });
    assert_eq!(forged.deps(), &[automerge::ChangeHash(made.hash.0)]);

    record.apply([made.bytes.as_slice()]).expect("fits");
    let refused = gate::admit(&record, &Attendance::SHAPE, FORGER, forged.raw_bytes(), |_| Judgement::Allow)
        .map(|_| ());
    assert_eq!(refused, Err(Rejection::Malformed { code: "own_last" }));

    let beginning = base.changes();
    let all = beginning.iter().chain(&changes).map(|change| change.bytes.as_slice());
    let read = gate::hushed(|| Document::from_changes(all.chain([forged.raw_bytes()])));
    assert!(read.is_err(), "let in, it would stop whoever reads the record; and what it stops is told");
}

#[test]
fn what_was_never_looked_at_is_not_written_anew_when_no_record_can_hold_it() {
    let base = base();
    let deep = mutants::nested(&base, FORGER, 4_000);
    let later = [Later { bytes: &deep, is_left_out: false }];
    assert!(rebase::rebase(&base, &later, HONEST).is_err(), "and it is told");
}

/// What the forgery does to a server that applies it as it comes.
fn breaks_ungated(base: &Document, bytes: &[u8]) -> Option<&'static str> {
    gate::hushed(|| {
        catch_unwind(AssertUnwindSafe(|| {
            let mut document = unguarded(base);
            let change = Change::try_from(bytes).ok()?;
            document.apply_changes([change]).ok()?;
            let heads = document.get_heads();
            match Automerge::load(&document.save()) {
                Ok(loaded) if loaded.get_heads() == heads => None,
                _ => Some("saved, and unreadable"),
            }
        }))
        .unwrap_or(Some("panic"))
    })
}
