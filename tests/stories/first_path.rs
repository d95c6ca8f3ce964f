//! Two phones without a network record one hearing; the server judges and merges.

use tingfang_core::clock::Clock;
use tingfang_core::people::Role;
use tingfang_core::phone::{Authorship, SyncState};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::kind::Record;
use tingfang_core::record::value::Scalar;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};

#[test]
fn two_observers_who_never_met_record_one_hearing_and_the_conflict_is_shown_and_settled() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(1);
    let record = start(&mut anna, assignment, "attendance");
    assert_eq!(start(&mut ben, assignment, "attendance"), record, "they begin the same document");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), narrative("开庭。")]).expect("fits");
    ben.phone.edit(record, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Waiting);
    let written_at = fleet.clock.now();

    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let received_by = fleet.clock.now();
    fleet.sync(&mut anna);

    let seen = anna.phone.show(record).expect("there");
    assert_eq!(seen.sync, SyncState::Stored);
    assert_eq!(seen.conflicts.len(), 1);
    assert_eq!(seen.conflicts[0].path.to_string(), "facts/outcome");
    for candidate in &seen.conflicts[0].candidates {
        match (&candidate.value, &seen.authors[&candidate.change]) {
            (Scalar::Text(value), Authorship::Here { at }) if value == "attended" => {
                assert_eq!(*at, written_at, "by the phone's own clock");
            }
            (Scalar::Text(value), Authorship::Elsewhere { writer, made }) if value == "adjourned" => {
                assert_eq!((writer.name.as_str(), writer.device), ("本", ben.device));
                assert_eq!(writer.device_name, "phone 2", "as it was named when it was enrolled");
                assert!(made.admits(written_at), "{made:?} holds {written_at}");
                assert!(made.not_after <= received_by, "the server's time of receipt: {made:?}");
            }
            other => panic!("nobody wrote {other:?}"),
        }
    }

    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("settles it");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let seen = ben.phone.show(record).expect("there");
    assert!(seen.conflicts.is_empty());
    let Some(Record::Attendance(attendance)) = seen.record else { panic!("an attendance") };
    assert_eq!(attendance.facts.outcome, Some(AttendanceOutcome::Attended));
    assert_eq!(attendance.narrative.0, "开庭。");
}

#[test]
fn the_chair_seals_when_everybody_is_done_and_nobody_writes_afterwards() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(1);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    let early = anna.phone.seal(record).expect_err("ben is not done");
    assert!(early.to_string().contains(&format!("observers/{}", ben.person)), "{early}");
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    let not_chair = ben.phone.seal(record).expect_err("only the chair seals");
    assert!(not_chair.to_string().contains("duty_lacking"), "{not_chair}");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    assert!(ben.phone.show(record).expect("there").sealed);
    let late = ben.phone.edit(record, &[narrative("补记")]).expect_err("sealed");
    assert!(late.to_string().contains("record_sealed"), "{late}");
}

#[test]
fn idle_sync_is_one_small_request() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(1);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    fleet.sync(&mut anna);
    let request = anna.phone.next_request().expect("a request");
    let answer = fleet.answer(anna.device, &request);
    assert!(request.len() + answer.len() <= 1_024, "{} bytes", request.len() + answer.len());
    assert!(!anna.phone.take_response(&answer).expect("fits").more);
}

#[test]
fn a_lost_reply_costs_nothing_the_frame_is_answered_with_the_same_verdicts() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(1);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    let request = anna.phone.next_request().expect("a request");
    let lost = fleet.answer(anna.device, &request);
    drop(lost);
    let mut anna = anna.restart();
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
    let status = anna.phone.status().expect("countable");
    assert_eq!((status.waiting, status.not_accepted), (0, 0));
}

#[test]
fn an_answer_to_another_request_or_of_another_server_is_not_taken() {
    let Two { fleet, mut anna, .. } = two_observers(1);
    let old = anna.phone.next_request().expect("a request");
    let old_answer = fleet.answer(anna.device, &old);
    fleet.sync(&mut anna);
    let _ = anna.phone.next_request().expect("a request");
    let error = anna.phone.take_response(&old_answer);
    // The same request bytes have the same answer; a different one is told apart.
    if let Err(error) = error {
        assert!(error.to_string().contains("another request"), "{error}");
    }
    let stranger = Fleet::new(2);
    let mut forged = Fleet::new(3);
    let person = forged.person("外人", Role::Supervisor);
    let mut phone = forged.phone(person);
    let request = phone.phone.next_request().expect("a request");
    drop(stranger);
    let answer = forged.answer(phone.device, &request);
    let error = anna.phone.take_response(&answer).expect_err("signed by another server");
    assert!(error.to_string().contains("not signed by the server"), "{error}");
}

#[test]
fn search_finds_two_chinese_characters() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(1);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("辩护人对鉴定意见提出质证意见。")]).expect("fits");
    let found = |phone: &mut FleetPhone, text: &str| {
        phone.phone.search(text, 10).expect("searchable").iter().map(|row| row.document).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut anna, "质证"), [record]);
    assert_eq!(found(&mut anna, "盗窃"), [record], "the case's own words count");
    assert_eq!(found(&mut anna, "意鉴"), [], "the pairs must stand side by side");
    assert_eq!(found(&mut anna, "辩"), [record]);
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    assert_eq!(found(&mut ben, "鉴定意见"), [record], "on the other phone too");
}

#[test]
fn a_frame_that_comes_twice_at_once_is_judged_once() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(29);
    let record = start(&mut anna, assignment, "attendance");
    for round in 0..40 {
        anna.phone.edit(record, &[narrative(&format!("第{round}段。"))]).expect("fits");
        // A phone that was killed in mid-sync comes back while the server still works.
        let request = anna.phone.next_request().expect("a request");
        let answers: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let send = || scope.spawn(|| fleet.answer(anna.device, &request));
            let both = [send(), send()];
            both.into_iter().map(|sent| sent.join().expect("answered")).collect()
        });
        let progress = anna.phone.take_response(&answers[1]).expect("fits");
        assert_eq!(progress.not_accepted, 0);
    }
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}
