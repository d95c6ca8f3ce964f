//! The steps of a decision: propose, finalise, supersede, and what every step does.

use tingfang_core::consequence::CaseFacts;
use tingfang_core::grading::{
    DecisionAct, DecisionFacts, GradeProblem, GradingRule, RepresentationState, step,
};
use tingfang_core::id::{CaseId, DecisionId, RoundId, SubsidyLineId, UndertakerId};
use tingfang_core::people::{Role, Subject};
use tingfang_core::text::{Bilingual, Language};

use super::recompute::{Findings, recompute, rule};
use super::{Actor, entry, money, refused, telling};
use crate::db::{DbError, Tx};
use crate::planning;
use crate::problem::{FieldProblem, Problem};
use crate::store::decision::{self, Representation};
use crate::store::round::RoundState;
use crate::store::{legal_case, person, round};

/// A step of a decision.
pub struct Step {
    /// The decision after it.
    pub decision: decision::Kept,
    /// The round.
    pub round: round::Kept,
}

/// Proposes a grade from what is sealed, or proposes anew.
///
/// # Errors
/// [`Problem::Refused`] with everything that stands in the way of a grade.
pub fn propose(
    tx: &Tx,
    round_id: RoundId,
    case: CaseId,
    undertaker: UndertakerId,
    fresh: DecisionId,
    actor: Actor,
) -> Result<Step, Problem> {
    let held = round::find(tx, round_id)?.ok_or(Problem::NotFound { what: "round" })?;
    not_barred(tx, case, actor)?;
    if held.state == RoundState::Closed {
        return Err(Problem::field("state", "round_closed"));
    }
    let findings = Findings::now(tx, &held, Subject { case, undertaker })?;
    let computed = recompute(tx, &held, case, undertaker, None, &findings)?;
    let outcome = computed.outcome.map_err(in_the_way)?;
    let before = decision::newest(tx, round_id, case, undertaker)?;
    let superseded = before.as_ref().is_some_and(|kept| kept.state.code() == "superseded");
    let from = before.as_ref().filter(|_| !superseded).map(|kept| kept.state);
    let rule = rule(&held)?;
    let facts = DecisionFacts::new(&outcome.stops, RepresentationState::NotOpened, &rule);
    let state = step(from, DecisionAct::Propose, Role::Manager, &facts).map_err(|error| refused(&error))?;
    let mut representation = before
        .as_ref()
        .filter(|_| !superseded)
        .map_or_else(Representation::default, |kept| kept.representation.clone());
    // What the undertaker said to the grade as it was proposed before stays on record.
    representation.begin_anew();
    let made = decision::Kept {
        id: before.as_ref().filter(|_| !superseded).map_or(fresh, |kept| kept.id),
        round: round_id,
        case,
        undertaker,
        number: before.as_ref().map_or(1, |kept| kept.number + u32::from(superseded)),
        state,
        outcome,
        evidence: computed.evidence,
        evidence_position: computed.evidence_position,
        representation,
        case_facts: case_facts(tx, case)?,
        decided_at: actor.at,
    };
    if made.id == fresh {
        decision::insert(tx, &made)?;
    } else {
        decision::advance(tx, &made)?;
    }
    entry::step(tx, &held, &made, DecisionAct::Propose, None, actor)?;
    telling::tell(tx, &held, &made)?;
    Ok(Step { decision: made, round: held })
}

/// Makes a grade final and writes its subsidy line.
///
/// # Errors
/// [`Problem::Refused`] when something stops it.
pub fn finalise(tx: &Tx, id: DecisionId, line: SubsidyLineId, actor: Actor) -> Result<Step, Problem> {
    let done = advance(tx, id, DecisionAct::Finalise, Role::Director, actor, None, |_, _| {})?;
    money::pay(tx, &done.round, &done.decision, line, actor)?;
    telling::tell(tx, &done.round, &done.decision)?;
    Ok(done)
}

/// Takes a final grade back: a newer decision will stand in its place. Its lines are reversed.
///
/// # Errors
/// [`Problem::Refused`] when it is not final.
pub fn supersede(
    tx: &Tx,
    id: DecisionId,
    reason: &str,
    mint: impl FnMut() -> SubsidyLineId,
    actor: Actor,
) -> Result<Step, Problem> {
    let done = advance(tx, id, DecisionAct::Supersede, Role::Director, actor, Some(reason), |_, _| {})?;
    money::reverse(tx, &done.round, &done.decision, mint, actor)?;
    telling::tell(tx, &done.round, &done.decision)?;
    Ok(done)
}

/// Looks at a grade anew: what people found out since it was proposed counts at once, records that
/// came since do not.
pub(super) fn refresh(tx: &Tx, held: &round::Kept, kept: &mut decision::Kept) -> Result<(), Problem> {
    let subject = Subject { case: kept.case, undertaker: kept.undertaker };
    let findings = Findings::now(tx, held, subject)?;
    let until = Some(kept.evidence_position);
    let now = recompute(tx, held, kept.case, kept.undertaker, until, &findings)?;
    kept.outcome = now.outcome.map_err(in_the_way)?;
    Ok(())
}

pub(super) fn advance(
    tx: &Tx,
    id: DecisionId,
    act: DecisionAct,
    role: Role,
    actor: Actor,
    reason: Option<&str>,
    change: impl FnOnce(&mut decision::Kept, &GradingRule),
) -> Result<Step, Problem> {
    let mut kept = decision::find(tx, id)?.ok_or(Problem::NotFound { what: "grade" })?;
    let held = round::find(tx, kept.round)?.ok_or(Problem::NotFound { what: "round" })?;
    not_barred(tx, kept.case, actor)?;
    let rule = rule(&held)?;
    if act != DecisionAct::Supersede {
        refresh(tx, &held, &mut kept)?;
        kept.case_facts = case_facts(tx, kept.case)?;
    }
    let over = kept.representation.due_at.is_some_and(|due_at| due_at < actor.at);
    if over && kept.representation.state == RepresentationState::Open {
        kept.representation.state = RepresentationState::Closed;
    }
    let facts = DecisionFacts::new(&kept.outcome.stops, kept.representation.state, &rule);
    kept.state = step(Some(kept.state), act, role, &facts).map_err(|error| refused(&error))?;
    kept.decided_at = actor.at;
    change(&mut kept, &rule);
    decision::advance(tx, &kept)?;
    entry::step(tx, &held, &kept, act, reason, actor)?;
    telling::tell(tx, &held, &kept)?;
    Ok(Step { decision: kept, round: held })
}

/// Relation wins over role: who is tied to the case decides nothing in it.
///
/// # Errors
/// [`Problem::Refused`] with each rule that stands against it.
pub fn not_barred(tx: &Tx, case: CaseId, actor: Actor) -> Result<(), Problem> {
    let Some(who) = person::find(tx, actor.person)? else { return Ok(()) };
    let refusals = planning::avoidance(tx, &who, &[case])?;
    if refusals.is_empty() {
        return Ok(());
    }
    Err(Problem::Refused(refusals.into_iter().map(|refusal| FieldProblem::gate("actor", refusal)).collect()))
}

/// What of a case its subsidy depends on. Corrections count until the grade is final.
fn case_facts(tx: &Tx, case: CaseId) -> Result<CaseFacts, DbError> {
    let found = legal_case::find(tx, case)?
        .ok_or_else(|| DbError::Damaged("the case of a decision is not there".to_owned()))?;
    Ok(CaseFacts { kind: found.kind, stage: found.stage, closed_on: found.closed_on })
}

/// Everything that stands in the way of a grade, field by field.
fn in_the_way(problems: Vec<GradeProblem>) -> Problem {
    Problem::Refused(
        problems
            .iter()
            .map(|problem| {
                let place = problem.item.as_ref().map_or("sheets", |item| item.as_str());
                let text = Bilingual { zh: problem.text(Language::Zh), en: problem.text(Language::En) };
                FieldProblem::said(place, problem.code.code(), text)
            })
            .collect(),
    )
}
