//! Computing a grade from what is sealed: for a proposal, and anew for `verify`.

use tingfang_core::clock::LogPosition;
use tingfang_core::evidence::{EvidenceSet, SealedRecord};
use tingfang_core::grading::outcome::{Basis, Phase};
use tingfang_core::grading::{
    GradeInput, GradeOutcome, GradeProblem, GradingRule, ReReview, VetoRuling, grade,
};
use tingfang_core::id::{CaseId, DocumentId, UndertakerId};
use tingfang_core::people::{AssignmentKind, Subject};
use tingfang_core::record::kind::Record;

use super::shown::shown;
use crate::db::{DbError, Tx};
use crate::store::{assignment, document, round, spot_check, veto};
use crate::{frozen, project};

/// A computed grade with the evidence that it was made from.
#[derive(Clone, Debug)]
pub struct Recomputed {
    /// The evidence.
    pub evidence: EvidenceSet,
    /// Up to where in the log records count as evidence: the last scoresheet's seal.
    pub evidence_position: LogPosition,
    /// The grade, or everything that stands in its way.
    pub outcome: Result<GradeOutcome, Vec<GradeProblem>>,
}

/// What people found out about a case beside the records: a grade takes account of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The rulings on vetoes.
    pub rulings: Vec<VetoRuling>,
    /// Whether the case was checked on the spot.
    pub checked_on_the_spot: bool,
}

impl Findings {
    /// What is known now.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn now(tx: &Tx, held: &round::Kept, subject: Subject) -> Result<Self, DbError> {
        let Subject { case, undertaker } = subject;
        Ok(Self {
            rulings: veto::of_case(tx, case, undertaker)?,
            checked_on_the_spot: !spot_check::of_subject(tx, held.id, case, undertaker)?.is_empty(),
        })
    }

    /// What of it a grade rests on: what came later is not in it.
    #[must_use]
    pub fn of(mut self, basis: &Basis) -> Self {
        self.rulings.retain(|ruling| {
            basis.rulings.iter().any(|known| known.ruling == ruling.ruling && known.state == ruling.state)
        });
        self.checked_on_the_spot &= basis.checked_on_the_spot;
        self
    }
}

/// Computes the grade of an undertaker's work in a case of a round.
///
/// `until` is the position of the log up to which records count; nothing for all.
///
/// # Errors
/// When the data layer fails, or what the round has frozen cannot be read.
pub fn recompute(
    tx: &Tx,
    held: &round::Kept,
    case: CaseId,
    undertaker: UndertakerId,
    until: Option<LogPosition>,
    findings: &Findings,
) -> Result<Recomputed, DbError> {
    let records = project::sealed_records(tx, case, until)?;
    let sheets: Vec<SealedRecord> = records
        .iter()
        .filter(|sealed| match &sealed.record {
            Record::Scoresheet(sheet) => sheet.subject.round == Some(held.id),
            _ => false,
        })
        .cloned()
        .collect();
    let evidence_position = match until {
        Some(until) => until,
        None => last_position(tx, &sheets)?,
    };
    let evidence = project::evidence(tx, held, case, undertaker, Some(evidence_position))?;
    let shown = shown(tx, held, Subject { case, undertaker }, &sheets, evidence_position)?;
    let frozen = frozen::of_round(tx, held)?;
    let rule = rule(held)?;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for sheet in sheets {
        match phase_of(tx, sheet.provenance.document)? {
            Phase::First => first.push(sheet),
            Phase::ReReview => again.push(sheet),
        }
    }
    let re_review = (!again.is_empty())
        .then_some(ReReview { sheets: &again, checked_on_the_spot: findings.checked_on_the_spot });
    let input = GradeInput {
        rubric: &frozen.rubric,
        scale: &frozen.scale,
        rule: &rule,
        evidence: &evidence,
        shown: &shown,
        sheets: &first,
        re_review,
        rulings: &findings.rulings,
    };
    let outcome = grade(&input);
    Ok(Recomputed { evidence, evidence_position, outcome })
}

/// The review that a scoresheet belongs to: that of the assignment that it answers.
///
/// # Errors
/// When the data layer fails.
pub fn phase_of(tx: &Tx, sheet: DocumentId) -> Result<Phase, DbError> {
    let answered = document::find(tx, sheet)?.and_then(|row| row.assignment);
    let kept = answered.map(|id| assignment::find(tx, id)).transpose()?.flatten();
    let again = kept.is_some_and(|kept| kept.assignment.kind == AssignmentKind::ReReview);
    Ok(if again { Phase::ReReview } else { Phase::First })
}

fn last_position(tx: &Tx, sheets: &[SealedRecord]) -> Result<LogPosition, DbError> {
    let mut last = LogPosition(0);
    for sheet in sheets {
        let sealed = crate::store::seal::find(tx, sheet.provenance.document)?;
        last = last.max(sealed.map_or(last, |sealed| sealed.position));
    }
    Ok(last)
}

pub(super) fn rule(held: &round::Kept) -> Result<GradingRule, DbError> {
    GradingRule::parse("grading_rule", &held.grading_rule)
        .map_err(|_| DbError::Damaged("the grading rule of a round cannot be read".to_owned()))
}
