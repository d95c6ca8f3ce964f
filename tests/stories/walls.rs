//! Who manages an organisation sees its records, but not those that would sway a judgement of their
//! own, and not those of a case to which they are related.

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{RelationGround, Role};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_server::records;
use tingfang_server::store::{case_relation, quarantine, role_grant};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, start, two_observers};
use tingfang_tests::signed_in::signed_in;

fn sheet(phone: &mut FleetPhone, assignment: tingfang_core::id::AssignmentId) -> DocumentId {
    let sheet = start(phone, assignment, "observer_sheet");
    let subject = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    let points = Edit::set(["points", "HRG-01"], Scalar::Integer(900));
    phone.phone.edit(sheet, &[subject, points]).expect("fits");
    sheet
}

/// Somebody as the console knows them, with the roles that they hold.
fn also_manages(fleet: &Fleet, id: PersonId) {
    let organisation = fleet.world.organisation;
    fleet.db.write(move |tx| role_grant::add(tx, id, organisation, Role::Manager)).expect("granted");
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
fn what_was_not_accepted_is_behind_the_same_walls() {
    let Two { fleet, mut anna, ben, assignment } = two_observers(72);
    let (outside, relative) = (fleet.person("管理", Role::Manager), fleet.person("亲属", Role::Manager));
    also_manages(&fleet, ben.person);
    let (case, now) = (fleet.world.case, fleet.minter.clock().now());
    fleet
        .db
        .write(move |tx| case_relation::declare(tx, case, relative, RelationGround::Relative, None, now))
        .expect("declared");
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
