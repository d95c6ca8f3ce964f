//! What assessors were shown, where evidence came in while they scored.

use std::collections::BTreeMap;
use std::sync::Arc;

use tingfang_core::clock::LogPosition;
use tingfang_core::evidence::{EvidenceSet, SealedRecord, is_evidence};
use tingfang_core::grading::Shown;
use tingfang_core::id::{CaseId, DocumentId};
use tingfang_core::people::{AssignmentKind, Subject};

use crate::db::{DbError, Tx};
use crate::project;
use crate::store::{assignment, document, report_check, round};

/// The states of the evidence between the assignment and the seal of each sheet, for those sheets
/// that were not shown the newest one all the time.
pub(super) fn shown(
    tx: &Tx,
    held: &round::Kept,
    subject: Subject,
    sheets: &[SealedRecord],
    newest: LogPosition,
) -> Result<Shown, DbError> {
    let rows = document::sealed_of_case(tx, subject.case)?;
    let evidence = rows.iter().filter(|row| is_evidence(&row.kind)).filter_map(|row| row.sealed_position);
    // What staff say of a report is evidence from there on.
    let checks = report_check::of_case(tx, subject.case)?.into_iter().map(|check| check.position);
    let evidence = evidence.chain(checks).chain(turns_of_reports(tx, subject.case)?);
    // The evidence stands so from each of these positions on; before the first one there is none.
    let mut turns: Vec<LogPosition> = evidence.filter(|position| *position <= newest).collect();
    turns.push(LogPosition(0));
    turns.sort_unstable();
    let mut states: BTreeMap<LogPosition, Arc<EvidenceSet>> = BTreeMap::new();
    let mut shown = Shown::default();
    for sheet in sheets {
        let Some(row) = rows.iter().find(|row| row.id == sheet.provenance.document) else { continue };
        let (from, until) = (shown_from(tx, row)?, row.sealed_position.unwrap_or(newest));
        let at = |position: LogPosition| turns.partition_point(|turn| *turn <= position).saturating_sub(1);
        let (first, last) = (at(from), at(until));
        if first == turns.len() - 1 {
            continue;
        }
        let mut seen = Vec::with_capacity(last + 1 - first);
        for turn in turns[first..=last.max(first)].iter().rev() {
            let state = match states.get(turn) {
                Some(state) => Arc::clone(state),
                None => {
                    let state = project::evidence(tx, held, subject.case, subject.undertaker, Some(*turn))?;
                    states.entry(*turn).or_insert(Arc::new(state)).clone()
                }
            };
            seen.push(state);
        }
        shown.by_sheet.insert(row.id, seen);
    }
    Ok(shown)
}

/// Where a report was asked for, and where one was called off: from there on it may be missing, or is not.
fn turns_of_reports(tx: &Tx, case: CaseId) -> Result<Vec<LogPosition>, DbError> {
    let asked = assignment::of_case(tx, case)?;
    let reports = asked.iter().filter(|kept| kept.assignment.kind == AssignmentKind::PreHearingReport);
    let turns = reports.flat_map(|kept| {
        let begun = kept.assignment.members.iter().map(|member| member.span.from).min();
        begun.into_iter().chain(kept.closed_position)
    });
    Ok(turns.collect())
}

/// From where on the writer of a sheet was shown the evidence: from the assignment on.
fn shown_from(tx: &Tx, row: &document::Kept) -> Result<LogPosition, DbError> {
    let Some(kept) = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten() else {
        return Ok(LogPosition(0));
    };
    let of_writer = kept.assignment.members.iter().filter(|member| Some(member.person) == row.writer);
    Ok(of_writer.map(|member| member.span.from).min().unwrap_or_default())
}

/// The records that came in after an assessor's seal whose sheet makes the score.
pub(crate) fn unseen(outcome: &tingfang_core::grading::GradeOutcome) -> Vec<DocumentId> {
    let counting = outcome.sheets.iter().filter(|sheet| sheet.counts);
    let mut unseen: Vec<DocumentId> = counting.flat_map(|sheet| sheet.unseen.iter().copied()).collect();
    unseen.sort_unstable();
    unseen.dedup();
    unseen
}
