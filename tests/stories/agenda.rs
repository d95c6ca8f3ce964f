//! The agenda of a phone as time goes by, and its cases.

use tingfang_core::case::{Hearing, HearingState};
use tingfang_core::clock::{Clock, DAY_MS};
use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role, Subject, TaskReportKind, VisitStage};
use tingfang_core::phone::{About, AgendaPage, ChannelState, TaskProgress};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape_of;
use tingfang_core::record::value::Scalar;
use tingfang_core::rubric::Channel;
use tingfang_server::db::Tx;
use tingfang_server::planning::{self, NewAssignment, correction};
use tingfang_server::store::hearing;
use tingfang_tests::asked;
use tingfang_tests::desk::desk;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, start, two_observers};

use crate::words::edit_of;

/// The agenda, page by page, and how many pages it took.
fn turned(phone: &FleetPhone, limit: u32) -> (Vec<(AssignmentId, TaskProgress)>, u32) {
    let (mut all, mut pages, mut last) = (Vec::new(), 0, None);
    loop {
        let next = page(phone, last.as_ref(), limit);
        all.extend(next.items.iter().map(|item| (item.task.assignment, item.progress)));
        pages += 1;
        if next.next.is_none() {
            return (all, pages);
        }
        last = Some(next);
    }
}

fn page(phone: &FleetPhone, after: Option<&AgendaPage>, limit: u32) -> AgendaPage {
    phone.phone.agenda(after.and_then(|page| page.next), limit).expect("listed")
}

/// How far the first task of the agenda has come.
fn progress(phone: &FleetPhone) -> Option<TaskProgress> {
    page(phone, None, 50).items.first().map(|item| item.progress)
}

#[test]
fn what_is_overdue_leads_and_pages_follow_one_another() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(601);
    assert_eq!(progress(&anna), Some(TaskProgress::ToDo));
    start(&mut anna, assignment, "attendance");
    assert_eq!(progress(&anna), Some(TaskProgress::UnderWay));
    // The hearing is tomorrow; on its own day it may still go on.
    fleet.clock.pass_millis(DAY_MS + 3_600_000);
    assert_eq!(progress(&anna), Some(TaskProgress::UnderWay));
    fleet.clock.pass_millis(DAY_MS);
    assert_eq!(progress(&anna), Some(TaskProgress::Overdue));

    let person = anna.person;
    let members = [(person, "安娜", Duty::Chair)];
    let later = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let none = fleet.world.assign(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::ReturnVisit,
        &[(person, "安娜", Duty::Lead)],
    );
    fleet.sync(&mut anna);
    let expected = [
        (assignment, TaskProgress::Overdue),
        (later, TaskProgress::ToDo),
        // What has no time comes last.
        (none, TaskProgress::ToDo),
    ];
    // After a page that is full and the last one nothing follows.
    for (limit, pages) in [(1, 3), (2, 2), (3, 1), (50, 1)] {
        assert_eq!(turned(&anna, limit), (expected.to_vec(), pages));
    }
}

#[test]
fn what_is_late_comes_before_what_begins_earlier_and_is_not_late_yet() {
    let Two { fleet, mut anna, assignment: hearing, .. } = two_observers(608);
    // The hearing is tomorrow at nine, the visit is due an hour later.
    let wish = asked::wish(&fleet, AssignmentKind::ReturnVisit, &[(anna.person, Duty::Lead)]);
    let due_at = Some(fleet.clock.now().plus_millis(DAY_MS + 3_600_000));
    let visit = NewAssignment { stage: Some(VisitStage::After), due_at, ..wish };
    let visit = asked::assign(&fleet, visit);
    fleet.sync(&mut anna);
    let (to_do, overdue) = (TaskProgress::ToDo, TaskProgress::Overdue);
    assert_eq!(turned(&anna, 1), (vec![(hearing, to_do), (visit, to_do)], 2));
    let before = page(&anna, None, 1);
    fleet.clock.pass_millis(DAY_MS + 2 * 3_600_000);
    assert_eq!(turned(&anna, 1), (vec![(visit, overdue), (hearing, to_do)], 2));
    // Who turns a page goes on where they were.
    let after = page(&anna, Some(&before), 1);
    assert_eq!(after.items.iter().map(|item| item.task.assignment).collect::<Vec<_>>(), [visit]);
    assert_eq!(after.next, None);
    // What cannot be done is late no more.
    let impossible = TaskReportKind::Impossible;
    anna.phone.report_on_task(visit, impossible, "受援人已迁居", None, None).expect("a member says so");
    let expected = vec![(hearing, to_do), (visit, TaskProgress::Impossible)];
    assert_eq!(turned(&anna, 1), (expected, 2));
}

/// How many tasks the agenda has to open.
fn read(phone: &FleetPhone) -> u32 {
    let store = rusqlite::Connection::open(&phone.path).expect("the phone's store");
    let sql = "select count(*) from task where is_open = 1 and is_done = 0";
    store.query_row(sql, [], |row| row.get(0)).expect("counted")
}

#[test]
fn what_is_done_costs_the_agenda_nothing_until_something_is_to_be_done_again() {
    let mut desk = desk(609);
    assert_eq!(read(&desk.clerk), 1);
    desk.seal();
    assert_eq!((read(&desk.clerk), progress(&desk.clerk)), (0, None));
    // The task comes again with what stands in it now, and is still done.
    let (assignment, now) = (desk.assignment, desk.fleet.clock.now());
    let put_off = move |tx: &Tx| planning::put_off(tx, assignment, now.plus_millis(DAY_MS), now).map(|_| ());
    desk.fleet.db.try_write(put_off).expect("published anew");
    desk.fleet.sync(&mut desk.clerk);
    assert_eq!(read(&desk.clerk), 0);
    let about = About { for_observer: Some(desk.observer.person), ..About::default() };
    desk.clerk.phone.start(desk.assignment, "observer_sheet", about).expect("a clerk's work");
    assert_eq!((read(&desk.clerk), progress(&desk.clerk)), (1, Some(TaskProgress::UnderWay)));
}

#[test]
fn a_store_that_was_made_before_there_were_lists_has_them_after_it_is_opened() {
    let Two { fleet: _fleet, anna, assignment, .. } = two_observers(602);
    let path = anna.path.clone();
    let store = rusqlite::Connection::open(&path).expect("the phone's store");
    store
        .execute_batch(
            "delete from task; delete from task_case; delete from setting where name = 'tasks_listed'",
        )
        .expect("as before");
    drop(store);
    assert_eq!(page(&anna, None, 50).items.len(), 0);
    let anna = anna.restart();
    assert_eq!(page(&anna, None, 50).items[0].task.assignment, assignment);
    assert_eq!(anna.phone.case_count().expect("counted"), 1);
}

#[test]
fn a_review_of_one_file_says_nothing_of_the_other_cases_of_its_task() {
    let mut fleet = Fleet::new(603);
    let anna = fleet.person("安娜", Role::Supervisor);
    let (case, undertaker) = (fleet.world.case, fleet.world.undertaker);
    let other = fleet.world.second_case(&fleet.db, &fleet.minter, "云援刑字〔2026〕18号");
    let wish = asked::wish(&fleet, AssignmentKind::FileReview, &[(anna, Duty::Reviewer)]);
    let subjects = vec![Subject { case, undertaker }, Subject { case: other, undertaker }];
    let assignment = asked::assign(&fleet, NewAssignment { subjects, ..wish });
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    let about = About { case: Some(other), ..About::default() };
    let review = anna.phone.start(assignment, "file_review", about).expect("a task");
    let mark = Edit::set(["marks", "CRM-1.1"], Scalar::Text("full".into()));
    anna.phone.edit(review, &[mark]).expect("fits");
    anna.phone.seal(review).expect("complete");
    let card = |case| {
        let card = anna.phone.case(case).expect("readable").expect("a task is about it");
        let mark = card.channels.iter().find(|mark| mark.channel == Channel::FileReview);
        let records: Vec<DocumentId> = card.records.iter().map(|row| row.document).collect();
        (mark.expect("every channel is there").state, records)
    };
    assert_eq!(card(other), (ChannelState::Sealed, vec![review]));
    assert_eq!(card(case), (ChannelState::Asked, vec![]), "its file is still to be read");
}

#[test]
fn a_clerk_is_done_when_every_paper_that_was_begun_is_entered() {
    let mut desk = desk(604);
    assert_eq!(progress(&desk.clerk), Some(TaskProgress::UnderWay));
    desk.seal();
    desk.fleet.clock.pass_millis(2 * DAY_MS);
    assert_eq!(progress(&desk.clerk), None, "the record of the hearing is none of a clerk's");
    // The other observer has written on paper too.
    let about = About { for_observer: Some(desk.observer.person), ..About::default() };
    desk.clerk.phone.start(desk.assignment, "observer_sheet", about).expect("a clerk's work");
    assert_eq!(progress(&desk.clerk), Some(TaskProgress::Overdue));
}

#[test]
fn who_takes_down_complaints_is_done_when_nobody_asks_for_more() {
    let mut fleet = Fleet::new(605);
    let anna = fleet.person("安娜", Role::Supervisor);
    let wish = asked::wish(&fleet, AssignmentKind::Reception, &[(anna, Duty::Staff)]);
    let due_at = fleet.clock.now().plus_millis(DAY_MS);
    let wish = NewAssignment { subjects: Vec::new(), due_at: Some(due_at), ..wish };
    let assignment = asked::assign(&fleet, wish);
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    assert_eq!(progress(&anna), Some(TaskProgress::ToDo));
    for name in ["李某", "王某"] {
        let intake = start(&mut anna, assignment, "complaint_intake");
        take_down(&fleet, &mut anna, intake, name);
        assert_eq!(progress(&anna), Some(TaskProgress::UnderWay), "the next may come in");
    }
    fleet.clock.pass_millis(2 * DAY_MS);
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
    assert_eq!(progress(&anna), Some(TaskProgress::UnderWay), "nothing that came in is late");
    fleet
        .db
        .try_write(move |tx| planning::cancel(tx, assignment, "窗口撤销").map(|_| ()))
        .expect("called off");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
    assert_eq!(progress(&anna), None);
    let figures = anna.phone.month_figures(due_at).expect("counted");
    assert_eq!((figures[0].kind.as_str(), figures[0].done, figures[0].all), ("reception", 1, 1));
}

/// Takes a complaint down, and seals it.
fn take_down(fleet: &Fleet, phone: &mut FleetPhone, intake: DocumentId, name: &str) {
    let shape = shape_of("complaint_intake").expect("a kind");
    let who = format!("facts/complainant_name={name}");
    let said = ["facts/ground=below_standard", "facts/way=oral", "facts/received_at=2026-11-30T02:00:00Z"];
    for words in said.into_iter().chain([who.as_str(), "account:承办人从未会见。"]) {
        phone.phone.edit(intake, &[edit_of(shape, words, &fleet.minter)]).expect("fits");
    }
    phone.phone.seal(intake).expect("complete");
}

#[test]
fn a_complaint_about_a_case_is_marked_in_its_channels() {
    let mut fleet = Fleet::new(610);
    let anna = fleet.person("安娜", Role::Supervisor);
    let members = [(anna, "安娜", Duty::Lead)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::FollowUp, &members);
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    let case = fleet.world.case;
    let complaints = |anna: &FleetPhone| {
        let card = anna.phone.case(case).expect("readable").expect("a task is about it");
        let mark = card.channels.iter().find(|mark| mark.channel == Channel::Complaint);
        mark.expect("every channel is there").state
    };
    assert_eq!(complaints(&anna), ChannelState::NotAsked, "nobody asks for complaints");
    let intake = start(&mut anna, assignment, "complaint_intake");
    assert_eq!(complaints(&anna), ChannelState::Begun);
    take_down(&fleet, &mut anna, intake, "李某");
    assert_eq!(complaints(&anna), ChannelState::Sealed);
}

#[test]
fn a_hearing_that_was_called_off_is_not_the_next_of_its_case() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(606);
    let (case, id, now) = (fleet.world.case, fleet.world.hearing, fleet.clock.now());
    let next = |anna: &FleetPhone| {
        let card = anna.phone.case(case).expect("readable").expect("a task is about it");
        card.next_hearing.map(|hearing| hearing.id)
    };
    assert_eq!(next(&anna), Some(id));
    let call_off = move |tx: &Tx| planning::cancel(tx, assignment, "承办人另有安排").map(|_| ());
    fleet.db.try_write(call_off).expect("called off");
    fleet.sync(&mut anna);
    assert_eq!(next(&anna), None, "nobody asks Anna to go there any more");

    let wish = asked::wish(&fleet, AssignmentKind::CourtVisit, &[(anna.person, Duty::Lead)]);
    asked::assign(&fleet, NewAssignment { hearing: Some(id), ..wish });
    fleet.sync(&mut anna);
    assert_eq!(next(&anna), Some(id));
    let cancelled = move |tx: &Tx| {
        let row = hearing::find(tx, id)?.expect("there");
        hearing::save(tx, &Hearing { state: HearingState::Cancelled, ..row })?;
        correction::hearing_corrected(tx, id, now).map(|_| ())
    };
    fleet.db.try_write(cancelled).expect("the court has cancelled it");
    fleet.sync(&mut anna);
    assert_eq!(next(&anna), None, "it does not take place");
}

#[test]
fn a_task_that_cannot_be_done_says_so_before_the_server_knows() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(607);
    let impossible = TaskReportKind::Impossible;
    anna.phone.report_on_task(assignment, impossible, "道路中断", None, None).expect("a member says so");
    let told = |phone: &FleetPhone| {
        let task = phone.phone.task(assignment).expect("readable").expect("a task");
        task.reports.iter().map(|said| (said.reason.clone(), said.by.clone())).collect::<Vec<_>>()
    };
    let said = vec![("道路中断".to_owned(), "安娜".to_owned())];
    assert_eq!((progress(&anna), told(&anna)), (Some(TaskProgress::Impossible), said.clone()));
    assert_eq!(progress(&ben), Some(TaskProgress::ToDo), "nobody else has heard of it");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
    fleet.sync(&mut ben);
    for phone in [&anna, &ben] {
        assert_eq!((progress(phone), told(phone)), (Some(TaskProgress::Impossible), said.clone()), "once");
    }
}
