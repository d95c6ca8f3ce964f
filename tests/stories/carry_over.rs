//! The phone of somebody is gone, and what was written on it after something that was refused waits. The server
//! writes it anew for them, by a device of its own, and it stays on record who ordered it.

use tingfang_core::clock::Clock;
use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{Duty, Role};
use tingfang_core::policy::Policy;
use tingfang_core::record::Record;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_server::db::{DbError, Tx};
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::{frame, ledger, stand_in};
use tingfang_server::sync::CarriedOver;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{NO_RULES, Two, narrative, start, two_observers};
use tingfang_tests::tamper;

fn text(phone: &FleetPhone, record: DocumentId) -> String {
    match phone.phone.show(record).expect("there").record {
        Some(Record::Attendance(attendance)) => attendance.narrative.0,
        other => panic!("{other:?}"),
    }
}

/// What stands in the ledger, and by whom.
fn ledger_entries(tx: &Tx) -> Result<Vec<(String, PersonId)>, DbError> {
    let mut entries = Vec::new();
    ledger::for_each(tx, |entry| {
        entries.push((entry.kind, entry.by));
        Ok(())
    })?;
    Ok(entries)
}

/// Ben's changed app has written what he may not, and he has gone on; the phone is gone before it hears of it.
struct Scene {
    fleet: Fleet,
    manager: PersonId,
    anna: FleetPhone,
    ben: FleetPhone,
    record: DocumentId,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
        let manager = fleet.person("经理", Role::Manager);
        let record = start(&mut anna, assignment, "attendance");
        fleet.sync(&mut anna);
        fleet.sync(&mut ben);
        ben.phone.edit(record, &[narrative("开头。")]).expect("fits");
        ben.phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
        let absent = Edit::set(["observers", &anna.person.to_string()], Scalar::Text("absent".into()));
        ben.phone.edit(record, &[absent]).expect("his own rules allow it");
        ben.phone.use_policy(None).expect("the server's again");
        let later =
            Edit::Splice {
                container: "narrative".into(), at: 3, delete: 0, insert: "后来写的。".into()
            };
        ben.phone.edit(record, &[later]).expect("fits");
        ben.phone
            .edit(record, &[Edit::set(["facts", "court_remark"], Scalar::Text("备注".into()))])
            .expect("fits");
        let request = ben.phone.next_request().expect("a request");
        fleet.answer(ben.device, &request);
        let scene = Self { fleet, manager, anna, ben, record };
        scene.ben_is(DeviceState::Lost);
        scene
    }

    fn ben_is(&self, state: DeviceState) {
        self.fleet.set_device_state(self.ben.device, state);
    }

    fn carry_over(&self) -> CarriedOver {
        self.fleet.carry_over(self.record, self.ben.device, self.manager)
    }

    fn verifies(&self) {
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
    }
}

#[test]
fn what_waits_of_a_lost_phone_comes_in_without_what_was_refused_and_it_is_known_who_wrote_and_who_ordered() {
    let mut scene = Scene::new(6_001);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(text(&scene.anna, scene.record), "开头。", "the rest waits for a phone that is gone");
    let CarriedOver::Done { stand_in, addendum: None, accepted, held, refused, left_out } =
        scene.carry_over()
    else {
        panic!("it is gone, and something waits")
    };
    assert_eq!((accepted, held, refused, left_out), (2, 0, 0, 0));
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(text(&scene.anna, scene.record), "开头。后来写的。");
    let device = scene.fleet.device(stand_in);
    assert_eq!((device.person, device.state), (scene.ben.person, DeviceState::Revoked), "for him, and once");
    let kept = scene.fleet.db.read(|tx| stand_in::find(tx, stand_in)).expect("readable").expect("on record");
    assert_eq!((kept.stand_in.stands_for, kept.stand_in.ordered_by), (scene.ben.device, scene.manager));
    let left = scene.fleet.db.read(|tx| frame::blocked_of(tx, scene.record)).expect("listed");
    assert_eq!(left, [], "what he had written is said, and waits for nothing");
    assert_eq!(scene.carry_over(), CarriedOver::NothingWaits, "it is done once");
    let entries = scene.fleet.db.read(ledger_entries).expect("readable");
    assert_eq!(entries, [("carried_over".to_owned(), scene.manager)], "once, in the ledger");
    scene.verifies();
    assert_eq!(tamper::escaped(&scene.fleet, "stand_in"), Vec::<String>::new());
}

#[test]
fn a_phone_that_is_found_again_sees_its_work_there_once_and_writes_on() {
    let mut scene = Scene::new(6_002);
    assert!(matches!(scene.carry_over(), CarriedOver::Done { accepted: 2, .. }));
    scene.ben_is(DeviceState::Active);
    for _ in 0..3 {
        scene.fleet.sync(&mut scene.ben);
        scene.fleet.sync(&mut scene.anna);
    }
    for phone in [&scene.anna, &scene.ben] {
        assert_eq!(text(phone, scene.record), "开头。后来写的。", "once, and not twice");
    }
    let listed = scene.ben.phone.refused().expect("listed");
    assert_eq!(listed.len(), 1, "what he might not write, and nothing else: {listed:?}");
    assert_eq!(scene.ben.phone.status().expect("readable").waiting, 0);
    scene.ben.phone.edit(scene.record, &[narrative("找到了。")]).expect("fits");
    scene.fleet.sync(&mut scene.ben);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(text(&scene.anna, scene.record), "找到了。开头。后来写的。");
    scene.verifies();
}

#[test]
fn a_server_that_was_restarted_meanwhile_carries_it_over_all_the_same() {
    let scene = Scene::new(6_006);
    scene.fleet.door().finish_leftovers(scene.fleet.clock.now()).expect("started");
    assert!(matches!(scene.carry_over(), CarriedOver::Done { accepted: 2, held: 0, refused: 0, .. }));
    scene.verifies();
}

#[test]
fn what_a_phone_had_written_anew_itself_before_the_server_was_put_back_comes_in_once() {
    let mut scene = Scene::new(6_005);
    scene.ben_is(DeviceState::Active);
    let before = scene.fleet.backup();
    // Ben's phone hears of the refusal and writes anew; Anna reads it. Then the server knows nothing of that any more.
    scene.fleet.sync(&mut scene.ben);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(text(&scene.anna, scene.record), "开头。后来写的。");
    scene.fleet.restore(&before);
    scene.ben_is(DeviceState::Lost);
    scene.fleet.sync(&mut scene.anna);
    let CarriedOver::Done { accepted, held, refused, .. } = scene.carry_over() else {
        panic!("it is gone, and something waits")
    };
    assert_eq!((accepted, held, refused), (2, 0, 0));
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(text(&scene.anna, scene.record), "开头。后来写的。", "once, and not twice");
    scene.verifies();
}

#[test]
fn a_phone_that_is_there_does_it_itself_and_one_that_contradicts_itself_is_decided_on_one_by_one() {
    let scene = Scene::new(6_003);
    scene.ben_is(DeviceState::Active);
    assert_eq!(scene.carry_over(), CarriedOver::PhoneIsThere);
    scene.ben_is(DeviceState::Frozen);
    assert_eq!(scene.carry_over(), CarriedOver::PhoneContradicts);
    scene.verifies();
}

#[test]
fn the_same_rules_hold_for_the_same_person() {
    let scene = Scene::new(6_004);
    // Meanwhile he takes part no more: what he was allowed then is for a person to decide.
    let assignment = scene.anna.phone.tasks().expect("tasks")[0].assignment;
    scene.fleet.set_members(assignment, &[(scene.anna.person, Duty::Chair)]);
    let CarriedOver::Done { accepted, held, refused, .. } = scene.carry_over() else { panic!("it waits") };
    assert_eq!((accepted, held, refused), (0, 1, 1), "the first is held, and the other rests on it");
    scene.verifies();
}
