//! 复评 re-review by others, and 实地核实 the check on the spot.
//!
//! A difference of more than one step, or an intended *unqualified*, goes to people who took no
//! part in the first review; an *unqualified* that they confirm stands only after somebody went
//! and looked (domain 2.4, 7.5).

use jiff::civil::Date;
use tingfang_core::grading::{DecisionAct, DecisionState};
use tingfang_core::id::{DecisionId, PersonId, RoundId, SpotCheckId};
use tingfang_core::people::{AssignmentKind, Role, Subject};

use super::decide::{Step, advance, not_barred, refresh};
use super::{Actor, entry};
use crate::db::{DbError, Tx};
use crate::planning;
use crate::problem::{FieldProblem, Problem};
use crate::store::{assignment, decision, person, round, spot_check};

/// A check on the spot that somebody reports.
#[derive(Clone, Debug)]
pub struct NewSpotCheck {
    /// Its id, freshly minted.
    pub id: SpotCheckId,
    /// Who went.
    pub checked_by: PersonId,
    /// On which day.
    pub checked_on: Date,
    /// Where.
    pub place: String,
    /// What was found.
    pub finding: String,
}

/// Hands a proposed grade to others.
///
/// # Errors
/// [`Problem::Refused`] when the step is not the next one.
pub fn send_to_re_review(tx: &Tx, id: DecisionId, actor: Actor) -> Result<Step, Problem> {
    advance(tx, id, DecisionAct::SendToReReview, Role::Manager, actor, None, |_, _| {})
}

/// Those of the subjects whose grade waits for a re-review.
///
/// # Errors
/// When the data layer fails.
pub(super) fn awaiting(tx: &Tx, round: RoundId, subjects: &[Subject]) -> Result<Vec<Subject>, DbError> {
    let mut waiting = Vec::new();
    for subject in subjects {
        let newest = decision::newest(tx, round, subject.case, subject.undertaker)?;
        if newest.is_some_and(|kept| kept.state == DecisionState::ReReview) {
            waiting.push(*subject);
        }
    }
    Ok(waiting)
}

/// Whether the people may review these subjects again: nobody who took part in the first review may.
///
/// # Errors
/// [`Problem::Invalid`] naming everybody who may not.
pub(super) fn are_others(
    tx: &Tx,
    round: RoundId,
    subjects: &[Subject],
    people: &[PersonId],
) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    let first = first_assessors(tx, round, subjects)?;
    for (index, person) in people.iter().enumerate() {
        if first.contains(person) {
            wrong.push(FieldProblem::new(format!("people[{index}]"), "took_part"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Problem::Invalid(wrong)) }
}

/// Keeps a check on the spot and looks at the grade anew.
///
/// # Errors
/// [`Problem::Invalid`] for fields that do not fit, [`Problem::Refused`] when the grade is final or
/// who went or who enters it is tied to the case.
pub fn check_on_the_spot(
    tx: &Tx,
    id: DecisionId,
    check: NewSpotCheck,
    actor: Actor,
) -> Result<Step, Problem> {
    let mut kept = decision::find(tx, id)?.ok_or(Problem::NotFound { what: "grade" })?;
    let held = round::find(tx, kept.round)?.ok_or(Problem::NotFound { what: "round" })?;
    not_barred(tx, kept.case, actor)?;
    if matches!(kept.state, DecisionState::Final | DecisionState::Superseded) {
        return Err(Problem::field("state", "grade_is_final"));
    }
    let subject = Subject { case: kept.case, undertaker: kept.undertaker };
    may_check(tx, held.id, subject, &check, actor)?;
    let row = spot_check::Kept {
        id: check.id,
        round: held.id,
        case: subject.case,
        undertaker: subject.undertaker,
        checked_by: check.checked_by,
        checked_on: check.checked_on,
        place: check.place,
        finding: check.finding,
        entered_by: actor.person,
        entered_at: actor.at,
    };
    spot_check::insert(tx, &row)?;
    refresh(tx, &held, &mut kept)?;
    decision::advance(tx, &kept)?;
    entry::spot_check(tx, &held, &kept, &row, actor)?;
    Ok(Step { decision: kept, round: held })
}

fn may_check(
    tx: &Tx,
    round: RoundId,
    subject: Subject,
    check: &NewSpotCheck,
    actor: Actor,
) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    for (field, text) in [("place", &check.place), ("finding", &check.finding)] {
        if text.trim().is_empty() {
            wrong.push(FieldProblem::new(field, "empty"));
        }
    }
    if check.checked_on > actor.at.in_china().date() {
        wrong.push(FieldProblem::new("checked_on", "in_the_future"));
    }
    let who = person::find(tx, check.checked_by)?;
    if who.is_none() {
        wrong.push(FieldProblem::new("checked_by", "no_such_person"));
    }
    if first_assessors(tx, round, &[subject])?.contains(&check.checked_by) {
        wrong.push(FieldProblem::new("checked_by", "took_part"));
    }
    let (Some(who), true) = (who, wrong.is_empty()) else { return Err(Problem::Invalid(wrong)) };
    let refusals = planning::avoidance(tx, &who, &[subject.case])?;
    if refusals.is_empty() {
        return Ok(());
    }
    let refused = refusals.into_iter().map(|refusal| FieldProblem::gate("checked_by", refusal));
    Err(Problem::Refused(refused.collect()))
}

/// Everybody who was ever assigned the first review of one of the subjects.
fn first_assessors(tx: &Tx, round: RoundId, subjects: &[Subject]) -> Result<Vec<PersonId>, DbError> {
    let of_round = assignment::of_round(tx, round)?;
    let first = of_round.iter().filter(|kept| {
        kept.assignment.kind == AssignmentKind::Assessment
            && subjects.iter().any(|subject| kept.assignment.covers(*subject))
    });
    Ok(first.flat_map(|kept| &kept.assignment.members).map(|member| member.person).collect())
}
