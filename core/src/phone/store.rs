//! The phone's SQLite file: opening, migrating, and the rows that more than one chapter touches.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, named_params};

use super::PhoneError;
use crate::clock::LogPosition;
use crate::id::{AssignmentId, CaseId, DocumentId};
use crate::record::document::{ChangeHash, Document, RawChange};

/// Never edited after a release; a new one is appended.
const MIGRATIONS: &[&str] = &[include_str!("schema/0001_first.sql")];

/// The open database. One connection: the phone has one writer, and reads are short.
pub(super) struct Store {
    connection: Connection,
}

/// Turns a SQLite error into ours, saying what was being done.
pub(super) fn failed(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> PhoneError {
    move |source| PhoneError::Store { doing, source }
}

/// A record's row.
#[derive(Clone, Debug)]
pub(super) struct DocumentRow {
    pub(super) number: i64,
    pub(super) document: DocumentId,
    pub(super) kind: String,
    pub(super) assignment: Option<AssignmentId>,
    pub(super) case: Option<CaseId>,
    pub(super) own: bool,
    pub(super) state: String,
    pub(super) rebase: u32,
    pub(super) needs_seal: bool,
    pub(super) touched_at: i64,
}

/// A change's row.
#[derive(Clone, Debug)]
pub(super) struct ChangeRow {
    pub(super) hash: ChangeHash,
    pub(super) bytes: Vec<u8>,
    pub(super) writer: String,
    pub(super) status: String,
    pub(super) journal: Option<Vec<u8>>,
}

impl Store {
    pub(super) fn open(path: &Path) -> Result<Self, PhoneError> {
        let doing = "opening the store";
        let connection = Connection::open(path).map_err(failed(doing))?;
        connection
            .execute_batch(
                "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
                 pragma temp_store = memory; pragma busy_timeout = 5000;",
            )
            .map_err(failed(doing))?;
        let mut store = Self { connection };
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&mut self) -> Result<(), PhoneError> {
        let doing = "migrating the store";
        let version: usize = self
            .connection
            .query_row("pragma user_version", [], |row| row.get::<_, i64>(0))
            .map(|version| usize::try_from(version).unwrap_or(0))
            .map_err(failed(doing))?;
        for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
            let transaction = self.connection.transaction().map_err(failed(doing))?;
            transaction.execute_batch(migration).map_err(failed(doing))?;
            transaction.pragma_update(None, "user_version", index + 1).map_err(failed(doing))?;
            transaction.commit().map_err(failed(doing))?;
        }
        Ok(())
    }

    /// Runs one transaction. What it wrote is on disk when this returns.
    pub(super) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, PhoneError>,
    ) -> Result<T, PhoneError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed(doing))?;
        let result = work(&transaction)?;
        transaction.commit().map_err(failed(doing))?;
        Ok(result)
    }

    /// The connection, for reading.
    pub(super) fn reader(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn newest_frame(&self, epoch: u32) -> Result<u64, PhoneError> {
        self.connection
            .query_row("select coalesce(max(number), 0) from frame where epoch = ?1", [epoch], |row| {
                row.get(0)
            })
            .map_err(failed("reading the newest frame"))
    }

    /// Begins a new epoch after an older database was put back: nothing of the old epoch is sent
    /// again; once everything that the server has was read, unsent work is written anew.
    pub(super) fn begin_epoch(&mut self) -> Result<(), PhoneError> {
        let doing = "beginning an epoch";
        self.write(doing, |tx| {
            tx.execute("update frame set state = 'abandoned' where state = 'waiting'", [])
                .map_err(failed(doing))?;
            tx.execute("delete from setting where name in ('cursor', 'page')", []).map_err(failed(doing))?;
            set_setting(tx, "recovering", b"1")
        })
    }
}

pub(super) fn setting(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, PhoneError> {
    connection
        .query_row("select value from setting where name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(failed("reading a setting"))
}

pub(super) fn set_setting(tx: &Transaction<'_>, name: &str, value: &[u8]) -> Result<(), PhoneError> {
    tx.execute(
        "insert into setting (name, value) values (?1, ?2)
         on conflict (name) do update set value = excluded.value",
        rusqlite::params![name, value],
    )
    .map(|_| ())
    .map_err(failed("writing a setting"))
}

pub(super) fn drop_setting(tx: &Transaction<'_>, name: &str) -> Result<(), PhoneError> {
    tx.execute("delete from setting where name = ?1", [name])
        .map(|_| ())
        .map_err(failed("dropping a setting"))
}

pub(super) fn document_row(
    connection: &Connection,
    document: DocumentId,
) -> Result<Option<DocumentRow>, PhoneError> {
    connection
        .query_row(&format!("{SELECT_DOCUMENT} where document_id = ?1"), [document.as_bytes()], read_document)
        .optional()
        .map_err(failed("reading a record's row"))
}

pub(super) const SELECT_DOCUMENT: &str = "select document_no, document_id, kind, assignment_id, case_id, own, \
     state, rebase, needs_seal, touched_at from document";

pub(super) fn read_document(row: &rusqlite::Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        number: row.get("document_no")?,
        document: DocumentId::from_bytes(row.get("document_id")?),
        kind: row.get("kind")?,
        assignment: row.get::<_, Option<[u8; 16]>>("assignment_id")?.map(AssignmentId::from_bytes),
        case: row.get::<_, Option<[u8; 16]>>("case_id")?.map(CaseId::from_bytes),
        own: row.get("own")?,
        state: row.get("state")?,
        rebase: row.get("rebase")?,
        needs_seal: row.get("needs_seal")?,
        touched_at: row.get("touched_at")?,
    })
}

pub(super) fn change_rows(
    connection: &Connection,
    document: DocumentId,
) -> Result<Vec<ChangeRow>, PhoneError> {
    let doing = "reading a record's changes";
    let mut statement = connection
        .prepare_cached(
            "select hash, bytes, writer, status, journal from change
             where document_id = ?1 order by change_no",
        )
        .map_err(failed(doing))?;
    let rows = statement.query_map([document.as_bytes()], |row| {
        Ok(ChangeRow {
            hash: ChangeHash(row.get("hash")?),
            bytes: row.get("bytes")?,
            writer: row.get("writer")?,
            status: row.get("status")?,
            journal: row.get("journal")?,
        })
    });
    rows.and_then(Iterator::collect).map_err(failed(doing))
}

/// Opens a record from its changes: all that still count, accepted or not yet judged.
pub(super) fn open_document(connection: &Connection, document: DocumentId) -> Result<Document, PhoneError> {
    let rows = change_rows(connection, document)?;
    let live = rows.iter().filter(|row| counts(&row.status));
    Document::from_changes(live.map(|row| row.bytes.as_slice()))
        .map_err(|error| PhoneError::Damaged { reason: error.reason })
}

/// Whether a change of this status belongs to the record as its owner sees it.
pub(super) fn counts(status: &str) -> bool {
    matches!(status, "draft" | "framed" | "accepted" | "blocked" | "refused" | "malformed" | "held")
}

/// Keeps a change; a second time it only learns its place in the log.
pub(super) fn insert_change(
    tx: &Transaction<'_>,
    document: DocumentId,
    change: &RawChange,
    status: &str,
    details: ChangeDetails<'_>,
) -> Result<(), PhoneError> {
    tx.prepare_cached(
        "insert into change (document_id, hash, bytes, position, writer, status, rebase, journal)
         values (:document, :hash, :bytes, :position, :writer, :status, :rebase, :journal)
         on conflict (document_id, hash) do update set
             position = coalesce(excluded.position, position),
             writer = case when excluded.writer = '' then writer else excluded.writer end,
             status = case when excluded.status = 'accepted' then 'accepted' else status end",
    )
    .and_then(|mut statement| {
        statement.execute(named_params! {
            ":document": document.as_bytes(),
            ":hash": change.hash.0,
            ":bytes": change.bytes,
            ":position": details.position.map(|position| position.0),
            ":writer": details.writer,
            ":status": status,
            ":rebase": details.rebase,
            ":journal": details.journal,
        })
    })
    .map(|_| ())
    .map_err(failed("keeping a change"))
}

/// What is kept beside a change.
#[derive(Default)]
pub(super) struct ChangeDetails<'a> {
    pub(super) position: Option<LogPosition>,
    pub(super) writer: &'a str,
    pub(super) rebase: u32,
    pub(super) journal: Option<Vec<u8>>,
}
