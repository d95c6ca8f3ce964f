//! The agenda of a phone as time goes by.

use tingfang_core::clock::DAY_MS;
use tingfang_core::people::{AssignmentKind, Duty};
use tingfang_core::phone::{AgendaPage, TaskProgress};
use tingfang_tests::fleet::FleetPhone;
use tingfang_tests::observers::{Two, start, two_observers};

fn page(phone: &FleetPhone, after: Option<&AgendaPage>, limit: u32) -> AgendaPage {
    phone.phone.agenda(after.and_then(|page| page.next), limit).expect("listed")
}

#[test]
fn what_is_overdue_leads_and_pages_follow_one_another() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(601);
    let progress = |phone: &FleetPhone| page(phone, None, 50).items[0].progress;
    assert_eq!(progress(&anna), TaskProgress::ToDo);
    start(&mut anna, assignment, "attendance");
    assert_eq!(progress(&anna), TaskProgress::UnderWay);
    // The hearing is tomorrow; on its own day it may still go on.
    fleet.clock.pass_millis(DAY_MS + 3_600_000);
    assert_eq!(progress(&anna), TaskProgress::UnderWay);
    fleet.clock.pass_millis(DAY_MS);
    assert_eq!(progress(&anna), TaskProgress::Overdue);

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
    let mut order = Vec::new();
    let mut last: Option<AgendaPage> = None;
    loop {
        let next = page(&anna, last.as_ref(), 1);
        order.extend(next.items.iter().map(|item| (item.task.assignment, item.progress)));
        if next.next.is_none() {
            break;
        }
        last = Some(next);
    }
    let expected = [
        (assignment, TaskProgress::Overdue),
        (later, TaskProgress::ToDo),
        // What has no time comes last.
        (none, TaskProgress::ToDo),
    ];
    assert_eq!(order, expected);
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
