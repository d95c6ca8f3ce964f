//! The scoresheets of a round as its managers follow them: who has begun, who has sealed, and what
//! the sheets come to once all are in.

use std::collections::BTreeSet;

use tingfang_core::evidence::stand;
use tingfang_core::grading::outcome::Phase;
use tingfang_core::grading::{SheetTotal, total};
use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Subject};
use tingfang_core::record::kind::Record;

use crate::db::{DbError, Tx};
use crate::store::{assignment, document, round};
use crate::{frozen, project};

/// The sheet that one assessor owes on one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetOfRound {
    /// The assignment that asks for it.
    pub assignment: AssignmentId,
    /// Who owes it.
    pub assessor: PersonId,
    /// In which review.
    pub phase: Phase,
    /// The record that counts: the sheet, or its last sealed amendment. Nothing before it is begun.
    pub record: Option<DocumentId>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// What it comes to. Nothing until every sheet of the same review is sealed: nobody learns
    /// another's scores before all are in (DESIGN invariant 14).
    pub total: Option<SheetTotal>,
}

/// The sheets on one subject of a round, the first review before the re-review.
///
/// # Errors
/// When the data layer fails.
pub fn sheets_of_subject(
    tx: &Tx,
    held: &round::Kept,
    subject: Subject,
) -> Result<Vec<SheetOfRound>, DbError> {
    let mut sheets = owed(tx, held, subject)?;
    let records = project::sealed_records(tx, subject.case, None)?;
    let frozen = frozen::of_round(tx, held)?;
    for (sealed, source) in stand(records.iter()) {
        let Record::Scoresheet(scoresheet) = &sealed.record else { continue };
        let of_subject = scoresheet.subject.round == Some(held.id)
            && scoresheet.subject.undertaker == Some(subject.undertaker);
        let owed = sheets.iter_mut().find(|sheet| sheet.record == Some(source.first));
        if let (Some(sheet), true, true) = (owed, of_subject, source.is_current()) {
            sheet.sealed = true;
            sheet.record = Some(source.provenance.document);
            sheet.total = Some(total(scoresheet, &frozen.rubric, &frozen.scale));
        }
    }
    for phase in [Phase::First, Phase::ReReview] {
        let complete = sheets.iter().filter(|sheet| sheet.phase == phase).all(|sheet| sheet.sealed);
        for sheet in sheets.iter_mut().filter(|sheet| sheet.phase == phase && !complete) {
            sheet.total = None;
        }
    }
    Ok(sheets)
}

/// Every sheet that an assignment asks for, with the record that answers it.
fn owed(tx: &Tx, held: &round::Kept, subject: Subject) -> Result<Vec<SheetOfRound>, DbError> {
    let mut sheets = Vec::new();
    for kept in assignment::of_round(tx, held.id)? {
        let assignment = kept.assignment;
        if !assignment.kind.scores() || !assignment.covers(subject) {
            continue;
        }
        let again = assignment.kind == AssignmentKind::ReReview;
        let records = document::of_assignment(tx, assignment.id)?;
        let mut listed = BTreeSet::new();
        for member in &assignment.members {
            let own = records.iter().find(|row| {
                row.writer == Some(member.person)
                    && (row.case, row.undertaker) == (Some(subject.case), Some(subject.undertaker))
                    && row.amends.is_none()
            });
            // A sheet that was sealed counts, whether its assessor still takes part or not.
            let counts = member.span.until.is_none() || own.is_some_and(|row| row.sealed_position.is_some());
            if !counts || !listed.insert(member.person) {
                continue;
            }
            sheets.push(SheetOfRound {
                assignment: assignment.id,
                assessor: member.person,
                phase: if again { Phase::ReReview } else { Phase::First },
                record: own.map(|row| row.id),
                sealed: false,
                total: None,
            });
        }
    }
    sheets.sort_by_key(|sheet| (sheet.phase == Phase::ReReview, sheet.assignment, sheet.assessor));
    Ok(sheets)
}
