//! What is not allowed is refused with a reason, kept and listed; later work goes on.

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, RelationGround, Role};
use tingfang_core::phone::About;
use tingfang_core::phone::SyncState;
use tingfang_core::policy::Policy;
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome, ObserverState};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::kind::Record;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::store::device::{self, DeviceState};
use tingfang_server::store::{case_relation, quarantine};
use tingfang_tests::asked::undertaker;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{NO_RULES, Two, done, narrative, outcome, start, two_observers};

fn tampered(phone: &mut FleetPhone) {
    phone.phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
}

fn absent(person: PersonId) -> Edit {
    Edit::set(["observers", &person.to_string()], Scalar::Text("absent".into()))
}

#[test]
fn a_forbidden_write_is_refused_and_listed_and_the_later_work_of_its_writer_arrives() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(11);
    tampered(&mut ben);
    let record = start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    ben.phone.edit(record, &[absent(anna.person)]).expect("a tampered phone writes it");
    ben.phone.edit(record, &[narrative("后来的内容。"), done(ben.person)]).expect("fits");
    let progress = fleet.sync(&mut ben);
    assert_eq!(progress.not_accepted, 1);
    assert_eq!(progress.reopened, 1);

    let refused = ben.phone.refused().expect("listed");
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].verdict.as_str(), refused[0].rule.as_str()), ("refused", "duty_lacking"));
    assert_eq!(refused[0].edits, [absent(anna.person)], "the text is there to copy");
    assert_eq!(ben.phone.show(record).expect("there").sync, SyncState::Attention);

    fleet.sync(&mut anna);
    let seen = anna.phone.show(record).expect("there");
    let Some(Record::Attendance(attendance)) = seen.record else { panic!("an attendance") };
    assert_eq!(attendance.narrative.0, "后来的内容。");
    assert_eq!(attendance.observers.get(&ben.person), Some(&ObserverState::Done));
    assert_eq!(attendance.observers.get(&anna.person), None, "the forbidden value never entered");

    let kept = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].rule, "duty_lacking");
    assert!(kept[0].hash.is_some(), "the change is named");
}

#[test]
fn a_refused_write_in_one_record_does_not_hold_up_another() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(12);
    let second = fleet.world.assign(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::Attendance,
        &[(anna.person, "安娜", Duty::Chair), (ben.person, "本", Duty::Observer)],
    );
    fleet.sync(&mut ben);
    tampered(&mut ben);
    let bad = start(&mut ben, assignment, "attendance");
    ben.phone.edit(bad, &[absent(anna.person)]).expect("a tampered phone writes it");
    let good = start(&mut ben, second, "attendance");
    ben.phone.edit(good, &[narrative("第二场。")]).expect("fits");
    fleet.sync(&mut ben);
    assert_eq!(ben.phone.show(good).expect("there").sync, SyncState::Stored);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(good).is_ok());
}

#[test]
fn an_undertaker_of_the_case_may_not_supervise_it_whatever_the_role() {
    let Two { fleet, mut ben, assignment, .. } = two_observers(13);
    let record = start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[narrative("还不知道要回避。")]).expect("fits");
    let (case, person, now) = (fleet.world.case, ben.person, fleet.minter.clock().now());
    fleet
        .db
        .write(move |tx| case_relation::declare(tx, case, person, RelationGround::Relative, None, now))
        .expect("declared");
    let progress = fleet.sync(&mut ben);
    assert_eq!(progress.stored, 0);
    assert_eq!(ben.phone.refused().expect("listed")[0].rule, "relation_bars");
    assert!(
        fleet.db.read(|tx| tingfang_server::store::document::find(tx, record)).expect("readable").is_none()
    );
}

#[test]
fn a_stranger_who_computes_the_id_of_a_record_gets_nothing() {
    let Two { mut fleet, mut anna, assignment, .. } = two_observers(15);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("秘密。")]).expect("fits");
    fleet.sync(&mut anna);
    let person = fleet.person("外人", Role::Supervisor);
    let mut stranger = fleet.phone(person);
    let progress = fleet.sync(&mut stranger);
    assert_eq!(progress.pulled, 0);
    assert!(stranger.phone.show(record).is_err());
    assert!(stranger.phone.start(assignment, "attendance", About::default()).is_err());

    // A phone of his own making claims it all the same, and learns nothing: neither whether there is such an
    // assignment nor whether its record has begun. No more does who undertakes the case.
    let undertaker = undertaker(&fleet, "周律师");
    for mut phone in [stranger, fleet.phone(undertaker)] {
        for claimed in [assignment, fleet.minter.mint()] {
            let begin = |claim, document| {
                let version = Attendance::SHAPE.version;
                vec![Item::Begin { document, kind: "attendance".into(), version, claim }]
            };
            let claim = Claim::Shared { assignment: claimed };
            let verdicts = fleet.send(&mut phone, begin(claim, DocumentId::shared(fleet.tenant(), claimed)));
            assert!(
                matches!(&verdicts[..], [Verdict::Refused { rule, .. }] if rule == "not_assigned"),
                "{verdicts:?}"
            );
        }
    }
}

#[test]
fn who_undertakes_a_case_hears_nothing_of_a_planned_attendance() {
    let mut fleet = Fleet::new(1_500);
    let undertaker = undertaker(&fleet, "周律师");
    let mut phone = fleet.phone(undertaker);
    fleet.sync(&mut phone);
    let before = fleet.answer(phone.device, &phone.phone.next_request().expect("a request")).len();
    let observer = fleet.person("安娜", Role::Supervisor);
    let members = [(observer, "安娜", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut anna = fleet.phone(observer);
    fleet.sync(&mut anna);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    fleet.sync(&mut anna);

    let after = fleet.answer(phone.device, &phone.phone.next_request().expect("a request")).len();
    assert!(after.abs_diff(before) < 16, "the answer is as long as it was: {before} and {after} bytes");
    assert_eq!(fleet.sync(&mut phone).pulled, 0);
    assert_eq!(phone.phone.tasks().expect("listed").len(), 0);
    assert!(phone.phone.task(assignment).expect("readable").is_none());
    assert!(phone.phone.show(record).is_err());
}

#[test]
fn own_sheets_stay_with_their_writers() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(16);
    let a = start(&mut anna, assignment, "observer_sheet");
    let b = start(&mut ben, assignment, "observer_sheet");
    assert_ne!(a, b, "each observer has a sheet of his own");
    anna.phone.edit(a, &[Edit::set(["points", "HRG-01"], Scalar::Integer(900))]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    assert!(ben.phone.show(a).is_err(), "nobody else receives it");
    assert_eq!(anna.phone.show(a).expect("there").sync, SyncState::Stored);
}

#[test]
fn an_amendment_of_a_sealed_sheet_is_a_record_of_its_own() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(17);
    let sheet = start(&mut anna, assignment, "observer_sheet");
    let subject = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    anna.phone.edit(sheet, &[subject, Edit::set(["points", "HRG-01"], Scalar::Integer(900))]).expect("fits");
    anna.phone.seal(sheet).expect("complete");
    let amended = anna.phone.amend(sheet, "分数写错").expect("sealed before");
    anna.phone.edit(amended, &[Edit::set(["points", "HRG-01"], Scalar::Integer(700))]).expect("fits");
    anna.phone.seal(amended).expect("complete");
    let progress = fleet.sync(&mut anna);
    assert_eq!(progress.not_accepted, 0, "{:?}", anna.phone.refused());
    let kept = fleet.db.read(|tx| tingfang_server::store::document::find(tx, amended)).expect("readable");
    assert_eq!(kept.expect("accepted").amends, Some(sheet));
}

#[test]
fn the_fleet_repeats_exactly_for_the_same_seed() {
    let run = || {
        let Two { fleet, mut anna, assignment, .. } = two_observers(18);
        let record = start(&mut anna, assignment, "attendance");
        anna.phone.edit(record, &[narrative("同样的种子。")]).expect("fits");
        fleet.sync(&mut anna);
        anna.phone.save_document(record).expect("saved")
    };
    assert_eq!(run(), run());
    let _ = Fleet::new(18);
}

#[test]
fn what_a_revoked_phone_still_sends_is_held_and_it_receives_nothing() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(19);
    let record = start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[narrative("手机丢失之前写的。")]).expect("fits");
    let (device, now) = (ben.device, fleet.minter.clock().now());
    fleet.db.write(move |tx| device::set_state(tx, device, DeviceState::Revoked, now)).expect("revoked");
    start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let progress = fleet.sync(&mut ben);
    assert_eq!((progress.stored, progress.pulled), (0, 0));
    let kept = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    assert!(kept.iter().all(|item| item.rule == "device" && item.verdict != "refused"), "{kept:?}");
    assert!(!kept.is_empty());
}

#[test]
fn a_record_of_a_newer_version_is_held_until_the_server_knows_it() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(20);
    let document = DocumentId::shared(fleet.tenant(), assignment);
    let newer =
        Item::Begin { document, kind: "attendance".into(), version: 99, claim: Claim::Shared { assignment } };
    let verdicts = fleet.send(&mut anna, vec![newer]);
    assert!(matches!(&verdicts[0], Verdict::Held { rule, .. } if rule == "newer_schema"), "{verdicts:?}");
}
