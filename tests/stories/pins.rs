//! The PIN of a phone: wrong ones lock and erase nothing, and a forgotten one costs no record.

use std::path::PathBuf;
use std::sync::Arc;

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::{About, Phone, PhoneError, recover, recovery_request};
use tingfang_core::record::edit::Edit;
use tingfang_core::recovery::RecoverySecret;
use tingfang_core::sync::order::Terms;
use tingfang_server::store::device::DeviceState;
use tingfang_tests::fleet::{Fleet, FleetPhone, MemoryKeys};
use tingfang_tests::processes::{Server, Terminal, json, run};
use tingfang_tests::world::laid;

const PIN: &str = "250731";

/// Anna, whose phone has a record that the server does not have, and a PIN.
fn scene(seed: u64) -> (Fleet, FleetPhone, RecoverySecret) {
    let mut fleet = Fleet::new(seed);
    let centre = RecoverySecret::from_seed([7; 32]);
    fleet.set_terms(Terms { lease_days: 0, recovery_key: Some(centre.public()) });
    let anna = fleet.person("anna", Role::Supervisor);
    let members = [(anna, "anna", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    let text =
        Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: "尚未上传。".into() };
    anna.phone.edit(record, &[text]).expect("written");
    anna.phone.set_pin(PIN).expect("set");
    (fleet, anna, centre)
}

fn opened(phone: &FleetPhone, pin: Option<&str>) -> Result<Phone, PhoneError> {
    let (path, profile, keys, minter) = phone.parts();
    match pin {
        Some(pin) => Phone::open_with_pin(&path, profile, keys, minter, pin),
        None => Phone::open(&path, profile, keys, minter),
    }
}

fn waiting(phone: &Phone) -> u64 {
    phone.status().expect("readable").waiting
}

#[test]
fn a_phone_with_a_pin_opens_with_it_alone_and_its_secret_lies_nowhere_open() {
    let (_fleet, anna, _) = scene(511);
    assert!(matches!(opened(&anna, None), Err(PhoneError::PinNeeded)));
    let phone = opened(&anna, Some(PIN)).expect("the right one");
    assert!(phone.has_pin() && waiting(&phone) > 0);
    assert_eq!(anna.keys().secrets().open_seed(), None);
}

#[test]
fn wrong_pins_lock_for_longer_and_longer_and_what_was_written_is_still_there() {
    let (fleet, anna, _) = scene(512);
    for tries_left in (1..=4).rev() {
        let refused = opened(&anna, Some("000000"));
        assert!(matches!(refused, Err(PhoneError::WrongPin { tries_left: left }) if left == tries_left));
    }
    let locks = |minutes: i64| {
        assert!(matches!(opened(&anna, Some("000000")), Err(PhoneError::PinLocked { .. })));
        // While it is locked the right one is not taken either, and does not count as a try.
        fleet.clock.pass_millis(minutes * 60_000 - 1);
        assert!(matches!(opened(&anna, Some(PIN)), Err(PhoneError::PinLocked { .. })));
        fleet.clock.pass_millis(1);
    };
    locks(1);
    locks(2);
    locks(4);
    let phone = opened(&anna, Some(PIN)).expect("nothing was erased");
    assert!(waiting(&phone) > 0);
    drop(phone);
    assert!(
        matches!(opened(&anna, Some("000000")), Err(PhoneError::WrongPin { tries_left: 4 })),
        "counted anew"
    );
}

#[test]
fn a_pin_can_be_changed_and_taken_away_and_a_short_one_is_none() {
    let (_fleet, anna, _) = scene(513);
    let mut phone = opened(&anna, Some(PIN)).expect("opens");
    assert!(matches!(phone.set_pin("12345"), Err(PhoneError::PinTooShort { shortest: 6 })));
    phone.set_pin("另一个密码呢").expect("six signs");
    drop(phone);
    assert!(opened(&anna, Some(PIN)).is_err());
    let mut phone = opened(&anna, Some("另一个密码呢")).expect("opens");
    phone.take_pin_away().expect("taken away");
    drop(phone);
    assert!(!opened(&anna, None).expect("opens").has_pin());
}

#[test]
fn a_forgotten_pin_is_answered_by_the_centre_alone_and_costs_no_record() {
    let (fleet, mut anna, centre) = scene(514);
    let keys: Arc<MemoryKeys> = anna.keys();
    let ask = || recovery_request(&anna.path, keys.as_ref(), anna.device, &fleet.minter);
    let request = ask().expect("a request");
    let stranger = RecoverySecret::from_seed([8; 32]);
    assert!(stranger.answer(&request, &fleet.minter).is_err());
    let answer = centre.answer(&request, &fleet.minter).expect("an answer");
    let other = ask().expect("asked again");
    assert_eq!(other.answer_to, request.answer_to, "the first answer still opens it");
    let take = || recover(keys.as_ref(), anna.device, &answer);
    take().expect("recovered");
    assert!(matches!(take(), Err(PhoneError::NoRecovery)), "once");
    anna = anna.restart();
    assert!(!anna.phone.has_pin());
    let progress = fleet.sync(&mut anna);
    assert!(progress.stored > 0 && progress.not_accepted == 0, "{progress:?}");
}

#[test]
fn a_phone_that_got_its_pin_before_it_knew_the_centres_key_seals_its_secret_at_the_next_sync() {
    let mut fleet = Fleet::new(515);
    let person = fleet.person("anna", Role::Supervisor);
    let mut anna = fleet.phone(person);
    fleet.sync(&mut anna);
    anna.phone.set_pin(PIN).expect("set");
    let asked = |fleet: &Fleet, phone: &FleetPhone| {
        recovery_request(&phone.path, phone.keys().as_ref(), phone.device, &fleet.minter).map(|_| ())
    };
    assert!(matches!(asked(&fleet, &anna), Err(PhoneError::NoRecovery)));
    let centre = RecoverySecret::from_seed([7; 32]);
    fleet.set_terms(Terms { lease_days: 0, recovery_key: Some(centre.public()) });
    fleet.sync(&mut anna);
    asked(&fleet, &anna).expect("the centre can open it now");
}

/// The same with the program itself: the centre's key in a file, texts carried in files.
#[test]
fn in_terminals_a_centre_opens_a_phone_whose_pin_was_forgotten() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let text = |path: PathBuf| path.display().to_string();
    let made = json(&["recovery", "key", "--to", &text(path("centre.key"))]);
    let twice = run(&["recovery", "key", "--to", &text(path("centre.key"))], &[]);
    assert_ne!(twice.code, 0, "a key is never written over");
    let public = made["recovery_key"].as_str().expect("a key").to_owned();
    let data = laid(folder.path(), 516, |world, db, minter| {
        world.person(db, minter, "anna", Role::Supervisor);
    });
    let server = Server::start_with(&data, &[("TINGFANG_RECOVERY_KEY", &public)]);
    let phone = Terminal::enrol(&path("anna"), &data, &server, "anna");
    phone.run(&["sync"]);
    phone.run(&["set-pin", PIN]);
    let locked = phone.try_run(&["status"]);
    assert!(locked.code != 0 && locked.text.contains("设有密码"), "{}", locked.text);
    phone.run(&["status", "--pin", PIN]);
    let wrong = phone.try_run(&["status", "--pin", "000000"]);
    assert!(wrong.code != 0 && wrong.text.contains("密码不对"), "{}", wrong.text);

    let request = phone.run(&["forgotten-pin"]);
    std::fs::write(path("request"), request["request"].as_str().expect("a text")).expect("written");
    let keys =
        ["recovery", "answer", "--request", &text(path("request")), "--key", &text(path("centre.key"))];
    let answer = json(&keys);
    std::fs::write(path("answer"), answer["answer"].as_str().expect("a text")).expect("written");
    phone.run(&["recover", &text(path("answer"))]);
    phone.run(&["status"]);
    let again = phone.try_run(&["recover", &text(path("answer"))]);
    assert!(again.code != 0 && again.text.contains("中心无法"), "{}", again.text);

    // The keys themselves are gone: it goes the same way.
    std::fs::remove_file(path("anna").join("keys.json")).expect("lost");
    assert_ne!(phone.try_run(&["status"]).code, 0);
    let request = phone.run(&["forgotten-pin"]);
    std::fs::write(path("request"), request["request"].as_str().expect("a text")).expect("written");
    let answer = json(&keys);
    std::fs::write(path("answer"), answer["answer"].as_str().expect("a text")).expect("written");
    phone.run(&["recover", &text(path("answer"))]);
    phone.run(&["sync"]);
}

/// Anna's phone without a PIN: it was synced, and then she wrote something.
fn scene_without_pin(seed: u64) -> (Fleet, FleetPhone, RecoverySecret, DocumentId) {
    let (fleet, mut anna, centre) = scene(seed);
    anna.phone.take_pin_away().expect("taken away");
    fleet.sync(&mut anna);
    let record = anna.phone.records(None, 1).expect("readable")[0].document;
    (fleet, anna, centre, record)
}

fn typed(phone: &mut FleetPhone, record: DocumentId, text: &str) {
    let edit = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: text.into() };
    phone.phone.edit(record, &[edit]).expect("written");
}

fn narrative(fleet: &mut Fleet, of: PersonId, record: DocumentId) -> String {
    let mut reader = fleet.phone(of);
    fleet.sync(&mut reader);
    format!("{:?}", reader.phone.show(record).expect("there").content.get("narrative"))
}

#[test]
fn a_phone_whose_key_store_is_lost_is_opened_by_the_centre_and_goes_on_in_a_new_epoch() {
    let (mut fleet, mut anna, centre, record) = scene_without_pin(517);
    typed(&mut anna, record, "未上传的。");
    anna.keys().lose();
    assert!(matches!(opened(&anna, None), Err(PhoneError::KeyStore(_))));
    let request = recovery_request(&anna.path, anna.keys().as_ref(), anna.device, &fleet.minter);
    // Until the answer is there it stays shut, and says so; asking once more changes nothing.
    assert!(
        matches!(opened(&anna, None), Err(PhoneError::KeyStore(error)) if error.reason.contains("answer"))
    );
    let stranger = RecoverySecret::from_seed([8; 32]);
    assert!(stranger.answer(&request.expect("asked"), &fleet.minter).is_err());
    let epoch = anna.phone.epoch();
    let mut anna = anna.loses_its_keys(&centre);
    assert!(anna.phone.epoch() > epoch);
    let progress = fleet.sync(&mut anna);
    assert!(progress.not_accepted == 0, "{progress:?}");
    assert_eq!(fleet.device(anna.device).state, DeviceState::Active, "it contradicts nothing");
    let there = narrative(&mut fleet, anna.person, record);
    assert!(there.contains("未上传的。尚未上传。"), "{there}");
}

#[test]
fn an_old_backup_without_its_keys_opens_too_and_uses_no_number_a_second_time() {
    let (mut fleet, mut anna, centre, record) = scene_without_pin(518);
    let backup = anna.path.with_file_name("backup.db");
    anna.copy_data(&backup);
    typed(&mut anna, record, "备份以后的。");
    fleet.sync(&mut anna);
    let mut anna = anna.replaced_by(&backup).loses_its_keys(&centre);
    typed(&mut anna, record, "恢复以后的。");
    let progress = fleet.sync(&mut anna);
    assert!(progress.not_accepted == 0, "{progress:?}");
    assert_eq!(fleet.device(anna.device).state, DeviceState::Active, "it contradicts nothing");
    let there = narrative(&mut fleet, anna.person, record);
    assert!(there.contains("备份以后的。") && there.contains("恢复以后的。"), "{there}");
}

#[test]
fn a_phone_that_opens_by_itself_asks_nobody_and_one_that_never_heard_of_a_key_cannot() {
    let (fleet, anna, _, _) = scene_without_pin(519);
    let asked = |phone: &FleetPhone| {
        recovery_request(&phone.path, phone.keys().as_ref(), phone.device, &fleet.minter).map(|_| ())
    };
    assert!(matches!(asked(&anna), Err(PhoneError::NoRecovery)));
    let ours = std::fs::read(anna.path.with_extension("recovery")).expect("the centre's copy");
    let secret = anna.keys().secrets().open_seed().expect("no PIN");
    assert!(!ours.windows(32).any(|window| window == secret), "it is sealed");
    std::fs::remove_file(anna.path.with_extension("recovery")).expect("removed");
    anna.keys().lose();
    assert!(matches!(asked(&anna), Err(PhoneError::NoRecovery)));
}

#[test]
fn when_the_centre_has_another_key_the_phone_seals_to_that() {
    let (mut fleet, mut anna, old, _) = scene_without_pin(520);
    let new = RecoverySecret::from_seed([9; 32]);
    fleet.set_terms(Terms { lease_days: 0, recovery_key: Some(new.public()) });
    fleet.sync(&mut anna);
    anna.keys().lose();
    let request = recovery_request(&anna.path, anna.keys().as_ref(), anna.device, &fleet.minter);
    let request = request.expect("asked");
    assert!(old.answer(&request, &fleet.minter).is_err() && new.answer(&request, &fleet.minter).is_ok());
}
