//! Who manages an organisation sees its records, but not those that would sway a judgement of their
//! own, and not those of a case to which they are related.

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, RelationGround, Role};
use tingfang_core::phone::{About, FileState, NewAttachment};
use tingfang_core::record::attachment::{AttachmentPurpose, MediaType};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_server::db::Tx;
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::{attachment, case_relation, document, quarantine, role_grant};
use tingfang_server::{files, records};
use tingfang_tests::desk::desk;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, start, two_observers};
use tingfang_tests::signed_in::signed_in;

fn sheet(phone: &mut FleetPhone, assignment: tingfang_core::id::AssignmentId) -> DocumentId {
    let sheet = start(phone, assignment, "observer_sheet");
    phone.phone.edit(sheet, &points()).expect("fits");
    sheet
}

fn points() -> [Edit; 2] {
    let rubric = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    [rubric, Edit::set(["points", "HRG-01"], Scalar::Integer(900))]
}

/// Somebody as the console knows them, with the roles that they hold.
fn also_manages(fleet: &Fleet, id: PersonId) {
    let organisation = fleet.world.organisation;
    fleet.db.write(move |tx| role_grant::add(tx, id, organisation, Role::Manager)).expect("granted");
}

/// Two managers: one who has no part in the case, and a relative of somebody in it.
fn two_managers(fleet: &Fleet) -> (PersonId, PersonId) {
    let (outside, relative) = (fleet.person("管理", Role::Manager), fleet.person("亲属", Role::Manager));
    let (case, now) = (fleet.world.case, fleet.minter.clock().now());
    let declare =
        move |tx: &Tx| case_relation::declare(tx, case, relative, RelationGround::Relative, None, now);
    fleet.db.write(declare).expect("declared");
    (outside, relative)
}

fn reads(fleet: &Fleet, reader: PersonId, record: DocumentId) -> bool {
    let reader = signed_in(fleet, reader);
    fleet.db.try_read(|tx| records::open(tx, &reader, record).map(|_| ())).is_ok()
}

#[test]
fn a_manager_who_observes_sees_nobodys_sheet_before_all_are_sealed() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(71);
    let outside = fleet.person("管理", Role::Manager);
    also_manages(&fleet, ben.person);
    let of_anna = sheet(&mut anna, assignment);
    fleet.sync(&mut anna);
    assert!(reads(&fleet, outside, of_anna), "who takes no part manages as ever");
    assert!(!reads(&fleet, ben.person, of_anna), "ben has a sheet to write");
    anna.phone.seal(of_anna).expect("complete");
    fleet.sync(&mut anna);
    assert!(!reads(&fleet, ben.person, of_anna), "sealed, but ben's own is not");
    let of_ben = sheet(&mut ben, assignment);
    fleet.sync(&mut ben);
    assert!(reads(&fleet, ben.person, of_ben), "one's own is open to oneself");
    assert!(!reads(&fleet, ben.person, of_anna));
    ben.phone.seal(of_ben).expect("complete");
    fleet.sync(&mut ben);
    assert!(reads(&fleet, ben.person, of_anna), "all are in");
}

#[test]
fn a_clerks_transcript_stands_for_the_sheet_of_the_observer_who_wrote_on_paper() {
    let mut desk = desk(74);
    also_manages(&desk.fleet, desk.observer.person);
    desk.seal();
    assert!(!reads(&desk.fleet, desk.observer.person, desk.transcript), "the observer's own is not in");
    let own = sheet(&mut desk.observer, desk.assignment);
    desk.observer.phone.seal(own).expect("complete");
    desk.fleet.sync(&mut desk.observer);
    assert!(reads(&desk.fleet, desk.observer.person, desk.transcript), "all are in, the chair's on paper");
}

#[test]
fn of_two_undertakers_of_one_case_the_sheets_on_both_must_be_in() {
    let mut fleet = Fleet::new(75);
    let (a, b) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
    also_manages(&fleet, b);
    let first = fleet.world.undertaker;
    let second = fleet.world.second_undertaker(&fleet.db, &fleet.minter, "郑律师");
    let undertakers = [(first, "周律师"), (second, "郑律师")];
    let members = [(a, "安娜", Duty::Chair), (b, "本", Duty::Observer)];
    let kind = AssignmentKind::Attendance;
    let assignment = fleet.world.assign_on(&fleet.db, &fleet.minter, kind, &undertakers, &members);
    let (mut anna, mut ben) = (fleet.phone(a), fleet.phone(b));
    let seal_on = |phone: &mut FleetPhone, undertaker| {
        fleet.sync(phone);
        let about = About { undertaker: Some(undertaker), ..About::default() };
        let sheet =
            phone.phone.start(assignment, "observer_sheet", about).expect("one of the task's subjects");
        phone.phone.edit(sheet, &points()).expect("fits");
        phone.phone.seal(sheet).expect("complete");
        fleet.sync(phone);
        sheet
    };
    let of_anna = [seal_on(&mut anna, first), seal_on(&mut anna, second)];
    seal_on(&mut ben, first);
    assert!(!reads(&fleet, ben.person, of_anna[0]), "ben owes one on the second");
    seal_on(&mut ben, second);
    assert_eq!(of_anna.map(|sheet| reads(&fleet, ben.person, sheet)), [true, true]);
}

#[test]
fn who_names_a_file_that_another_has_handed_in_does_not_learn_that_it_is_here() {
    let Two { fleet, mut anna, ben, .. } = two_observers(73);
    let members = [(anna.person, "安娜", Duty::Lead)];
    let visit = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::ReturnVisit, &members);
    fleet.sync(&mut anna);
    let record = start(&mut anna, visit, "return_visit");
    let photo = b"\xff\xd8\xff\xe0 a photo that two people have";
    let new = NewAttachment {
        purpose: AttachmentPurpose::Photo,
        media_type: MediaType::Jpeg,
        name: "照片.jpg".to_owned(),
        made_at: None,
    };
    anna.phone.attach(record, &new, &mut &photo[..]).expect("taken");
    fleet.sync(&mut anna);
    let digest = anna.phone.attachments(record).expect("listed")[0].attached.digest;
    // Ben hands in the same file, for whatever he writes himself.
    let now = fleet.minter.clock().now();
    let of = |person, device| attachment::Source { person, device, received_at: now };
    let (of_ben, of_anna) = (of(ben.person, ben.device), of(anna.person, anna.device));
    let file = attachment::Kept {
        digest,
        size_bytes: photo.len() as u64,
        media_type: MediaType::Jpeg,
        has_thumbnail: false,
        stored_at: now,
    };
    let hand_in = |source: attachment::Source, file: attachment::Kept| {
        let hand_in = move |tx: &Tx| {
            attachment::insert(tx, &file)?;
            attachment::add_source(tx, digest, source)?;
            files::publish_stored(tx, digest, &[source.person])
        };
        fleet.db.write(hand_in).expect("handed in");
    };
    hand_in(of_ben, file.clone());
    fleet.sync(&mut anna);
    let state = |phone: &FleetPhone| phone.phone.attachments(record).expect("listed")[0].state;
    assert_eq!(state(&anna), FileState::Waiting, "it is still hers to send");
    hand_in(of_anna, file);
    fleet.sync(&mut anna);
    assert_eq!(state(&anna), FileState::Stored);
}

#[test]
fn what_a_lost_phone_hands_in_for_a_record_that_nobody_knows_is_behind_them_too() {
    let Two { fleet, mut anna, ben, assignment } = two_observers(73);
    let (outside, relative) = two_managers(&fleet);
    also_manages(&fleet, ben.person);
    let of_anna = sheet(&mut anna, assignment);
    fleet.set_device_state(anna.device, DeviceState::Lost);
    fleet.sync(&mut anna);
    assert!(
        fleet.db.read(|tx| document::find(tx, of_anna)).expect("readable").is_none(),
        "all of it is held"
    );

    let items = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    assert!(items.len() > 1 && items.iter().all(|item| item.document == of_anna));
    for item in &items {
        let sees = |reader| {
            let reader = signed_in(&fleet, reader);
            fleet.db.read(|tx| records::may_read_refused(tx, &reader, item)).expect("readable")
        };
        assert!(sees(anna.person) && sees(outside), "{item:?}");
        assert!(!sees(ben.person), "a sheet beside one's own: {item:?}");
        assert!(!sees(relative), "of a case to which one is related: {item:?}");
    }
}

#[test]
fn what_was_not_accepted_is_behind_the_same_walls() {
    let Two { fleet, mut anna, ben, assignment } = two_observers(72);
    let (outside, relative) = two_managers(&fleet);
    also_manages(&fleet, ben.person);
    let of_anna = sheet(&mut anna, assignment);
    fleet.sync(&mut anna);
    let unknown = DocumentId::from_bytes([9; 16]);
    let claim = Claim::Shared { assignment };
    let newer =
        |document| Item::Begin { document, kind: "attendance".into(), version: 99, claim: claim.clone() };
    fleet.send(&mut anna, vec![newer(of_anna), newer(unknown)]);

    let items = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    let about = |id| items.iter().find(|item| item.document == id).expect("kept");
    let sees = |reader, id| {
        let reader = signed_in(&fleet, reader);
        fleet.db.read(|tx| records::may_read_refused(tx, &reader, about(id))).expect("readable")
    };
    assert!(sees(anna.person, of_anna) && sees(anna.person, unknown), "one's own");
    assert!(sees(outside, of_anna) && sees(outside, unknown), "of the organisation that one manages");
    assert!(!sees(ben.person, of_anna), "a sheet beside one's own");
    assert!(!sees(relative, of_anna), "of a case to which one is related");
    let stranger = fleet.person("外人", Role::Supervisor);
    assert!(!sees(stranger, of_anna) && !sees(stranger, unknown));
}

#[test]
fn a_conflict_says_who_wrote_what_when_and_on_which_device() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(73);
    let manager = fleet.person("管理", Role::Manager);
    let record = start(&mut anna, assignment, "attendance");
    start(&mut ben, assignment, "attendance");
    anna.phone
        .edit(record, &[Edit::set(["facts", "outcome"], Scalar::Text("attended".into()))])
        .expect("fits");
    ben.phone
        .edit(record, &[Edit::set(["facts", "outcome"], Scalar::Text("adjourned".into()))])
        .expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let reader = signed_in(&fleet, manager);
    let writers = fleet
        .db
        .try_read(|tx| {
            let opened = records::open(tx, &reader, record)?;
            records::writers(tx, &opened).map_err(tingfang_server::problem::Problem::from)
        })
        .expect("readable");
    let seen: Vec<(&str, tingfang_core::id::DeviceId)> =
        writers.values().map(|writer| (writer.name.as_str(), writer.device)).collect();
    assert!(seen.contains(&("安娜", anna.device)) && seen.contains(&("本", ben.device)), "{seen:?}");
    assert!(
        writers.values().all(|writer| !writer.device_name.is_empty() && writer.received_at.as_millis() > 0)
    );
}
