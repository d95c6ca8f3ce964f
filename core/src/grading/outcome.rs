//! What grading comes to: the grade, how it came about, and what stops it from becoming final.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sheet::SheetTotal;
use super::veto::{VetoOutcome, VetoState};
use crate::codes;
use crate::evidence::words::in_sentence;
use crate::evidence::{DefaultScore, MissingReport, Ratio};
use crate::id::{CaseId, DocumentId, PersonId, RulingId, UndertakerId};
use crate::record::ItemId;
use crate::record::scoresheet::{ItemDecision, VetoCode};
use crate::record::shape::PointsHundredths;
use crate::rubric::{ContentHash, Grade};
use crate::text::{Language, sentence};

codes! {
    /// In which review a sheet was made (domain 10.2).
    Phase as "review_phase" {
        First = "first",
        ReReview = "re_review",
    }

    /// Why a re-review is needed.
    ReReviewReason as "re_review_reason" {
        GradesDiffer = "grades_differ",
        IntendedUnqualified = "intended_unqualified",
    }

    /// What made the grade.
    DecidedBy as "decided_by" {
        FirstReview = "first_review",
        ReReview = "re_review",
        AllSheets = "all_sheets",
        VerifiedVeto = "verified_veto",
    }
}

/// What stops a grade from becoming final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Others must review the case again.
    NeedsReReview {
        /// Why.
        reason: ReReviewReason,
    },
    /// An unqualified grade that rests on points needs a check on the spot.
    NeedsSpotCheck,
    /// Somebody must rule on a veto.
    PendingVeto {
        /// Which.
        code: VetoCode,
    },
}

/// The grade of one case and undertaker, with all that it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeOutcome {
    /// The case.
    pub case: CaseId,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// The grade.
    pub grade: Grade,
    /// What made it.
    pub decided_by: DecidedBy,
    /// The mean of the deciding sheets, rounded half up once to the hundredth.
    pub score: PointsHundredths,
    /// The mean before rounding.
    pub exact: Ratio,
    /// The grade of the score, which a verified veto overrides.
    pub grade_of_score: Grade,
    /// The sheets, first review first, each in a fixed order.
    pub sheets: Vec<SheetOutcome>,
    /// The items, in the rubric's order.
    pub items: Vec<ItemOutcome>,
    /// The vetoes.
    pub vetoes: Vec<VetoOutcome>,
    /// What stops it from becoming final; nothing when it can.
    pub stops: Vec<Stop>,
    /// What it rests on.
    pub basis: Basis,
}

/// A scoresheet in a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetOutcome {
    /// The record.
    pub record: RecordRef,
    /// The assessor.
    pub assessor: PersonId,
    /// The assessor's name.
    pub assessor_name: String,
    /// The review that it belongs to.
    pub phase: Phase,
    /// Whether the grade's score is made from it.
    pub counts: bool,
    /// What it comes to.
    pub total: SheetTotal,
    /// Records of the evidence that came in too late for its assessor to see.
    pub unseen: Vec<DocumentId>,
}

/// An item in a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemOutcome {
    /// The item.
    pub item: ItemId,
    /// What it is worth.
    pub points: PointsHundredths,
    /// What the evidence makes of it.
    pub default: DefaultScore,
    /// What each sheet makes of it, in the order of [`GradeOutcome::sheets`].
    pub given: Vec<Given>,
}

/// What a sheet makes of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// What the assessor did.
    pub decision: ItemDecision,
    /// The points; nothing when the item does not count.
    pub points: Option<PointsHundredths>,
    /// Why.
    pub reason: Option<String>,
}

/// A record at its sealed heads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// The document.
    pub document: DocumentId,
    /// Its sealed heads, as hexadecimal change hashes.
    pub heads: Vec<String>,
}

/// A ruling on a veto as it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RulingRef {
    /// The row.
    pub ruling: RulingId,
    /// The state that it brought.
    pub state: VetoState,
}

/// Everything that a grade rests on, by hash. Whoever has what stands here recomputes the grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The rubric.
    pub rubric: ContentHash,
    /// What the rubric leans on, by id: observer's sheet, questionnaires, vetoes.
    pub leans_on: BTreeMap<String, ContentHash>,
    /// The observer's sheet with which the sheets were read.
    pub sheet_rubric: ContentHash,
    /// The scale.
    pub scale: ContentHash,
    /// The grading rule.
    pub rule: ContentHash,
    /// The records that the evidence comes from, superseded ones and ones set aside included.
    pub evidence: Vec<RecordRef>,
    /// Reports that were asked for and did not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_reports: Vec<MissingReport>,
    /// The scoresheets that were totalled.
    pub sheets: Vec<RecordRef>,
    /// The rulings on vetoes.
    pub rulings: Vec<RulingRef>,
    /// Whether a re-review was checked on the spot.
    pub checked_on_the_spot: bool,
}

impl Stop {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NeedsReReview { .. } => "needs_re_review",
            Self::NeedsSpotCheck => "needs_spot_check",
            Self::PendingVeto { .. } => "pending_veto",
        }
    }

    /// What a person reads.
    pub fn text(&self, language: Language) -> String {
        let (reason, veto) = match self {
            Self::NeedsReReview { reason } => (reason.label(language), ""),
            Self::NeedsSpotCheck => ("", ""),
            Self::PendingVeto { code } => ("", code.code()),
        };
        sentence(language, "stop", self.code(), &[("reason", &in_sentence(language, reason)), ("veto", veto)])
    }
}

impl GradeOutcome {
    /// Whether nothing stops the grade from becoming final.
    pub fn may_be_final(&self) -> bool {
        self.stops.is_empty()
    }

    /// Why a re-review is needed, where one is.
    pub fn needs_re_review(&self) -> Option<ReReviewReason> {
        self.stops.iter().find_map(|stop| match stop {
            Stop::NeedsReReview { reason } => Some(*reason),
            Stop::NeedsSpotCheck | Stop::PendingVeto { .. } => None,
        })
    }
}

impl Basis {
    /// One hash over all of it: BLAKE3 over the line `tingfang-grade-basis/1` and the basis as JSON
    /// in the order of its fields.
    pub fn hash(&self) -> ContentHash {
        let json = serde_json::to_string(self).expect("hashes, ids and lists can always be written as JSON");
        ContentHash::of_text("tingfang-grade-basis/1", &json)
    }
}
