//! What comes too late for the seal of a shared record becomes a linked addendum by itself.

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{Duty, Role};
use tingfang_core::record::Record;
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::document;
use tingfang_server::sync::CarriedOver;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};

fn attendance(phone: &FleetPhone, record: DocumentId) -> Attendance {
    match phone.phone.show(record).expect("there").record {
        Some(Record::Attendance(attendance)) => attendance,
        other => panic!("{other:?}"),
    }
}

/// The addendum to a record that a phone has.
fn addendum(phone: &FleetPhone, sealed: DocumentId) -> Option<DocumentId> {
    let records = phone.phone.records(None, 100).expect("readable");
    let of = |id: &DocumentId| attendance(phone, *id).origin.amends == Some(sealed);
    records.into_iter().map(|row| row.document).find(of)
}

/// Both have started; Ben has said that he is done and goes on writing without the network, and Anna seals.
fn sealed_meanwhile(seed: u64, late: &[Edit]) -> (Fleet, FleetPhone, FleetPhone, DocumentId) {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    let facts = [outcome(AttendanceOutcome::Attended), narrative("开头。结尾。"), done(anna.person)];
    anna.phone.edit(record, &facts).expect("fits");
    fleet.sync(&mut anna);
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    for edit in late {
        ben.phone.edit(record, std::slice::from_ref(edit)).expect("he has not heard of the seal");
    }
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    (fleet, anna, ben, record)
}

fn remark(text: &str) -> Edit {
    Edit::set(["facts", "court_remark"], Scalar::Text(text.into()))
}

fn finding(text: &str) -> Edit {
    Edit::Add {
        container: "findings".into(),
        entry: "00000000-0000-7000-8000-0000000000aa".parse().expect("an id"),
        fields: [("text".into(), Scalar::Text(text.into()))].into(),
    }
}

#[test]
fn what_was_written_before_the_writer_heard_of_the_seal_becomes_an_addendum_that_the_chair_seals() {
    let middle = Edit::Splice { container: "narrative".into(), at: 3, delete: 0, insert: "中间。".into() };
    let late = [middle, remark("庭后补问书记员。"), finding("辩护人迟到。")];
    let (fleet, mut anna, mut ben, record) = sealed_meanwhile(5_001, &late);
    fleet.sync(&mut ben);
    assert_eq!(ben.phone.refused().expect("listed"), [], "nothing is left to be copied");
    let added = addendum(&ben, record).expect("he has it");
    fleet.sync(&mut anna);
    assert_eq!(addendum(&anna, record), Some(added), "the chair has it too");

    let said = attendance(&anna, added);
    assert_eq!(said.narrative.0, "中间。", "what the sealed text has is not repeated");
    assert_eq!(said.facts.court_remark.as_deref(), Some("庭后补问书记员。"));
    assert_eq!(said.facts.outcome, None, "nor what the sealed facts say");
    assert_eq!(said.findings.len(), 1);
    assert!(said.origin.amendment_reason.is_some_and(|reason| reason.contains("封存")));
    assert_eq!(said.subject.hearing, attendance(&anna, record).subject.hearing, "it is about the same");
    assert_eq!(
        attendance(&anna, record).narrative.0,
        "开头。结尾。",
        "what is sealed stays as it was sealed"
    );

    let organisation = fleet.world.organisation;
    let open = || fleet.db.read(|tx| document::open_addenda(tx, &[organisation], 9)).expect("listed");
    assert_eq!(open().iter().map(|kept| kept.id).collect::<Vec<_>>(), [added], "the manager is alerted");
    anna.phone.seal(added).expect("complete");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    assert!(open().is_empty());
    assert!(verify(&fleet.db).expect("readable").is_clean());
}

#[test]
fn what_comes_too_late_twice_is_said_in_two_addenda_and_nothing_of_it_twice() {
    let (fleet, mut anna, mut ben, record) = sealed_meanwhile(5_002, &[narrative("第一次。")]);
    // The answer to the first part has not come yet when he goes on.
    let request = ben.phone.next_request().expect("a request");
    let answer = fleet.answer(ben.device, &request);
    ben.phone.edit(record, &[narrative("第二次。")]).expect("he has not heard of the seal");
    ben.phone.take_response(&answer).expect("taken");
    for _ in 0..2 {
        fleet.sync(&mut ben);
        fleet.sync(&mut anna);
    }
    let records = anna.phone.records(None, 100).expect("readable");
    let mut said: Vec<String> = records
        .iter()
        .map(|row| attendance(&anna, row.document))
        .filter(|read| read.origin.amends == Some(record))
        .map(|read| read.narrative.0)
        .collect();
    said.sort();
    assert_eq!(said.concat().matches("第一次。").count(), 1, "{said:?}");
    assert_eq!(said.concat().matches("第二次。").count(), 1, "{said:?}");
    assert_eq!(ben.phone.refused().expect("listed"), []);
    assert!(verify(&fleet.db).expect("readable").is_clean());
}

#[test]
fn an_addendum_is_begun_once_though_the_phone_starts_again_and_syncs_again() {
    let (fleet, mut anna, mut ben, record) = sealed_meanwhile(5_003, &[narrative("迟到的话。")]);
    fleet.sync(&mut ben);
    let mut ben = ben.restart();
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    let addenda = anna.phone.records(None, 100).expect("readable").into_iter();
    let addenda = addenda.filter(|row| attendance(&anna, row.document).origin.amends == Some(record));
    assert_eq!(addenda.count(), 1);
}

#[test]
fn a_mark_that_adds_nothing_stays_listed() {
    let present =
        |person: PersonId| Edit::set(["observers", &person.to_string()], Scalar::Text("present".into()));
    let (fleet, _anna, mut ben, record) = sealed_meanwhile(5_004, &[]);
    ben.phone.edit(record, &[present(ben.person)]).expect("he has not heard of the seal");
    fleet.sync(&mut ben);
    assert_eq!(addendum(&ben, record), None, "there is nothing to add");
    let listed = ben.phone.refused().expect("listed");
    assert_eq!((listed.len(), listed[0].rule.as_str()), (1, "record_sealed"));
    assert_eq!(ben.phone.status().expect("readable").waiting, 0);
}

#[test]
fn the_late_work_of_who_takes_part_no_more_is_for_a_person_and_no_addendum() {
    let (fleet, anna, mut ben, record) = sealed_meanwhile(5_005, &[narrative("离队之前写的。")]);
    let (assignment, chair) = (anna.phone.tasks().expect("tasks")[0].assignment, anna.person);
    fleet.set_members(assignment, &[(chair, Duty::Chair)]);
    fleet.sync(&mut ben);
    assert!(ben.phone.records(None, 100).expect("readable").iter().all(|row| row.document == record));
    let listed = ben.phone.refused().expect("listed");
    assert_eq!(listed[0].edits, [narrative("离队之前写的。")]);
    let organisation = fleet.world.organisation;
    let open = fleet.db.read(|tx| document::open_addenda(tx, &[organisation], 9)).expect("listed");
    assert!(open.is_empty());
}

#[test]
fn nobody_adds_to_a_sealed_record_what_did_not_come_too_late() {
    let (fleet, _anna, mut ben, record) = sealed_meanwhile(5_006, &[]);
    fleet.sync(&mut ben);
    let (document, claim) = (fleet.minter.mint(), Claim::LateWork { of: record });
    let begin = Item::Begin { document, kind: "attendance".into(), version: 1, claim };
    let verdicts = fleet.send(&mut ben, vec![begin]);
    assert!(matches!(&verdicts[..], [Verdict::Refused { rule, .. }] if rule == "claim"), "{verdicts:?}");
}

#[test]
fn what_came_too_late_of_a_phone_that_is_gone_is_added_for_its_writer_when_a_manager_orders_it() {
    let late = [narrative("迟到的话。"), remark("庭后补问书记员。")];
    let (fleet, mut anna, mut ben, record) = sealed_meanwhile(5_007, &late);
    let request = ben.phone.next_request().expect("a request");
    fleet.answer(ben.device, &request);
    let manager = fleet.person("经理", Role::Manager);
    fleet.set_device_state(ben.device, DeviceState::Lost);
    let carried = fleet.carry_over(record, ben.device, manager);
    let CarriedOver::Done { addendum: Some(added), held: 0, refused: 0, .. } = carried else {
        panic!("{carried:?}")
    };
    fleet.sync(&mut anna);
    assert_eq!(addendum(&anna, record), Some(added), "the chair has it, to be sealed");
    let said = attendance(&anna, added);
    assert_eq!(said.narrative.0, "迟到的话。");
    assert_eq!(said.facts.court_remark.as_deref(), Some("庭后补问书记员。"));
    let row = fleet.db.read(|tx| document::find(tx, added)).expect("readable").expect("begun");
    assert_eq!(row.begun_by, ben.person, "in its writer's name");
    assert_eq!(fleet.carry_over(record, ben.device, manager), CarriedOver::NothingWaits, "once");

    fleet.set_device_state(ben.device, DeviceState::Active);
    fleet.sync(&mut ben);
    fleet.sync(&mut ben);
    let records = ben.phone.records(None, 100).expect("readable");
    assert_eq!(records.len(), 2, "the phone is found again, and has nothing to add: {records:?}");
    assert_eq!(ben.phone.refused().expect("listed"), []);
    assert_eq!(ben.phone.status().expect("readable").waiting, 0);
    assert!(verify(&fleet.db).expect("readable").is_clean());
}
