//! The network of an app: what answers in the server's place, what never answers, and the court room, where there is
//! none.

use tingfang::{HttpResponse, NewAttachment, SyncEnd, TingfangError, TransportFailure};
use tingfang_core::phone::SyncState;
use tingfang_core::record::attachment::{AttachmentPurpose, MediaType};
use tingfang_core::sync::wire::MEDIA_TYPE;
use tingfang_tests::app::{Mood, content_type, outcome};

use super::{Pair, append, attendance, pair, text, value_at};

#[test]
fn an_answer_that_is_not_the_servers_is_told_from_one_that_is() {
    let Pair { anna, assignment, .. } = pair(40);
    let record = attendance(&anna, assignment);
    anna.edit(record, vec![append("开庭。")]);
    let answer = |status, kind: &str, body: &str| {
        Mood::Answers(HttpResponse { status, headers: vec![content_type(kind)], body: body.into() })
    };
    let portal = |status| TingfangError::NotTheServer { status, content_type: "text/html".into() };
    let problem = r#"{"title":"busy","code":"busy"}"#;
    for (mood, expected) in [
        (answer(200, "text/html; charset=gbk", "<html>请登录</html>"), portal(200)),
        (answer(302, "text/html", ""), portal(302)),
        (answer(401, "application/problem+json", "{}"), TingfangError::TokenRefused),
        (answer(401, "text/html", "<html>代理服务器</html>"), portal(401)),
        (answer(503, "text/plain", ""), TingfangError::Offline { retry_after_s: None }),
        (answer(500, "application/problem+json", problem), server(500, "busy")),
        (Mood::Fails(TransportFailure::NoConnection), TingfangError::Offline { retry_after_s: None }),
        (Mood::Fails(TransportFailure::NotTrusted { reason: "旧证书".into() }), not_trusted("旧证书")),
        (Mood::Forgets, host("the transport dropped the reply without an answer")),
    ] {
        anna.wire.be(mood);
        assert_eq!(anna.try_sync(), Err(expected));
    }
    anna.wire.be(answer(200, MEDIA_TYPE, "nonsense"));
    assert_eq!(anna.try_sync().expect_err("no page").code(), "bad_response");
    anna.wire.be(Mood::Well);
    anna.sync();
    assert_eq!(anna.show(record).sync, SyncState::Stored, "none of it cost anything");
    let told = anna.phone.diagnostics();
    assert!(told.contains("sync failed: not_the_server") && !told.contains("开庭"), "{told}");
}

fn server(status: u16, reason: &str) -> TingfangError {
    TingfangError::Server { status, reason: reason.into() }
}

fn not_trusted(reason: &str) -> TingfangError {
    TingfangError::NotTrusted { reason: reason.into() }
}

fn host(reason: &str) -> TingfangError {
    TingfangError::Host { reason: reason.into() }
}

#[test]
fn the_phone_is_free_while_the_network_hangs_and_a_second_sync_is_sent_away() {
    let Pair { anna, assignment, .. } = pair(37);
    let record = attendance(&anna, assignment);
    let (begun, wait) = std::sync::mpsc::channel();
    anna.wire.be(Mood::Hangs(begun));
    let task = anna.start_sync().expect("begins");
    wait.recv().expect("a request is under way");
    assert!(task.is_running());
    assert_eq!(anna.start_sync().err(), Some(TingfangError::SyncUnderWay));
    anna.edit(record, vec![append("同步时写下。")]);
    assert_eq!(value_at(&anna.show(record), "narrative"), Some(text("同步时写下。")));
    task.cancel();
    assert_eq!(outcome(&task).expect("an end").end, SyncEnd::Cancelled);
    assert!(!task.is_running());
    anna.wire.be(Mood::Well);
    anna.sync();
    assert_eq!(anna.show(record).sync, SyncState::Stored, "the next sync goes on");
    assert_eq!(anna.wire.cancelled.lock().expect("no panic while held").len(), 1, "the wire was told");
}

#[test]
fn in_a_court_room_nothing_is_sent_or_attached_also_after_the_app_was_killed() {
    let Pair { anna, assignment, .. } = pair(41);
    let record = attendance(&anna, assignment);
    let sheet = anna.phone.start(assignment, "observer_sheet".into(), None).expect("the one case");
    assert_eq!(anna.phone.enter_court_room(sheet).expect_err("no attendance").code(), "wrong_kind");
    let inside = anna.phone.enter_court_room(record).expect("comes in");
    assert_eq!(
        inside,
        anna.phone.enter_court_room(record).expect("is in"),
        "entering twice is entering once"
    );
    let anna = anna.restart();
    assert_eq!(anna.phone.device_status().expect("known").court_room, Some(inside));
    assert_eq!(anna.try_sync().expect_err("no network inside").code(), "in_court_room");
    let scan = NewAttachment {
        purpose: AttachmentPurpose::Scan,
        media_type: MediaType::Jpeg,
        name: "page.jpg".into(),
        made_at: None,
    };
    let early = anna.phone.attach_bytes(record, scan.clone(), b"\xff\xd8\xff\xe0 a page".to_vec());
    assert_eq!(early.expect_err("no camera inside").code(), "in_court_room");
    anna.edit(record, vec![append("开庭。")]);
    anna.phone.leave_court_room().expect("goes out");
    // Having left is a fact of the record: before it stands there, no paper of the hearing is scanned.
    let early = anna.phone.attach_bytes(record, scan, b"\xff\xd8\xff\xe0 a page".to_vec());
    let rule = "scan_after_leaving".to_owned();
    assert_eq!(early.expect_err("not left"), TingfangError::NotAllowed { rule });
    anna.sync();
}

#[test]
fn entering_a_court_room_cuts_the_network() {
    let Pair { anna, assignment, .. } = pair(44);
    let record = attendance(&anna, assignment);
    let (begun, wait) = std::sync::mpsc::channel();
    anna.wire.be(Mood::Hangs(begun));
    let task = anna.start_sync().expect("begins");
    wait.recv().expect("a request is under way");
    anna.phone.enter_court_room(record).expect("comes in");
    assert_eq!(outcome(&task).expect("an end").end, SyncEnd::Cancelled);
    anna.phone.leave_court_room().expect("goes out");
    anna.wire.be(Mood::Well);
    anna.sync();
}
