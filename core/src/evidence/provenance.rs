//! A sealed record, and where it comes from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::{Interval, Moment};
use crate::id::{DeviceId, DocumentId, PersonId};
use crate::record::shape::AnswerCode;
use crate::record::{ItemId, Record};

/// Where a sealed record comes from: enough to find the very bytes that a grade rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The document.
    pub document: DocumentId,
    /// The record kind's code.
    pub kind: String,
    /// The sealed heads, as hexadecimal change hashes.
    pub heads: Vec<String>,
    /// Who sealed it.
    pub author: PersonId,
    /// Their name at that time.
    pub author_name: String,
    /// The device that signed the seal.
    pub device: DeviceId,
    /// The sealed record that it amends, as the server's rows have it.
    pub amends: Option<DocumentId>,
    /// The observer whose paper a clerk has transcribed, as the server's rows have it; then the
    /// author is the clerk.
    pub transcribed_for: Option<PersonId>,
    /// When that observer confirmed the transcript, as far as that can be proved; nothing when they
    /// have not, or it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Interval>,
    /// When it was sealed, as far as that can be proved.
    pub sealed: Interval,
    /// When it was seen, as the record claims.
    pub observed_at: Option<Moment>,
}

/// A sealed record as it was read at its sealed heads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SealedRecord {
    /// Where it comes from.
    pub provenance: Provenance,
    /// What it says.
    pub record: Record,
    /// When it was due, as its assignment has it.
    pub due_at: Option<Moment>,
    /// What staff said of an undertaker's report.
    pub check: Option<ReportCheck>,
}

/// 庭前报告审阅: what staff say of a pre-hearing report, by the questions of its check. A server row,
/// because nobody writes into the sealed report of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCheck {
    /// Who says so.
    pub by: PersonId,
    /// The answers, by question.
    pub answers: BTreeMap<ItemId, AnswerCode>,
}

/// Whether what was sealed in this interval came late: it was certainly written after it was due. What a
/// phone without a network wrote in time and sent later is not late.
pub fn is_late(sealed: Interval, due_at: Moment) -> bool {
    sealed.not_before.is_some_and(|earliest| earliest > due_at)
}

impl SealedRecord {
    /// A record that was not due and of which nobody said anything.
    pub const fn new(provenance: Provenance, record: Record) -> Self {
        Self { provenance, record, due_at: None, check: None }
    }
}

impl Provenance {
    /// Whose judgement the record is: the observer's, also when a clerk has entered it.
    pub const fn voice(&self) -> PersonId {
        match self.transcribed_for {
            Some(observer) => observer,
            None => self.author,
        }
    }
}
