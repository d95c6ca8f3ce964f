//! 补贴 what a final grade is paid: a line, and one that reverses it when the grade is taken back.

use tingfang_core::consequence::subsidy::{SubsidyAmount, SubsidyProblem, SubsidyRule};
use tingfang_core::id::SubsidyLineId;

use super::{Actor, entry};
use crate::db::{DbError, Tx};
use crate::store::{decision, ledger, round, subsidy_line};

/// What a grade is paid by the round's rule, on the facts of the case that the decision has frozen.
///
/// # Errors
/// When the rule cannot be read; the inner error says why the rule names no amount.
pub fn subsidy(
    held: &round::Kept,
    decision: &decision::Kept,
) -> Result<Result<SubsidyAmount, SubsidyProblem>, DbError> {
    let rule = SubsidyRule::parse("subsidy_rule", &held.subsidy_rule)
        .map_err(|_| DbError::Damaged("the subsidy rule of a round cannot be read".to_owned()))?;
    Ok(rule.line(decision.outcome.grade, &decision.case_facts))
}

/// Writes the line of a final grade. A rule that names nothing for the case pays nothing by itself;
/// the step's entry and the view say so, and a person decides.
pub(super) fn pay(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    id: SubsidyLineId,
    actor: Actor,
) -> Result<(), DbError> {
    let Ok(amount) = subsidy(held, kept)? else { return Ok(()) };
    let line = subsidy_line::Kept {
        id,
        decision: kept.id,
        undertaker: kept.undertaker,
        base_fen: amount.base_fen,
        factor_percent: amount.factor_percent,
        amount_fen: amount.amount_fen,
        reverses: None,
        entry: ledger::next_number(tx)?,
    };
    write(tx, held, &line, actor)
}

/// Reverses every line of a grade that is not reversed yet.
pub(super) fn reverse(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    mut mint: impl FnMut() -> SubsidyLineId,
    actor: Actor,
) -> Result<(), DbError> {
    let lines = subsidy_line::of_decision(tx, kept.id)?;
    for line in &lines {
        let reversed = lines.iter().any(|other| other.reverses == Some(line.id));
        if line.reverses.is_none() && !reversed {
            let line = subsidy_line::Kept {
                id: mint(),
                amount_fen: -line.amount_fen,
                reverses: Some(line.id),
                entry: ledger::next_number(tx)?,
                ..line.clone()
            };
            write(tx, held, &line, actor)?;
        }
    }
    Ok(())
}

fn write(tx: &Tx, held: &round::Kept, line: &subsidy_line::Kept, actor: Actor) -> Result<(), DbError> {
    subsidy_line::insert(tx, line)?;
    entry::subsidy_line(tx, held.organisation, line, actor)
}
