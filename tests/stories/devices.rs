//! What becomes of phones: without the server for too long, lost and wiped.

use tingfang_core::clock::Clock;
use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role, TaskReportKind};
use tingfang_core::phone::{About, KeyStore, PhoneError, Progress};
use tingfang_core::record::edit::Edit;
use tingfang_core::recovery::RecoverySecret;
use tingfang_core::rescue::RescueReader;
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::order::{DeviceStanding, Terms, WipeOrder};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_server::db::Tx;
use tingfang_server::records::held::decidable;
use tingfang_server::store::device::{self, DeviceState};
use tingfang_server::store::held_decision::{self, HeldOutcome};
use tingfang_server::store::{change_log, document, quarantine, wipe_order};
use tingfang_server::sync::{CarriedOver, LetIn};
use tingfang_tests::acknowledged;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::processes::{Server, Terminal, json, run};
use tingfang_tests::signed_in::signed_in;
use tingfang_tests::world::one_hearing;

const DAY_MS: i64 = 24 * 3_600_000;

fn pass_days(fleet: &Fleet, days: i64) {
    fleet.clock.pass_millis(days * DAY_MS);
}

/// A fleet whose phones are leased for thirty days, and Anna, who attends a hearing.
pub(crate) fn scene(seed: u64) -> (Fleet, FleetPhone, DocumentId) {
    let (fleet, anna, record, _) = scene_of_task(seed);
    (fleet, anna, record)
}

/// The same, with the assignment.
fn scene_of_task(seed: u64) -> (Fleet, FleetPhone, DocumentId, AssignmentId) {
    let mut fleet = Fleet::new(seed);
    fleet.set_terms(Terms { lease_days: 30, recovery_key: None });
    let anna = fleet.world.person(&fleet.db, &fleet.minter, "anna", Role::Supervisor);
    let members = [(anna, "anna", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    fleet.sync(&mut anna);
    (fleet, anna, record, assignment)
}

pub(crate) fn write(phone: &mut FleetPhone, record: DocumentId, text: &str) -> Result<(), PhoneError> {
    let insert = text.to_owned();
    phone.phone.edit(record, &[Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert }])
}

#[test]
fn a_phone_that_has_not_seen_the_server_for_too_long_locks_keeps_everything_and_opens_again() {
    let (fleet, mut anna, record, assignment) = scene_of_task(501);
    write(&mut anna, record, "庭审第一天。").expect("written");
    pass_days(&fleet, 29);
    write(&mut anna, record, "还在期限内。").expect("written");
    pass_days(&fleet, 2);
    let locked = |result: Result<(), PhoneError>| matches!(result, Err(PhoneError::LeaseOver { .. }));
    assert!(locked(write(&mut anna, record, "过期。")));
    assert!(locked(anna.phone.show(record).map(|_| ())));
    assert!(locked(anna.phone.tasks().map(|_| ())));
    assert!(locked(anna.phone.records(None, 10).map(|_| ())));
    assert!(locked(anna.phone.search("庭审", 10).map(|_| ())));
    // Nothing of what it keeps is shown: no name, no number, no address, no words.
    assert!(locked(anna.phone.task(assignment).map(|_| ())));
    assert!(locked(anna.phone.contacts(assignment).map(|_| ())));
    assert!(locked(anna.phone.contacts_after_rules(assignment).map(|_| ())));
    assert!(locked(anna.phone.server_row(RowKind::Recipients, &assignment.to_string()).map(|_| ())));
    assert!(locked(anna.phone.refused().map(|_| ())));
    assert!(locked(anna.phone.returned().map(|_| ())));
    assert!(locked(anna.phone.agenda(None, 10).map(|_| ())));
    assert!(locked(anna.phone.cases(None, None, 10).map(|_| ())));
    // Nor is anything begun or said.
    let impossible = TaskReportKind::Impossible;
    assert!(locked(anna.phone.report_on_task(assignment, impossible, "改期", None, None).map(|_| ())));
    assert!(locked(anna.phone.start_unassigned("notice").map(|_| ())));
    // A clock that is put back wins nothing, once the phone has opened in the meantime.
    let mut anna = anna.restart();
    pass_days(&fleet, -20);
    assert!(locked(anna.phone.show(record).map(|_| ())));
    pass_days(&fleet, 20);
    fleet.sync(&mut anna);
    let changes = fleet.db.read(|tx| change_log::of_document(tx, record)).expect("readable");
    assert_eq!(
        changes.iter().filter(|change| change.sender.is_some()).count(),
        3,
        "all that was written is there"
    );
    write(&mut anna, record, "又能用了。").expect("written");
    assert!(anna.phone.task(assignment).expect("open again").is_some());
    assert_eq!(anna.phone.refused().expect("open again"), []);
}

#[test]
fn a_lost_phone_hands_in_what_it_has_before_nothing_is_left_of_it() {
    let (mut fleet, mut anna, record) = scene(502);
    let centre = RecoverySecret::from_seed([7; 32]);
    fleet.set_terms(Terms { lease_days: 0, recovery_key: Some(centre.public()) });
    fleet.sync(&mut anna);
    let (files, of_centre) = (anna.path.with_extension("files"), anna.path.with_extension("recovery"));
    std::fs::create_dir_all(&files).expect("a folder");
    std::fs::write(files.join("coming-1"), b"a file that was being fetched").expect("written");
    assert!(of_centre.exists());
    write(&mut anna, record, "只在这部手机上。").expect("written");
    let device = anna.device;
    let now = fleet.clock.now();
    fleet
        .db
        .write(move |tx| {
            device::set_state(tx, device, DeviceState::Lost, now)?;
            wipe_order::insert(tx, device, None, "手机遗失", now)
        })
        .expect("ordered");
    let mut progress = Progress { more: true, ..Progress::default() };
    while progress.more {
        progress = fleet.step(&mut anna);
    }
    assert!(progress.wiped, "{progress:?}");
    let kept = fleet.db.read(|tx| wipe_order::find(tx, device)).expect("readable").expect("an order");
    assert!(kept.wiped_at.is_some());
    let held = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    assert_eq!(held.len(), 1, "what was on the phone waits for a manager: {held:?}");
    assert_eq!((held[0].verdict.as_str(), held[0].rule.as_str()), ("held", "device"));
    assert!(fleet.db.read(|tx| document::find(tx, record)).expect("readable").is_some());
    // Nothing is left: no record, no key, no text in the file.
    assert_eq!(anna.phone.records(None, 10).expect("listed"), []);
    assert_eq!(anna.keys().load(), Ok(None));
    assert!(!of_centre.exists() && std::fs::read_dir(files).expect("a folder").next().is_none());
    let path = anna.path.clone();
    drop(anna);
    for name in [path.clone(), path.with_extension("db-wal")] {
        let bytes = std::fs::read(name).unwrap_or_default();
        let wanted = "只在这部手机上".as_bytes();
        assert!(
            !bytes.windows(wanted.len()).any(|window| window == wanted),
            "its text is gone from the disk"
        );
    }
}

#[test]
fn a_lost_phone_hands_in_what_it_had_signed_before_its_epoch_ended_and_only_then_wipes_itself() {
    let (fleet, mut anna, record) = scene(506);
    write(&mut anna, record, "签名后没有送到。").expect("written");
    anna.phone.next_request().expect("signed, and lost on the way");
    let mut anna = anna.dies_before_the_commit();
    let (device, now) = (anna.device, fleet.clock.now());
    let order = move |tx: &Tx| {
        device::set_state(tx, device, DeviceState::Lost, now)?;
        wipe_order::insert(tx, device, None, "手机遗失", now)
    };
    fleet.db.write(order).expect("ordered");
    while !fleet.step(&mut anna).wiped {}
    let held = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    assert!(held.iter().any(|item| item.verdict == "held" && item.hash.is_some()), "{held:?}");
}

#[test]
fn a_rescue_export_brings_what_was_signed_in_an_epoch_that_ended_and_nothing_twice_once_it_is_written_anew() {
    let (fleet, mut anna, record) = scene(509);
    write(&mut anna, record, "签名后没有送到。").expect("written");
    anna.phone.next_request().expect("signed, and lost on the way");
    let mut anna = anna.dies_before_the_commit();
    let frames = |phone: &mut FleetPhone| {
        let mut file = Vec::new();
        phone.phone.export_for_rescue(&mut file).expect("written");
        RescueReader::open(file.as_slice(), None).expect("not encrypted").index.frames
    };
    let rescued = frames(&mut anna);
    let mut anna = anna.restart();
    fleet.sync(&mut anna);
    assert_eq!(frames(&mut anna).len(), 1, "what was written anew, and not what it was before");

    fleet.set_device_state(anna.device, DeviceState::Lost);
    let taken = fleet.door().take_rescued(&fleet.device(anna.device), &rescued).expect("taken");
    assert_eq!((taken.frames, taken.held, taken.rejected), (1, 0, vec![]), "it came in meanwhile");
    let there = format!("{:?}", fleet.record(record).content().get("narrative"));
    assert_eq!(there.matches("签名后没有送到。").count(), 1, "{there}");
}

#[test]
fn what_a_revoked_phone_wrote_before_its_epoch_ended_is_rewritten_and_held_for_a_decision() {
    let (fleet, mut anna, record) = scene(507);
    fleet.set_device_state(anna.device, DeviceState::Revoked);
    fleet.sync(&mut anna);
    assert!(anna.phone.is_revoked().expect("readable"));
    write(&mut anna, record, "注销以后写的。").expect("written");
    anna.phone.next_request().expect("signed, and lost on the way");
    let mut anna = anna.dies_before_the_commit();
    fleet.sync(&mut anna);
    assert_eq!(acknowledged::waiting(&anna.path), Vec::<String>::new(), "all of it is handed in");
    let manager = signed_in(&fleet, fleet.person("经理", Role::Manager));
    let held = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    let [held] = held.as_slice() else { panic!("one change waits: {held:?}") };
    let (kept, organisation) = fleet.db.try_read(|tx| decidable(tx, &manager, held.id)).expect("held");
    let decision = held_decision::Kept {
        id: fleet.minter.mint(),
        item: held.id,
        outcome: HeldOutcome::Accepted,
        reason: "核对过".to_owned(),
        decided_by: manager.person,
        decided_at: fleet.clock.now(),
    };
    let let_in = fleet.door().let_in(&kept, decision, organisation).expect("an answer");
    assert!(!matches!(let_in, LetIn::Refused(_)), "{let_in:?}");
    let there = format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there.contains("注销以后写的。"), "{there}");
}

#[test]
fn what_a_server_that_was_put_back_lost_of_a_revoked_phone_is_handed_in_and_carried_over() {
    let (mut fleet, mut anna, record) = scene(508);
    let manager = fleet.person("经理", Role::Manager);
    let backup = fleet.backup();
    write(&mut anna, record, "备份以后写的。").expect("written");
    fleet.sync(&mut anna);
    fleet.restore(&backup);
    fleet.set_device_state(anna.device, DeviceState::Revoked);
    // Its epoch has ended, and it is given nothing by which it could rewrite what it had.
    let mut anna = anna.dies_before_the_commit();
    fleet.sync(&mut anna);
    assert_eq!(acknowledged::waiting(&anna.path), Vec::<String>::new(), "all of it is handed in");
    let carried = fleet.carry_over(record, anna.device, manager);
    assert!(matches!(carried, CarriedOver::Done { accepted: 1, .. }), "{carried:?}");
    let there = format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there.contains("备份以后写的。"), "{there}");
}

#[test]
fn a_revoked_phone_knows_it_and_hands_in_what_it_has_though_it_is_given_nothing_to_read_anew() {
    let (fleet, mut anna, record) = scene(505);
    fleet.sync(&mut anna);
    assert!(!anna.phone.is_revoked().expect("readable"));
    write(&mut anna, record, "注销以前写的。").expect("written");
    anna.phone.next_request().expect("signed, and lost on the way");
    fleet.set_device_state(anna.device, DeviceState::Revoked);
    // It has begun a new epoch, and would read everything before it sends anything.
    let mut anna = anna.dies_before_the_commit();
    let progress = fleet.sync(&mut anna);
    assert!(anna.phone.is_revoked().expect("readable"));
    assert_eq!(progress.pulled, 0, "{progress:?}");
    assert_eq!(anna.phone.status().expect("readable").waiting, 0);
    let held = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed");
    let rules: Vec<_> = held.iter().map(|item| (item.verdict.as_str(), item.rule.as_str())).collect();
    assert_eq!(rules, [("held", "device")], "what the server has is not held once more");
    let listed = anna.phone.refused().expect("listed");
    assert!(format!("{listed:?}").contains("注销以前写的。"), "the words are there to be copied");
}

#[test]
fn a_phone_is_told_one_word_whether_it_is_lost_frozen_or_with_a_court() {
    let (fleet, mut anna, _) = scene(510);
    for (state, expected) in [
        (DeviceState::HeldByCourt, DeviceStanding::Suspended),
        (DeviceState::Active, DeviceStanding::Active),
        (DeviceState::Lost, DeviceStanding::Suspended),
        (DeviceState::Frozen, DeviceStanding::Suspended),
        (DeviceState::Revoked, DeviceStanding::Revoked),
    ] {
        pass_days(&fleet, 1);
        fleet.set_device_state(anna.device, state);
        fleet.sync(&mut anna);
        let told = anna.phone.told_standing().expect("readable").expect("the server has answered");
        assert_eq!((told.standing, told.at), (expected, fleet.clock.now()), "{state}");
    }
}

#[test]
fn an_order_whose_end_the_phone_did_not_hear_of_stands_while_it_has_more_to_hand_in() {
    let (fleet, mut anna, record) = scene(504);
    let (device, now) = (anna.device, fleet.clock.now());
    fleet.db.write(move |tx| wipe_order::insert(tx, device, None, "交回", now)).expect("ordered");
    let is_wiped = || {
        let kept = fleet.db.read(|tx| wipe_order::find(tx, device)).expect("readable");
        kept.expect("an order").wiped_at.is_some()
    };
    fleet.step(&mut anna);
    let request = anna.phone.next_request().expect("a request");
    fleet.answer(device, &request);
    assert!(is_wiped(), "the phone has nothing more, and the answer that it may go is lost");
    write(&mut anna, record, "还有一句。").expect("written");
    fleet.step(&mut anna);
    assert!(!is_wiped(), "it was not the end");
    let progress = fleet.step(&mut anna);
    assert!(progress.wiped && is_wiped(), "{progress:?}");
    let kept = fleet.db.read(|tx| change_log::of_document(tx, record)).expect("readable");
    assert!(kept.iter().filter(|entry| entry.sender.is_some()).count() >= 1, "what was written came in");
}

#[test]
fn what_is_written_while_the_last_answer_is_on_its_way_is_handed_in_before_the_phone_wipes_itself() {
    let (fleet, mut anna, record) = scene(511);
    let (device, now) = (anna.device, fleet.clock.now());
    fleet.db.write(move |tx| wipe_order::insert(tx, device, None, "交回", now)).expect("ordered");
    while anna.phone.wipe_ordered_at().expect("readable").is_none() {
        let request = anna.phone.next_request().expect("a request");
        anna.phone.take_response(&fleet.answer(device, &request)).expect("taken");
    }
    let request = anna.phone.next_request().expect("it has handed in everything");
    let answer = fleet.answer(device, &request);
    write(&mut anna, record, "最后一刻写的。").expect("it is not wiped yet");
    let progress = anna.phone.take_response(&answer).expect("taken");
    assert!(!progress.wiped && progress.more, "{progress:?}");
    while !fleet.step(&mut anna).wiped {}
    let there = format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there.contains("最后一刻写的。"), "{there}");
}

#[test]
fn an_order_that_the_server_did_not_sign_wipes_nothing() {
    let (fleet, mut anna, record) = scene(503);
    let forged = WipeOrder::sign(anna.device, fleet.clock.now(), &SecretKey::from_seed(&[9; 32]));
    let refused = fleet.altered_step(&mut anna, |response| response.wipe = Some(forged));
    assert!(matches!(refused, Err(PhoneError::BadResponse { .. })), "{refused:?}");
    assert_eq!(anna.phone.wipe_ordered_at().expect("readable"), None);
    anna.phone.show(record).expect("still there");
}

#[test]
fn what_a_phone_that_reaches_nobody_exports_is_held_on_the_server_and_comes_in_by_decision() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = json(&["recovery", "key", "--to", &path("centre.key")]);
    let key = made["recovery_key"].as_str().expect("a key").to_owned();
    let data = one_hearing(folder.path(), 505, &["anna"]);
    let server = Server::start_with(&data, &[("TINGFANG_RECOVERY_KEY", &key)]);
    let phone = Terminal::enrol(&folder.path().join("anna"), &data, &server, "anna");
    phone.run(&["sync"]);
    let begun = phone.run(&["record", "1", "--kind", "attendance"]);
    let record = begun["record"].as_str().expect("an id").to_owned();
    phone.run(&["sync"]);
    phone.run(&[
        "edit",
        &record,
        "--set",
        "facts/left_at=2026-11-24T10:30:00+08:00",
        "--append",
        "narrative=救急。",
    ]);
    std::fs::write(path("scan.jpg"), [&b"\xff\xd8\xff\xe0"[..], &[7; 200_000]].concat()).expect("written");
    phone.run(&["attach", &record, &path("scan.jpg")]);
    let exported = phone.run(&["rescue", &path("rescue")]);
    assert_eq!((&exported["files"], &exported["encrypted"]), (&1.into(), &true.into()), "{exported}");
    let text = "救急".as_bytes();
    let file = std::fs::read(path("rescue")).expect("a file");
    assert!(!file.windows(text.len()).any(|window| window == text), "nobody on the way reads it");

    let (place, rescue, secret) = (data.display().to_string(), path("rescue"), path("centre.key"));
    let locked = run(&["--data", &place, "device", "rescue", "--file", &rescue], &[]);
    assert!(locked.code != 0 && locked.text.contains("恢复密钥"), "{}", locked.text);
    let taken = json(&["--data", &place, "device", "rescue", "--file", &rescue, "--key", &secret]);
    assert_eq!(
        (&taken["known"], &taken["files"], &taken["rejected"]),
        (&1.into(), &1.into(), &serde_json::json!([]))
    );
    assert!(taken["held"].as_u64() >= Some(1), "{taken}");
    let again = json(&["--data", &place, "device", "rescue", "--file", &rescue, "--key", &secret]);
    assert_eq!((&again["frames"], &again["files"]), (&0.into(), &0.into()), "nothing comes in twice");
    let verified = run(&["--data", &place, "--json", "verify"], &[]);
    assert_eq!(verified.code, 0, "{}", verified.text);
    // The phone reaches the server after all: it says the same, and hears that it is held.
    let synced = phone.run(&["sync"]);
    assert_eq!(synced["waiting"], 0, "{synced}");
    let refused = phone.run(&["refused"]);
    assert!(refused.to_string().contains("held"), "{refused}");
}
