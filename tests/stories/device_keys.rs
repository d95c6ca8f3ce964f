//! What becomes of a phone under another key than that of its enrolment, and of files under none that counts.

use std::sync::Arc;

use tingfang_core::clock::Clock;
use tingfang_core::id::AssignmentId;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::{About, NewAttachment, PhoneError, UploadRound};
use tingfang_core::record::attachment::{AttachmentPurpose, MediaType};
use tingfang_core::record::value::Node;
use tingfang_core::signature::{DeviceKey, DeviceSigner, P256SecretKey, Signature};
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::wipe_order;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};

use crate::devices::{scene, write};

/// A fleet, a task of Anna's, and her phone, which has not begun it; a fleet's first phone has no chip, its second has one.
fn task(seed: u64, kind: AssignmentKind, duty: Duty, has_chip: bool) -> (Fleet, FleetPhone, AssignmentId) {
    let mut fleet = Fleet::new(seed);
    let anna = fleet.world.person(&fleet.db, &fleet.minter, "anna", Role::Supervisor);
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, kind, &[(anna, "anna", duty)]);
    let mut phone = fleet.phone(anna);
    if has_chip {
        phone = fleet.phone(anna);
    }
    (fleet, phone, assignment)
}

fn another_chip() -> Option<Arc<dyn DeviceSigner>> {
    Some(Arc::new(P256SecretKey::from_seed(&[9; 32])))
}

#[test]
fn under_another_key_a_phone_sends_what_was_signed_reads_on_and_keeps_the_rest() {
    let (fleet, mut anna, record) = scene(901);
    write(&mut anna, record, "签过的。").expect("written");
    anna.phone.next_request().expect("signed, and lost on the way");
    let own = anna.keys().exchange_hardware(another_chip());
    write(&mut anna, record, "没签的。").expect("written");
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
    let (fleet, mut anna, assignment) = task(902, AssignmentKind::Attendance, Duty::Chair, true);
    let chip = anna.keys().exchange_hardware(None);
    assert!(chip.is_some());
    fleet.sync(&mut anna);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    write(&mut anna, record, "开庭。").expect("written");
    let progress = fleet.sync(&mut anna);
    assert_eq!(progress.rejected, ["signature"]);
    anna.keys().exchange_hardware(chip);
    write(&mut anna, record, "休庭。").expect("written");
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.status().expect("readable").waiting, 0);
    let there = format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there.contains("开庭。") && there.contains("休庭。"), "{there}");
}

#[test]
fn files_of_a_revoked_phone_stay_on_it_until_an_order_to_wipe_it_takes_them() {
    let (fleet, mut anna, visit) = task(903, AssignmentKind::ReturnVisit, Duty::Lead, false);
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

/// A chip that gives one key and signs with another.
struct Liar {
    given: Arc<dyn DeviceSigner>,
    signs: P256SecretKey,
}

impl DeviceSigner for Liar {
    fn public(&self) -> DeviceKey {
        self.given.public()
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<Signature, String> {
        DeviceSigner::sign(&self.signs, digest)
    }
}

#[test]
fn a_chip_that_signs_under_another_key_than_it_gives_ends_the_sync_and_costs_nothing() {
    let (fleet, mut anna, assignment) = task(904, AssignmentKind::Attendance, Duty::Chair, true);
    fleet.sync(&mut anna);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    write(&mut anna, record, "第一句。").expect("written");
    fleet.sync(&mut anna);
    write(&mut anna, record, "第二句。").expect("written");
    let chip = anna.keys().exchange_hardware(None).expect("it has one");
    let liar = Liar { given: Arc::clone(&chip), signs: P256SecretKey::from_seed(&[9; 32]) };
    anna.keys().exchange_hardware(Some(Arc::new(liar)));
    let before = (anna.phone.status().expect("countable"), anna.keys().secrets().to_bytes());
    for _ in 0..3 {
        assert!(matches!(anna.phone.next_request(), Err(PhoneError::OtherKey)));
    }
    let after = (anna.phone.status().expect("countable"), anna.keys().secrets().to_bytes());
    assert_eq!(after, before, "no number of a frame and no epoch is spent");
    assert!(matches!(anna.phone.seal(record), Err(PhoneError::Incomplete(_) | PhoneError::OtherKey)));
    write(&mut anna, record, "第三句。").expect("who writes is not held up");
    let mut anna = anna.restart();
    assert!(matches!(anna.phone.next_request(), Err(PhoneError::OtherKey)));

    anna.keys().exchange_hardware(Some(chip));
    let epoch = anna.phone.epoch();
    let progress = fleet.sync(&mut anna);
    assert_eq!((progress.rejected.len(), progress.not_accepted), (0, 0));
    assert_eq!((anna.phone.status().expect("countable").waiting, anna.phone.epoch()), (0, epoch));
    let there = fleet.record(record).content();
    assert_eq!(there.get("narrative"), Some(&Node::Text("第三句。第二句。第一句。".into())), "each once");
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}
