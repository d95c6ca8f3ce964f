//! The server was put back to yesterday, and the phone that had written something since is gone. Another phone
//! has a copy: it bears witness, and a manager has it carried over.

use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::people::Role;
use tingfang_core::phone::SyncState;
use tingfang_core::record::Record;
use tingfang_server::db::Tx;
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::quarantine;
use tingfang_server::sync::CarriedOver;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, start, two_observers};
use tingfang_tests::tamper;

/// What stands in the narrative, sentence by sentence. Whose stands first of those who did not know of each other
/// is no matter here.
fn sentences(phone: &FleetPhone, record: DocumentId) -> Vec<String> {
    let Some(Record::Attendance(attendance)) = phone.phone.show(record).expect("there").record else {
        panic!("an attendance")
    };
    let mut sentences: Vec<String> =
        attendance.narrative.0.split_inclusive('。').map(str::to_owned).collect();
    sentences.sort_unstable();
    sentences
}

/// Ben has written after the backup, Anna has read it and written on, and Ben's phone is gone when the server
/// is put back.
struct Scene {
    fleet: Fleet,
    manager: PersonId,
    anna: FleetPhone,
    ben: FleetPhone,
    record: DocumentId,
}

impl Scene {
    /// Whether the backup has the beginning of the record.
    fn new(seed: u64, is_begun_before: bool) -> Self {
        let Two { mut fleet, mut anna, mut ben, assignment } = two_observers(seed);
        let manager = fleet.person("经理", Role::Manager);
        let before = fleet.backup();
        let record = start(&mut ben, assignment, "attendance");
        fleet.sync(&mut ben);
        let after = fleet.backup();
        ben.phone.edit(record, &[narrative("本写的。")]).expect("fits");
        ben.phone.edit(record, &[narrative("本又写的。")]).expect("fits");
        fleet.sync(&mut ben);
        fleet.sync(&mut anna);
        anna.phone.edit(record, &[narrative("安娜写的。")]).expect("fits");
        fleet.sync(&mut anna);
        fleet.restore(if is_begun_before { &after } else { &before });
        let scene = Self { fleet, manager, anna, ben, record };
        scene.ben_is(DeviceState::Lost);
        scene
    }

    fn ben_is(&self, state: DeviceState) {
        self.fleet.set_device_state(self.ben.device, state);
    }

    fn witnesses(&self) -> Vec<(Option<DeviceId>, PersonId)> {
        let kept = self.fleet.db.read(|tx| quarantine::witnesses(tx, self.record)).expect("listed");
        kept.into_iter().map(|kept| (kept.writer, kept.person)).collect()
    }

    fn held_count(&self) -> u64 {
        self.fleet.db.read(|tx: &Tx| quarantine::held_count(tx)).expect("counted")
    }

    fn carry_over(&self, device: DeviceId) -> CarriedOver {
        self.fleet.carry_over(self.record, device, self.manager)
    }

    fn verifies(&self) {
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
    }
}

#[test]
fn a_copy_of_what_a_lost_phone_had_written_is_held_and_comes_in_in_its_writers_name_when_a_manager_orders_it()
{
    let mut scene = Scene::new(6_101, true);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(sentences(&scene.anna, scene.record), ["安娜写的。"], "one's own waits for nobody");
    assert_eq!(scene.witnesses(), vec![(Some(scene.ben.device), scene.anna.person); 2]);
    assert_eq!(scene.held_count(), 2);
    let seen = scene.anna.phone.show(scene.record).expect("there");
    assert_eq!(seen.sync, SyncState::Stored, "what she has handed in is no trouble of hers");
    assert_eq!(scene.anna.phone.refused().expect("listed"), []);
    assert_eq!(scene.anna.phone.status().expect("readable").not_accepted, 0);

    let CarriedOver::Done { accepted, held, refused, .. } = scene.carry_over(scene.ben.device) else {
        panic!("it is gone, and a copy waits")
    };
    assert_eq!((accepted, held, refused), (2, 0, 0));
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(sentences(&scene.anna, scene.record), ["安娜写的。", "本写的。", "本又写的。"]);
    assert_eq!(scene.held_count(), 0, "nothing of it is a question any more");
    assert_eq!(scene.carry_over(scene.ben.device), CarriedOver::NothingWaits, "it is done once");
    scene.verifies();
    let found = tamper::is_found(&scene.fleet, |file| {
        tamper::change(file, "quarantine", "writer_device_id", 1, 0);
    });
    assert!(found, "whose it is a copy of");
}

#[test]
fn a_record_that_the_server_has_forgotten_begins_again_with_who_still_takes_part() {
    let mut scene = Scene::new(6_102, false);
    scene.fleet.sync(&mut scene.anna);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(scene.anna.phone.show(scene.record).expect("there").sync, SyncState::Stored);
    assert_eq!(sentences(&scene.anna, scene.record), ["安娜写的。"]);
    assert!(matches!(scene.carry_over(scene.ben.device), CarriedOver::Done { refused: 0, held: 0, .. }));
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(sentences(&scene.anna, scene.record), ["安娜写的。", "本写的。", "本又写的。"]);
    scene.verifies();
}

#[test]
fn what_its_own_phone_says_again_needs_no_witness() {
    let mut scene = Scene::new(6_103, true);
    scene.fleet.sync(&mut scene.anna);
    scene.ben_is(DeviceState::Active);
    assert_eq!(scene.carry_over(scene.ben.device), CarriedOver::PhoneIsThere);
    scene.fleet.sync(&mut scene.ben);
    scene.fleet.sync(&mut scene.anna);
    scene.fleet.sync(&mut scene.ben);
    for phone in [&scene.anna, &scene.ben] {
        assert_eq!(sentences(phone, scene.record), ["安娜写的。", "本写的。", "本又写的。"], "each once");
    }
    assert_eq!((scene.witnesses(), scene.held_count()), (vec![], 0));
    scene.verifies();
}

#[test]
fn a_phone_that_is_found_after_its_work_was_carried_over_sees_it_once() {
    let mut scene = Scene::new(6_104, true);
    scene.fleet.sync(&mut scene.anna);
    assert!(matches!(scene.carry_over(scene.ben.device), CarriedOver::Done { accepted: 2, .. }));
    scene.ben_is(DeviceState::Active);
    for _ in 0..3 {
        scene.fleet.sync(&mut scene.ben);
        scene.fleet.sync(&mut scene.anna);
    }
    for phone in [&scene.anna, &scene.ben] {
        assert_eq!(sentences(phone, scene.record), ["安娜写的。", "本写的。", "本又写的。"], "each once");
        assert_eq!(phone.phone.refused().expect("listed"), []);
        assert_eq!(phone.phone.status().expect("readable").waiting, 0);
    }
    scene.verifies();
}

/// Ben has written on top of what Anna had written on top of his, and she has read it. Then the server forgets all
/// of it, and Ben's phone is gone.
fn in_turns(seed: u64, before_the_restore: impl FnOnce(FleetPhone) -> FleetPhone) -> Scene {
    let Two { mut fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let manager = fleet.person("经理", Role::Manager);
    let record = start(&mut ben, assignment, "attendance");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    let backup = fleet.backup();
    for text in ["一。", "三。"] {
        ben.phone.edit(record, &[narrative(text)]).expect("fits");
        fleet.sync(&mut ben);
        fleet.sync(&mut anna);
        if text == "一。" {
            anna.phone.edit(record, &[narrative("二。")]).expect("fits");
            fleet.sync(&mut anna);
            fleet.sync(&mut ben);
        }
    }
    anna = before_the_restore(anna);
    fleet.restore(&backup);
    let scene = Scene { fleet, manager, anna, ben, record };
    scene.ben_is(DeviceState::Lost);
    scene
}

/// What Ben had written comes in whole, though some of it rests on what Anna has written anew.
fn ben_is_carried_over_whole(mut scene: Scene) {
    for _ in 0..2 {
        scene.fleet.sync(&mut scene.anna);
    }
    assert_eq!(sentences(&scene.anna, scene.record), ["二。"]);
    let CarriedOver::Done { accepted, held, refused, left_out, .. } = scene.carry_over(scene.ben.device)
    else {
        panic!("it is gone, and copies wait")
    };
    assert_eq!((accepted, held, refused, left_out), (2, 0, 0, 0));
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(sentences(&scene.anna, scene.record), ["一。", "三。", "二。"], "each once");
    assert_eq!(scene.held_count(), 0, "nothing of it is a question any more");
    scene.verifies();
}

#[test]
fn what_rests_on_what_another_phone_has_written_anew_meanwhile_comes_in_too() {
    ben_is_carried_over_whole(in_turns(6_105, |anna| anna));
}

#[test]
fn so_it_does_where_that_phone_has_begun_a_new_epoch_since() {
    let scene = in_turns(6_106, FleetPhone::dies_before_the_commit);
    ben_is_carried_over_whole(scene);
}
