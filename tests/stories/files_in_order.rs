//! Files go after words, go on where they were, and stay where they are while nobody takes them.

use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::{
    About, FileState, HttpAnswer, HttpCall, NewAttachment, PhoneError, UploadCall, UploadProgress,
    UploadRound,
};
use tingfang_core::record::attachment::{AttachmentProblem, AttachmentPurpose, MediaType};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::ScalarType;
use tingfang_server::store::device::DeviceState;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::narrative;
use tingfang_tests::upload_line::UploadLine;

/// The bytes of a sound that are more than what goes in one request.
const LONG: usize = 2_500_000;

/// A fleet and the phone of somebody who leads a visit, with its record.
fn visit(seed: u64) -> (Fleet, FleetPhone, DocumentId) {
    let (fleet, phone, _, record) = work(seed, AssignmentKind::ReturnVisit, Duty::Lead, "return_visit");
    (fleet, phone, record)
}

fn work(
    seed: u64,
    kind: AssignmentKind,
    duty: Duty,
    record: &str,
) -> (Fleet, FleetPhone, AssignmentId, DocumentId) {
    let mut fleet = Fleet::new(seed);
    let person = fleet.person("安娜", Role::Supervisor);
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, kind, &[(person, "安娜", duty)]);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    let record = phone.phone.start(assignment, record, About::default()).expect("a task of hers");
    (fleet, phone, assignment, record)
}

const fn sound() -> NewAttachment {
    NewAttachment {
        purpose: AttachmentPurpose::Sound,
        media_type: MediaType::M4a,
        name: String::new(),
        made_at: None,
    }
}

/// A sound of this size.
fn recorded(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x20ftypM4A ".to_vec();
    bytes.extend((0..size).map(|at| u8::try_from(at * 31 % 251).expect("below 251")));
    bytes.truncate(size);
    bytes
}

fn attaches(phone: &mut FleetPhone, record: DocumentId, size: usize) -> Vec<u8> {
    let bytes = recorded(size);
    let named = NewAttachment { name: "回访录音.m4a".to_owned(), ..sound() };
    phone.phone.attach(record, &named, &mut &bytes[..]).expect("a visit takes it");
    bytes
}

fn state(phone: &FleetPhone, record: DocumentId) -> FileState {
    phone.phone.attachments(record).expect("listed")[0].state
}

fn next(phone: &mut FleetPhone, round: &mut UploadRound) -> Option<UploadCall> {
    round.next(&mut phone.phone).expect("readable")
}

#[test]
fn a_large_file_never_holds_up_the_words_of_a_record() {
    let (fleet, mut anna, record) = visit(8_501);
    attaches(&mut anna, record, LONG);
    anna.phone.edit(record, &[narrative("先到的话。")]).expect("fits");
    let mut round = UploadRound::default();
    assert!(next(&mut anna, &mut round).is_none(), "words go first");
    fleet.sync(&mut anna);
    let there = || format!("{:?}", fleet.record(record).content().get("narrative"));
    assert!(there().contains("先到的话。"), "they came without the file");
    assert_eq!(state(&anna, record), FileState::Waiting);

    let line = UploadLine::of(&fleet, anna.device);
    for _ in 0..2 {
        let call = next(&mut anna, &mut round).expect("now the file goes");
        round.take(&mut anna.phone, &call, &line.answer(&call.call)).expect("the server's answer");
    }
    assert_eq!(state(&anna, record), FileState::Waiting, "it is on its way");
    anna.phone.edit(record, &[narrative("中途的话。")]).expect("fits");
    assert!(next(&mut anna, &mut round).is_none(), "words pass it");
    fleet.sync(&mut anna);
    assert!(there().contains("中途的话。"));
    let call = next(&mut anna, &mut round).expect("the file goes on");
    assert_eq!(call.call.method, "PATCH", "where it was");
    round.take(&mut anna.phone, &call, &line.answer(&call.call)).expect("the server's answer");
    line.round(&mut anna);
    fleet.sync(&mut anna);
    assert_eq!(state(&anna, record), FileState::Stored);
}

/// Sends a step of which the line carries only so many bytes; the answer is lost with it.
fn cut(line: &UploadLine, call: &HttpCall, most: usize) -> usize {
    let body = call.body[..call.body.len().min(most)].to_vec();
    let carried = body.len();
    line.answer(&HttpCall { body, ..call.clone() });
    carried
}

#[test]
fn an_app_that_is_killed_in_the_middle_of_an_upload_goes_on_from_where_the_server_is() {
    let (fleet, mut anna, record) = visit(8_502);
    let bytes = attaches(&mut anna, record, LONG);
    fleet.sync(&mut anna);
    let line = UploadLine::of(&fleet, anna.device);
    let mut sent = 0;
    // It is killed with each request, before the answer comes; the line carries all of it, or a part.
    for most in [usize::MAX, 700_001, 0, 300_000, usize::MAX, 123_456, usize::MAX, usize::MAX, usize::MAX] {
        let mut round = UploadRound::default();
        while let Some(call) = next(&mut anna, &mut round) {
            if call.call.method == "PATCH" {
                sent += cut(&line, &call.call, most);
                break;
            }
            let answer = line.answer(&call.call);
            round.take(&mut anna.phone, &call, &answer).expect("the server's answer");
        }
        anna = anna.restart();
    }
    line.round(&mut anna);
    fleet.sync(&mut anna);
    assert_eq!(state(&anna, record), FileState::Stored);
    assert!(sent <= bytes.len() + bytes.len() / 100, "{sent} bytes for a file of {}", bytes.len());
}

#[test]
fn a_sound_of_a_visit_is_kept_and_fetched_and_a_hearing_takes_none() {
    let (mut fleet, mut anna, record) = visit(8_503);
    let bytes = attaches(&mut anna, record, 300_000);
    fleet.sync(&mut anna);
    UploadLine::of(&fleet, anna.device).round(&mut anna);
    fleet.sync(&mut anna);
    let digest = anna.phone.attachments(record).expect("listed")[0].attached.digest;
    // Another phone of hers fetches it.
    let mut other = fleet.phone(anna.person);
    fleet.sync(&mut other);
    assert_eq!(state(&other, record), FileState::Stored);
    let line = UploadLine::of(&fleet, other.device);
    while let Some(call) = other.phone.next_fetch(record, digest).expect("named") {
        other.phone.take_fetched(&call, &line.answer(&call.call)).expect("the file's bytes");
    }
    let read = other.phone.read_attachment(record, digest, 0, u64::MAX).expect("it is here");
    assert_eq!(read, bytes);

    let (fleet, mut anna, _, record) = work(8_504, AssignmentKind::Attendance, Duty::Chair, "attendance");
    let now = fleet.minter.clock().now();
    let times = [("arrived_at", now.plus_millis(-7_200_000)), ("left_at", now.plus_millis(-3_600_000))];
    let times = times.map(|(field, at)| Edit::set(["facts", field], at.to_scalar()));
    anna.phone.edit(record, &times).expect("she has left");
    let sheet = anna.phone.tasks().expect("listed")[0].assignment;
    let sheet = anna.phone.start(sheet, "observer_sheet", About::default()).expect("hers");
    for hearing in [record, sheet] {
        let refused = anna.phone.attach(hearing, &sound(), &mut &recorded(5_000)[..]);
        let refused = refused.expect_err("no sound from a hearing, also afterwards");
        assert!(
            matches!(refused, PhoneError::Attachment(AttachmentProblem::PurposeNotTaken { .. })),
            "{refused:?}"
        );
        assert_eq!(anna.phone.attachments(hearing).expect("listed"), []);
    }
}

/// What a frozen phone hears of its file at the next step.
fn asks_later(phone: &mut FleetPhone, line: &UploadLine, method: &str) {
    let mut round = UploadRound::default();
    let call = next(phone, &mut round).expect("it does not know");
    assert_eq!(call.call.method, method);
    let answer: HttpAnswer = line.answer(&call.call);
    assert_eq!(answer.status, 403);
    let heard = round.take(&mut phone.phone, &call, &answer).expect("the server's answer");
    assert_eq!(heard, UploadProgress::Later { retry_after_s: Some(3_600) });
    assert_eq!(round.retry_after_s(), Some(3_600), "not before an hour has passed");
    assert!(next(phone, &mut round).is_none(), "and no other file either");
}

#[test]
fn a_frozen_phone_asks_for_its_files_in_an_hour_and_says_nothing_of_them_that_is_not_so() {
    let (fleet, mut anna, record) = visit(8_505);
    let bytes = attaches(&mut anna, record, LONG);
    fleet.sync(&mut anna);
    let line = UploadLine::of(&fleet, anna.device);
    let device = anna.device;
    let freeze = |is_frozen: bool| {
        let state = if is_frozen { DeviceState::Frozen } else { DeviceState::Active };
        fleet.set_device_state(device, state);
    };
    let waits = |anna: &FleetPhone, sent: u64| {
        let file = anna.phone.attachments(record).expect("listed").remove(0);
        assert_eq!((file.state, file.is_here, &*file.reason), (FileState::Waiting, true, ""));
        assert_eq!(file.sent_bytes, sent);
        let status = anna.phone.status().expect("countable");
        assert_eq!((status.files_waiting, status.file_bytes_waiting), (1, bytes.len() as u64 - sent));
    };
    freeze(true);
    asks_later(&mut anna, &line, "POST");
    waits(&anna, 0);
    freeze(false);
    let mut round = UploadRound::default();
    for _ in 0..2 {
        let call = next(&mut anna, &mut round).expect("a person has looked");
        round.take(&mut anna.phone, &call, &line.answer(&call.call)).expect("the server's answer");
    }
    waits(&anna, 1 << 20);
    freeze(true);
    asks_later(&mut anna, &line, "PATCH");
    waits(&anna, 1 << 20);
    // How much came of that it does not know, and asks; that answer has no body that would say why.
    let mut anna = anna.restart();
    asks_later(&mut anna, &line, "HEAD");
    waits(&anna, 1 << 20);
    freeze(false);
    line.round(&mut anna);
    fleet.sync(&mut anna);
    assert_eq!(state(&anna, record), FileState::Stored);
}
