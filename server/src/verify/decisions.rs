//! What was decided: the ledger's chain, frozen rubrics, grades computed anew, subsidy lines.

use tingfang_core::grading::DecisionState;
use tingfang_core::people::Subject;
use tingfang_core::rubric::{Rubric, templates};

use super::Report;
use crate::db::{DbError, Tx};
use crate::grading::{Findings, recompute, subsidy};
use crate::store::{decision, ledger, round, subsidy_line};

/// How many decisions are read at once.
const BATCH: u32 = 200;

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    check_ledger(tx, report)?;
    for (hash, code, text) in round::rubrics(tx)? {
        let read = Rubric::parse_with(&code, &text, &templates().forms());
        let shipped = templates().rubrics.iter().any(|rubric| rubric.text() == text);
        if !shipped && !read.is_ok_and(|rubric| rubric.hash().to_string() == hash) {
            report.differs("rubric", code, "hash");
        }
    }
    let mut after = None;
    loop {
        let batch = decision::page(tx, None, after, BATCH)?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = Some(last.id);
        for kept in &batch {
            report.grades += 1;
            check_grade(tx, kept, report)?;
        }
    }
}

fn check_ledger(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let (mut number, mut previous) = (0, [0; 32]);
    let mut entries = Vec::new();
    ledger::for_each(tx, |entry| {
        entries.push(entry);
        Ok(())
    })?;
    for entry in entries {
        report.ledger_entries += 1;
        if entry.number != number + 1 || entry.previous != previous {
            report.differs("ledger", entry.number, "chain");
        }
        if entry.computed_hash() != entry.hash {
            report.differs("ledger", entry.number, "hash");
        }
        (number, previous) = (entry.number, entry.hash);
    }
    Ok(())
}

fn check_grade(tx: &Tx, kept: &decision::Kept, report: &mut Report) -> Result<(), DbError> {
    let Some(held) = round::find(tx, kept.round)? else {
        report.differs("grade", kept.id, "missing");
        return Ok(());
    };
    let subject = Subject { case: kept.case, undertaker: kept.undertaker };
    let findings = Findings::now(tx, &held, subject)?.of(&kept.outcome.basis);
    let until = Some(kept.evidence_position);
    let again = recompute(tx, &held, kept.case, kept.undertaker, until, &findings)?;
    if again.evidence != kept.evidence {
        report.differs("grade", kept.id, "evidence");
    }
    if again.outcome.as_ref() != Ok(&kept.outcome) {
        report.differs("grade", kept.id, "outcome");
    }
    check_money(tx, &held, kept, report)
}

fn check_money(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    report: &mut Report,
) -> Result<(), DbError> {
    let lines = subsidy_line::of_decision(tx, kept.id)?;
    let sum: i64 = lines.iter().map(|line| line.amount_fen).sum();
    let owed = match (kept.state, subsidy(tx, held, kept)?) {
        (DecisionState::Final, Ok(amount)) => amount.amount_fen,
        _ => 0,
    };
    if sum != owed {
        report.differs("subsidy", kept.id, "amount");
    }
    Ok(())
}
