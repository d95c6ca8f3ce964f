//! 填报 records: from the first word to the seal, and after.

use tingfang_core::id::{AssignmentId, DocumentId, EntryId};
use tingfang_core::phone;
use tingfang_core::record::edit::Edit;

use super::Tingfang;
use crate::error::TingfangError;
use crate::listener::Change;
use crate::model::edit::{FieldEdit, to_core};
use crate::model::page::{FoundPage, place};
use crate::model::question::Question;
use crate::model::record::{About, RecordRow, RecordView};
use crate::model::score::Score;

#[uniffi::export]
impl Tingfang {
    /// Starts the record of a kind that a task asks for. Of a kind of which a task has one it gives the one that is
    /// there, and two people who start the same shared record without a network start the same record. Of a kind of
    /// which there may be several (a notice, a progress contact, a complaint) every call starts another; those that
    /// are there stand in the task's `AgendaItem.records`.
    ///
    /// `about` says which record is meant, where the task asks for one on each of its cases, undertakers or observers.
    #[uniffi::method(default(about = None))]
    pub fn start(
        &self,
        assignment: AssignmentId,
        kind: String,
        about: Option<About>,
    ) -> Result<DocumentId, TingfangError> {
        let about = about.map(phone::About::from).unwrap_or_default();
        self.written(|phone| phone.start(assignment, &kind, about))
    }

    /// Starts a record that no task asks for. It is written and sent like any other; the server holds
    /// it until a manager links it to an assignment, and only then it can be sealed.
    pub fn start_unassigned(&self, kind: String) -> Result<DocumentId, TingfangError> {
        self.written(|phone| phone.start_unassigned(&kind))
    }

    /// Writes edits into a record, all of them or none: for every answer as it is given. Gives the ids of the
    /// entries that were added, in order.
    pub fn edit(&self, record: DocumentId, edits: Vec<FieldEdit>) -> Result<Vec<EntryId>, TingfangError> {
        let edits: Vec<Edit> = edits.into_iter().map(|edit| to_core(edit, &self.minter)).collect();
        self.written(|phone| phone.edit(record, &edits).map(|()| record))?;
        let added = |edit: Edit| if let Edit::Add { entry, .. } = edit { Some(entry) } else { None };
        Ok(edits.into_iter().filter_map(added).collect())
    }

    /// Shows a record.
    pub fn show(&self, record: DocumentId) -> Result<RecordView, TingfangError> {
        self.read(|phone| phone.show(record)).map(RecordView::from)
    }

    /// A scoresheet or an observer sheet beside its rubric, with what it comes to so far; nothing when the server
    /// has not told the rubric yet.
    ///
    /// Throws `WrongKind` for a record that is no sheet.
    pub fn score(&self, record: DocumentId) -> Result<Option<Score>, TingfangError> {
        Ok(self.read(|phone| phone.score(record))?.map(Score::from))
    }

    /// What is asked in a record now, in order: the questions of a return visit, the items of an inspection. They are
    /// data that the centre sends, and answered by `edit` at their paths. Empty for other kinds, and while the phone
    /// has not heard them yet.
    pub fn questions(&self, record: DocumentId) -> Result<Vec<Question>, TingfangError> {
        Ok(self.read(|phone| phone.questions(record))?.into_iter().map(Question::from).collect())
    }

    /// Seals a record as it stands. From then on it is changed by an amendment only.
    ///
    /// Throws `Incomplete` with the missing fields, or `NotAllowed`.
    pub fn seal(&self, record: DocumentId) -> Result<(), TingfangError> {
        self.written(|phone| phone.seal(record).map(|()| record)).map(|_| ())
    }

    /// Confirms a clerk's sealed transcript: the owner says that it is what they wrote on paper.
    ///
    /// Throws `NotAllowed` when it is not a transcript of the owner's paper, or not sealed yet.
    pub fn confirm(&self, record: DocumentId) -> Result<(), TingfangError> {
        self.written(|phone| phone.confirm(record).map(|()| record)).map(|_| ())
    }

    /// Begins an amendment of a sealed record: a new record that says why. That of a record of one writer begins with its
    /// content; that of a shared record is an addendum, and begins empty.
    pub fn amend(&self, record: DocumentId, reason: String) -> Result<DocumentId, TingfangError> {
        self.written(|phone| phone.amend(record, &reason))
    }

    /// Records, the last touched first; `after` is the last row of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn records(&self, after: Option<RecordRow>, limit: u32) -> Result<Vec<RecordRow>, TingfangError> {
        let after = after.map(phone::RecordRow::from);
        let rows = self.read(|phone| phone.records(after.as_ref(), limit))?;
        Ok(rows.into_iter().map(RecordRow::from).collect())
    }

    /// A page of the records that hold a text, the last that came onto this phone first. Two Chinese characters are
    /// enough. `after` is `next` of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn search(
        &self,
        text: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<FoundPage, TingfangError> {
        let after = place(after)?;
        if !self.read(phone::Phone::is_all_indexed)? {
            // Whoever records is let in after each step.
            while self.with(phone::Phone::index_some)? {}
        }
        self.read(|phone| phone.found_page(&text, after, limit)).map(FoundPage::from)
    }

    /// The record as a standard Automerge file, which any Automerge library opens.
    pub fn save_document(&self, record: DocumentId) -> Result<Vec<u8>, TingfangError> {
        self.read(|phone| phone.save_document(record))
    }
}

impl Tingfang {
    /// Writes something, and tells who listens.
    pub(super) fn written(
        &self,
        work: impl FnOnce(&mut phone::Phone) -> Result<DocumentId, phone::PhoneError>,
    ) -> Result<DocumentId, TingfangError> {
        let record = self.with(work)?;
        self.listeners.tell(Change::Record { record });
        Ok(record)
    }
}
