//! Long lists through the face: they come in pages, each thing once, also when something is settled in between.

use std::sync::Arc;

use tingfang::{RefusedItem, TingfangError};
use tingfang_core::clock::Clock;
use tingfang_core::id::DocumentId;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_server::store::record_link::RecordLink;
use tingfang_server::sync::Linked;
use tingfang_tests::app::App;
use tingfang_tests::fleet::Fleet;

use super::append;

/// What was not accepted, page by page from a place on.
fn refused(app: &App, mut after: Option<String>, limit: u32) -> Vec<RefusedItem> {
    let mut all = Vec::new();
    loop {
        let page = app.phone.refused(after, limit).expect("listed");
        assert!(page.items.len() <= usize::try_from(limit).expect("not many"));
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// The records that a search finds, page by page.
fn found(app: &App, text: &str, limit: u32) -> Vec<DocumentId> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = app.phone.search(text.into(), after, limit).expect("searched");
        all.extend(page.items.iter().map(|row| row.record));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[test]
fn what_was_not_accepted_comes_in_pages_each_once_also_when_some_of_it_is_settled_in_between() {
    let fleet = Fleet::new(51);
    let (person, manager) = (fleet.person("安娜", Role::Supervisor), fleet.person("经理", Role::Manager));
    let fleet = Arc::new(fleet);
    let anna = App::enrol(&fleet, person, "安娜");
    // Without a task each is held until a manager links it: a beginning, and two changes that wait for it.
    let attended = |nth: u32| {
        let record = anna.phone.start_unassigned("attendance".into()).expect("no task is needed");
        anna.edit(record, vec![append(&format!("第{nth}次临时旁听。"))]);
        anna.edit(record, vec![append("休庭。")]);
        record
    };
    let records: Vec<DocumentId> = (1..=40).map(attended).collect();
    anna.sync();
    let all = refused(&anna, None, 1_000);
    assert_eq!(all.len(), 120);
    assert_eq!(all[0].record, records[39], "the newest first");
    for limit in [1, 7, 50, 119, 120] {
        assert_eq!(refused(&anna, None, limit), all, "{limit} at a time");
    }

    let first = anna.phone.refused(None, 50).expect("listed");
    assert_eq!(first.items, all[..50]);
    let last_shown = first.items[49].record;
    // The record in which the page ended is settled, and the one that would come last of all.
    for settled in [last_shown, records[0]] {
        let members = [(person, "安娜", Duty::Chair)];
        let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
        let linked_at = fleet.clock.now();
        let link = RecordLink { document: settled, assignment, subject: None, linked_by: manager, linked_at };
        assert_eq!(fleet.door().link(link, person).expect("an answer"), Linked::Begun);
    }
    anna.sync();
    anna.sync();
    let is_open = |item: &&RefusedItem| item.record != last_shown && item.record != records[0];
    let rest: Vec<RefusedItem> = all[50..].iter().filter(is_open).cloned().collect();
    assert_eq!(refused(&anna, first.next, 50), rest, "nothing is missed, and nothing comes twice");
    assert_eq!(refused(&anna, None, 50).len(), 114);

    let newest_first: Vec<DocumentId> = records.iter().rev().copied().collect();
    for limit in [1, 15, 40] {
        assert_eq!(found(&anna, "临时", limit), newest_first, "{limit} at a time");
    }
    for answer in [
        anna.phone.refused(Some("yesterday".into()), 50).map(drop),
        anna.phone.returned(Some("yesterday".into()), 50).map(drop),
        anna.phone.to_confirm(Some("yesterday".into()), 50).map(drop),
        anna.phone.results(Some("yesterday".into()), 50).map(drop),
        anna.phone.search("临时".into(), Some("yesterday".into()), 50).map(drop),
    ] {
        assert_eq!(answer.as_ref().map_err(TingfangError::code), Err("bad_argument".into()));
    }
}
