//! The entries of the ledger: what each says, and which rows it proves.
//!
//! A body is a JSON object for people; ids, codes and hashes stand in it, texts do not. Under
//! `rows` it names every row that the step wrote with a hash over all its columns
//! ([`crate::store::proved`]), so that `verify` finds each row and no other as it was entered.
//!
//! | kind | body beside `rows` |
//! |---|---|
//! | `round` | `round`, `rubric`, `sheet_rubric`, `grading_rule`, `subsidy_rule` (content hashes), `cases` (how many) |
//! | `round_closed`, `round_reopened` | `round`, `reason` |
//! | `grade_step` | `grade`, `round`, `case`, `undertaker`, `number`, `act`, `state`, `result`, `score`, `basis`, `reason`; `subsidy_problem` where a final grade is paid nothing by itself |
//! | `representation_answered` | `grade` |
//! | `spot_check` | `grade`, `check`, `checked_by`, `checked_on` |
//! | `veto_ruling` | `case`, `undertaker`, `veto`, `ruling`, `code`, `state` |
//! | `report_check` | `record`, `check`, `state` |
//! | `held_decision` | `decision`, `item`, `record`, `outcome` |
//! | `carried_over` | `record`, `device`, `stand_in` |
//! | `record_erased` | `record`, `order`; `until` and `leftovers`: the digest over what is left in the frames up to that one |
//! | `bulletin` | `round`, `bulletin`: all that is published, with its texts: it is public |
//! | `subsidy_line` | `line`, `grade`, `undertaker`, `base_fen`, `factor_percent`, `amount_fen`, `reverses` |

use serde_json::json;
use tingfang_core::consequence::subsidy::SubsidyRule;
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::grading::{DecisionAct, DecisionState, GradingRule};
use tingfang_core::id::{DocumentId, OrganisationId};

use super::{Actor, money};
use crate::db::{DbError, Tx, Value};
use crate::store::erasure::Leftovers;
use crate::store::ledger::{self, NewEntry};
use crate::store::proved::{self, Proved};
use crate::store::stand_in::StandIn;
use crate::store::{decision, form, held_decision, report_check, round, spot_check, subsidy_line, veto};

/// A round was begun.
pub(super) fn round_begun(tx: &Tx, held: &round::Kept, cases: usize, actor: Actor) -> Result<(), DbError> {
    let hash = |hash: Option<String>| hash.ok_or_else(|| DbError::Damaged("a rule that was read".to_owned()));
    let grading_rule = GradingRule::parse("grading_rule", &held.grading_rule).ok();
    let subsidy_rule = SubsidyRule::parse("subsidy_rule", &held.subsidy_rule).ok();
    let body = json!({
        "round": held.id, "rubric": held.rubric_hash, "sheet_rubric": held.sheet_rubric_hash,
        "grading_rule": hash(grading_rule.map(|rule| rule.hash().to_string()))?,
        "subsidy_rule": hash(subsidy_rule.map(|rule| rule.hash().to_string()))?, "cases": cases,
    });
    let rows = vec![
        (proved::RUBRIC, Value::from(&held.rubric_hash)),
        (proved::RUBRIC, Value::from(&held.sheet_rubric_hash)),
        (proved::ROUND, held.id.into()),
        (proved::ROUND_FORM, held.id.into()),
        (proved::ROUND_CASE, held.id.into()),
    ];
    let forms = form::hashes(tx, held.id)?;
    let rows = forms.into_iter().map(|hash| (proved::FORM, hash.into())).chain(rows).collect();
    append(tx, "round", held.organisation, body, rows, actor)
}

/// A round was closed, or opened again.
pub(super) fn round_state(
    tx: &Tx,
    held: &round::Kept,
    reason: Option<&str>,
    actor: Actor,
) -> Result<(), DbError> {
    let kind = match held.state {
        round::RoundState::Closed => "round_closed",
        round::RoundState::Open => "round_reopened",
    };
    let body = json!({ "round": held.id, "reason": reason });
    append(tx, kind, held.organisation, body, vec![(proved::ROUND, held.id.into())], actor)
}

/// A step of a decision was taken.
pub(super) fn step(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    act: DecisionAct,
    reason: Option<&str>,
    actor: Actor,
) -> Result<(), DbError> {
    let mut body = json!({
        "grade": kept.id, "round": kept.round, "case": kept.case, "undertaker": kept.undertaker,
        "number": kept.number, "act": act, "state": kept.state, "result": kept.outcome.grade,
        "score": kept.outcome.score, "basis": kept.outcome.basis.hash().to_string(), "reason": reason,
    });
    if kept.state == DecisionState::Final
        && let Err(problem) = money::subsidy(held, kept)?
    {
        body["subsidy_problem"] = problem.code().into();
    }
    append(tx, "grade_step", held.organisation, body, vec![of_decision(kept)], actor)
}

/// A representation was answered.
pub(super) fn representation_answered(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    actor: Actor,
) -> Result<(), DbError> {
    let body = json!({ "grade": kept.id });
    append(tx, "representation_answered", held.organisation, body, vec![of_decision(kept)], actor)
}

/// Somebody went and looked, and the grade was looked at anew.
pub(super) fn spot_check(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    check: &spot_check::Kept,
    actor: Actor,
) -> Result<(), DbError> {
    let body = json!({
        "grade": kept.id, "check": check.id, "checked_by": check.checked_by, "checked_on": check.checked_on,
    });
    let rows = vec![(proved::SPOT_CHECK, check.id.into()), of_decision(kept)];
    append(tx, "spot_check", held.organisation, body, rows, actor)
}

/// Somebody ruled on a veto.
pub(super) fn veto_ruling(
    tx: &Tx,
    organisation: OrganisationId,
    kept: &veto::Kept,
    actor: Actor,
) -> Result<(), DbError> {
    let ruling = &kept.ruling;
    let body = json!({
        "case": kept.case, "undertaker": kept.undertaker, "veto": ruling.veto, "ruling": ruling.ruling,
        "code": ruling.code, "state": ruling.state,
    });
    append(tx, "veto_ruling", organisation, body, vec![(proved::VETO_RULING, ruling.ruling.into())], actor)
}

/// Staff said something of an undertaker's report: it is evidence.
///
/// # Errors
/// When the data layer fails.
pub fn report_check(tx: &Tx, organisation: OrganisationId, kept: &report_check::Kept) -> Result<(), DbError> {
    let body = json!({ "record": kept.document, "check": kept.id, "state": kept.state });
    let actor = Actor { person: kept.person, at: kept.checked_at };
    append(tx, "report_check", organisation, body, vec![(proved::REPORT_CHECK, kept.id.into())], actor)
}

/// What waits of a phone that is gone is carried over, by a device that stands for it.
///
/// # Errors
/// When the data layer fails.
pub fn carried_over(tx: &Tx, organisation: OrganisationId, stand_in: &StandIn) -> Result<(), DbError> {
    let body = json!({
        "record": stand_in.document, "device": stand_in.stands_for, "stand_in": stand_in.device,
    });
    let actor = Actor { person: stand_in.ordered_by, at: stand_in.ordered_at };
    append(tx, "carried_over", organisation, body, Vec::new(), actor)
}

/// What a record says is erased by order.
///
/// # Errors
/// When the data layer fails.
pub fn record_erased(
    tx: &Tx,
    organisation: OrganisationId,
    order: &ErasureOrder,
    leftovers: &Leftovers,
) -> Result<(), DbError> {
    let body = json!({
        "record": order.document, "order": order.number, "until": leftovers.until, "leftovers": leftovers.digest(),
    });
    let actor = Actor { person: order.ordered_by, at: order.ordered_at };
    let number = Value::Integer(i64::try_from(order.number).unwrap_or(i64::MAX));
    append(tx, "record_erased", organisation, body, vec![(proved::ERASURE, number)], actor)
}

/// Somebody decided on what was held: it may have become evidence.
///
/// # Errors
/// When the data layer fails.
pub fn held_decision(
    tx: &Tx,
    organisation: OrganisationId,
    record: DocumentId,
    kept: &held_decision::Kept,
) -> Result<(), DbError> {
    let body = json!({ "decision": kept.id, "item": kept.item, "record": record, "outcome": kept.outcome });
    let actor = Actor { person: kept.decided_by, at: kept.decided_at };
    append(tx, "held_decision", organisation, body, vec![(proved::HELD_DECISION, kept.id.into())], actor)
}

/// A subsidy line, or one that reverses it, was written.
pub(super) fn subsidy_line(
    tx: &Tx,
    organisation: OrganisationId,
    line: &subsidy_line::Kept,
    actor: Actor,
) -> Result<(), DbError> {
    let body = json!({
        "line": line.id, "grade": line.decision, "undertaker": line.undertaker, "base_fen": line.base_fen,
        "factor_percent": line.factor_percent, "amount_fen": line.amount_fen, "reverses": line.reverses,
    });
    append(tx, "subsidy_line", organisation, body, vec![(proved::SUBSIDY_LINE, line.id.into())], actor)
}

fn of_decision(kept: &decision::Kept) -> (Proved, Value) {
    (proved::GRADE_DECISION, kept.id.into())
}

fn append(
    tx: &Tx,
    kind: &'static str,
    organisation: OrganisationId,
    body: serde_json::Value,
    rows: Vec<(Proved, Value)>,
    actor: Actor,
) -> Result<(), DbError> {
    let entry = NewEntry { kind, organisation, body, rows, at: actor.at, by: actor.person };
    ledger::append(tx, entry).map(|_| ())
}
