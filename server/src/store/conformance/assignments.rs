//! Assignments, and the records that were linked to one.

use tingfang_core::clock::{LogPosition, Span};
use tingfang_core::people::task::{TaskRound, TaskState};
use tingfang_core::people::{Assignment, AssignmentKind, Duty, Member, VisitStage};

use super::ground::{BIG, Ground, assignment, at, id, subject};
use crate::db::Tx;
use crate::store::assignment::{Kept, NewMember};
use crate::store::record_link::RecordLink;
use crate::store::{assignment, record_link};

fn member(nth: u8, duty: Duty, from: LogPosition, until: Option<LogPosition>) -> Member {
    Member { person: id(nth), duty, span: Span { from, until } }
}

/// An assignment as it is kept while nothing has become of it.
fn open(assignment: Assignment, members: Vec<Member>, round: Option<TaskRound>) -> Kept {
    Kept {
        assignment: Assignment { members, ..assignment },
        round,
        state: TaskState::Open,
        closed_reason: None,
        closed_note: None,
        closed_position: None,
    }
}

#[test]
fn an_assignment_keeps_its_parts_in_order_and_its_members_with_their_spans() {
    let ground = Ground::laid();
    let whole = Assignment {
        kind: AssignmentKind::Attendance,
        organisation: id(2),
        hearing: Some(id(1)),
        round: Some(id(1)),
        inspected: Some(id(2)),
        stage: Some(VisitStage::Enforcement),
        note: Some("市中院 \"é\"".to_owned()),
        subjects: vec![subject(2, 1), subject(1, 2), subject(1, 1)],
        due_at: Some(at(BIG)),
        ..assignment(11)
    };
    let frozen = TaskRound { id: id(1), name: "第一批 \"é\"".to_owned(), rubric: String::new() };
    let insert = |given: Assignment, round: Option<TaskRound>, members: &[NewMember]| {
        let members = members.to_vec();
        ground.write(move |tx| assignment::insert(tx, &given, round.as_ref(), &members, Some(id(1)), at(BIG)))
    };
    let members = [(id(3), Duty::Observer), (id(1), Duty::Observer), (id(2), Duty::Chair)];
    let first = insert(whole.clone(), Some(frozen.clone()), &members);
    let bare = insert(assignment(12), None, &[]);
    assert_eq!((bare.0, ground.head()), (first.0 + 1, bare));
    let joined = ground.write(|tx| assignment::add_member(tx, id(11), id(2), Duty::Clerk));
    assert!(ground.write(|tx| assignment::remove_member(tx, id(11), id(3))));
    let left = ground.head();
    assert!(!ground.write(|tx| assignment::remove_member(tx, id(11), id(3))), "takes no part");
    // By position, then by the duty's code, then by person.
    let members = vec![
        member(2, Duty::Chair, first, None),
        member(1, Duty::Observer, first, None),
        member(3, Duty::Observer, first, Some(left)),
        member(2, Duty::Clerk, joined, None),
    ];
    let mut eleven = open(whole, members, Some(frozen));
    let mut twelve = open(assignment(12), Vec::new(), None);
    let [one, two] = [1, 2].map(|nth: u8| {
        let position = LogPosition(u64::from(nth));
        open(assignment(nth), vec![member(2, Duty::Chair, position, None)], None)
    });
    let find = |nth: u8| ground.read(|tx| assignment::find(tx, id(nth)));
    assert_eq!((find(11), find(12)), (Some(eleven.clone()), Some(twelve.clone())));
    assert_eq!((find(1), find(99)), (Some(one.clone()), None));
    assert_eq!(ground.read(|tx| assignment::of_hearing(tx, id(1))), std::slice::from_ref(&eleven));
    assert_eq!(ground.read(|tx| assignment::of_round(tx, id(1))), std::slice::from_ref(&eleven));
    assert_eq!(ground.read(|tx| assignment::of_round(tx, id(2))), []);
    assert_eq!(ground.read(|tx| assignment::of_case(tx, id(2))), std::slice::from_ref(&eleven));
    let of_case = ground.read(|tx| assignment::of_case(tx, id(1)));
    assert_eq!(of_case, [one.clone(), two.clone(), eleven.clone(), twelve.clone()], "each once");

    ground.write(|tx| assignment::set_due(tx, id(11), at(7)));
    eleven.assignment.due_at = Some(at(7));
    assert_eq!(find(11), Some(eleven.clone()));
    ground.write(|tx| assignment::set_state(tx, id(11), TaskState::Closed, Some("gate/公开")));
    eleven.closed_position = Some(ground.head());
    ground.write(|tx| assignment::set_closed_note(tx, id(11), ""));
    (eleven.state, eleven.closed_reason) = (TaskState::Closed, Some("gate/公开".to_owned()));
    eleven.closed_note = Some(String::new());
    assert_eq!(find(11), Some(eleven.clone()));
    ground.write(|tx| assignment::set_state(tx, id(12), TaskState::Closed, None));
    (twelve.state, twelve.closed_position) = (TaskState::Closed, Some(ground.head()));
    assert_eq!(find(12), Some(twelve.clone()));

    let listed = |places: &[u8], kind: Option<AssignmentKind>, state: Option<TaskState>| {
        let places: Vec<_> = places.iter().copied().map(id).collect();
        let page = |tx: &Tx, after: Option<&_>, limit| {
            assignment::page(tx, &places, kind, state, after.copied(), limit)
        };
        ground.walk(page, |row| row.assignment.id)
    };
    let all = [one.clone(), two.clone(), eleven.clone(), twelve.clone()];
    assert_eq!(listed(&[1, 2], None, None), all);
    assert_eq!(listed(&[], None, None), []);
    assert_eq!(listed(&[2], Some(AssignmentKind::Attendance), None), std::slice::from_ref(&eleven));
    assert_eq!(listed(&[1], None, Some(TaskState::Closed)), [twelve]);
    let of_person = |person: u8, places: Option<Vec<_>>, state: Option<TaskState>| {
        let page = |tx: &Tx, after: Option<&_>, limit| {
            assignment::page_of_person(tx, id(person), places.as_deref(), state, after.copied(), limit)
        };
        ground.walk(page, |row| row.assignment.id)
    };
    assert_eq!(of_person(2, None, None), [one.clone(), two.clone(), eleven.clone()]);
    assert_eq!(of_person(3, None, None), [], "takes part no longer");
    assert_eq!(of_person(2, Some(vec![id(1)]), None), [one.clone(), two.clone()]);
    assert_eq!(of_person(2, Some(Vec::new()), None), []);
    assert_eq!(of_person(2, None, Some(TaskState::Open)), [one, two]);

    ground.write(|tx| assignment::set_state(tx, id(11), TaskState::Open, None));
    (eleven.state, eleven.closed_reason, eleven.closed_position) = (TaskState::Open, None, None);
    assert_eq!(find(11), Some(eleven));
    let twin = ground.double(|tx| assignment::insert(tx, &assignment(12), None, &[], None, at(1)));
    assert_eq!(twin, "assignment.assignment_id");
    let twice = Assignment { subjects: vec![subject(1, 1); 2], ..assignment(13) };
    let twin = ground.double(move |tx| assignment::insert(tx, &twice, None, &[], None, at(1)));
    let columns = ["assignment_id", "legal_case_id", "undertaker_id"];
    assert_eq!(twin, columns.map(|column| format!("assignment_subject.{column}")).join(", "));
}

#[test]
fn a_record_is_linked_to_one_assignment_with_or_without_a_subject() {
    let ground = Ground::laid();
    let link = |document: u8, subject| RecordLink {
        document: id(document),
        assignment: id(2),
        subject,
        linked_by: id(3),
        linked_at: at(BIG),
    };
    let all = [link(1, Some(subject(2, 1))), link(2, None)];
    assert_eq!(ground.read(|tx| record_link::find(tx, id(1))), None);
    ground.save(&all, record_link::insert);
    ground.holds(&all, |tx, row| record_link::find(tx, row.document));
    let again = ground.double(move |tx| record_link::insert(tx, &link(1, None)));
    assert_eq!(again, "record_link.document_id");
}
