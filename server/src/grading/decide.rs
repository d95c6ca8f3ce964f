//! The steps of a decision: propose, tell the undertaker, answer, finalise, supersede.

use serde_json::json;
use tingfang_core::grading::{
    DecisionAct, DecisionFacts, GradeProblem, GradingRule, RepresentationState, step,
};
use tingfang_core::id::{CaseId, DecisionId, RoundId, SubsidyLineId, UndertakerId};
use tingfang_core::people::{Role, Subject};
use tingfang_core::text::{Bilingual, Language};

use super::recompute::{Findings, recompute, subsidy};
use super::{Actor, entry, refused};
use crate::db::{DbError, Tx};
use crate::planning;
use crate::problem::{FieldProblem, Problem};
use crate::store::decision::{self, Representation};
use crate::store::round::RoundState;
use crate::store::{ledger, person, round, subsidy_line};

/// A working day, seven of which make a week with two days off: five days are a week.
const DAY_MILLIS: i64 = 86_400_000;

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
        representation: Representation::default(),
        decided_at: actor.at,
    };
    if made.id == fresh {
        decision::insert(tx, &made)?;
    } else {
        decision::advance(tx, &made)?;
    }
    enter(tx, &made, DecisionAct::Propose, actor, None)?;
    Ok(Step { decision: made, round: held })
}

/// Tells the undertaker, who may answer until the rule's time is over.
///
/// # Errors
/// [`Problem::Refused`] when the step is not the next one.
pub fn tell_undertaker(tx: &Tx, id: DecisionId, actor: Actor) -> Result<Step, Problem> {
    advance(tx, id, DecisionAct::OpenRepresentation, Role::Manager, actor, None, |kept, rule| {
        let days = i64::from(rule.representation_working_days);
        let with_weekends = days + days / 5 * 2;
        kept.representation = Representation {
            state: RepresentationState::Open,
            due_at: Some(actor.at.plus_millis(with_weekends * DAY_MILLIS)),
            statement: None,
            answer: None,
        };
    })
}

/// Keeps what the undertaker said and what the centre answers, which closes the representation.
///
/// # Errors
/// [`Problem::Refused`] when no representation is open.
pub fn answer_representation(
    tx: &Tx,
    id: DecisionId,
    statement: String,
    answer: String,
    actor: Actor,
) -> Result<Step, Problem> {
    let mut kept = decision::find(tx, id)?.ok_or(Problem::NotFound { what: "grade" })?;
    let held = round::find(tx, kept.round)?.ok_or(Problem::NotFound { what: "round" })?;
    if kept.representation.state != RepresentationState::Open {
        return Err(Problem::field("state", "no_representation"));
    }
    kept.representation.state = RepresentationState::Closed;
    kept.representation.statement = Some(statement);
    kept.representation.answer = Some(answer);
    decision::advance(tx, &kept)?;
    let body =
        json!({ "grade": kept.id, "act": "representation_answered", "representation": kept.representation });
    ledger::append(tx, entry::GRADE_STEP, &body, actor.person, actor.at)?;
    Ok(Step { decision: kept, round: held })
}

/// Makes a grade final and writes its subsidy line.
///
/// # Errors
/// [`Problem::Refused`] when something stops it.
pub fn finalise(tx: &Tx, id: DecisionId, line: SubsidyLineId, actor: Actor) -> Result<Step, Problem> {
    let done = advance(tx, id, DecisionAct::Finalise, Role::Director, actor, None, |_, _| {})?;
    // A rule that names nothing for this case pays nothing by itself; a person decides.
    if let Ok(amount) = subsidy(tx, &done.round, &done.decision)? {
        let fields = Amount {
            base_fen: amount.base_fen,
            factor_percent: amount.factor_percent,
            amount_fen: amount.amount_fen,
        };
        write_line(tx, &done.decision, line, fields, None, actor)?;
    }
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
    mut mint: impl FnMut() -> SubsidyLineId,
    actor: Actor,
) -> Result<Step, Problem> {
    let done = advance(tx, id, DecisionAct::Supersede, Role::Director, actor, Some(reason), |_, _| {})?;
    let lines = subsidy_line::of_decision(tx, id)?;
    for line in &lines {
        let reversed = lines.iter().any(|other| other.reverses == Some(line.id));
        if line.reverses.is_none() && !reversed {
            let fields = Amount {
                base_fen: line.base_fen,
                factor_percent: line.factor_percent,
                amount_fen: -line.amount_fen,
            };
            write_line(tx, &done.decision, mint(), fields, Some(line.id), actor)?;
        }
    }
    Ok(done)
}

struct Amount {
    base_fen: i64,
    factor_percent: i64,
    amount_fen: i64,
}

fn write_line(
    tx: &Tx,
    kept: &decision::Kept,
    id: SubsidyLineId,
    amount: Amount,
    reverses: Option<SubsidyLineId>,
    actor: Actor,
) -> Result<(), DbError> {
    let body = json!({
        "line": id, "grade": kept.id, "undertaker": kept.undertaker, "base_fen": amount.base_fen,
        "factor_percent": amount.factor_percent, "amount_fen": amount.amount_fen, "reverses": reverses,
    });
    let number = ledger::append(tx, entry::SUBSIDY_LINE, &body, actor.person, actor.at)?;
    subsidy_line::insert(
        tx,
        &subsidy_line::Kept {
            id,
            decision: kept.id,
            undertaker: kept.undertaker,
            base_fen: amount.base_fen,
            factor_percent: amount.factor_percent,
            amount_fen: amount.amount_fen,
            reverses,
            entry: number,
        },
    )
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
    enter(tx, &kept, act, actor, reason)?;
    Ok(Step { decision: kept, round: held })
}

fn enter(
    tx: &Tx,
    kept: &decision::Kept,
    act: DecisionAct,
    actor: Actor,
    reason: Option<&str>,
) -> Result<(), DbError> {
    let body = json!({
        "grade": kept.id, "round": kept.round, "case": kept.case, "undertaker": kept.undertaker,
        "number": kept.number, "act": act, "state": kept.state, "result": kept.outcome.grade,
        "score": kept.outcome.score, "basis": kept.outcome.basis.hash().to_string(), "reason": reason,
    });
    ledger::append(tx, entry::GRADE_STEP, &body, actor.person, actor.at)?;
    Ok(())
}

/// Relation wins over role: who is tied to the case decides nothing in it.
pub(super) fn not_barred(tx: &Tx, case: CaseId, actor: Actor) -> Result<(), Problem> {
    let Some(who) = person::find(tx, actor.person)? else { return Ok(()) };
    let refusals = planning::avoidance(tx, &who, &[case])?;
    if refusals.is_empty() {
        return Ok(());
    }
    Err(Problem::Refused(refusals.into_iter().map(|refusal| FieldProblem::gate("actor", refusal)).collect()))
}

fn rule(held: &round::Kept) -> Result<GradingRule, DbError> {
    GradingRule::parse("grading_rule", &held.grading_rule)
        .map_err(|_| DbError::Damaged("the grading rule of a round cannot be read".to_owned()))
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
