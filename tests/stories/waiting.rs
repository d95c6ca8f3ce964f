//! What rests on changes that have not come waits for them, and for nothing else.

use tingfang_core::id::DocumentId;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::document::{ChangeHash, RawChange};
use tingfang_core::sync::frame::Item;
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::store::frame;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, outcome, start, two_observers};

fn item(record: DocumentId, change: &RawChange) -> Item {
    Item::change(record, 0, change)
}

/// What the items of a record wait for that wait.
fn waits_for(fleet: &Fleet, record: DocumentId) -> Vec<ChangeHash> {
    let read = fleet.db.read(|tx| {
        let places = frame::blocked_of(tx, record)?;
        places.into_iter().map(|place| frame::blocked_at(tx, place)).collect::<Result<Vec<_>, _>>()
    });
    read.expect("readable").into_iter().flatten().map(|(_, by)| ChangeHash(by)).collect()
}

#[test]
fn what_rests_on_two_changes_waits_for_the_one_and_then_for_the_other() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(71);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let (mut hers, mut his) = (fleet.record(record), fleet.record(record));
    let (anna_writes, ben_writes) = (anna.actor(record), ben.actor(record));
    let first = hers.edit(anna_writes, &[narrative("开庭。")]).expect("fits").remove(0);
    let other = his.edit(ben_writes, &[outcome(AttendanceOutcome::Attended)]).expect("fits").remove(0);
    hers.apply([other.bytes.as_slice()]).expect("fits");
    let both = hers.edit(anna_writes, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits").remove(0);

    let verdicts = fleet.send(&mut anna, vec![item(record, &both)]);
    let [Verdict::Blocked { by }] = verdicts.as_slice() else { panic!("{verdicts:?}") };
    assert_eq!(waits_for(&fleet, record), [*by]);
    assert!(verify(&fleet.db).expect("readable").differences.is_empty());

    // Which of the two it is said to wait for is no matter.
    let (now, later) = if *by == first.hash { (&first, &other) } else { (&other, &first) };
    let send = |change: &RawChange, anna: &mut FleetPhone, ben: &mut FleetPhone| {
        let phone = if change.hash == first.hash { anna } else { ben };
        let verdicts = fleet.send(phone, vec![item(record, change)]);
        assert!(matches!(verdicts.as_slice(), [Verdict::Accepted { .. }]), "{verdicts:?}");
    };
    send(now, &mut anna, &mut ben);
    assert_eq!(waits_for(&fleet, record), [later.hash]);
    assert!(verify(&fleet.db).expect("readable").differences.is_empty());
    send(later, &mut anna, &mut ben);
    assert_eq!(waits_for(&fleet, record), []);
    assert!(fleet.record(record).holds(&[both.hash]));
    assert!(verify(&fleet.db).expect("readable").differences.is_empty());
}

#[test]
fn what_came_in_the_wrong_order_comes_in_all_the_same_with_the_first_of_it() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(72);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let mut document = fleet.record(record);
    let writes = anna.actor(record);
    let made: Vec<RawChange> = (0..6)
        .map(|nth| document.edit(writes, &[narrative(&format!("第{nth}段。"))]).expect("fits").remove(0))
        .collect();
    for change in made[1..].iter().rev() {
        let verdicts = fleet.send(&mut anna, vec![item(record, change)]);
        assert!(matches!(verdicts.as_slice(), [Verdict::Blocked { .. }]), "{verdicts:?}");
    }
    assert_eq!(waits_for(&fleet, record).len(), 5);
    fleet.send(&mut anna, vec![item(record, &made[0])]);
    assert_eq!(waits_for(&fleet, record), []);
    assert_eq!(fleet.record(record).content(), document.content());
    assert!(verify(&fleet.db).expect("readable").differences.is_empty());
}
