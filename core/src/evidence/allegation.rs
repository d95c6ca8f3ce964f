//! Vetoes that records allege. An allegation stops a grade from becoming final; it decides nothing.

use serde::{Deserialize, Serialize};

use crate::id::{DocumentId, EntryId};
use crate::record::ItemId;
use crate::record::common::DefectCode;
use crate::record::scoresheet::VetoCode;
use crate::rubric::{Channel, VetoFact};
use crate::text::Bilingual;

/// What an allegation is, so that a ruling on it can name it. Amending the record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllegationKey {
    /// The veto.
    pub code: VetoCode,
    /// The record that alleges it, the first of its line of amendments.
    pub document: DocumentId,
    /// The finding in it; nothing when a fact or an assessor's sheet alleges it.
    pub entry: Option<EntryId>,
}

/// Why a veto is alleged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllegationGround {
    /// A grave finding.
    GraveFinding {
        /// What is wrong.
        defect: Option<DefectCode>,
        /// In words.
        text: Option<String>,
    },
    /// A fact of a record.
    Fact(VetoFact),
    /// An answer that the questionnaire says raises it.
    Answer {
        /// The question.
        question: ItemId,
        /// What was answered.
        answer: Bilingual,
    },
    /// An assessor's sheet.
    Assessor {
        /// The ground that the assessor gives.
        text: String,
    },
}

/// An alleged veto.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allegation {
    /// What it is.
    pub key: AllegationKey,
    /// The way on which it came in; an assessor's is the file review's.
    pub channel: Channel,
    /// Why.
    pub ground: AllegationGround,
}
