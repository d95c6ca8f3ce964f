//! Scores and results, mirrored.

use tingfang_core::clock::Moment;
use tingfang_core::grading::{DecisionState, RepresentationState};
use tingfang_core::id::{CaseId, DecisionId, RoundId};
use tingfang_core::phone::{self, OwnResult, ToldGrade};
use tingfang_core::record::shape::PointsHundredths;
use tingfang_core::rubric::Grade;
use tingfang_core::text::Bilingual;

/// A text in both languages.
#[uniffi::remote(Record)]
pub struct Bilingual {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A grade. Labels: section `grade`.
#[uniffi::remote(Enum)]
pub enum Grade {
    /// 优秀.
    Excellent,
    /// 良好.
    Good,
    /// 合格.
    Qualified,
    /// 不合格.
    Unqualified,
}

/// Where a grade decision stands. Labels: section `decision_state`.
#[uniffi::remote(Enum)]
pub enum DecisionState {
    /// It is worked out.
    Proposed,
    /// Others review it.
    ReReview,
    /// The undertaker is told, and may answer.
    Representation,
    /// It holds.
    Final,
    /// A newer one stands in its place.
    Superseded,
}

/// How a representation stands. Labels: section `representation_state`.
#[uniffi::remote(Enum)]
pub enum RepresentationState {
    /// Not yet.
    NotOpened,
    /// The undertaker may still answer.
    Open,
    /// Answered by the centre, or the time is over without one.
    Closed,
}

/// A grade of the owner's own work.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Record)]
pub struct ToldGrade {
    /// The grade.
    pub grade: Grade,
    /// The score behind it, in hundredths of a point.
    pub score: PointsHundredths,
    /// The reasons, item by item.
    pub explanation: Bilingual,
    /// How the representation stands.
    pub representation: RepresentationState,
    /// Until when the owner may answer.
    pub answer_by: Option<Moment>,
    /// What the centre has answered.
    pub centre_answer: Option<String>,
    /// What is paid, in fen; nothing while the grade is not final, or where no rule names an amount.
    pub amount_fen: Option<i64>,
}

/// A sheet beside its rubric.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Score {
    /// The rubric's name.
    pub rubric: Bilingual,
    /// The items, in the rubric's order.
    pub items: Vec<ScoredItem>,
    /// Points given so far, in hundredths.
    pub earned: PointsHundredths,
    /// What the items that have points are worth together, in hundredths.
    pub applicable: PointsHundredths,
    /// Earned ÷ applicable × 100 so far, in hundredths of a point; nothing before the first points.
    pub score: Option<PointsHundredths>,
    /// How many items are still undecided.
    pub undecided: u64,
}

/// An item of a rubric, and what a sheet says of it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ScoredItem {
    /// The item, for instance `CRM-1.1`: the last part of the paths `points/…`, `decisions/…`, `reasons/…`.
    pub item: String,
    /// What is asked.
    pub label: Bilingual,
    /// The most points, in hundredths.
    pub most: PointsHundredths,
    /// What the evidence gives by default; nothing where there is none, or it does not apply.
    pub default_points: Option<PointsHundredths>,
    /// The evidence in words, a line each.
    pub evidence: Bilingual,
    /// The points that the sheet gives.
    pub points: Option<PointsHundredths>,
    /// What the assessor did with the default (labels: `item_decision`), or an observer with the item
    /// (`item_state`).
    pub decision: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whether a reason has still to be given.
    pub needs_reason: bool,
}

uniffi::custom_type!(
    /// Points in hundredths: 8550 is 85.50.
    PointsHundredths, i64, { remote, lower: |points| points.0, try_lift: |number| Ok(PointsHundredths(number)) }
);

impl From<phone::Score> for Score {
    fn from(score: phone::Score) -> Self {
        let phone::Score { rubric, items, earned, applicable, score, undecided } = score;
        let items = items.into_iter().map(ScoredItem::from).collect();
        Self { rubric, items, earned, applicable, score, undecided }
    }
}

impl From<phone::ScoredItem> for ScoredItem {
    fn from(scored: phone::ScoredItem) -> Self {
        let phone::ScoredItem {
            item,
            label,
            most,
            default,
            evidence,
            points,
            decision,
            reason,
            needs_reason,
        } = scored;
        let item = item.to_string();
        Self { item, label, most, default_points: default, evidence, points, decision, reason, needs_reason }
    }
}
