//! Records on the phone: editing, sealing, showing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::permission::whole;
use super::search::{Gist, pairs};
use super::store::change::{self, ChangeDetails};
use super::store::document::{self, DocumentRow};
use super::store::{Reader, Tx, item, search, server_row};
use super::{Authorship, Phone, PhoneError, RecordStage, SyncState, tasks};
use crate::clock::Moment;
use crate::gather::map_of;
use crate::id::{AssignmentId, DocumentId, PersonId};
use crate::policy::{Act, RecordState};
use crate::record::conflict::{Conflict, conflicts};
use crate::record::document::{ChangeHash, Document, RawChange};
use crate::record::doubt::{Doubt, Yardstick, doubts};
use crate::record::edit::{Edit, EditError, FieldPath};
use crate::record::identity::Identity;
use crate::record::kind::Record;
use crate::record::retry_plan::{NextAttempt, RetryPlan};
use crate::record::seal::{Seal, SealPurpose};
use crate::record::size;
use crate::record::value::Node;
use crate::sync::actor;
use crate::sync::frame::Item;
use crate::sync::row_kind::RowKind;

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
    /// Where the values come from, by the change that wrote them.
    pub authors: BTreeMap<ChangeHash, Authorship>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// The observer whose paper it is a transcript of.
    pub transcribed_for: Option<PersonId>,
    /// Whether it is a clerk's transcript that its observer has confirmed.
    pub confirmed: bool,
    /// Whether a seal was voided by a refusal and must be given again.
    pub needs_seal: bool,
    /// Values that are doubtful; they are kept all the same.
    pub doubts: Vec<Doubt>,
    /// When a recipient who was not reached is tried again, in a return visit that is still open.
    pub next_attempt: Option<NextAttempt>,
    /// What is still missing before the seal.
    pub missing: Vec<FieldPath>,
    /// Where it stands between phone and server.
    pub sync: SyncState,
    /// Where it stands on its way.
    pub stage: RecordStage,
}

impl Phone {
    /// Writes edits into a record. They are on disk when this returns.
    ///
    /// # Errors
    /// When an edit does not fit or is not allowed; then nothing is written.
    pub fn edit(&mut self, document: DocumentId, edits: &[Edit]) -> Result<(), PhoneError> {
        self.edit_with(document, edits, |_| Ok(()))
    }

    /// The same, with what belongs to it in the same transaction.
    pub(super) fn edit_with(
        &mut self,
        document: DocumentId,
        edits: &[Edit],
        also: impl FnOnce(&Tx<'_>) -> Result<(), PhoneError>,
    ) -> Result<(), PhoneError> {
        let row = self.row(document)?;
        let facts = self.facts(&row)?;
        let mut opened = open_record(self.store.reader(), document)?;
        let shape = opened.shape()?;
        for edit in edits {
            shape.check(edit)?;
            self.check_answer(&row.kind, edit)?;
            let (act, path) = Act::of_edit(edit);
            let parts = path.parts();
            if parts.len() == 3 && opened.maker(&FieldPath::new([&parts[0], &parts[1]])).is_none() {
                return Err(EditError::NoSuchEntry { path: path.to_string() }.into());
            }
            // Whose a record is and what it is about was written when it began.
            if Identity::default().at(&path).is_some() {
                return Err(PhoneError::NotAllowed { rule: "identity_is_given".to_owned() });
            }
            let (owner, value) = (self.entry_owner(&opened, &path), Act::text_of_edit(edit));
            self.check_allowed_in_entry(&facts, &row.kind, act, &path, owner, value)?;
        }
        let lengthens = edits.iter().any(Edit::lengthens);
        if size::is_full(&opened, change::bytes_of(self.store.reader(), document)?, lengthens) {
            return Err(PhoneError::NotAllowed { rule: size::TOO_LARGE.to_owned() });
        }
        let actor = actor::derive(self.profile.device, document, self.epoch(), row.rebase);
        let edits = &[&self.lost_opening(&row, &opened)?, edits].concat();
        let changes = opened.edit(actor, edits)?;
        // What is written in parts comes in as a whole, or is not written.
        if lengthens && changes.len() > 1 && opened.operations() > size::MAX_OPERATIONS {
            return Err(PhoneError::NotAllowed { rule: size::TOO_LARGE.to_owned() });
        }
        let (rebase, now, gist) = (row.rebase, self.now(), self.gist(&row, &opened)?);
        self.store.write("writing edits", |tx| {
            keep_own_changes(tx, document, rebase, &changes, edits, now)?;
            also(tx)?;
            touch(tx, &row, now.as_millis(), &gist)
        })
    }

    /// Seals a record as it stands.
    ///
    /// # Errors
    /// When fields are missing or the policy does not allow it.
    pub fn seal(&mut self, document: DocumentId) -> Result<(), PhoneError> {
        let row = self.row(document)?;
        let facts = self.facts(&row)?;
        if facts.state == RecordState::Open
            && !self.lost_opening(&row, &open_record(self.store.reader(), document)?)?.is_empty()
        {
            self.edit(document, &[])?;
        }
        if row.assignment.is_none() {
            return Err(PhoneError::NotAllowed { rule: "unassigned".to_owned() });
        }
        self.check_allowed(&facts, &row.kind, Act::Seal, &whole(), None)?;
        let opened = open_record(self.store.reader(), document)?;
        let record = Record::read(&row.kind, &opened.content());
        let missing = self.missing(&row, record.as_ref())?;
        if !missing.is_empty() {
            return Err(PhoneError::Incomplete(missing));
        }
        let purpose = SealPurpose::of(opened.shape()?.merge, row.transcribed_for.is_some());
        let seal = Seal::sign(&opened, purpose, self.now(), |digest| self.sign(digest))?
            .ok_or_else(|| PhoneError::Damaged { reason: "the record names no kind".into() })?;
        self.store.write("sealing", |tx| {
            document::set_sealed(tx, document)?;
            item::enqueue(tx, "seal", &Item::Seal { seal })?;
            tasks::look_again(tx, self.profile.person)
        })
    }

    /// Confirms a clerk's transcript: its observer says that it is what they wrote on paper.
    ///
    /// # Errors
    /// When it is no sealed transcript of the owner's paper, or the policy does not allow it.
    pub fn confirm(&mut self, document: DocumentId) -> Result<(), PhoneError> {
        self.check_confirmable(&self.row(document)?)?;
        if self.is_confirmed(document)? {
            return Ok(());
        }
        let opened = open_record(self.store.reader(), document)?;
        let confirmation =
            Seal::sign(&opened, SealPurpose::Confirmation, self.now(), |digest| self.sign(digest))?
                .ok_or_else(|| PhoneError::Damaged { reason: "the record names no kind".into() })?;
        self.store.write("confirming", |tx| item::enqueue(tx, "confirm", &Item::Confirm { confirmation }))
    }

    /// Asks that the owner may confirm a record.
    pub(super) fn check_confirmable(&self, row: &DocumentRow) -> Result<(), PhoneError> {
        let facts = self.facts(row)?;
        if row.transcribed_for != Some(self.profile.person) {
            return Err(PhoneError::NotAllowed { rule: "confirmation_of_own_paper".to_owned() });
        }
        if facts.state != RecordState::Sealed {
            return Err(PhoneError::NotAllowed { rule: "confirmation_before_seal".to_owned() });
        }
        self.check_allowed(&facts, &row.kind, Act::Confirm, &whole(), None)
    }

    /// Whether the observer has confirmed a transcript: here, or as the server told.
    pub(super) fn is_confirmed(&self, document: DocumentId) -> Result<bool, PhoneError> {
        let reader = self.store.reader();
        let told = server_row::body(reader, RowKind::Confirmation, &document.to_string())?.is_some();
        Ok(told || item::is_confirmed(reader, document)?)
    }

    /// Shows a record.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn show(&self, document: DocumentId) -> Result<RecordView, PhoneError> {
        let row = self.row(document)?;
        let opened = open_record(self.store.reader(), document)?;
        let content = opened.content();
        let record = Record::read(&row.kind, &content);
        let missing = self.missing(&row, record.as_ref())?;
        let against = Yardstick { now: self.now(), assigned_on: self.assigned_on(&row)? };
        let doubts = record.as_ref().map_or_else(Vec::new, |record| doubts(record, against));
        let plan = RetryPlan::shipped();
        let next_attempt = record.as_ref().and_then(|record| plan.next_in(record, row.state == "sealed"));
        let changes = change::of_document(self.store.reader(), document)?;
        let authors =
            map_of(changes.into_iter().filter_map(|change| Some((change.hash, change.authorship?))));
        let sync = self.sync_state(document)?;
        Ok(RecordView {
            document,
            kind: row.kind.clone(),
            assignment: row.assignment,
            conflicts: conflicts(&opened),
            content,
            record,
            authors,
            sealed: row.state == "sealed",
            transcribed_for: row.transcribed_for,
            confirmed: self.is_confirmed(document)?,
            needs_seal: row.needs_seal,
            doubts,
            next_attempt,
            missing,
            stage: self.stage_of(&row, sync)?,
            sync,
        })
    }

    /// The day on which the case of a record was assigned; the first one where it is about several.
    fn assigned_on(&self, row: &DocumentRow) -> Result<Option<Date>, PhoneError> {
        let task = row.assignment.map(|assignment| self.known_task(assignment)).transpose()?.flatten();
        let subjects = task.into_iter().flat_map(|task| task.subjects);
        let about = subjects.filter(|subject| row.case.is_none_or(|case| case == subject.case));
        Ok(about.filter_map(|subject| subject.assigned_on).min())
    }

    /// The record as a standard Automerge file.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn save_document(&self, document: DocumentId) -> Result<Vec<u8>, PhoneError> {
        Ok(open_record(self.store.reader(), self.row(document)?.document)?.save())
    }

    /// What a record lacks before it can be sealed.
    fn missing(&self, row: &DocumentRow, record: Option<&Record>) -> Result<Vec<FieldPath>, PhoneError> {
        let Some(record) = record else { return Ok(Vec::new()) };
        let mut missing = record.missing(&self.sharers(row));
        missing.extend(self.missing_answers(record)?);
        Ok(missing)
    }

    pub(super) fn row(&self, document: DocumentId) -> Result<DocumentRow, PhoneError> {
        self.check_lease()?;
        document::find(self.store.reader(), document)?.ok_or(PhoneError::NoSuchRecord(document))
    }
}

/// Opens a record from its changes: all that still count, accepted or not yet judged.
pub(super) fn open_record(reader: &Reader, id: DocumentId) -> Result<Document, PhoneError> {
    let rows = change::of_document(reader, id)?;
    let live = rows.iter().filter(|row| row.counts());
    Document::from_what_fits(live.map(|row| row.bytes.as_slice()))
        .map(|(document, _)| document)
        .map_err(|error| PhoneError::Damaged { reason: error.reason })
}

/// Keeps own changes with the edits that made them, and queues them.
pub(super) fn keep_own_changes(
    tx: &Tx<'_>,
    document: DocumentId,
    rebase: u32,
    changes: &[RawChange],
    edits: &[Edit],
    at: Moment,
) -> Result<(), PhoneError> {
    for (index, made) in changes.iter().enumerate() {
        // A text in parts is one act: its edits are journaled with the first part.
        let journal = if index == 0 { edits } else { &[] };
        let journal = minicbor::to_vec(journal).expect("encoding into memory cannot fail");
        let authorship = Some(Authorship::Here { at });
        let details = ChangeDetails { position: None, rebase, journal: Some(journal), authorship };
        change::save(tx, document, made, "draft", details)?;
        item::enqueue_change(tx, document, made.hash)?;
    }
    Ok(())
}

/// Notes that a record has changed, and indexes its text.
pub(super) fn touch(tx: &Tx<'_>, row: &DocumentRow, now_millis: i64, gist: &Gist) -> Result<(), PhoneError> {
    document::set_touched(tx, row.document, now_millis, &gist.words, gist.seen)?;
    search::index(tx, row.number, &pairs(&gist.words))
}
