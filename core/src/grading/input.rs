//! What a grade is made from.

use super::rule::GradingRule;
use super::veto::VetoRuling;
use crate::evidence::{EvidenceSet, SealedRecord};
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
    /// The evidence that the assessors were shown.
    pub evidence: &'a EvidenceSet,
    /// The sealed scoresheets of the first review, with their amendments, in any order. Records of
    /// other kinds are passed over.
    pub sheets: &'a [SealedRecord],
    /// The re-review, once there is one.
    pub re_review: Option<ReReview<'a>>,
    /// The rulings on vetoes.
    pub rulings: &'a [VetoRuling],
}

/// A re-review 复评 by others.
#[derive(Clone, Copy, Debug)]
pub struct ReReview<'a> {
    /// Its sealed scoresheets.
    pub sheets: &'a [SealedRecord],
    /// Whether the case was checked on the spot 实地核实.
    pub checked_on_the_spot: bool,
}
