//! 本人结果 what an undertaker is told of a grade of their own work: once they are told at all, and no name of
//! who said what.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::grading::{DecisionState, RepresentationState};
use crate::id::{CaseId, DecisionId, RoundId};
use crate::record::shape::PointsHundredths;
use crate::rubric::Grade;
use crate::text::Bilingual;

/// A grade of one's own work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnResult {
    /// The decision.
    pub decision: DecisionId,
    /// The evaluation round.
    pub round: RoundId,
    /// Its name.
    pub round_name: String,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// Where the decision stands.
    pub state: DecisionState,
    /// When it last moved.
    pub decided_at: Moment,
    /// What was told; nothing while a new grade is being worked out.
    pub told: Option<ToldGrade>,
}

/// What was told of a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldGrade {
    /// The grade.
    pub grade: Grade,
    /// The score behind it, in hundredths of a point.
    pub score: PointsHundredths,
    /// The reasons, item by item.
    pub explanation: Bilingual,
    /// How the representation stands.
    pub representation: RepresentationState,
    /// Until when the undertaker may answer.
    pub answer_by: Option<Moment>,
    /// What the centre has answered.
    pub centre_answer: Option<String>,
    /// What is paid, in fen; nothing while the grade is not final, or where no rule names an amount.
    pub amount_fen: Option<i64>,
}

/// Whether an undertaker is told of a grade that stands so.
pub const fn is_told(state: DecisionState) -> bool {
    match state {
        DecisionState::Proposed | DecisionState::ReReview => false,
        DecisionState::Representation | DecisionState::Final | DecisionState::Superseded => true,
    }
}
