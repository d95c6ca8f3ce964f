//! How a sealed record stands among the evidence: current, superseded by an amendment, or set aside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::provenance::{Provenance, SealedRecord};
use crate::codes;
use crate::id::{DocumentId, HearingId};
use crate::record::shape::Merge;
use crate::record::{KINDS, Record};

codes! {
    /// Why a sealed record is not used.
    SetAside as "set_aside" {
        /// Made with another rubric than the one that its points are read with.
        OtherRubric = "other_rubric",
        /// Made with another questionnaire than the one that its answers are read with.
        OtherQuestionnaire = "other_questionnaire",
        /// Amends a record of another kind or of somebody else.
        ForeignAmendment = "foreign_amendment",
    }
}

/// Whether a record counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// It counts.
    Current,
    /// A sealed amendment has taken its place; it is shown.
    SupersededBy(DocumentId),
    /// It is shown and does not count.
    SetAside(SetAside),
}

/// A record that the evidence comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it comes from.
    pub provenance: Provenance,
    /// The hearing, where it is about one.
    pub hearing: Option<HearingId>,
    /// The record that it amends.
    pub amends: Option<DocumentId>,
    /// Why it amends it.
    pub amendment_reason: Option<String>,
    /// The first record of its line of amendments; itself when it amends none that is here.
    pub first: DocumentId,
    /// Whether it counts.
    pub state: SourceState,
}

impl Source {
    /// Whether it counts.
    pub fn is_current(&self) -> bool {
        self.state == SourceState::Current
    }
}

/// Brings records into a fixed order, each once, and says how each stands.
///
/// An amendment takes the place of what it amends when both are of one kind and one voice. An
/// attendance is shared: its addendum adds to it and supersedes nothing by itself.
pub fn stand<'a>(records: impl Iterator<Item = &'a SealedRecord>) -> Vec<(&'a SealedRecord, Source)> {
    let mut records: Vec<&SealedRecord> = records.collect();
    let key = |record: &&'a SealedRecord| (record.provenance.document, &record.provenance.heads);
    records.sort_by(|one, other| {
        kind_order(&one.record).cmp(&kind_order(&other.record)).then(key(one).cmp(&key(other)))
    });
    records.dedup_by(|one, other| key(one) == key(other));
    let by_document: BTreeMap<DocumentId, &SealedRecord> =
        records.iter().map(|record| (record.provenance.document, *record)).collect();
    let mut superseded = BTreeMap::new();
    let mut foreign = Vec::new();
    for record in &records {
        let Some(amended) = record.provenance.amends.and_then(|document| by_document.get(&document)) else {
            continue;
        };
        let (one, other) = (&record.provenance, &amended.provenance);
        let shared = record.record.shape().merge == Merge::Shared;
        if one.kind != other.kind || (!shared && one.voice() != other.voice()) {
            foreign.push(one.document);
        } else if !shared && one.document != other.document {
            superseded.insert(other.document, one.document);
        }
    }
    let source = |record: &'a SealedRecord| {
        let (origin, document) = (record.record.origin(), record.provenance.document);
        let state = if foreign.contains(&document) {
            SourceState::SetAside(SetAside::ForeignAmendment)
        } else {
            superseded.get(&document).map_or(SourceState::Current, |by| SourceState::SupersededBy(*by))
        };
        Source {
            provenance: record.provenance.clone(),
            hearing: hearing_of(&record.record),
            amends: record.provenance.amends,
            amendment_reason: origin.amendment_reason.clone(),
            first: first_of(document, &by_document),
            state,
        }
    };
    records.into_iter().map(|record| (record, source(record))).collect()
}

/// The first record of a line of amendments. The line is walked at most once around.
fn first_of(document: DocumentId, records: &BTreeMap<DocumentId, &SealedRecord>) -> DocumentId {
    let mut first = document;
    for _ in 0..records.len() {
        let amends = records.get(&first).and_then(|record| record.provenance.amends);
        match amends.filter(|amended| records.contains_key(amended)) {
            Some(amended) => first = amended,
            None => break,
        }
    }
    first
}

/// Records stand in the order in which their kinds are declared.
fn kind_order(record: &Record) -> usize {
    let code = record.shape().code;
    KINDS.iter().position(|shape| shape.code == code).unwrap_or(KINDS.len())
}

const fn hearing_of(record: &Record) -> Option<HearingId> {
    match record {
        Record::Attendance(record) => record.subject.hearing,
        Record::ObserverSheet(record) => record.subject.hearing,
        Record::PreHearingReport(record) => record.subject.hearing,
        _ => None,
    }
}
