//! What a grade is made from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rule::GradingRule;
use super::veto::VetoRuling;
use crate::evidence::{EvidenceSet, SealedRecord};
use crate::id::DocumentId;
use crate::rubric::{PointBands, Rubric};

/// Everything that a grade is a function of.
#[derive(Clone, Copy, Debug)]
pub struct GradeInput<'a> {
    /// The rubric that the round has frozen.
    pub rubric: &'a Rubric,
    /// The scale that the rubric names.
    pub scale: &'a PointBands,
    /// The grading rule.
    pub rule: &'a GradingRule,
    /// The evidence as it stood when the last sheet was sealed: what the grade rests on.
    pub evidence: &'a EvidenceSet,
    /// What assessors were shown for whose sheets that came too late, in part or as a whole.
    pub shown: &'a Shown,
    /// The sealed scoresheets of the first review, with their amendments, in any order. Records of
    /// other kinds are passed over.
    pub sheets: &'a [SealedRecord],
    /// The re-review, once there is one.
    pub re_review: Option<ReReview<'a>>,
    /// The rulings on vetoes.
    pub rulings: &'a [VetoRuling],
}

/// What assessors were shown, where evidence came in while they scored.
///
/// A sheet is held against what its assessor could see before the seal, never against what came in
/// afterwards. How far a phone had got that was without a network nobody can tell; so each state of
/// the evidence between assignment and seal is one that may have been shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// By scoresheet, the states of the evidence that its assessor may have been shown, the newest
    /// first. A sheet that is not here was shown [`GradeInput::evidence`].
    pub by_sheet: BTreeMap<DocumentId, Vec<Arc<EvidenceSet>>>,
}

impl GradeInput<'_> {
    /// The states of the evidence that the assessor of a sheet may have been shown, the newest first.
    pub(super) fn shown_for(&self, sheet: DocumentId) -> Vec<&EvidenceSet> {
        match self.shown.by_sheet.get(&sheet) {
            Some(states) if !states.is_empty() => states.iter().map(Arc::as_ref).collect(),
            _ => vec![self.evidence],
        }
    }
}

/// A re-review 复评 by others.
#[derive(Clone, Copy, Debug)]
pub struct ReReview<'a> {
    /// Its sealed scoresheets.
    pub sheets: &'a [SealedRecord],
    /// Whether the case was checked on the spot 实地核实.
    pub checked_on_the_spot: bool,
}
