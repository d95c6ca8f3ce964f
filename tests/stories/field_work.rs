//! Field work besides hearings: who is at risk, what is said about money, what comes late or back.

mod field;

use std::collections::BTreeMap;

use tingfang_core::clock::Moment;
use tingfang_core::evidence::{SetAside, SourceState, collect};
use tingfang_core::people::{AssignmentKind, Duty, RecipientContact, Role, SafeContact, TaskReportKind};
use tingfang_core::phone::{About, FieldNote, PhoneError, RecordStage};
use tingfang_core::record::complaint_intake::ComplaintGround;
use tingfang_core::record::doubt::DoubtCode;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::pre_hearing_report::CheckState;
use tingfang_core::record::retry_plan::NextAttempt;
use tingfang_core::record::scoresheet::VetoCode;
use tingfang_core::record::shape_of;
use tingfang_core::record::value::Scalar;
use tingfang_core::rubric::{Channel, templates};
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::text::Language;
use tingfang_server::db::Tx;
use tingfang_server::problem::Problem;
use tingfang_server::records::report_state::{self, ReportState};
use tingfang_server::records::{self, doubtful};
use tingfang_server::store::{
    assignment, complaint, home_visit, legal_case, recipient, record_return, report_check, task_report,
};
use tingfang_server::{grading, log, project};
use tingfang_tests::fleet::FleetPhone;
use tingfang_tests::signed_in::signed_in;
use tingfang_tests::tamper;

use crate::words::edit_of;
use field::{CALLED, Field};

#[test]
fn the_rules_of_safe_contact_are_shown_before_the_number() {
    let mut field = Field::new(3_000);
    let case = field.fleet.world.case;
    let minute = field.now().minute_of_day_in_china();
    let safe = |from_minute, until_minute| SafeContact {
        number: "13900000000".into(),
        from_minute,
        until_minute,
        code_word: "图书馆还书".into(),
        note: None,
    };
    let contact = |safe_contact| RecipientContact {
        case,
        name: "李某".into(),
        phone: Some("13800000000".into()),
        address: Some("云河县某村".into()),
        guardian: Some("李某之父 13700000000".into()),
        groups: Vec::new(),
        language: None,
        safe_contact: Some(safe_contact),
    };
    let (open, shut) =
        (contact(safe(0, 1440)), contact(safe((minute + 60) % 1380, (minute + 60) % 1380 + 1)));
    field.fleet.db.write(move |tx| recipient::set(tx, case, &[open.clone(), shut.clone()])).expect("kept");
    let assignment = field.visit();
    let anna = field.phone(field.lead);
    let before = anna.phone.contacts(assignment).expect("a task");
    assert_eq!(before[0].rules.as_ref().expect("at risk").code_word, "图书馆还书");
    assert!(before.iter().all(|card| card.number.is_none() && card.address.is_none()));
    assert!(before.iter().all(|card| card.guardian.is_none()), "the only safe number is their own");
    let after = anna.phone.contacts_after_rules(assignment).expect("a task");
    assert_eq!(after[0].number.as_deref(), Some("13900000000"), "never the other number");
    assert_eq!(after[1].number, None, "outside of the safe hours");
    let tasks = format!("{:?}", anna.phone.tasks().expect("readable"));
    assert!(!tasks.contains("李某") && !tasks.contains("139"), "a task names no recipient");
}

#[test]
fn what_is_said_about_money_opens_a_complaint_and_a_veto_and_moves_no_points() {
    let mut field = Field::new(3_001);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = field.talk(&mut anna, assignment, "yes");
    field.write(&mut anna, record, &["money/amount_fen=20000", "money/detail=红包"]);
    anna.phone.seal(record).expect("complete");
    assert_eq!(field.fleet.sync(&mut anna).not_accepted, 0);
    let opened = field.fleet.db.read(|tx| complaint::of_document(tx, record)).expect("readable");
    let opened = opened.expect("a complaint");
    assert_eq!(opened.ground, ComplaintGround::TookMoney);
    assert_eq!(opened.undertaker, Some(field.fleet.world.undertaker));
    let (case, undertaker) = (field.fleet.world.case, field.fleet.world.undertaker);
    let records = field.fleet.db.read(|tx| project::sealed_records(tx, case, None)).expect("readable");
    let rubric = templates().rubric("CRM-TRIAL").expect("shipped");
    let evidence = collect(rubric, templates().observer_sheet(), case, undertaker, &records, &[]);
    let alleged: Vec<_> = evidence.allegations.iter().map(|it| (it.key.code, it.channel)).collect();
    assert_eq!(alleged, [(VetoCode::TookBenefit, Channel::ReturnVisit)]);
    let fed = evidence.items.iter().flat_map(|item| &item.pieces).map(|piece| format!("{:?}", piece.answer));
    assert!(fed.into_iter().all(|answer| !answer.contains("RTV-06")), "it scores nothing");

    // An addendum says more of the same complaint and opens no second one.
    let more = anna.phone.amend(record, "补充").expect("sealed");
    field.write(&mut anna, more, &["money/detail=另有购物卡"]);
    anna.phone.seal(more).expect("complete");
    assert_eq!(field.fleet.sync(&mut anna).not_accepted, 0);
    assert_eq!(field.fleet.db.read(|tx| complaint::of_document(tx, more)).expect("readable"), None);
}

#[test]
fn an_answer_outside_its_scale_is_named_with_the_answers_that_there_are() {
    let mut field = Field::new(3_002);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = anna.phone.start(assignment, "return_visit", About::default()).expect("a task");
    let wrong = field.try_write(&mut anna, record, "answers/RTV-01=excellent").expect_err("no such answer");
    assert!(
        matches!(&wrong, PhoneError::NoSuchAnswer { path, expected, .. }
        if path.to_string() == "answers/RTV-01" && expected.contains(&"satisfied".to_owned())),
        "{wrong:?}"
    );
    let wrong = field.try_write(&mut anna, record, "answers/RTV-99=yes").expect_err("no such question");
    assert!(matches!(wrong, PhoneError::NoSuchQuestion { .. }), "{wrong:?}");
}

#[test]
fn only_what_is_asked_at_the_stage_and_after_earlier_answers_must_be_answered() {
    let mut field = Field::new(3_003);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = anna.phone.start(assignment, "return_visit", About::default()).expect("a task");
    field.write(&mut anna, record, &[CALLED]);
    let missing = |anna: &FleetPhone| {
        let missing = anna.phone.show(record).expect("there").missing;
        missing
            .iter()
            .map(ToString::to_string)
            .filter(|path| path.starts_with("answers/"))
            .collect::<Vec<_>>()
    };
    assert!(missing(&anna).contains(&"answers/RTV-12".to_owned()), "the judgment, after the case");
    field.write(&mut anna, record, &["facts/stage=before"]);
    assert!(!missing(&anna).contains(&"answers/RTV-12".to_owned()), "not before it");
    assert!(missing(&anna).contains(&"answers/RTV-06".to_owned()), "money is asked always");
}

#[test]
fn a_visit_made_with_an_older_questionnaire_is_kept_shown_and_not_counted() {
    let mut field = Field::new(3_004);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = field.talk(&mut anna, assignment, "no");
    let older = Edit::set(["subject", "questionnaire"], Scalar::Text("0".repeat(64)));
    anna.phone.edit(record, &[older]).expect("the phone was offline for a year");
    anna.phone.seal(record).expect("complete");
    assert_eq!(field.fleet.sync(&mut anna).not_accepted, 0, "text from the field is kept");
    let (case, undertaker) = (field.fleet.world.case, field.fleet.world.undertaker);
    let records = field.fleet.db.read(|tx| project::sealed_records(tx, case, None)).expect("readable");
    let rubric = templates().rubric("CRM-TRIAL").expect("shipped");
    let evidence = collect(rubric, templates().observer_sheet(), case, undertaker, &records, &[]);
    assert_eq!(evidence.sources[0].state, SourceState::SetAside(SetAside::OtherQuestionnaire));
    assert_eq!(evidence.channels, []);
}

#[test]
fn an_attempt_in_the_future_is_kept_and_flagged() {
    let mut field = Field::new(3_005);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = anna.phone.start(assignment, "return_visit", About::default()).expect("a task");
    field.write(&mut anna, record, &["+attempts at=2099-01-01T00:00:00Z way=phone outcome=no_answer"]);
    let doubts = anna.phone.show(record).expect("there").doubts;
    assert_eq!(doubts.len(), 1);
    assert_eq!(doubts[0].code, DoubtCode::InFuture);
    assert_eq!(field.fleet.sync(&mut anna).not_accepted, 0);
}

#[test]
fn a_visit_before_the_case_is_kept_and_flagged_on_the_phone_and_at_the_console() {
    let mut field = Field::new(3_009);
    let case = field.fleet.world.case;
    field
        .fleet
        .db
        .write(move |tx| {
            let mut row = legal_case::find(tx, case)?.expect("there");
            row.assigned_on = Some(jiff::civil::date(2026, 11, 20));
            legal_case::save(tx, &row)
        })
        .expect("the day of its assignment");
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = anna.phone.start(assignment, "return_visit", About::default()).expect("a task");
    field.write(&mut anna, record, &["+attempts at=2026-11-19T02:00:00Z way=phone outcome=no_answer"]);
    let seen = anna.phone.show(record).expect("there");
    assert_eq!(seen.doubts.len(), 1);
    assert_eq!(seen.doubts[0].code, DoubtCode::BeforeCase);
    for (language, words) in [(Language::Zh, "联系时间：早于案件指派之日"), (Language::En, "kept as it is")]
    {
        let said = seen.doubts[0].sentence(language, "return_visit");
        assert!(said.contains(words), "{said}");
    }
    assert!(matches!(seen.next_attempt, Some(NextAttempt::At { .. })));
    assert_eq!(field.fleet.sync(&mut anna).not_accepted, 0);
    let manager = field.fleet.person("管理", Role::Manager);
    let reader = signed_in(&field.fleet, manager);
    let opened = field.fleet.db.try_read(move |tx| {
        let opened = records::open(tx, &reader, record)?;
        Ok::<_, Problem>((doubtful::doubts_of(tx, &opened)?, doubtful::next_attempt(&opened)))
    });
    assert_eq!(opened.expect("the manager's"), (seen.doubts, seen.next_attempt));
}

#[test]
fn who_is_not_back_from_a_visit_at_home_is_known_while_the_record_is_open() {
    let mut field = Field::new(3_006);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = anna.phone.start(assignment, "return_visit", About::default()).expect("a task");
    let back = field.now().plus_millis(3_600_000);
    anna.phone.edit(record, &[Edit::set(["home", "expected_back_at"], Scalar::Moment(back))]).expect("fits");
    field.fleet.sync(&mut anna);
    let organisation = field.fleet.world.organisation;
    let overdue = |now: Moment| {
        let found = field.fleet.db.read(|tx| home_visit::overdue(tx, &[organisation], now, 9));
        found.expect("readable").len()
    };
    assert_eq!(overdue(back), 0);
    assert_eq!(overdue(back.plus_millis(1)), 1, "somebody is alerted");
    anna.phone.edit(record, &[Edit::set(["home", "back_at"], Scalar::Moment(back))]).expect("fits");
    field.fleet.sync(&mut anna);
    assert_eq!(overdue(back.plus_millis(1)), 0);
}

#[test]
fn a_returned_record_is_a_task_until_its_amendment_is_sealed() {
    let mut field = Field::new(3_007);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let record = field.talk(&mut anna, assignment, "no");
    anna.phone.seal(record).expect("complete");
    field.fleet.sync(&mut anna);
    let manager = field.fleet.person("管理", Role::Manager);
    let (id, now) = (field.fleet.minter.mint(), field.now());
    field
        .fleet
        .db
        .write(move |tx| {
            let notes =
                vec![FieldNote { path: "facts/respondent".into(), text: "应答人与录音不符".into() }];
            let position = tingfang_server::log::next_position(tx)?;
            let kept = record_return::Kept {
                id,
                document: record,
                position,
                person: manager,
                notes,
                returned_at: now,
                answered_by: None,
            };
            record_return::insert(tx, &kept)?;
            project::following::publish_returned(tx, record)
        })
        .expect("returned");
    field.fleet.sync(&mut anna);
    let returned = anna.phone.returned().expect("readable");
    assert_eq!((returned.len(), returned[0].by.as_str()), (1, "管理"));
    let stage = |phone: &FleetPhone| phone.phone.show(record).expect("there").stage;
    assert_eq!(stage(&anna), RecordStage::Returned);
    assert_eq!(returned[0].notes[0].field().to_string(), "facts/respondent");
    let answer = anna.phone.amend(record, "更正应答人").expect("sealed");
    field.write(&mut anna, answer, &["facts/respondent=family"]);
    anna.phone.seal(answer).expect("complete");
    field.fleet.sync(&mut anna);
    assert!(anna.phone.returned().expect("readable").is_empty());
    assert_eq!(stage(&anna), RecordStage::Amended);
    let kept = field.fleet.db.read(|tx| record_return::of_document(tx, record)).expect("readable");
    assert_eq!(kept[0].answered_by, Some(answer));
}

#[test]
fn a_task_is_reported_impossible_once_and_every_member_hears_of_it() {
    let mut field = Field::new(3_008);
    let assignment = field.visit();
    let (mut anna, mut ben) = (field.phone(field.lead), field.phone(field.helper));
    let empty = anna.phone.report_on_task(assignment, TaskReportKind::Impossible, " ", None, None);
    assert!(matches!(empty, Err(PhoneError::NotAllowed { rule }) if rule == "report_without_reason"));
    let id = anna
        .phone
        .report_on_task(assignment, TaskReportKind::Impossible, "受援人已迁往外省", None, None)
        .expect("a member says so");
    anna.phone
        .report_on_task(assignment, TaskReportKind::MemberAbsent, "未到", None, Some(field.helper))
        .expect("a member did not come");
    assert_eq!(field.fleet.sync(&mut anna).not_accepted, 0);
    let kept = field.fleet.db.read(|tx| task_report::find(tx, id)).expect("readable").expect("kept");
    assert_eq!(kept.person, field.lead);
    // The same again is the same.
    let again = field.fleet.send(&mut anna, vec![Item::TaskReport { command: kept.command.clone() }]);
    assert!(matches!(&again[..], [Verdict::Duplicate { .. }]), "{again:?}");
    field.fleet.sync(&mut ben);
    let task = ben.phone.task(assignment).expect("readable").expect("a task");
    let told: Vec<_> = task.reports.iter().map(|said| (said.kind.as_str(), said.by.as_str())).collect();
    assert_eq!(told, [("impossible", "安娜"), ("member_absent", "安娜")]);
    // Somebody who takes no part says nothing about it.
    let stranger = field.fleet.person("外人", Role::Supervisor);
    let mut stranger = field.phone(stranger);
    let mut command = kept.command;
    command.id = field.fleet.minter.mint();
    let verdicts = field.fleet.send(&mut stranger, vec![Item::TaskReport { command }]);
    assert!(
        matches!(&verdicts[..], [Verdict::Refused { rule, .. }] if rule == "not_assigned"),
        "{verdicts:?}"
    );
    assert_eq!(tamper::escaped(&field.fleet, "task_report"), Vec::<String>::new());
}

#[test]
fn a_report_is_due_then_overdue_then_missing_and_late_only_when_that_is_proved() {
    let mut field = Field::new(3_009);
    let author = field.fleet.person("周律师", Role::Undertaker);
    let undertaker = field.fleet.world.undertaker;
    field
        .fleet
        .db
        .write(move |tx| {
            let mut row = tingfang_server::store::person::find(tx, author)?.expect("there");
            row.undertaker = Some(undertaker);
            tingfang_server::store::person::save(tx, &row)
        })
        .expect("the undertaker");
    let assignment = field.assign(AssignmentKind::PreHearingReport, &[(author, Duty::Reporter)]);
    let row = field.fleet.db.read(|tx| assignment::find(tx, assignment)).expect("readable").expect("there");
    let db = field.fleet.db.clone();
    let state = |now: Moment| {
        let found = db.read(|tx| report_state::of_assignment(tx, &row, now));
        let report = found.expect("readable").expect("it asks for a report");
        (report.state, report.late)
    };
    let due = row.assignment.due_at.expect("due");
    assert_eq!(state(due).0, ReportState::Due);
    assert_eq!(state(due.plus_millis(1)).0, ReportState::Overdue);
    assert_eq!(state(due.plus_millis(7 * 86_400_000)).0, ReportState::Missing);

    // Written offline in time and sent late: not late. The phone last heard of the server before.
    let mut lawyer = field.fleet.phone(author);
    field.fleet.sync(&mut lawyer);
    let record = lawyer.phone.start(assignment, "pre_hearing_report", About::default()).expect("a task");
    for words in ["facts/occasion=before_hearing", "evidence:监控", "viewpoint:无罪", "analysis:焦点"] {
        let edit = edit_of(shape_of("pre_hearing_report").expect("known"), words, &field.fleet.minter);
        lawyer.phone.edit(record, &[edit]).expect("fits");
    }
    lawyer.phone.seal(record).expect("complete");
    field.fleet.clock.pass_millis(2 * 3_600_000);
    assert_eq!(field.fleet.sync(&mut lawyer).not_accepted, 0);
    assert_eq!(state(due.plus_millis(3_600_000)), (ReportState::Submitted, false));
    let stage = |phone: &FleetPhone| phone.phone.show(record).expect("there").stage;
    assert_eq!(stage(&lawyer), RecordStage::ToCheck);
    for (check, expected) in
        [(CheckState::Read, RecordStage::ToCheck), (CheckState::Accepted, RecordStage::Passed)]
    {
        let (organisation, manager) = (field.fleet.world.organisation, field.lead);
        let (id, now) = (field.fleet.minter.mint(), field.fleet.minter.clock().now());
        let told = move |tx: &Tx| {
            let kept = report_check::Kept {
                id,
                document: record,
                position: log::next_position(tx)?,
                person: manager,
                state: check,
                answers: BTreeMap::new(),
                note: Some("已阅".to_owned()),
                checked_at: now,
            };
            report_check::insert(tx, &kept)?;
            grading::report_checked(tx, organisation, &kept)?;
            project::following::publish_checked(tx, record, check)
        };
        field.fleet.db.write(told).expect("told");
        field.fleet.sync(&mut lawyer);
        assert_eq!(stage(&lawyer), expected);
    }
    assert_eq!(tamper::escaped(&field.fleet, "report_check"), Vec::<String>::new());
}

#[test]
fn contacts_leave_the_phone_when_the_visit_is_sealed() {
    let mut field = Field::new(3_011);
    let case = field.fleet.world.case;
    let contact = RecipientContact {
        case,
        name: "李某".into(),
        phone: Some("13800000000".into()),
        address: None,
        guardian: None,
        groups: Vec::new(),
        language: None,
        safe_contact: None,
    };
    field.fleet.db.write(move |tx| recipient::set(tx, case, std::slice::from_ref(&contact))).expect("kept");
    let assignment = field.visit();
    let (mut anna, mut ben) = (field.phone(field.lead), field.phone(field.helper));
    assert_eq!(ben.phone.contacts(assignment).expect("a task").len(), 1);
    let record = field.talk(&mut anna, assignment, "no");
    anna.phone.seal(record).expect("complete");
    field.fleet.sync(&mut anna);
    field.fleet.sync(&mut ben);
    assert!(ben.phone.contacts(assignment).expect("a task").is_empty());
    assert!(anna.phone.contacts(assignment).expect("a task").is_empty());
}

#[test]
fn a_report_for_the_case_of_another_is_refused() {
    let mut field = Field::new(3_010);
    let assignment = field.visit();
    let mut anna = field.phone(field.lead);
    let other = Claim::Own {
        assignment,
        case: field.fleet.minter.mint(),
        undertaker: field.fleet.world.undertaker,
        transcribed_for: None,
    };
    let document = field.fleet.minter.mint();
    let begin = Item::Begin { document, kind: "pre_hearing_report".into(), version: 1, claim: other };
    let unknown = Item::Begin {
        document: field.fleet.minter.mint(),
        kind: "of_a_later_version".into(),
        version: 1,
        claim: Claim::Shared { assignment },
    };
    let verdicts = field.fleet.send(&mut anna, vec![begin, unknown]);
    assert!(
        matches!(&verdicts[..], [Verdict::Refused { rule, .. }, Verdict::Held { rule: held, .. }]
            if rule == "claim" && held == "newer_schema"),
        "{verdicts:?}"
    );
}
