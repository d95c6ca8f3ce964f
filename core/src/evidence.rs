//! 依据 evidence: sealed records → evidence on the items of a rubric, and each item's default score.
//!
//! Pure: the same sealed heads and the same rubric give the same evidence. Only sealed records
//! count; a sealed amendment takes the place of the sheet that it amends, and both are shown.
//!
//! - [`provenance`]: a sealed record and where it comes from; [`source`]: how it stands here;
//! - [`piece`]: one answer's bearing on one item; [`score`]: the default score by channel;
//! - [`missing_report`]: what was asked for and did not come;
//! - [`allegation`]: vetoes that the records allege; [`collect`](collect()): all of it together;
//! - [`cross_check`](cross_check()): what was said before the hearing beside what was seen in court;
//! - [`ratio`]: exact fractions; [`words`]: numbers and labels in sentences.

pub mod allegation;
pub mod collect;
pub mod cross_check;
pub mod finding;
pub mod missing_report;
pub mod piece;
pub mod provenance;
pub mod ratio;
#[cfg(test)]
pub(crate) mod sample;
pub mod score;
pub mod source;
pub mod words;

pub use allegation::{Allegation, AllegationGround, AllegationKey};
pub use collect::{EvidenceSet, ItemEvidence, collect, is_evidence};
pub use cross_check::{Comparison, Said, Seen, cross_check};
pub use finding::FindingNote;
pub use missing_report::MissingReport;
pub use piece::{Answer, Piece};
pub use provenance::{Provenance, ReportCheck, SealedRecord, is_late};
pub use ratio::Ratio;
pub use score::DefaultScore;
pub use source::{SetAside, Source, SourceState, stand};
