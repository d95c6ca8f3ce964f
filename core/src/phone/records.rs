//! Records on the phone: starting, editing, sealing, amending, showing.

use std::collections::BTreeMap;

use rusqlite::{Transaction, named_params};

use super::frames::{enqueue, enqueue_change};
use super::store::{
    ChangeDetails, DocumentRow, change_rows, document_row, failed, insert_change, open_document,
};
use super::{Phone, PhoneError, SyncState};
use crate::id::{AssignmentId, CaseId, DocumentId, PersonId};
use crate::people::{Duty, Relation, Task};
use crate::policy::{Act, Facts, RecordState, Request, Ruling};
use crate::record::amendment;
use crate::record::conflict::{Conflict, conflicts};
use crate::record::document::{Document, RawChange, derived_changes};
use crate::record::edit::{Edit, FieldPath};
use crate::record::kind::{Record, shape_of};
use crate::record::seal::{Seal, SealPurpose};
use crate::record::shape::{ContainerShape, KindShape, Merge, ScalarType};
use crate::record::value::{Node, Scalar};
use crate::sync::actor;
use crate::sync::frame::{Claim, Item};

/// A record as its screen needs it.
#[derive(Clone, Debug)]
pub struct RecordView {
    /// The record.
    pub document: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// The assignment that it answers.
    pub assignment: Option<AssignmentId>,
    /// Its content.
    pub content: Node,
    /// The same, typed; nothing for a kind of a later version.
    pub record: Option<Record>,
    /// Fields with several values.
    pub conflicts: Vec<Conflict>,
    /// Who wrote under which change, as far as the phone knows: the writer's name by change hash.
    pub writers: BTreeMap<String, String>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Whether a seal was voided by a refusal and must be given again.
    pub needs_seal: bool,
    /// What is still missing before the seal.
    pub missing: Vec<FieldPath>,
    /// Where it stands between phone and server.
    pub sync: SyncState,
}

impl Phone {
    /// Starts the record of a kind that a task asks for, or returns the one that is there.
    ///
    /// `case` says which of the task's subjects a single-writer record is about; it may be left
    /// out when the task has one. `for_observer` is the observer whose paper sheet a clerk enters.
    ///
    /// # Errors
    /// When there is no such task, it does not ask for the kind, or the policy does not allow it.
    pub fn start(
        &mut self,
        assignment: AssignmentId,
        kind: &str,
        case: Option<CaseId>,
        for_observer: Option<PersonId>,
    ) -> Result<DocumentId, PhoneError> {
        let task = self.task(assignment)?.ok_or(PhoneError::NoSuchTask(assignment))?;
        let kinds = task.kind.record_kinds();
        let shape = shape_of(kind).filter(|shape| kinds.contains(&shape.code));
        let shape = shape
            .ok_or_else(|| PhoneError::WrongKind { kind: kind.to_owned(), expected: kinds.join(", ") })?;
        let case = case.or_else(|| task.subjects.first().map(|subject| subject.case));
        let (document, claim) = self.identify(shape, &task, case);
        if document_row(self.store.reader(), document)?.is_some() {
            return Ok(document);
        }
        self.check_allowed(&task_facts(&task, self.profile.person), kind, Act::Begin, &whole())?;
        let opening = self.opening(shape, &task, case, for_observer)?;
        self.begin(shape, document, claim, Some(assignment), case, &opening)?;
        Ok(document)
    }

    /// Writes edits into a record. They are on disk when this returns.
    ///
    /// # Errors
    /// When an edit does not fit or is not allowed; then nothing is written.
    pub fn edit(&mut self, document: DocumentId, edits: &[Edit]) -> Result<(), PhoneError> {
        let row = self.row(document)?;
        let facts = self.facts(&row)?;
        let mut opened = open_document(self.store.reader(), document)?;
        let shape = opened.shape()?;
        for edit in edits {
            shape.check(edit)?;
            let (act, path) = Act::of_edit(edit);
            let owner = self.entry_owner(&opened, &path);
            self.check_allowed_in_entry(&facts, &row.kind, act, &path, owner)?;
        }
        let actor = actor::derive(self.profile.device, document, self.secrets.epoch, row.rebase);
        let changes = opened.edit(actor, edits)?;
        let (rebase, now, search) = (row.rebase, self.now().as_millis(), self.search_text(&row, &opened)?);
        self.store.write("writing edits", |tx| {
            keep_own_changes(tx, document, rebase, &changes, edits)?;
            touch(tx, row.number, document, now, &search)
        })
    }

    /// Seals a record as it stands.
    ///
    /// # Errors
    /// When fields are missing or the policy does not allow it.
    pub fn seal(&mut self, document: DocumentId) -> Result<(), PhoneError> {
        let row = self.row(document)?;
        let facts = self.facts(&row)?;
        self.check_allowed(&facts, &row.kind, Act::Seal, &whole())?;
        let opened = open_document(self.store.reader(), document)?;
        let record = Record::read(&row.kind, &opened.content());
        let missing = record.as_ref().map_or_else(Vec::new, |record| record.missing(&self.observers(&row)));
        if !missing.is_empty() {
            return Err(PhoneError::Incomplete(missing));
        }
        let transcribed = opened.content().at(&["origin", "transcribed_for"]).is_some();
        let purpose = match (opened.shape()?.merge, transcribed) {
            (Merge::Shared, _) => SealPurpose::Chair,
            (Merge::SingleWriter, true) => SealPurpose::TrueCopy,
            (Merge::SingleWriter, false) => SealPurpose::Own,
        };
        let seal = Seal::sign(&opened, purpose, self.now(), &self.key)
            .ok_or_else(|| PhoneError::Damaged { reason: "the record names no kind".into() })?;
        self.store.write("sealing", |tx| {
            tx.execute(
                "update document set state = 'sealed', needs_seal = 0 where document_id = ?1",
                [document.as_bytes()],
            )
            .map_err(failed("sealing"))?;
            enqueue(tx, "seal", &Item::Seal { seal })
        })
    }

    /// Begins an amendment of a sealed record: a new record of the same kind with its content.
    ///
    /// # Errors
    /// When the record is not sealed, or the policy does not allow it.
    pub fn amend(&mut self, sealed: DocumentId, reason: &str) -> Result<DocumentId, PhoneError> {
        let row = self.row(sealed)?;
        let facts = self.facts(&row)?;
        if facts.state != RecordState::Sealed {
            return Err(PhoneError::NotAllowed { rule: "not_sealed".to_owned() });
        }
        self.check_allowed(&facts, &row.kind, Act::Amend, &whole())?;
        let original = open_document(self.store.reader(), sealed)?;
        let shape = original.shape()?;
        let edits = amendment::begin(shape, &original.content(), sealed, reason);
        let document = self.minter.mint();
        self.begin(shape, document, Claim::Amendment { of: sealed }, row.assignment, row.case, &edits)?;
        Ok(document)
    }

    /// Shows a record.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn show(&self, document: DocumentId) -> Result<RecordView, PhoneError> {
        let row = self.row(document)?;
        let opened = open_document(self.store.reader(), document)?;
        let content = opened.content();
        let record = Record::read(&row.kind, &content);
        let missing = record.as_ref().map_or_else(Vec::new, |record| record.missing(&self.observers(&row)));
        let writers = change_rows(self.store.reader(), document)?
            .into_iter()
            .filter(|change| !change.writer.is_empty())
            .map(|change| (change.hash.to_string(), change.writer))
            .collect();
        Ok(RecordView {
            document,
            kind: row.kind.clone(),
            assignment: row.assignment,
            conflicts: conflicts(&opened),
            content,
            record,
            writers,
            sealed: row.state == "sealed",
            needs_seal: row.needs_seal,
            missing,
            sync: self.sync_state(document)?,
        })
    }

    /// The record as a standard Automerge file.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn save_document(&self, document: DocumentId) -> Result<Vec<u8>, PhoneError> {
        Ok(open_document(self.store.reader(), self.row(document)?.document)?.save())
    }

    pub(super) fn row(&self, document: DocumentId) -> Result<DocumentRow, PhoneError> {
        document_row(self.store.reader(), document)?.ok_or(PhoneError::NoSuchRecord(document))
    }

    fn identify(&self, shape: &KindShape, task: &Task, case: Option<CaseId>) -> (DocumentId, Claim) {
        let (tenant, person) = (self.profile.tenant, self.profile.person);
        let assignment = task.assignment;
        match (shape.merge, case) {
            (Merge::SingleWriter, Some(case)) => (
                DocumentId::single_writer(tenant, assignment, shape.code, case.as_bytes(), person),
                Claim::Own { assignment, case },
            ),
            _ => (DocumentId::shared(tenant, assignment), Claim::Shared { assignment }),
        }
    }

    /// The first edits of a record: what the task already knows, so that nothing is asked twice.
    fn opening(
        &self,
        shape: &KindShape,
        task: &Task,
        case: Option<CaseId>,
        for_observer: Option<PersonId>,
    ) -> Result<Vec<Edit>, PhoneError> {
        let subject = task.subjects.iter().find(|subject| Some(subject.case) == case);
        let rubric = match &task.round {
            Some(round) => Some(round.rubric.clone()),
            None => self.observer_rubric()?,
        };
        let known: [(&str, Option<Scalar>); 6] = [
            ("hearing", task.hearing.as_ref().map(|hearing| hearing.id.to_scalar())),
            ("case", subject.map(|subject| subject.case.to_scalar())),
            ("undertaker", subject.map(|subject| subject.undertaker.to_scalar())),
            ("round", task.round.as_ref().map(|round| round.id.to_scalar())),
            ("rubric", rubric.map(Scalar::Text)),
            (
                "attendance",
                task.hearing
                    .as_ref()
                    .map(|_| DocumentId::shared(self.profile.tenant, task.assignment).to_scalar()),
            ),
        ];
        let has = |container: &str, field: &str| match shape.container(container).map(|found| found.shape) {
            Some(ContainerShape::Group(fields)) => fields.iter().any(|known| known.name == field),
            _ => false,
        };
        let mut edits: Vec<Edit> = known
            .into_iter()
            .filter(|(field, _)| has("subject", field))
            .filter_map(|(field, value)| Some(Edit::set(["subject", field], value?)))
            .collect();
        if shape.merge == Merge::SingleWriter {
            edits.push(Edit::set(["origin", "author"], self.profile.person.to_scalar()));
            edits.push(Edit::set(["origin", "entered_at"], self.now().to_scalar()));
        }
        if let Some(observer) = for_observer {
            edits.push(Edit::set(["origin", "transcribed_for"], observer.to_scalar()));
            edits.push(Edit::set(["origin", "scan"], Scalar::Text("pending".into())));
        }
        Ok(edits)
    }

    fn begin(
        &mut self,
        shape: &'static KindShape,
        document: DocumentId,
        claim: Claim,
        assignment: Option<AssignmentId>,
        case: Option<CaseId>,
        edits: &[Edit],
    ) -> Result<(), PhoneError> {
        let beginning = derived_changes(shape, shape.version, document);
        let mut opened = Document::begin(shape, document);
        let actor = actor::derive(self.profile.device, document, self.secrets.epoch, 0);
        let changes = if edits.is_empty() { Vec::new() } else { opened.edit(actor, edits)? };
        let now = self.now().as_millis();
        let item = Item::Begin { document, kind: shape.code.to_owned(), version: shape.version, claim };
        self.store.write("starting a record", |tx| {
            tx.execute(
                "insert into document (document_id, kind, assignment_id, case_id, own, touched_at)
                 values (:document, :kind, :assignment, :case, :own, :now)",
                named_params! {
                    ":document": document.as_bytes(),
                    ":kind": shape.code,
                    ":assignment": assignment.map(|id| *id.as_bytes()),
                    ":case": case.map(|id| *id.as_bytes()),
                    ":own": shape.merge == Merge::SingleWriter,
                    ":now": now,
                },
            )
            .map_err(failed("starting a record"))?;
            for change in &beginning {
                insert_change(tx, document, change, "accepted", ChangeDetails::default())?;
            }
            enqueue(tx, "begin", &item)?;
            keep_own_changes(tx, document, 0, &changes, edits)
        })
    }

    fn facts(&self, row: &DocumentRow) -> Result<Facts<'static>, PhoneError> {
        let task = row.assignment.map(|assignment| self.task(assignment)).transpose()?.flatten();
        let state = if row.state == "sealed" { RecordState::Sealed } else { RecordState::Open };
        let base = task
            .as_ref()
            .map_or_else(|| no_task_facts(self.profile.person), |task| task_facts(task, self.profile.person));
        Ok(Facts { state, is_writer: row.own, ..base })
    }

    fn check_allowed(
        &self,
        facts: &Facts<'_>,
        kind: &str,
        act: Act,
        path: &FieldPath,
    ) -> Result<(), PhoneError> {
        self.check_allowed_in_entry(facts, kind, act, path, None)
    }

    fn check_allowed_in_entry(
        &self,
        facts: &Facts<'_>,
        kind: &str,
        act: Act,
        path: &FieldPath,
        entry_owner: Option<PersonId>,
    ) -> Result<(), PhoneError> {
        match self.policy.judge(facts, &Request { kind, act, path, entry_owner }) {
            Ruling::Allow(_) => Ok(()),
            Ruling::Deny(rule) => Err(PhoneError::NotAllowed { rule: rule.to_owned() }),
        }
    }

    /// The owner of the entry that a path lies in, as far as this phone can tell: itself, or nobody
    /// that it knows.
    fn entry_owner(&self, opened: &Document, path: &FieldPath) -> Option<PersonId> {
        let entry = path.parts().get(..2).filter(|_| path.parts().len() == 3)?;
        let maker = opened.maker(&FieldPath::new([&entry[0], &entry[1]]))?;
        let own = (0..=self.secrets.epoch).any(|epoch| {
            (0..=MOST_REBASES)
                .any(|rebase| actor::derive(self.profile.device, opened_id(opened), epoch, rebase) == maker)
        });
        own.then_some(self.profile.person)
    }

    fn observers(&self, row: &DocumentRow) -> Vec<PersonId> {
        let task = row.assignment.and_then(|assignment| self.task(assignment).ok().flatten());
        task.map_or_else(Vec::new, |task| {
            task.members
                .iter()
                .filter(|member| matches!(member.duty, Duty::Chair | Duty::Observer))
                .map(|member| member.person)
                .collect()
        })
    }
}

/// How often a record may have been reopened before the phone stops recognising its own entries.
const MOST_REBASES: u32 = 32;

fn opened_id(opened: &Document) -> DocumentId {
    opened.schema().map_or(DocumentId::from_bytes([0; 16]), |schema| schema.document)
}

fn whole() -> FieldPath {
    FieldPath::new([""])
}

/// What a phone knows of its owner in a task. Roles are what the duty implies; the server, which
/// knows better, judges again.
fn task_facts(task: &Task, person: PersonId) -> Facts<'static> {
    use crate::people::Role;
    Facts {
        duty: task.duty_of(person),
        roles: &[Role::Supervisor, Role::OutsideObserver, Role::Assessor],
        state: match task.state {
            crate::people::task::TaskState::Open => RecordState::Open,
            crate::people::task::TaskState::Closed => RecordState::Closed,
        },
        is_writer: true,
        ..no_task_facts(person)
    }
}

const fn no_task_facts(person: PersonId) -> Facts<'static> {
    Facts {
        person,
        roles: &[],
        duty: None,
        relation: Relation::None,
        is_writer: false,
        state: RecordState::Open,
    }
}

/// Keeps own changes with the edits that made them, and queues them.
pub(super) fn keep_own_changes(
    tx: &Transaction<'_>,
    document: DocumentId,
    rebase: u32,
    changes: &[RawChange],
    edits: &[Edit],
) -> Result<(), PhoneError> {
    for (index, change) in changes.iter().enumerate() {
        // A text in parts is one act: its edits are journaled with the first part.
        let journal = if index == 0 { edits } else { &[] };
        let journal = minicbor::to_vec(journal).expect("encoding into memory cannot fail");
        let details = ChangeDetails { rebase, journal: Some(journal), ..ChangeDetails::default() };
        insert_change(tx, document, change, "draft", details)?;
        enqueue_change(tx, document, change.hash)?;
    }
    Ok(())
}

/// Notes that a record has changed, and indexes its text.
pub(super) fn touch(
    tx: &Transaction<'_>,
    number: i64,
    document: DocumentId,
    now_millis: i64,
    search_text: &str,
) -> Result<(), PhoneError> {
    let doing = "indexing a record";
    tx.execute(
        "update document set stale = 0, touched_at = ?2, search_text = ?3 where document_id = ?1",
        rusqlite::params![document.as_bytes(), now_millis, search_text],
    )
    .map_err(failed(doing))?;
    tx.execute(
        "insert or replace into search (rowid, pairs) values (?1, ?2)",
        rusqlite::params![number, super::search::pairs(search_text)],
    )
    .map(|_| ())
    .map_err(failed(doing))
}

/// Every text that a person could search for in a record's content.
pub(super) fn texts(node: &Node, into: &mut Vec<String>) {
    match node {
        Node::Text(text) if !text.is_empty() => into.push(text.clone()),
        Node::Scalar(Scalar::Text(text)) if !crate::record::edit::is_canonical_id(text) => {
            into.push(text.clone());
        }
        Node::Map(map) => map.values().for_each(|child| texts(child, into)),
        _ => {}
    }
}
