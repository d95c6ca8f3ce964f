//! A record that grows without end stops at a size, so that it stops no phone and no server; nothing that was written
//! is lost by that.

use tingfang_core::record::kind::Record;
use tingfang_core::record::size::{MAX_OPERATIONS, TOO_LARGE};
use tingfang_tests::observers::{Two, narrative, start, two_observers};

/// How many characters are pasted at once.
const PASTED: usize = 20_000;

#[test]
fn what_is_written_into_a_full_record_is_told_at_once_or_held_and_read_by_a_manager() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(1_900);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    start(&mut ben, assignment, "attendance");
    fleet.sync(&mut ben);
    let text = "庭".repeat(PASTED);
    for _ in 0..MAX_OPERATIONS.div_ceil(PASTED as u64) {
        anna.phone.edit(record, &[narrative(&text)]).expect("it is not full yet");
    }
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "all of that still fits");
    let told = anna.phone.edit(record, &[narrative("再多一句。")]).expect_err("it is full");
    assert!(told.to_string().contains(TOO_LARGE), "{told}");

    // Ben has not heard of it. What he writes is kept, and he is told why it waits.
    ben.phone.edit(record, &[narrative("本写的。")]).expect("his copy is small");
    fleet.sync(&mut ben);
    let held = ben.phone.refused().expect("listed");
    let [held] = held.as_slice() else { panic!("{held:?}") };
    assert_eq!((held.verdict.as_str(), held.rule.as_str()), ("held", TOO_LARGE));
    assert_eq!(held.edits, [narrative("本写的。")]);
    let Some(Record::Attendance(seen)) = ben.phone.show(record).expect("there").record else { panic!("one") };
    assert_eq!(seen.narrative.0.chars().filter(|sign| *sign == '庭').count() as u64, MAX_OPERATIONS);
}
