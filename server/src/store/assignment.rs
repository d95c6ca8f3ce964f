//! Assignments with their subjects and members.

use tingfang_core::clock::{LogPosition, Moment, Span};
use tingfang_core::id::{AssignmentId, CaseId, HearingId, OrganisationId, PersonId, RoundId};
use tingfang_core::people::task::{TaskRound, TaskState};
use tingfang_core::people::{Assignment, AssignmentKind, Duty, Member, Subject, VisitStage};

use super::filter::Filter;
use super::legal_case::json;
use crate::db::{DbError, Row, Tx};
use crate::{log, params};

/// An assignment as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The assignment.
    pub assignment: Assignment,
    /// What members need to know of its round, frozen with it.
    pub round: Option<TaskRound>,
    /// Whether it is still to be done.
    pub state: TaskState,
    /// Why it was closed before it was done: the rule that refuses the hearing now.
    pub closed_reason: Option<String>,
    /// The same in words, when somebody called it off.
    pub closed_note: Option<String>,
    /// Since when it is closed.
    pub closed_position: Option<LogPosition>,
}

/// Who is to take part, as what.
pub type NewMember = (PersonId, Duty);

const SELECT: &str =
    "select assignment_id, kind, organisation_id, hearing_id, round_id, round, due_at, state,
    closed_reason, closed_note, closed_seq, inspected_id, stage, note from assignment";

/// Adds an assignment; its members take part from the position that this takes in the log.
pub fn insert(
    tx: &Tx,
    assignment: &Assignment,
    round: Option<&TaskRound>,
    members: &[NewMember],
    created_by: Option<PersonId>,
    now: Moment,
) -> Result<LogPosition, DbError> {
    let position = log::next_position(tx)?;
    tx.execute(
        "insert into assignment
             (assignment_id, kind, organisation_id, hearing_id, round_id, round, due_at, state, added_seq,
              created_at, created_by, inspected_id, stage, note)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            assignment.id,
            assignment.kind.code(),
            assignment.organisation,
            assignment.hearing,
            assignment.round,
            round.map(json).transpose()?,
            assignment.due_at,
            TaskState::Open.code(),
            position,
            now,
            created_by,
            assignment.inspected,
            assignment.stage.map(VisitStage::code),
            assignment.note.as_deref(),
        ],
    )?;
    for (place, subject) in assignment.subjects.iter().enumerate() {
        tx.execute(
            "insert into assignment_subject (assignment_id, legal_case_id, undertaker_id, place)
             values (?1, ?2, ?3, ?4)",
            params![assignment.id, subject.case, subject.undertaker, place],
        )?;
    }
    for (person, duty) in members {
        tx.execute(
            "insert into assignment_member (assignment_id, person_id, duty, added_seq) values (?1, ?2, ?3, ?4)",
            params![assignment.id, *person, duty.code(), position],
        )?;
    }
    Ok(position)
}

/// Lets somebody take part from now on.
pub fn add_member(tx: &Tx, id: AssignmentId, person: PersonId, duty: Duty) -> Result<LogPosition, DbError> {
    let position = log::next_position(tx)?;
    tx.execute(
        "insert into assignment_member (assignment_id, person_id, duty, added_seq) values (?1, ?2, ?3, ?4)",
        params![id, person, duty.code(), position],
    )?;
    Ok(position)
}

/// Ends the part of a member from now on. False when the person takes no part.
pub fn remove_member(tx: &Tx, id: AssignmentId, person: PersonId) -> Result<bool, DbError> {
    let position = log::next_position(tx)?;
    let ended = tx.execute(
        "update assignment_member set removed_seq = ?3
         where assignment_id = ?1 and person_id = ?2 and removed_seq is null",
        params![id, person, position],
    )?;
    Ok(ended > 0)
}

/// Opens or closes an assignment.
pub fn set_state(
    tx: &Tx,
    id: AssignmentId,
    state: TaskState,
    closed_reason: Option<&str>,
) -> Result<(), DbError> {
    let position = log::next_position(tx)?;
    let closed = (state == TaskState::Closed).then_some(position);
    tx.execute(
        "update assignment set state = ?2, closed_reason = ?3, closed_seq = ?4 where assignment_id = ?1",
        params![id, state.code(), closed_reason, closed],
    )?;
    Ok(())
}

/// Says anew when an assignment should be done.
pub fn set_due(tx: &Tx, id: AssignmentId, due_at: Moment) -> Result<(), DbError> {
    tx.execute("update assignment set due_at = ?2 where assignment_id = ?1", params![id, due_at])?;
    Ok(())
}

/// Keeps in words why an assignment was called off.
pub fn set_closed_note(tx: &Tx, id: AssignmentId, note: &str) -> Result<(), DbError> {
    tx.execute("update assignment set closed_note = ?2 where assignment_id = ?1", params![id, note])?;
    Ok(())
}

/// The assignment with this id.
pub fn find(tx: &Tx, id: AssignmentId) -> Result<Option<Kept>, DbError> {
    let found = tx.query_one(&format!("{SELECT} where assignment_id = ?1"), params![id], read)?;
    Ok(with_parts(tx, found.into_iter().collect())?.pop())
}

/// Every assignment of a hearing.
pub fn of_hearing(tx: &Tx, hearing: HearingId) -> Result<Vec<Kept>, DbError> {
    let sql = format!("{SELECT} where hearing_id = ?1 order by assignment_id");
    with_parts(tx, tx.query(&sql, params![hearing], read)?)
}

/// Every assignment with this case among its subjects.
pub fn of_case(tx: &Tx, case: CaseId) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "{SELECT} where assignment_id in
             (select assignment_id from assignment_subject where legal_case_id = ?1)
         order by assignment_id"
    );
    with_parts(tx, tx.query(&sql, params![case], read)?)
}

/// Every assignment of a round.
pub fn of_round(tx: &Tx, round: RoundId) -> Result<Vec<Kept>, DbError> {
    let sql = format!("{SELECT} where round_id = ?1 order by assignment_id");
    with_parts(tx, tx.query(&sql, params![round], read)?)
}

/// One page of the assignments in which the person takes part now, the oldest first.
pub fn page_of_person(
    tx: &Tx,
    person: PersonId,
    organisations: Option<&[OrganisationId]>,
    state: Option<TaskState>,
    after: Option<AssignmentId>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    let place = filter.place(person);
    filter.condition(format!(
        "assignment_id in (select assignment_id from assignment_member
             where person_id = {place} and removed_seq is null)"
    ));
    if let Some(organisations) = organisations {
        filter.one_of("organisation_id", organisations.iter().copied());
    }
    filter.equals("state", state.map(TaskState::code));
    filter.compare("assignment_id", ">", after);
    let sql = filter.select(SELECT, "assignment_id", limit);
    with_parts(tx, tx.query(&sql, filter.values(), read)?)
}

/// One page of assignments, the oldest first.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    kind: Option<AssignmentKind>,
    state: Option<TaskState>,
    after: Option<AssignmentId>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.one_of("organisation_id", organisations.iter().copied());
    filter.equals("kind", kind.map(AssignmentKind::code));
    filter.equals("state", state.map(TaskState::code));
    filter.compare("assignment_id", ">", after);
    let sql = filter.select(SELECT, "assignment_id", limit);
    with_parts(tx, tx.query(&sql, filter.values(), read)?)
}

/// Open assignments that were due, and of which nothing is sealed, the longest overdue first.
pub fn overdue(
    tx: &Tx,
    organisations: &[OrganisationId],
    now: Moment,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.one_of("organisation_id", organisations.iter().copied());
    filter.equals("state", Some(TaskState::Open.code()));
    filter.compare("due_at", "<", Some(now));
    filter.condition(
        "assignment_id not in (select assignment_id from document
             where assignment_id is not null and sealed_seq is not null)"
            .to_owned(),
    );
    let sql = filter.select(SELECT, "due_at, assignment_id", limit);
    with_parts(tx, tx.query(&sql, filter.values(), read)?)
}

fn with_parts(tx: &Tx, mut found: Vec<Kept>) -> Result<Vec<Kept>, DbError> {
    for Kept { assignment, .. } in &mut found {
        assignment.subjects = tx.query(
            "select legal_case_id, undertaker_id from assignment_subject where assignment_id = ?1 order by place",
            params![assignment.id],
            |row| Ok(Subject { case: row.get("legal_case_id")?, undertaker: row.get("undertaker_id")? }),
        )?;
        assignment.members = tx.query(
            "select person_id, duty, added_seq, removed_seq from assignment_member
             where assignment_id = ?1 order by added_seq, duty, person_id",
            params![assignment.id],
            |row| {
                Ok(Member {
                    person: row.get("person_id")?,
                    duty: row.code("duty", Duty::from_code)?,
                    span: Span { from: row.get("added_seq")?, until: row.get("removed_seq")? },
                })
            },
        )?;
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        assignment: Assignment {
            id: row.get("assignment_id")?,
            kind: row.code("kind", AssignmentKind::from_code)?,
            organisation: row.get("organisation_id")?,
            hearing: row.get("hearing_id")?,
            round: row.get("round_id")?,
            inspected: row.get("inspected_id")?,
            stage: row.code_or_null("stage", VisitStage::from_code)?,
            note: row.get("note")?,
            subjects: Vec::new(),
            members: Vec::new(),
            due_at: row.get("due_at")?,
        },
        round: row.json_or_null("round")?,
        state: row.code("state", TaskState::from_code)?,
        closed_reason: row.get("closed_reason")?,
        closed_note: row.get("closed_note")?,
        closed_position: row.get("closed_seq")?,
    })
}
