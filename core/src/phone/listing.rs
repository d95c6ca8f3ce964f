//! Lists: tasks, records, search results, what was not accepted, and the state of sync.

use rusqlite::OptionalExtension;

use super::records::{texts, touch};
use super::search;
use super::store::{DocumentRow, SELECT_DOCUMENT, failed, open_document, read_document, setting};
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, CaseId, DocumentId};
use crate::people::Task;
use crate::record::document::Document;
use crate::record::edit::Edit;

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
    /// Whether it is sealed.
    pub sealed: bool,
    /// When it last changed on this phone.
    pub touched_at: Moment,
    /// Where it stands between phone and server.
    pub sync: SyncState,
}

/// Something that the server did not accept. It is kept, with the text to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedItem {
    /// The record.
    pub document: DocumentId,
    /// What it was: `begin`, `change`, `seal`.
    pub kind: String,
    /// The verdict: `refused`, `held`, `malformed`.
    pub verdict: String,
    /// The rule behind it.
    pub rule: String,
    /// What was written.
    pub edits: Vec<Edit>,
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
    /// When the phone last read everything.
    pub synced_at: Option<Moment>,
}

impl Phone {
    /// The tasks, the earliest due first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tasks(&self) -> Result<Vec<Task>, PhoneError> {
        let doing = "listing tasks";
        let mut statement = self
            .store
            .reader()
            .prepare_cached("select body from server_row where kind = 'task' order by row_key")
            .map_err(failed(doing))?;
        let bodies: Vec<String> =
            statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(failed(doing))?;
        let mut tasks: Vec<Task> = bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
        tasks.sort_by_key(|task| {
            let starts_at = task.hearing.as_ref().map(|hearing| hearing.starts_at);
            (starts_at.or(task.due_at).unwrap_or(Moment::from_millis(i64::MAX)), task.assignment)
        });
        Ok(tasks)
    }

    /// One task.
    ///
    /// # Errors
    /// When the store fails.
    pub fn task(&self, assignment: AssignmentId) -> Result<Option<Task>, PhoneError> {
        let body = self.server_row("task", &assignment.to_string())?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// The body of a server row.
    ///
    /// # Errors
    /// When the store fails.
    pub fn server_row(&self, kind: &str, key: &str) -> Result<Option<String>, PhoneError> {
        self.store
            .reader()
            .prepare_cached("select body from server_row where kind = ?1 and row_key = ?2")
            .and_then(|mut statement| statement.query_row([kind, key], |row| row.get(0)).optional())
            .map_err(failed("reading a row"))
    }

    /// The content hash of the rubric for observer sheets, once the server has sent it.
    pub(super) fn observer_rubric(&self) -> Result<Option<String>, PhoneError> {
        let body = self.server_row("rubric", "observer_sheet")?;
        let rubric: Option<serde_json::Value> = body.and_then(|body| serde_json::from_str(&body).ok());
        Ok(rubric.and_then(|rubric| Some(rubric.get("hash")?.as_str()?.to_owned())))
    }

    /// Records, the last touched first; `after` is the last row of the page before.
    ///
    /// # Errors
    /// When the store fails.
    pub fn records(&self, after: Option<&RecordRow>, limit: u32) -> Result<Vec<RecordRow>, PhoneError> {
        let doing = "listing records";
        let number = match after {
            Some(row) => self.row(row.document)?.number,
            None => i64::MAX,
        };
        let touched = after.map_or(i64::MAX, |row| row.touched_at.as_millis());
        let sql = format!(
            "{SELECT_DOCUMENT} where (touched_at, document_no) < (?1, ?2)
             order by touched_at desc, document_no desc limit ?3"
        );
        let mut statement = self.store.reader().prepare_cached(&sql).map_err(failed(doing))?;
        let rows: Vec<DocumentRow> = statement
            .query_map(rusqlite::params![touched, number, limit], read_document)
            .and_then(Iterator::collect)
            .map_err(failed(doing))?;
        rows.into_iter().map(|row| self.record_row(row)).collect()
    }

    /// Records that hold the text: two Chinese characters are enough.
    ///
    /// # Errors
    /// When the store fails or a record is damaged.
    pub fn search(&mut self, text: &str, limit: u32) -> Result<Vec<RecordRow>, PhoneError> {
        self.index_stale()?;
        let doing = "searching";
        let folded = search::folded(text);
        let columns = SELECT_DOCUMENT.replace("select ", "select d.").replace(", ", ", d.");
        let columns = columns.replace("from document", "from document d");
        let (sql, query) = match search::query(text) {
            Some(query) => (
                format!(
                    "{columns} join search on search.rowid = d.document_no
                     where search match ?1 and instr(d.search_text, ?2) > 0
                     order by d.touched_at desc, d.document_no desc limit ?3"
                ),
                query,
            ),
            None => (
                format!(
                    "{columns} where ?1 = '' and instr(d.search_text, ?2) > 0
                     order by d.touched_at desc, d.document_no desc limit ?3"
                ),
                String::new(),
            ),
        };
        let mut statement = self.store.reader().prepare_cached(&sql).map_err(failed(doing))?;
        let rows: Vec<DocumentRow> = statement
            .query_map(rusqlite::params![query, folded, limit], read_document)
            .and_then(Iterator::collect)
            .map_err(failed(doing))?;
        rows.into_iter().map(|row| self.record_row(row)).collect()
    }

    /// What was not accepted, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn refused(&self) -> Result<Vec<RefusedItem>, PhoneError> {
        let doing = "listing what was not accepted";
        let mut statement = self
            .store
            .reader()
            .prepare_cached(
                "select i.document_id, i.kind, i.status, i.reason, c.journal
                 from item i left join change c on c.document_id = i.document_id and c.hash = i.hash
                 where i.status in ('refused', 'held', 'malformed', 'set_aside') order by i.item_no desc",
            )
            .map_err(failed(doing))?;
        let rows = statement.query_map([], |row| {
            let journal: Option<Vec<u8>> = row.get("journal")?;
            Ok(RefusedItem {
                document: DocumentId::from_bytes(row.get("document_id")?),
                kind: row.get("kind")?,
                verdict: row.get("status")?,
                rule: row.get("reason")?,
                edits: journal.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default(),
            })
        });
        rows.and_then(Iterator::collect).map_err(failed(doing))
    }

    /// The state of sync as a whole.
    ///
    /// # Errors
    /// When the store fails.
    pub fn status(&self) -> Result<Status, PhoneError> {
        let doing = "counting";
        let connection = self.store.reader();
        let count =
            |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0)).map_err(failed(doing));
        let synced_at = setting(connection, "synced_at")?
            .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
            .map(|bytes| Moment::from_millis(i64::from_le_bytes(bytes)));
        Ok(Status {
            waiting: count("select count(*) from item where status in ('draft', 'framed', 'blocked')")?,
            stored: count("select count(*) from item where status = 'accepted'")?,
            not_accepted: count(
                "select count(*) from item where status in ('refused', 'held', 'malformed', 'set_aside')",
            )?,
            records: count("select count(*) from document")?,
            synced_at,
        })
    }

    pub(super) fn sync_state(&self, document: DocumentId) -> Result<SyncState, PhoneError> {
        let doing = "reading a record's state of sync";
        let (attention, waiting): (bool, bool) = self
            .store
            .reader()
            .prepare_cached(
                "select coalesce(sum(status in ('refused', 'held', 'malformed', 'set_aside')), 0) > 0,
                        coalesce(sum(status in ('draft', 'framed', 'blocked')), 0) > 0
                 from item where document_id = ?1",
            )
            .and_then(|mut statement| {
                statement.query_row([document.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            })
            .map_err(failed(doing))?;
        Ok(match (waiting, attention) {
            (true, _) => SyncState::Waiting,
            (false, true) => SyncState::Attention,
            (false, false) => SyncState::Stored,
        })
    }

    fn record_row(&self, row: DocumentRow) -> Result<RecordRow, PhoneError> {
        Ok(RecordRow {
            sync: self.sync_state(row.document)?,
            document: row.document,
            sealed: row.state == "sealed",
            touched_at: Moment::from_millis(row.touched_at),
            assignment: row.assignment,
            case: row.case,
            kind: row.kind,
        })
    }

    /// Indexes records that came from the server since somebody last searched.
    fn index_stale(&mut self) -> Result<(), PhoneError> {
        let doing = "indexing";
        let sql = format!("{SELECT_DOCUMENT} where stale = 1");
        let stale: Vec<DocumentRow> = {
            let mut statement = self.store.reader().prepare_cached(&sql).map_err(failed(doing))?;
            statement.query_map([], read_document).and_then(Iterator::collect).map_err(failed(doing))?
        };
        let mut indexed = Vec::with_capacity(stale.len());
        for row in stale {
            let document = open_document(self.store.reader(), row.document)?;
            indexed.push((row.number, row.document, row.touched_at, self.search_text(&row, &document)?));
        }
        self.store.write(doing, |tx| {
            indexed.iter().try_for_each(|(number, id, touched, text)| touch(tx, *number, *id, *touched, text))
        })
    }

    /// The text by which a record is found: its own words, and those of its task.
    pub(super) fn search_text(&self, row: &DocumentRow, document: &Document) -> Result<String, PhoneError> {
        let mut words = Vec::new();
        texts(&document.content(), &mut words);
        if let Some(task) = row.assignment.map(|assignment| self.task(assignment)).transpose()?.flatten() {
            words.extend(task.hearing.map(|hearing| hearing.court));
            for subject in task.subjects {
                words.extend([
                    subject.case_no,
                    subject.cause,
                    subject.undertaker_name,
                    subject.provider_name,
                ]);
            }
        }
        Ok(search::folded(&words.join("\u{1}")))
    }
}
