//! What was decided: grades computed anew with what the round has frozen, subsidy lines.
//!
//! What the rows say as they were entered is proved by the ledger ([`super::ledger`]). Here is
//! proved that it follows: the grade from the sealed records, the money from the grade. Names are
//! labels: people may be renamed, so the grade is computed with the names that it has frozen.

use std::collections::BTreeMap;

use tingfang_core::grading::DecisionState;
use tingfang_core::id::DocumentId;
use tingfang_core::people::Subject;

use super::Report;
use crate::db::{DbError, Tx};
use crate::grading::{Findings, Recomputed, recompute, statement_of, subsidy};
use crate::store::{decision, document, round, subsidy_line};

/// How many decisions are read at once.
const BATCH: u32 = 200;

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let mut after = None;
    loop {
        let batch = decision::page(tx, None, None, after, BATCH)?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = Some(last.id);
        for kept in &batch {
            report.grades += 1;
            check_grade(tx, kept, report)?;
        }
    }
}

fn check_grade(tx: &Tx, kept: &decision::Kept, report: &mut Report) -> Result<(), DbError> {
    let Some(held) = round::find(tx, kept.round)? else {
        report.differs("grade", kept.id, "missing");
        return Ok(());
    };
    let subject = Subject { case: kept.case, undertaker: kept.undertaker };
    let findings = Findings::now(tx, &held, subject)?.of(&kept.outcome.basis);
    let until = Some(kept.evidence_position);
    let mut again = match recompute(tx, &held, kept.case, kept.undertaker, until, &findings) {
        Ok(again) => again,
        // What was frozen is damaged; the other grades are still looked at.
        Err(DbError::Damaged(_)) => {
            report.differs("grade", kept.id, "unreadable");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    take_frozen_names(&mut again, kept);
    if again.evidence != kept.evidence {
        report.differs("grade", kept.id, "evidence");
    }
    if again.outcome.as_ref() != Ok(&kept.outcome) {
        report.differs("grade", kept.id, "outcome");
    }
    check_words(tx, kept, report)?;
    check_money(tx, &held, kept, report)
}

/// What the undertaker said is what stands in the sealed record that is named for it.
fn check_words(tx: &Tx, kept: &decision::Kept, report: &mut Report) -> Result<(), DbError> {
    let said = &kept.representation;
    let Some(response) = said.response else { return Ok(()) };
    let row = document::find(tx, response)?;
    let found = row.map(|row| statement_of(tx, &row, kept)).transpose()?.flatten();
    if found.is_none() || found != said.statement {
        report.differs("grade", kept.id, "representation");
    }
    Ok(())
}

/// Puts the names that were frozen with the grade in the place of today's.
fn take_frozen_names(again: &mut Recomputed, kept: &decision::Kept) {
    let sources = kept.evidence.sources.iter();
    let authors: BTreeMap<DocumentId, &String> =
        sources.map(|source| (source.provenance.document, &source.provenance.author_name)).collect();
    for source in &mut again.evidence.sources {
        if let Some(name) = authors.get(&source.provenance.document) {
            source.provenance.author_name.clone_from(name);
        }
    }
    let sheets = kept.outcome.sheets.iter();
    let assessors: BTreeMap<DocumentId, &String> =
        sheets.map(|sheet| (sheet.record.document, &sheet.assessor_name)).collect();
    for sheet in again.outcome.iter_mut().flat_map(|outcome| &mut outcome.sheets) {
        if let Some(name) = assessors.get(&sheet.record.document) {
            sheet.assessor_name.clone_from(name);
        }
    }
}

fn check_money(
    tx: &Tx,
    held: &round::Kept,
    kept: &decision::Kept,
    report: &mut Report,
) -> Result<(), DbError> {
    let (reversing, plain): (Vec<_>, Vec<_>) =
        subsidy_line::of_decision(tx, kept.id)?.into_iter().partition(|line| line.reverses.is_some());
    let was_final = matches!(kept.state, DecisionState::Final | DecisionState::Superseded);
    let owed = subsidy(held, kept)?.ok().filter(|_| was_final);
    let fits = match (&owed, &plain[..]) {
        (None, []) => true,
        (Some(owed), [line]) => {
            let amount = (line.base_fen, line.factor_percent, line.amount_fen);
            amount == (owed.base_fen, owed.factor_percent, owed.amount_fen)
                && line.undertaker == kept.undertaker
        }
        _ => false,
    };
    let taken_back = kept.state == DecisionState::Superseded;
    let reversed = plain.iter().all(|line| {
        let found: Vec<_> = reversing.iter().filter(|other| other.reverses == Some(line.id)).collect();
        match found[..] {
            [] => !taken_back,
            [other] => {
                taken_back && other.amount_fen == -line.amount_fen && other.undertaker == line.undertaker
            }
            _ => false,
        }
    });
    if !fits || !reversed || reversing.len() > plain.len() {
        report.differs("subsidy", kept.id, "amount");
    }
    Ok(())
}
