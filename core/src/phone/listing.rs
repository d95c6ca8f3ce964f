//! Lists: records, what was not accepted, and the state of sync.

use super::store::attachment;
use super::store::document::{self, DocumentRow};
use super::store::item::{self, RefusedRow};
use super::store::setting::{self, Setting};
use super::{Page, Phone, PhoneError, Place, RecordStage};
use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, CaseId, DocumentId, PersonId, UndertakerId};
use crate::people::TaskCommand;
use crate::record::edit::Edit;
use crate::sync::frame::Item;

codes! {
    /// Where a record stands between phone and server.
    SyncState as "sync_state" {
        /// Has changes that are not on the server yet.
        Waiting = "waiting",
        /// The server has accepted everything.
        Stored = "stored",
        /// Something was not accepted and needs a person.
        Attention = "attention",
    }
}

/// A record in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// The record.
    pub document: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// The assignment that it answers.
    pub assignment: Option<AssignmentId>,
    /// The case of a single-writer record.
    pub case: Option<CaseId>,
    /// Whose work a single-writer record is about.
    pub undertaker: Option<UndertakerId>,
    /// The observer whose paper it is a transcript of.
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

/// Something that the server did not accept. It is kept, with the text to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedItem {
    /// The record.
    pub document: DocumentId,
    /// What it was: `begin`, `change`, `seal`, `confirm` or `task_report`.
    pub kind: String,
    /// The record's kind; nothing for what was said of a task.
    pub record_kind: Option<String>,
    /// The verdict: `refused`, `held`, `malformed` or `set_aside`.
    pub verdict: String,
    /// The rule behind it.
    pub rule: String,
    /// What was written.
    pub edits: Vec<Edit>,
    /// What was said of a task.
    pub report: Option<TaskCommand>,
    /// Why a person has decided that it stays out, in their words.
    pub decided: Option<String>,
}

/// The state of sync as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Status {
    /// Items that are not on the server yet.
    pub waiting: u64,
    /// Items that the server holds.
    pub stored: u64,
    /// Items that were not accepted.
    pub not_accepted: u64,
    /// Records on this phone.
    pub records: u64,
    /// Files that the server does not have yet.
    pub files_waiting: u64,
    /// How many bytes of them it does not have.
    pub file_bytes_waiting: u64,
    /// When the phone last read everything.
    pub synced_at: Option<Moment>,
}

impl Phone {
    /// Records, the last touched first; `after` is the last row of the page before.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn records(&self, after: Option<&RecordRow>, limit: u32) -> Result<Vec<RecordRow>, PhoneError> {
        self.check_lease()?;
        let number = match after {
            Some(row) => self.row(row.document)?.number,
            None => i64::MAX,
        };
        let touched = after.map_or(i64::MAX, |row| row.touched_at.as_millis());
        let rows = document::page(self.store.reader(), (touched, number), limit)?;
        rows.into_iter().map(|row| self.record_row(row)).collect()
    }

    /// All that was not accepted, the newest first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked: what was written is in it.
    pub fn refused(&self) -> Result<Vec<RefusedItem>, PhoneError> {
        Ok(self.refused_page(None, u32::MAX)?.items)
    }

    /// A page of what was not accepted, the newest first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn refused_page(&self, after: Option<Place>, limit: u32) -> Result<Page<RefusedItem>, PhoneError> {
        self.check_lease()?;
        let (from, own) = (after.unwrap_or(Place::HIGHEST), self.profile.device);
        let rows = item::refused(self.store.reader(), own, from.at, Page::<RefusedItem>::rows_for(limit))?;
        let rows = rows.into_iter().map(|row| (Place::after(row.number), refused_item(row)));
        Ok(Page::of(from, rows.collect(), limit))
    }

    /// The state of sync as a whole.
    ///
    /// # Errors
    /// When the store fails.
    pub fn status(&self) -> Result<Status, PhoneError> {
        let reader = self.store.reader();
        let synced_at = setting::read(reader, Setting::SyncedAt)?
            .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
            .map(|bytes| Moment::from_millis(i64::from_le_bytes(bytes)));
        let items = item::counts(reader)?;
        let (files_waiting, file_bytes_waiting) = attachment::waiting(reader)?;
        Ok(Status {
            waiting: items.waiting,
            stored: items.stored,
            not_accepted: items.not_accepted,
            records: document::count(reader)?,
            files_waiting,
            file_bytes_waiting,
            synced_at,
        })
    }

    pub(super) fn sync_state(&self, document: DocumentId) -> Result<SyncState, PhoneError> {
        let items = item::counts_of(self.store.reader(), document)?;
        // What waits for a beginning that was not accepted does not go by itself.
        if item::begin_not_accepted(self.store.reader(), document)? {
            return Ok(SyncState::Attention);
        }
        Ok(match (items.waiting > 0, items.not_accepted > 0) {
            (true, _) => SyncState::Waiting,
            (false, true) => SyncState::Attention,
            (false, false) => SyncState::Stored,
        })
    }

    pub(super) fn record_row(&self, row: DocumentRow) -> Result<RecordRow, PhoneError> {
        let sync = self.sync_state(row.document)?;
        Ok(RecordRow {
            sync,
            stage: self.stage_of(&row, sync)?,
            document: row.document,
            sealed: row.state == "sealed",
            touched_at: Moment::from_millis(row.touched_at),
            assignment: row.assignment,
            case: row.case,
            undertaker: row.undertaker,
            transcribed_for: row.transcribed_for,
            kind: row.kind,
        })
    }
}

fn refused_item(row: RefusedRow) -> RefusedItem {
    RefusedItem {
        document: row.document,
        kind: row.kind,
        record_kind: row.record_kind,
        verdict: row.status,
        rule: row.reason,
        decided: row.decision.and_then(|body| {
            let body: serde_json::Value = serde_json::from_str(&body).ok()?;
            body.get("reason")?.as_str().map(str::to_owned)
        }),
        report: row.body.and_then(|bytes| match minicbor::decode(&bytes) {
            Ok(Item::TaskReport { command }) => Some(command),
            _ => None,
        }),
        edits: row.journal.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{AssignmentKind, Duty, TaskReportKind};
    use crate::phone::store::server_row;
    use crate::phone::testing::{phone, task};

    #[test]
    fn what_was_not_accepted_says_of_what_kind_of_record_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let assignment = AssignmentId::from_bytes([5; 16]);
        let told = task(assignment, AssignmentKind::Attendance, Duty::Chair);
        phone.store.write("testing", |tx| server_row::save(tx, &told, None)).expect("stored");
        let record = phone.start_unassigned("attendance").expect("no task is needed");
        let impossible = TaskReportKind::Impossible;
        let report = phone.report_on_task(assignment, impossible, "改期", None, None).expect("kept");
        let refused = |tx: &crate::phone::store::Tx<'_>| {
            (1..=2).try_for_each(|number| item::settle(tx, number, "held", "unassigned", None))
        };
        phone.store.write("testing", refused).expect("stored");
        let listed = phone.refused().expect("listed");
        let kinds: Vec<_> =
            listed.iter().map(|item| (item.document, &*item.kind, item.record_kind.as_deref())).collect();
        assert_eq!(kinds, [(report, "task_report", None), (record, "begin", Some("attendance"))]);
    }
}
