//! Field work besides hearings: contacts, reports on tasks, returns, checks, complaints, visits at home.

use std::collections::BTreeMap;

use tingfang_core::case::Case;
use tingfang_core::clock::LogPosition;
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{
    Assignment, AssignmentKind, RecipientContact, RecipientGroup, SafeContact, TaskCommand,
};
use tingfang_core::phone::FieldNote;
use tingfang_core::record::ItemId;
use tingfang_core::record::complaint_intake::{ComplaintGround, ComplaintWay};
use tingfang_core::record::pre_hearing_report::CheckState;
use tingfang_core::record::shape::AnswerCode;

use super::ground::{BIG, Ground, assignment, at, document as kept, id};
use crate::db::Tx;
use crate::store::home_visit::HomeVisit;
use crate::store::{
    assignment, complaint, document, home_visit, legal_case, owed_report, recipient, record_return,
    report_check, task_report,
};

const LAST: LogPosition = LogPosition(BIG.unsigned_abs());

fn contact(name: &str) -> RecipientContact {
    RecipientContact {
        case: id(1),
        name: name.to_owned(),
        phone: None,
        address: None,
        guardian: None,
        groups: Vec::new(),
        language: None,
        safe_contact: None,
    }
}

#[test]
fn contacts_of_a_case_keep_their_order_and_are_set_as_a_whole() {
    let ground = Ground::laid();
    let at_risk = RecipientContact {
        phone: Some("138 \"é\"".to_owned()),
        groups: vec![RecipientGroup::Woman, RecipientGroup::Minor],
        safe_contact: Some(SafeContact {
            number: "139".to_owned(),
            from_minute: 540,
            until_minute: 1440,
            code_word: "还书".to_owned(),
            note: None,
        }),
        ..contact("某乙")
    };
    let both = vec![at_risk, contact("某甲")];
    let given = both.clone();
    ground.write(move |tx| recipient::set(tx, id(1), &given));
    assert_eq!(ground.read(|tx| recipient::of_case(tx, id(1))), both);
    assert_eq!(ground.read(|tx| recipient::of_case(tx, id(2))), []);
    ground.write(|tx| recipient::set(tx, id(1), &[]));
    assert_eq!(ground.read(|tx| recipient::of_case(tx, id(1))), []);
}

#[test]
fn reports_on_a_task_are_kept_whole_and_once() {
    let ground = Ground::laid();
    let bare = |nth: u8, position: u64| task_report::Kept {
        command: TaskCommand {
            id: id(nth),
            assignment: id(1),
            kind: "impossible".to_owned(),
            reason: "当事人失联".to_owned(),
            until: None,
            absent: None,
            said_at: at(1),
        },
        position: LogPosition(position),
        person: id(1),
        device: id(1),
        received_at: at(2),
    };
    let mut whole = task_report::Kept { position: LAST, received_at: at(BIG), ..bare(12, 0) };
    whole.command.until = Some(at(BIG));
    whole.command.absent = Some(id(2));
    let first = bare(11, 7);
    ground.save(&[whole.clone(), first.clone()], task_report::insert);
    ground.holds(&[whole.clone(), first.clone()], |tx, row| task_report::find(tx, row.command.id));
    assert_eq!(ground.read(|tx| task_report::of_assignment(tx, id(1))), [first, whole]);
    assert_eq!(ground.read(|tx| task_report::of_assignment(tx, id(2))), []);
    let double = ground.double(move |tx| task_report::insert(tx, &bare(11, 9)));
    assert_eq!(double, "task_report.task_report_id");
}

#[test]
fn a_return_is_answered_once_by_the_amendment() {
    let ground = Ground::laid();
    let notes =
        vec![FieldNote { path: "facts/outcome".to_owned(), text: "与通知不符 \"é\"".to_owned() }];
    let kept = |nth: u8, position: u64| record_return::Kept {
        id: id(nth),
        document: id(1),
        position: LogPosition(position),
        person: id(1),
        notes: notes.clone(),
        returned_at: at(BIG),
        answered_by: None,
    };
    let (first, second) = (kept(11, 5), kept(12, LAST.0));
    ground.save(&[second.clone(), first.clone()], record_return::insert);
    assert_eq!(ground.read(|tx| record_return::of_document(tx, id(1))), [first.clone(), second.clone()]);
    ground.write(|tx| record_return::answer(tx, id(1), id(2), LogPosition(9)));
    let answered = |kept: record_return::Kept| record_return::Kept { answered_by: Some(id(2)), ..kept };
    let both = [answered(first), answered(second)];
    assert_eq!(ground.read(|tx| record_return::of_document(tx, id(1))), both);
    ground.write(|tx| record_return::answer(tx, id(1), id(1), LogPosition(10)));
    assert_eq!(ground.read(|tx| record_return::of_document(tx, id(1))), both, "answered already");
}

#[test]
fn checks_of_a_report_stand_in_the_order_of_the_log() {
    let ground = Ground::laid();
    let answers = BTreeMap::from([(ItemId::parse("PHR-02").expect("an id"), AnswerCode("met".to_owned()))]);
    let read = report_check::Kept {
        id: id(11),
        document: id(1),
        position: LogPosition(3),
        person: id(1),
        state: CheckState::Read,
        answers: BTreeMap::new(),
        note: None,
        checked_at: at(1),
    };
    let accepted = report_check::Kept {
        id: id(10),
        position: LAST,
        state: CheckState::Accepted,
        answers,
        note: Some("要点清楚".to_owned()),
        checked_at: at(BIG),
        ..read.clone()
    };
    ground.save(&[accepted.clone(), read.clone()], report_check::insert);
    assert_eq!(ground.read(|tx| report_check::of_document(tx, id(1))), [read.clone(), accepted.clone()]);
    ground.save(&[document::Kept { case: Some(id(1)), ..kept(31) }], document::insert);
    let of_case = report_check::Kept { id: id(12), document: id(31), position: LogPosition(9), ..read };
    ground.save(std::slice::from_ref(&of_case), report_check::insert);
    assert_eq!(ground.read(|tx| report_check::of_case(tx, id(1))), [of_case]);
    assert_eq!(ground.read(|tx| report_check::of_document(tx, id(2))), []);
    assert_eq!(ground.read(|tx| report_check::of_case(tx, id(99))), []);
}

#[test]
fn a_record_opens_one_complaint() {
    let ground = Ground::laid();
    let bare = |nth: u8, document: u8| complaint::Kept {
        id: id(nth),
        organisation: id(1),
        document: id(document),
        case: None,
        undertaker: None,
        ground: ComplaintGround::TookMoney,
        way: ComplaintWay::ReturnVisit,
        position: LAST,
        opened_at: at(BIG),
    };
    let whole = complaint::Kept { case: Some(id(1)), undertaker: Some(id(1)), ..bare(11, 1) };
    let other = complaint::Kept { organisation: id(2), ..bare(12, 2) };
    ground.save(&[whole.clone(), other.clone()], complaint::insert);
    ground.holds(&[whole.clone(), other.clone()], |tx, row| complaint::of_document(tx, row.document));
    let listed = |organisations: &[u8]| {
        let organisations: Vec<_> = organisations.iter().map(|nth| id(*nth)).collect();
        let page =
            |tx: &Tx, after: Option<&_>, limit| complaint::page(tx, &organisations, after.copied(), limit);
        ground.walk(page, |row| row.id)
    };
    assert_eq!(listed(&[1]), std::slice::from_ref(&whole));
    assert_eq!(listed(&[2, 1]), [whole, other]);
    let double = ground.double(move |tx| complaint::insert(tx, &bare(13, 1)));
    assert_eq!(double, "complaint.document_id");
}

#[test]
fn who_is_not_back_is_listed_until_they_are() {
    let ground = Ground::laid();
    let visit = |document: u8, expected: i64, back: Option<i64>| HomeVisit {
        document: id(document),
        assignment: id(1),
        expected_back_at: Some(at(expected)),
        back_at: back.map(at),
    };
    let (late, later) = (visit(1, 10, None), visit(2, 5, None));
    assert!(!ground.read(|tx| home_visit::is_known(tx, id(1))));
    ground.save(&[late, later], home_visit::set);
    assert!(ground.read(|tx| home_visit::is_known(tx, id(1))));
    let overdue = |now: i64| ground.read(|tx| home_visit::overdue(tx, &[id(1)], at(now), 9));
    assert_eq!(overdue(20), [later, late]);
    assert_eq!(overdue(10), [later], "not yet");
    assert_eq!(ground.read(|tx| home_visit::overdue(tx, &[id(2)], at(20), 9)), [], "of another organisation");
    ground.write(move |tx| home_visit::set(tx, &visit(2, 5, Some(19))));
    assert_eq!(overdue(20), [late]);
}

#[test]
fn a_long_case_owes_a_report_until_one_is_asked_for() {
    let ground = Ground::laid();
    let owed = |places: &[u8], day: jiff::civil::Date, last_due: i64| {
        let places: Vec<_> = places.iter().map(|nth| id(*nth)).collect();
        let found = ground.read(|tx| owed_report::since(tx, &places, day, at(last_due), 9));
        found.into_iter().map(|owed| (owed.case, owed.undertaker_name)).collect::<Vec<_>>()
    };
    let day = jiff::civil::date(2026, 6, 1);
    assert_eq!(owed(&[1, 2], day, 0), [], "nobody knows since when they run");
    ground.write(move |tx| {
        for nth in [1, 2] {
            let kept = legal_case::find(tx, id(nth))?.expect("laid");
            legal_case::save(tx, &Case { assigned_on: Some(day), ..kept })?;
        }
        Ok(())
    });
    assert_eq!(owed(&[1], day, 0), [(id(1), "李明".to_owned())]);
    assert_eq!(owed(&[1, 2], day, 0).len(), 2);
    assert_eq!(owed(&[1, 2], day.yesterday().expect("a day"), 0), []);
    ground.write(|tx| {
        let kind = AssignmentKind::PreHearingReport;
        let report = Assignment { kind, due_at: Some(at(5)), ..assignment(9) };
        assignment::insert(tx, &report, None, &[], None, at(1)).map(|_| ())
    });
    assert_eq!(owed(&[1], day, 4), [], "one is due later than that");
    assert_eq!(owed(&[1], day, 5).len(), 1, "it is time for the next");
    ground.write(|tx| assignment::set_state(tx, id(9), TaskState::Closed, None));
    assert_eq!(owed(&[1], day, 4).len(), 1, "what was called off was not asked");
}
