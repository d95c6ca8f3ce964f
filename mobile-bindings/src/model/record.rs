//! Records as their screens need them.

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, DeviceId, DocumentId, PersonId, UndertakerId};
use tingfang_core::phone::{self, RecordStage, SyncState};
use tingfang_core::record::conflict;
use tingfang_core::record::doubt;
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::retry_plan::NextAttempt;
use tingfang_core::record::shape::{ContainerShape, KindShape, ScalarKind};
use tingfang_core::record::shape_of;
use tingfang_core::record::value::Node;

use super::edit::{self, FieldEdit};
use super::value::FieldValue;

/// Where a record stands between phone and server. Labels: section `sync_state`.
#[uniffi::remote(Enum)]
pub enum SyncState {
    /// Has changes that are not on the server yet.
    Waiting,
    /// The server has accepted everything.
    Stored,
    /// Something was not accepted and needs a person.
    Attention,
}

/// Where a record stands on its way, in one vocabulary for all screens. Labels: section `record_stage`.
#[uniffi::remote(Enum)]
pub enum RecordStage {
    /// Being written.
    Draft,
    /// The owner's part is done; others write on, or the chair has still to seal.
    Finished,
    /// Sealed, and not all of it on the server yet.
    ToUpload,
    /// Sealed, and the server has countersigned it.
    Stored,
    /// Stored, and staff have still to look at it.
    ToCheck,
    /// Something of it was not accepted, or its seal was voided: a person must look.
    Trouble,
    /// A manager has returned it; the answer is an amendment.
    Returned,
    /// Staff have looked at it and taken it.
    Passed,
    /// A sealed amendment stands in its place.
    Amended,
}

/// Which of the records that a task asks for is meant. What a task has only one of may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct About {
    /// The case.
    #[uniffi(default = None)]
    pub case: Option<CaseId>,
    /// The undertaker whose work it is about.
    #[uniffi(default = None)]
    pub undertaker: Option<UndertakerId>,
    /// The observer whose paper sheet a clerk enters.
    #[uniffi(default = None)]
    pub for_observer: Option<PersonId>,
}

impl From<About> for phone::About {
    fn from(about: About) -> Self {
        let About { case, undertaker, for_observer } = about;
        Self { case, undertaker, for_observer }
    }
}

/// A record in a list.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RecordRow {
    /// The record.
    pub record: DocumentId,
    /// The kind's code. Labels: section `kind`.
    pub kind: String,
    /// The assignment that it answers.
    pub assignment: Option<AssignmentId>,
    /// The case of a record that one person writes.
    pub case: Option<CaseId>,
    /// Whose work a record is about that one person writes.
    pub undertaker: Option<UndertakerId>,
    /// Whose paper it is a transcript of.
    pub transcribed_for: Option<PersonId>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// When it last changed on this phone.
    pub touched_at: Moment,
    /// Where it stands between phone and server.
    pub sync: SyncState,
    /// Where it stands on its way.
    pub stage: RecordStage,
}

/// That the centre had what a record said erased. Of the record itself nothing is left on the phone.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ErasedRecord {
    /// The record.
    pub record: DocumentId,
    /// Of which kind it was. Labels: section `kind`.
    pub kind: String,
    /// The number of the order.
    pub order: u64,
    /// When it was ordered.
    pub ordered_at: Moment,
}

impl From<phone::ErasedRecord> for ErasedRecord {
    fn from(erased: phone::ErasedRecord) -> Self {
        let phone::ErasedRecord { document, kind, order, ordered_at } = erased;
        Self { record: document, kind, order, ordered_at }
    }
}

/// A record with everything in it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RecordView {
    /// The record.
    pub record: DocumentId,
    /// The kind's code. Labels: section `kind`.
    pub kind: String,
    /// The assignment that it answers.
    pub assignment: Option<AssignmentId>,
    /// What is filled in, in the order of the record's form; fields of a later version come last.
    pub fields: Vec<Field>,
    /// Fields that people filled in differently without seeing each other.
    pub conflicts: Vec<Conflict>,
    /// The paths that must be filled before the seal.
    pub missing: Vec<String>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Whether it is a clerk's transcript that its observer has confirmed.
    pub confirmed: bool,
    /// Whose paper it is a transcript of.
    pub transcribed_for: Option<PersonId>,
    /// Whether its seal was voided by a refusal, so that its owner must look and seal again.
    pub needs_seal: bool,
    /// Values that are doubtful; they are kept all the same.
    pub doubts: Vec<Doubt>,
    /// When a recipient who was not reached is tried again, in a return visit that is still open.
    pub next_attempt: Option<NextAttempt>,
    /// Where it stands between phone and server.
    pub sync: SyncState,
    /// Where it stands on its way.
    pub stage: RecordStage,
}

/// A doubtful value.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Doubt {
    /// Where it stands.
    pub path: String,
    /// Why it is doubtful. Labels: section `doubt`; a sentence with the fix: `doubt_sentence`.
    pub code: String,
}

/// What is to be done next about a recipient who is to be visited.
#[uniffi::remote(Enum)]
pub enum NextAttempt {
    /// Nobody was tried yet.
    First,
    /// Try again.
    At {
        /// When.
        at: Moment,
    },
    /// The number is of no use: another number or another way.
    AnotherWay,
    /// Nobody is to be tried again: reached, refused, or deceased.
    Done,
    /// Tried often enough.
    GivenUp,
}

/// A field that is filled in.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Field {
    /// Where it stands.
    pub path: String,
    /// What stands there.
    pub value: FieldValue,
    /// The list of codes that the value is one of: the section of its labels.
    pub codes: Option<String>,
}

/// A field with several values. It counts as what stands last until somebody decides.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Conflict {
    /// Where it stands.
    pub path: String,
    /// The values, the one that is shown last.
    pub candidates: Vec<Candidate>,
    /// The list of codes that the values are of: the section of their labels.
    pub codes: Option<String>,
}

/// One of the values of a field.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Candidate {
    /// The value.
    pub value: FieldValue,
    /// Who wrote it, when, and on which device, as far as the phone knows.
    pub authorship: Option<Authorship>,
    /// The change that wrote it, in hexadecimal digits.
    pub change: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Authorship {
    /// It was written on this phone.
    Here {
        /// When, by the phone's own clock.
        at: Moment,
    },
    /// It came from the server.
    Elsewhere {
        /// The writer's name.
        writer: String,
        /// The device.
        device: DeviceId,
        /// The device's name.
        device_name: String,
        /// It was written after this time of the server's, the last that the device had seen then.
        not_before: Option<Moment>,
        /// When the server received it.
        received_at: Moment,
    },
}

impl From<&phone::Authorship> for Authorship {
    fn from(authorship: &phone::Authorship) -> Self {
        match authorship {
            phone::Authorship::Here { at } => Self::Here { at: *at },
            phone::Authorship::Elsewhere { writer, made } => Self::Elsewhere {
                writer: writer.name.clone(),
                device: writer.device,
                device_name: writer.device_name.clone(),
                not_before: made.not_before,
                received_at: made.not_after,
            },
        }
    }
}

/// Something that the server did not accept. It stays listed, with what was written.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RefusedItem {
    /// The record.
    pub record: DocumentId,
    /// What it was: `begin`, `change`, `seal`, `confirm` or `task_report`.
    pub item: String,
    /// The code of the record's kind; nothing for what was said of a task. Labels: section `kind`.
    pub kind: Option<String>,
    /// The verdict: `refused`, `held`, `malformed` or `set_aside`. Labels: section `verdict`.
    pub verdict: String,
    /// The rule behind it. Labels: section `rule`; of what is `malformed` also section `malformed`.
    pub rule: String,
    /// What was written, to be shown and copied.
    pub edits: Vec<FieldEdit>,
    /// What was said of a task, to be shown and copied.
    pub reason: Option<String>,
    /// Why a person has decided that it stays out, in their words.
    pub decided: Option<String>,
}

impl From<phone::RecordRow> for RecordRow {
    fn from(row: phone::RecordRow) -> Self {
        let phone::RecordRow {
            document,
            kind,
            assignment,
            case,
            undertaker,
            transcribed_for,
            sealed,
            touched_at,
            sync,
            stage,
        } = row;
        Self {
            record: document,
            kind,
            assignment,
            case,
            undertaker,
            transcribed_for,
            sealed,
            touched_at,
            sync,
            stage,
        }
    }
}

impl From<RecordRow> for phone::RecordRow {
    fn from(row: RecordRow) -> Self {
        let RecordRow {
            record,
            kind,
            assignment,
            case,
            undertaker,
            transcribed_for,
            sealed,
            touched_at,
            sync,
            stage,
        } = row;
        Self {
            document: record,
            kind,
            assignment,
            case,
            undertaker,
            transcribed_for,
            sealed,
            touched_at,
            sync,
            stage,
        }
    }
}

impl From<phone::RefusedItem> for RefusedItem {
    fn from(item: phone::RefusedItem) -> Self {
        let phone::RefusedItem { document, kind, record_kind, verdict, rule, edits, report, decided } = item;
        let edits = edits.into_iter().map(edit::from_core).collect();
        let reason = report.map(|said| said.reason);
        Self { record: document, item: kind, kind: record_kind, verdict, rule, edits, reason, decided }
    }
}

impl From<phone::RecordView> for RecordView {
    fn from(view: phone::RecordView) -> Self {
        let shape = shape_of(&view.kind);
        let conflicts = view.conflicts.iter().map(|conflict| conflict_of(shape, conflict, &view)).collect();
        Self {
            record: view.document,
            fields: fields_of(shape, &view.content),
            conflicts,
            missing: view.missing.iter().map(ToString::to_string).collect(),
            kind: view.kind,
            assignment: view.assignment,
            sealed: view.sealed,
            confirmed: view.confirmed,
            transcribed_for: view.transcribed_for,
            needs_seal: view.needs_seal,
            doubts: view.doubts.into_iter().map(Doubt::from).collect(),
            next_attempt: view.next_attempt,
            sync: view.sync,
            stage: view.stage,
        }
    }
}

impl From<doubt::Doubt> for Doubt {
    fn from(found: doubt::Doubt) -> Self {
        Self { path: found.path.to_string(), code: found.code.code().to_owned() }
    }
}

fn conflict_of(
    shape: Option<&KindShape>,
    conflict: &conflict::Conflict,
    view: &phone::RecordView,
) -> Conflict {
    let candidate = |candidate: &tingfang_core::record::document::Candidate| {
        let authorship = view.authors.get(&candidate.change).map(Authorship::from);
        let change = candidate.change.to_string();
        Candidate { value: candidate.value.clone().into(), authorship, change }
    };
    Conflict {
        path: conflict.path.to_string(),
        candidates: conflict.candidates.iter().map(candidate).collect(),
        codes: codes_at(shape, &conflict.path),
    }
}

fn codes_at(shape: Option<&KindShape>, path: &FieldPath) -> Option<String> {
    match shape?.scalar_at(path).ok()? {
        ScalarKind::Code { name, .. } => Some(name.to_owned()),
        _ => None,
    }
}

/// The map by which a document names its kind; it is no part of the form.
const SCHEMA: &str = "schema";

fn fields_of(shape: Option<&KindShape>, content: &Node) -> Vec<Field> {
    let mut found = Vec::new();
    walk(content, &mut Vec::new(), &mut |keys, value| {
        if keys.first().is_some_and(|container| container != SCHEMA) {
            let path: FieldPath = keys.join("/").parse().expect("any text is a path");
            let field = Field { codes: codes_at(shape, &path), value, path: path.to_string() };
            found.push((place(shape, keys), field));
        }
    });
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(_, field)| field).collect()
}

fn walk(node: &Node, keys: &mut Vec<String>, found: &mut impl FnMut(&[String], FieldValue)) {
    match node {
        Node::Scalar(scalar) => found(keys, scalar.clone().into()),
        Node::Text(text) if text.is_empty() => {}
        Node::Text(text) => found(keys, FieldValue::Text { value: text.clone() }),
        Node::Map(map) => {
            for (key, child) in map {
                keys.push(key.clone());
                walk(child, keys, found);
                keys.pop();
            }
        }
    }
}

/// By what fields are ordered: section of the form, entry, field of the form. What the form does
/// not know comes last.
fn place(shape: Option<&KindShape>, keys: &[String]) -> (usize, String, usize) {
    let containers = shape.map_or(&[][..], |shape| shape.containers);
    let at = containers.iter().position(|container| Some(container.name) == keys.first().map(String::as_str));
    let fields = match at.map(|at| containers[at].shape) {
        Some(ContainerShape::Group(fields) | ContainerShape::Entries(fields)) => fields,
        _ => &[],
    };
    let last = keys.last().map_or("", String::as_str);
    let field = fields.iter().position(|field| field.name == last).unwrap_or(usize::MAX);
    let entry = if field == usize::MAX || keys.len() == 3 { keys.get(1).cloned() } else { None };
    (at.unwrap_or(usize::MAX), entry.unwrap_or_default(), field)
}
