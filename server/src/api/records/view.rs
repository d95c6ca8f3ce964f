//! Records as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, DeviceId, DocumentId, PersonId};
use tingfang_core::record::conflict::{Conflict, conflicts};
use tingfang_core::record::document::ChangeHash;
use tingfang_core::record::doubt::{Doubt, DoubtCode};
use tingfang_core::record::retry_plan::NextAttempt;
use tingfang_core::record::seal::SealPurpose;
use tingfang_core::sync::gate::{Action, Operation};
use tingfang_core::text::Language;
use utoipa::ToSchema;

use crate::api::schema;
use crate::db::Tx;
use crate::problem::Problem;
use crate::records::{self, HistoryEntry, OpenRecord, Writer, doubtful};
use crate::store::{document, seal};

/// A record in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordRowView {
    /// The record.
    #[schema(schema_with = schema::id)]
    pub id: DocumentId,
    /// Its kind.
    pub kind: String,
    /// The schema version that it was begun with.
    pub schema_version: u32,
    /// The assignment that it answers.
    #[schema(schema_with = schema::id, required = false)]
    pub assignment: Option<AssignmentId>,
    /// The case of a single-writer record.
    #[schema(schema_with = schema::id, required = false)]
    pub case: Option<CaseId>,
    /// Its one writer; nothing for a shared record.
    #[schema(schema_with = schema::id, required = false)]
    pub writer: Option<PersonId>,
    /// The sealed record that it amends.
    #[schema(schema_with = schema::id, required = false)]
    pub amends: Option<DocumentId>,
    /// Where in the log it began.
    pub begun_position: u64,
    /// Where in the log it was sealed.
    pub sealed_position: Option<u64>,
    /// When it last changed.
    #[schema(schema_with = schema::moment)]
    pub changed_at: Moment,
}

/// A record with its content.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordView {
    /// The record.
    pub row: RecordRowView,
    /// What stands in it now.
    #[schema(value_type = Object)]
    pub content: Value,
    /// What stood in it when it was sealed.
    #[schema(value_type = Object, required = false)]
    pub sealed_content: Option<Value>,
    /// The seal.
    pub seal: Option<SealView>,
    /// Its observer's confirmation, when it is a transcript of their paper.
    pub confirmation: Option<SealView>,
    /// The newest changes.
    pub heads: Vec<String>,
    /// Fields with several values.
    pub conflicts: Vec<ConflictView>,
    /// Values that are doubtful; they are kept all the same.
    pub doubts: Vec<DoubtView>,
    /// When a recipient who was not reached is tried again, in a return visit that is not sealed.
    #[schema(value_type = Object, required = false)]
    pub next_attempt: Option<NextAttempt>,
}

/// A doubtful value.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoubtView {
    /// The field.
    pub field: String,
    /// Why it is doubtful.
    #[schema(schema_with = schema::doubt)]
    pub code: DoubtCode,
    /// In words, in Chinese.
    pub zh: String,
    /// In words, in English.
    pub en: String,
}

/// A seal, or a confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealView {
    /// What the signer said: `own`, `true_copy`, `chair`, `confirmation`.
    pub purpose: &'static str,
    /// Who sealed.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// On which device.
    #[schema(schema_with = schema::id)]
    pub device: DeviceId,
    /// The heads that were sealed.
    pub heads: Vec<String>,
    /// When it was sealed by the signer's clock.
    #[schema(schema_with = schema::moment)]
    pub claimed_at: Moment,
    /// It was sealed after this.
    #[schema(schema_with = schema::moment, required = false)]
    pub not_before: Option<Moment>,
    /// It was sealed before this.
    #[schema(schema_with = schema::moment)]
    pub not_after: Moment,
    /// Whether the claimed time lies outside of the proved interval.
    pub time_doubtful: bool,
}

/// A field with several values.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictView {
    /// The field.
    pub field: String,
    /// The values, the current one last.
    pub candidates: Vec<CandidateView>,
}

/// One of several values.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateView {
    /// The value.
    #[schema(value_type = Object)]
    pub value: Value,
    /// The change that wrote it.
    pub change: String,
    /// Who wrote it.
    pub writer: Option<String>,
    /// On which device.
    #[schema(schema_with = schema::id, required = false)]
    pub device: Option<DeviceId>,
    /// What its owner calls the device.
    pub device_name: Option<String>,
    /// It was written after this.
    #[schema(schema_with = schema::moment, required = false)]
    pub not_before: Option<Moment>,
    /// When the server received it.
    #[schema(schema_with = schema::moment, required = false)]
    pub received_at: Option<Moment>,
}

/// One change in the history of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// Its place in the log.
    pub position: u64,
    /// Its hash.
    pub change: String,
    /// Who wrote it; nothing for the derived beginning.
    pub writer: Option<String>,
    /// On which device.
    #[schema(schema_with = schema::id, required = false)]
    pub device: Option<DeviceId>,
    /// In which frame of the device's epoch.
    pub frame: Option<FrameView>,
    /// It was written after this.
    #[schema(schema_with = schema::moment, required = false)]
    pub not_before: Option<Moment>,
    /// When the server received it.
    #[schema(schema_with = schema::moment)]
    pub received_at: Moment,
    /// What it did; a text's operations are counted together.
    pub operations: Vec<OperationView>,
}

/// A frame of a device.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameView {
    /// The epoch.
    pub epoch: u32,
    /// The number in it.
    pub number: u64,
}

/// What a change did at one place.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationView {
    /// Where.
    pub field: String,
    /// `set`, `clear`, `add`, `insert_text`, `delete_text`.
    pub action: &'static str,
    /// The value that was set.
    #[schema(value_type = Object, required = false)]
    pub value: Option<Value>,
    /// How many operations of this sort stand together.
    pub count: usize,
}

impl From<document::Kept> for RecordRowView {
    fn from(row: document::Kept) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            schema_version: row.schema_version,
            assignment: row.assignment,
            case: row.case,
            writer: row.writer,
            amends: row.amends,
            begun_position: row.begun_position.0,
            sealed_position: row.sealed_position.map(|position| position.0),
            changed_at: row.changed_at,
        }
    }
}

impl RecordView {
    /// The view of an open record.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn new(tx: &Tx, record: OpenRecord) -> Result<Self, Problem> {
        let writers = records::writers(tx, &record)?;
        let doubts = doubtful::doubts_of(tx, &record)?;
        let next_attempt = doubtful::next_attempt(&record);
        let json = |content| serde_json::to_value(content).map_err(Problem::internal);
        let sealed_content = match &record.seal {
            Some(kept) => Some(json(record.document.content_at(&kept.seal.statement.heads))?),
            None => None,
        };
        Ok(Self {
            content: json(record.document.content())?,
            sealed_content,
            heads: record.document.heads().iter().map(ToString::to_string).collect(),
            conflicts: conflicts(&record.document)
                .iter()
                .map(|found| ConflictView::new(found, &writers))
                .collect(),
            doubts: doubts.iter().map(|doubt| DoubtView::new(&record.row.kind, doubt)).collect(),
            next_attempt,
            seal: record.seal.map(SealView::from),
            confirmation: record.confirmation.map(SealView::from),
            row: record.row.into(),
        })
    }
}

impl From<seal::Kept> for SealView {
    fn from(kept: seal::Kept) -> Self {
        let statement = &kept.seal.statement;
        Self {
            purpose: match statement.purpose {
                SealPurpose::Own => "own",
                SealPurpose::TrueCopy => "true_copy",
                SealPurpose::Chair => "chair",
                SealPurpose::Confirmation => "confirmation",
            },
            person: kept.person,
            device: kept.device,
            heads: statement.heads.iter().map(ToString::to_string).collect(),
            claimed_at: statement.claimed_at,
            not_before: kept.sealed.not_before,
            not_after: kept.sealed.not_after,
            time_doubtful: !kept.sealed.admits(statement.claimed_at),
        }
    }
}

impl DoubtView {
    fn new(kind: &str, doubt: &Doubt) -> Self {
        Self {
            field: doubt.path.to_string(),
            code: doubt.code,
            zh: doubt.sentence(Language::Zh, kind),
            en: doubt.sentence(Language::En, kind),
        }
    }
}

impl ConflictView {
    /// The view of a conflict.
    pub fn new(conflict: &Conflict, writers: &BTreeMap<ChangeHash, Writer>) -> Self {
        let candidates = conflict.candidates.iter().map(|candidate| {
            let known = writers.get(&candidate.change);
            CandidateView {
                value: serde_json::to_value(&candidate.value).unwrap_or_default(),
                change: candidate.change.to_string(),
                writer: known.map(|writer| writer.name.clone()),
                device: known.map(|writer| writer.device),
                device_name: known.map(|writer| writer.device_name.clone()),
                not_before: known.and_then(|writer| writer.not_before),
                received_at: known.map(|writer| writer.received_at),
            }
        });
        Self { field: conflict.path.to_string(), candidates: candidates.collect() }
    }
}

impl From<HistoryEntry> for HistoryView {
    fn from(entry: HistoryEntry) -> Self {
        let sender = entry.change.sender;
        Self {
            position: entry.change.position.0,
            change: entry.change.hash.to_string(),
            writer: entry.writer,
            device: sender.map(|sender| sender.device),
            frame: sender.map(|sender| FrameView { epoch: sender.epoch, number: sender.frame_number }),
            not_before: sender.and_then(|sender| sender.not_before),
            received_at: entry.change.received_at,
            operations: OperationView::gather(&entry.operations),
        }
    }
}

impl OperationView {
    /// Operations as views; neighbours that do the same at one place are counted together.
    pub fn gather(operations: &[Operation]) -> Vec<Self> {
        let mut views: Vec<Self> = Vec::new();
        for operation in operations {
            let (action, value) = match &operation.action {
                Action::Set(value) => ("set", serde_json::to_value(value).ok()),
                Action::Clear => ("clear", None),
                Action::Add => ("add", None),
                Action::InsertText => ("insert_text", None),
                Action::DeleteText => ("delete_text", None),
            };
            let field = operation.path.to_string();
            match views.last_mut() {
                Some(last) if last.field == field && last.action == action && value.is_none() => {
                    last.count += 1
                }
                _ => views.push(Self { field, action, value, count: 1 }),
            }
        }
        views
    }
}
