//! A record that grows without end stops at a size, so that it stops no phone and no server; nothing that was written
//! is lost by that.

use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::document::Document;
use tingfang_core::record::kind::Record;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::record::size::{MAX_BRANCHES, TOO_LARGE, TOO_MANY_BRANCHES};
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::Item;
use tingfang_core::sync::verdict::Verdict;
use tingfang_tests::fleet::FleetPhone;
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};

#[test]
fn what_is_written_into_a_full_record_is_told_at_once_or_held_and_read_by_a_manager() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(1_900);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    start(&mut ben, assignment, "attendance");
    fleet.sync(&mut ben);
    // A text that does not fit as a whole is not taken in part; shorter ones are, until there is no room at all.
    let mut typed = 0;
    for length in [30_000, 1_900] {
        let text = "庭".repeat(length);
        while anna.phone.edit(record, &[narrative(&text)]).is_ok() {
            typed += length;
        }
    }
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "all of that still fits");
    let told = anna.phone.edit(record, &[narrative("再多一句。")]).expect_err("it is full");
    assert!(told.to_string().contains(TOO_LARGE), "{told}");
    anna.phone
        .edit(record, &[outcome(AttendanceOutcome::Attended)])
        .expect("what ends a record has its room");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);

    // Ben has not heard of it. What he writes is kept, and waits; all of it together, however much it is.
    for nth in 0..40 {
        ben.phone.edit(record, &[narrative(&format!("本写的第{nth}句。"))]).expect("his copy is small");
        if nth % 20 == 0 {
            cut_a_frame(&mut ben);
        }
    }
    fleet.sync(&mut ben);
    let waits = ben.phone.refused().expect("listed");
    assert_eq!(waits.len(), 40, "{waits:?}");
    assert!(waits.iter().any(|item| (item.verdict.as_str(), item.rule.as_str()) == ("held", TOO_LARGE)));
    assert_eq!(waits.iter().filter(|item| item.rule == TOO_LARGE).count(), 1, "one thing to decide on");
    let Some(Record::Attendance(seen)) = ben.phone.show(record).expect("there").record else { panic!("one") };
    assert_eq!(seen.narrative.0.chars().filter(|sign| *sign == '庭').count(), typed);
    ben.phone.edit(record, &[done(ben.person)]).expect("what ends a record has its room");
    assert_eq!(fleet.sync(&mut ben).not_accepted, 0);
}

/// A request that never arrives: what was written is signed, and what comes next is in another frame.
fn cut_a_frame(phone: &mut FleetPhone) {
    let _ = phone.phone.next_request().expect("a request");
}

#[test]
fn who_leaves_changes_side_by_side_without_end_keeps_nobody_from_writing() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(1_901);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    // Ben's phone says of each change that it was reopened once more, and rests it on the beginning alone.
    let mut held = 0;
    for rebase in 0..40 {
        let actor = actor::derive(ben.device, record, ben.phone.epoch(), rebase);
        let made =
            Document::begin(&Attendance::SHAPE, record).edit(actor, &[done(ben.person)]).expect("fits");
        let verdicts = fleet.send(&mut ben, vec![Item::change(record, rebase, &made[0])]);
        match &verdicts[..] {
            [Verdict::Accepted { .. }] => {}
            [Verdict::Held { rule, .. }] if rule == TOO_MANY_BRANCHES => held += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(held, 40 - MAX_BRANCHES);
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
    let Some(Record::Attendance(seen)) = anna.phone.show(record).expect("there").record else {
        panic!("one")
    };
    assert_eq!(seen.facts.outcome, Some(AttendanceOutcome::Attended));
}
