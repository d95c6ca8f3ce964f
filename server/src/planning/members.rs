//! Who takes part in an assignment, changed after it was made; and the end of one.
//!
//! Nothing is overwritten: a part ends at a position of the log and another begins. Whoever takes no
//! part any more loses the shared records from their phone; what they have sent stays.

use tingfang_core::case::GateRule;
use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{AssignmentId, CaseId, OrganisationId, PersonId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{Duty, Role};
use tingfang_core::sync::row_kind::RowKind;

use super::assign::{self, NewAssignment};
use super::{check, task};
use crate::case_access::is_any_secret;
use crate::db::{DbError, Tx};
use crate::files;
use crate::log;
use crate::problem::Problem;
use crate::project;
use crate::store::assignment::{self, Kept};
use crate::store::{attachment, document, hearing, role_grant};

/// Why an assignment was closed that somebody called off.
const CANCELLED: &str = "cancelled";

/// How many assignments are looked at together.
const PAGE: u32 = 100;

/// Whether a closed assignment opens again by itself when a fact is put right: only one that a rule
/// has closed does.
pub(super) fn closed_by_a_rule(kept: &Kept) -> bool {
    kept.closed_reason.as_deref().is_some_and(|reason| GateRule::from_code(reason).is_some())
}

/// Whether an assignment is open, or may be again.
fn is_still_to_be_done(kept: &Kept) -> bool {
    kept.state == TaskState::Open || closed_by_a_rule(kept)
}

/// Sets who takes part, as what. Somebody whose duty changes leaves and comes in again.
///
/// # Errors
/// What making such an assignment would say of its members; [`Problem::Invalid`] for a closed one.
pub fn set_members(tx: &Tx, id: AssignmentId, members: Vec<(PersonId, Duty)>) -> Result<Kept, Problem> {
    let kept = open(tx, id)?;
    let mut wish = NewAssignment {
        id,
        kind: kept.assignment.kind,
        organisation: kept.assignment.organisation,
        hearing: kept.assignment.hearing,
        inspected: kept.assignment.inspected,
        stage: kept.assignment.stage,
        note: kept.assignment.note.clone(),
        round: kept.round.clone(),
        subjects: kept.assignment.subjects.clone(),
        members,
        due_at: kept.assignment.due_at,
        created_by: None,
    };
    let named = assign::named(tx, &mut wish)?;
    check::fits(&wish, &named)?;
    check::people(tx, &wish)?;
    check::member_gates(tx, &wish, &named)?;
    let stays = |person: PersonId, duty: Duty| wish.members.contains(&(person, duty));
    for member in kept.assignment.members.iter().filter(|member| member.span.until.is_none()) {
        if !stays(member.person, member.duty) {
            assignment::remove_member(tx, id, member.person)?;
            if wish.members.iter().all(|(person, _)| *person != member.person) {
                take_leave(tx, &kept, member.person)?;
            }
        }
    }
    for (person, duty) in &wish.members {
        let is_there =
            kept.assignment.members.iter().any(|member| {
                (member.person, member.duty) == (*person, *duty) && member.span.until.is_none()
            });
        if !is_there {
            come_in(tx, &kept, *person, *duty)?;
        }
    }
    renewed(tx, id)
}

/// Ends somebody's part in everything about a case that is still to be done: a relation was declared.
///
/// # Errors
/// When the database fails.
pub fn avoid(tx: &Tx, case: CaseId, person: PersonId) -> Result<(), Problem> {
    let mut assignments = assignment::of_case(tx, case)?;
    for hearing in hearing::of_case(tx, case)? {
        assignments.extend(assignment::of_hearing(tx, hearing.id)?);
    }
    assignments.sort_by_key(|kept| kept.assignment.id);
    assignments.dedup_by_key(|kept| kept.assignment.id);
    for kept in &assignments {
        let Some(part) = present(kept).find(|(member, _)| *member == person) else { continue };
        if is_still_to_be_done(kept) {
            assignment::remove_member(tx, kept.assignment.id, person)?;
            take_leave(tx, kept, person)?;
            renewed(tx, kept.assignment.id)?;
        } else if !check::may_keep(tx, &kept.assignment, part)? {
            // What is over keeps its members, for it is known by them.
            take_leave(tx, kept, person)?;
        }
    }
    Ok(())
}

/// Takes a role away, and with it the part in everything of the organisation that none of the person's other roles
/// there covers. What is over keeps its members, for it is known by them; its records leave the phone too.
///
/// # Errors
/// When the database fails.
pub fn take_role(tx: &Tx, person: PersonId, organisation: OrganisationId, role: Role) -> Result<(), Problem> {
    if !role_grant::remove(tx, person, organisation, role)? {
        return Ok(());
    }
    for_each_part(tx, person, organisation, |kept, duty| {
        let kind = kept.assignment.kind;
        if check::holds_role_for(tx, person, (kind, duty), organisation)? {
            task::publish_row(tx, kept)?;
        } else if is_still_to_be_done(kept) {
            assignment::remove_member(tx, kept.assignment.id, person)?;
            take_leave(tx, kept, person)?;
            renewed(tx, kept.assignment.id)?;
        } else {
            take_leave(tx, kept, person)?;
        }
        Ok(())
    })
}

/// Gives a role, and tells the phone what its owner now is in the work that they have. False when they held it.
///
/// # Errors
/// When the database fails.
pub fn give_role(
    tx: &Tx,
    person: PersonId,
    organisation: OrganisationId,
    role: Role,
) -> Result<bool, DbError> {
    let is_new = role_grant::add(tx, person, organisation, role)?;
    if is_new {
        for_each_part(tx, person, organisation, |kept, _| {
            // What had left with a role comes back with it.
            if !is_any_secret(tx, &kept.assignment)? {
                give_records_back(tx, kept)?;
                task::publish_row(tx, kept)?;
            }
            Ok::<_, DbError>(())
        })?;
    }
    Ok(is_new)
}

/// Every assignment of an organisation that somebody takes part in now, with their duty.
fn for_each_part<E: From<DbError>>(
    tx: &Tx,
    person: PersonId,
    organisation: OrganisationId,
    mut each: impl FnMut(&Kept, Duty) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = None;
    loop {
        let page = assignment::page_of_person(tx, person, Some(&[organisation]), None, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.assignment.id);
        for kept in &page {
            if let Some((_, duty)) = present(kept).find(|(member, _)| *member == person) {
                each(kept, duty)?;
            }
        }
    }
}

/// Calls an assignment off. What was sent stays; what is written later without knowing is held.
///
/// # Errors
/// [`Problem::Invalid`] without a reason, or for one that is closed.
pub fn cancel(tx: &Tx, id: AssignmentId, reason: &str) -> Result<Kept, Problem> {
    open(tx, id)?;
    if reason.trim().is_empty() {
        return Err(Problem::field("reason", "empty"));
    }
    assignment::set_state(tx, id, TaskState::Closed, Some(CANCELLED))?;
    assignment::set_closed_note(tx, id, reason)?;
    let kept = renewed(tx, id)?;
    project::on_called_off(tx, &kept)?;
    Ok(kept)
}

/// Puts an assignment off until a later time, for instance because a member has said that it cannot be done
/// by then. Only what is not due yet is put off: what has become late or missing stays so.
///
/// # Errors
/// [`Problem::Invalid`] for one that is closed or due already, and for a time that is not later.
pub fn put_off(tx: &Tx, id: AssignmentId, until: Moment, now: Moment) -> Result<Kept, Problem> {
    let kept = open(tx, id)?;
    let due_at = kept.assignment.due_at;
    if due_at.is_some_and(|due_at| due_at <= now) {
        return Err(Problem::field("state", "due_already"));
    }
    if until <= due_at.unwrap_or(now) {
        return Err(Problem::field("due_at", "not_later"));
    }
    assignment::set_due(tx, id, until)?;
    renewed(tx, id)
}

/// The records of a case that turned out secret leave the phones of those who take part, who stay known as such;
/// so does the evidence that they were to score by.
pub(super) fn take_records_back(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    present(kept).try_for_each(|(person, _)| take_leave(tx, kept, person))
}

/// They come again to those who take part and may have them, when what stood against it is gone.
pub(super) fn give_records_back(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    let position = log::next_position(tx)?;
    for part in present(kept) {
        if check::may_keep(tx, &kept.assignment, part)? {
            hand_out(tx, kept, part, position)?;
        }
    }
    Ok(())
}

/// Who takes part now, as what.
fn present(kept: &Kept) -> impl Iterator<Item = (PersonId, Duty)> {
    let members = kept.assignment.members.iter().filter(|member| member.span.until.is_none());
    members.map(|member| (member.person, member.duty))
}

fn open(tx: &Tx, id: AssignmentId) -> Result<Kept, Problem> {
    let kept = assignment::find(tx, id)?.ok_or(Problem::NotFound { what: "assignment" })?;
    if kept.state == TaskState::Closed {
        return Err(Problem::field("state", "assignment_closed"));
    }
    Ok(kept)
}

/// The assignment as it is now, its task published to everybody who takes part.
fn renewed(tx: &Tx, id: AssignmentId) -> Result<Kept, Problem> {
    let kept = assignment::find(tx, id)?.ok_or(Problem::NotFound { what: "assignment" })?;
    task::publish(tx, &kept)?;
    Ok(kept)
}

fn come_in(tx: &Tx, kept: &Kept, person: PersonId, duty: Duty) -> Result<(), DbError> {
    let position = assignment::add_member(tx, kept.assignment.id, person, duty)?;
    hand_out(tx, kept, (person, duty), position)
}

/// Gives a member the records of an assignment that they do not have.
fn hand_out(
    tx: &Tx,
    kept: &Kept,
    (person, duty): (PersonId, Duty),
    position: LogPosition,
) -> Result<(), DbError> {
    for record in document::of_assignment(tx, kept.assignment.id)? {
        let reads = match record.writer {
            None => duty.shares(),
            Some(writer) => writer == person || record.is_confirmable_by(person),
        };
        if reads && !document::is_reader(tx, record.id, person)? {
            document::add_reader(tx, record.id, person, position)?;
            for file in attachment::of_document(tx, record.id)? {
                files::publish_stored(tx, file, &[])?;
            }
        }
    }
    Ok(())
}

/// Records leave the phone of whoever takes no part any more, and the task is closed there.
fn take_leave(tx: &Tx, kept: &Kept, person: PersonId) -> Result<(), DbError> {
    let id = kept.assignment.id;
    let position = log::next_position(tx)?;
    document::remove_reader_of_assignment(tx, id, person, position)?;
    task::publish_gone(tx, kept, person)?;
    project::withdraw_evidence(tx, kept, person)?;
    if kept.assignment.kind.reaches_the_recipient() {
        let nobody = serde_json::Value::Array(Vec::new());
        log::publish(tx, person, RowKind::Recipients, &id.to_string(), &nobody)?;
    }
    Ok(())
}
