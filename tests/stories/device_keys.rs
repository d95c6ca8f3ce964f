//! What becomes of a phone under another key than that of its enrolment, and of files under none that counts.

use std::sync::Arc;

use tingfang_core::clock::Clock;
use tingfang_core::id::DocumentId;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::{About, NewAttachment, PhoneError, UploadRound};
use tingfang_core::record::attachment::{AttachmentPurpose, MediaType};
use tingfang_core::record::edit::Edit;
use tingfang_core::signature::P256SecretKey;
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::wipe_order;
use tingfang_tests::fleet::{Fleet, FleetPhone};

/// A fleet, and Anna with a record of which the server has the beginning.
fn scene(seed: u64) -> (Fleet, FleetPhone, DocumentId) {
    let mut fleet = Fleet::new(seed);
    let anna = fleet.world.person(&fleet.db, &fleet.minter, "anna", Role::Supervisor);
    let members = [(anna, "anna", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    fleet.sync(&mut anna);
    (fleet, anna, record)
}

fn write(phone: &mut FleetPhone, record: DocumentId, text: &str) {
    let insert = text.to_owned();
    let splice = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert };
    phone.phone.edit(record, &[splice]).expect("written");
}

fn another_chip() -> Option<Arc<P256SecretKey>> {
    Some(Arc::new(P256SecretKey::from_seed(&[9; 32])))
}

#[test]
fn under_another_key_a_phone_sends_what_was_signed_reads_on_and_keeps_the_rest() {
    let (fleet, mut anna, record) = scene(901);
    write(&mut anna, record, "签过的。");
    anna.phone.next_request().expect("signed, and lost on the way");
    let own = anna.keys().exchange_hardware(another_chip());
    write(&mut anna, record, "没签的。");
    let progress = fleet.sync(&mut anna);
    assert_eq!((progress.stored, progress.rejected.len()), (1, 0), "what was signed goes");
    assert!(
        matches!(anna.phone.check_key(), Err(PhoneError::OtherKey)),
        "and the phone says that something stays"
    );
    let there = |fleet: &Fleet| format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there(&fleet).contains("签过的。") && !there(&fleet).contains("没签的。"), "{}", there(&fleet));
    let mut file = Vec::new();
    let rescued = anna.phone.export_for_rescue(&mut file).expect("a file");
    assert_eq!(rescued.unsigned, 1, "the file says what it does not hold");
    anna.keys().exchange_hardware(own);
    fleet.sync(&mut anna);
    assert!(anna.phone.check_key().is_ok());
    assert!(there(&fleet).contains("没签的。"), "nothing is lost");
}

#[test]
fn what_was_signed_without_the_chip_is_signed_anew_once_the_chip_is_back() {
    let mut fleet = Fleet::new(902);
    let anna = fleet.world.person(&fleet.db, &fleet.minter, "anna", Role::Supervisor);
    let members = [(anna, "anna", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    // A fleet's second phone has a chip.
    let _ = fleet.phone(anna);
    let mut anna = fleet.phone(anna);
    let chip = anna.keys().exchange_hardware(None);
    assert!(chip.is_some());
    fleet.sync(&mut anna);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    write(&mut anna, record, "开庭。");
    let progress = fleet.sync(&mut anna);
    assert_eq!(progress.rejected, ["signature"]);
    anna.keys().exchange_hardware(chip);
    write(&mut anna, record, "休庭。");
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.status().expect("readable").waiting, 0);
    let there = format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there.contains("开庭。") && there.contains("休庭。"), "{there}");
}

#[test]
fn files_of_a_revoked_phone_stay_on_it_until_an_order_to_wipe_it_takes_them() {
    let mut fleet = Fleet::new(903);
    let anna = fleet.world.person(&fleet.db, &fleet.minter, "anna", Role::Supervisor);
    let members = [(anna, "anna", Duty::Lead)];
    let visit = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::ReturnVisit, &members);
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    let record = anna.phone.start(visit, "return_visit", About::default()).expect("begun");
    let photo = NewAttachment {
        purpose: AttachmentPurpose::Photo,
        media_type: MediaType::Jpeg,
        name: "照片.jpg".to_owned(),
        made_at: None,
    };
    anna.phone.attach(record, &photo, &mut &b"\xff\xd8\xff\xe0 a photo"[..]).expect("taken");
    fleet.sync(&mut anna);
    let begins =
        |anna: &mut FleetPhone| UploadRound::default().next(&mut anna.phone).expect("readable").is_some();
    assert!(begins(&mut anna));
    fleet.set_device_state(anna.device, DeviceState::Revoked);
    fleet.sync(&mut anna);
    assert!(!begins(&mut anna), "the server would refuse them");
    let (device, now) = (anna.device, fleet.clock.now());
    fleet.db.write(move |tx| wipe_order::insert(tx, device, None, "交回", now)).expect("ordered");
    fleet.sync(&mut anna);
    assert!(begins(&mut anna));
}
