//! 申辩 the undertaker is told and heard before a grade becomes final.

use tingfang_core::grading::{DecisionAct, DecisionState, RepresentationState};
use tingfang_core::id::{DecisionId, DocumentId};
use tingfang_core::people::Role;
use tingfang_core::record::Record;
use tingfang_core::record::response::ResponseKind;

use super::decide::{Step, advance, not_barred};
use super::{Actor, entry, telling};
use crate::db::{DbError, Tx};
use crate::problem::Problem;
use crate::project;
use crate::store::{decision, document, round};

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

/// What the undertaker said.
#[derive(Clone, Debug)]
pub enum Statement {
    /// In a sealed response, the undertaker's own or the provider's.
    Sealed(DocumentId),
    /// By word of mouth or on paper; a manager has taken it down.
    TakenDown(String),
}

/// Keeps what the undertaker said and what the centre answers, which closes the representation.
///
/// # Errors
/// [`Problem::Refused`] when the person is tied to the case, [`Problem::Invalid`] when no
/// representation is open, or the response is none on this work.
pub fn answer_representation(
    tx: &Tx,
    id: DecisionId,
    statement: Statement,
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
    let (statement, response) = match statement {
        Statement::TakenDown(statement) => (statement, None),
        Statement::Sealed(response) => (said_in(tx, response, &kept)?, Some(response)),
    };
    kept.representation.state = RepresentationState::Closed;
    kept.representation.statement = Some(statement);
    kept.representation.response = response;
    kept.representation.answer = Some(answer);
    decision::advance(tx, &kept)?;
    entry::representation_answered(tx, &held, &kept, actor)?;
    telling::tell(tx, &held, &kept)?;
    Ok(Step { decision: kept, round: held })
}

/// What a sealed response says against the grade of this work: one that was sealed since the grade was
/// proposed, that no amendment has replaced, and that was not answered before.
fn said_in(tx: &Tx, id: DocumentId, kept: &decision::Kept) -> Result<String, Problem> {
    let not_one = || Problem::field("response", "not_a_representation");
    let since = |row: &document::Kept| row.sealed_position.is_some_and(|at| at > kept.evidence_position);
    let row = document::find(tx, id)?.filter(since).ok_or_else(not_one)?;
    let assignment = row.assignment.ok_or_else(not_one)?;
    let replaced = document::of_assignment(tx, assignment)?
        .iter()
        .any(|other| other.amends == Some(id) && other.sealed_position.is_some());
    let answered = kept.representation.earlier.iter().any(|earlier| earlier.response == Some(id));
    if replaced || answered {
        return Err(not_one());
    }
    statement_of(tx, &row, kept)?.ok_or_else(not_one)
}

/// What a sealed record says when it is a representation on this work.
///
/// # Errors
/// When the data layer fails or the record is damaged.
pub(crate) fn statement_of(
    tx: &Tx,
    row: &document::Kept,
    kept: &decision::Kept,
) -> Result<Option<String>, DbError> {
    let sealed = project::sealed_record(tx, row, None)?;
    Ok(match sealed.map(|sealed| sealed.record) {
        Some(Record::Response(response))
            if response.facts.answers == Some(ResponseKind::Representation)
                && response.subject.case == Some(kept.case)
                && response.subject.undertaker == Some(kept.undertaker) =>
        {
            Some(response.statement.0)
        }
        _ => None,
    })
}
