//! 申辩 the undertaker is told and heard before a grade becomes final.

use tingfang_core::grading::{DecisionAct, DecisionState, RepresentationState};
use tingfang_core::id::DecisionId;
use tingfang_core::people::Role;

use super::decide::{Step, advance, not_barred};
use super::{Actor, entry};
use crate::db::Tx;
use crate::problem::Problem;
use crate::store::{decision, round};

/// A working day, seven of which make a week with two days off: five days are a week.
const DAY_MILLIS: i64 = 86_400_000;

/// Tells the undertaker, who may answer until the rule's time is over.
///
/// # Errors
/// [`Problem::Refused`] when the step is not the next one.
pub fn tell_undertaker(tx: &Tx, id: DecisionId, actor: Actor) -> Result<Step, Problem> {
    advance(tx, id, DecisionAct::OpenRepresentation, Role::Manager, actor, None, |kept, rule| {
        let days = i64::from(rule.representation_working_days);
        let with_weekends = days + days / 5 * 2;
        kept.representation.begin_anew();
        kept.representation.state = RepresentationState::Open;
        kept.representation.due_at = Some(actor.at.plus_millis(with_weekends * DAY_MILLIS));
    })
}

/// Keeps what the undertaker said and what the centre answers, which closes the representation.
///
/// # Errors
/// [`Problem::Refused`] when the person is tied to the case, [`Problem::Invalid`] when no
/// representation is open.
pub fn answer_representation(
    tx: &Tx,
    id: DecisionId,
    statement: String,
    answer: String,
    actor: Actor,
) -> Result<Step, Problem> {
    let mut kept = decision::find(tx, id)?.ok_or(Problem::NotFound { what: "grade" })?;
    let held = round::find(tx, kept.round)?.ok_or(Problem::NotFound { what: "round" })?;
    not_barred(tx, kept.case, actor)?;
    let open =
        kept.state == DecisionState::Representation && kept.representation.state == RepresentationState::Open;
    if !open {
        return Err(Problem::field("state", "no_representation"));
    }
    kept.representation.state = RepresentationState::Closed;
    kept.representation.statement = Some(statement);
    kept.representation.answer = Some(answer);
    decision::advance(tx, &kept)?;
    entry::representation_answered(tx, &held, &kept, actor)?;
    Ok(Step { decision: kept, round: held })
}
