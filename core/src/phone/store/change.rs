//! Raw changes: the truth of every record on this phone.

use rusqlite::{named_params, params};

use super::{PhoneError, Reader, Tx};
use crate::clock::LogPosition;
use crate::id::DocumentId;
use crate::record::document::{ChangeHash, RawChange};

/// A change's row.
#[derive(Clone, Debug)]
pub(crate) struct ChangeRow {
    pub(crate) hash: ChangeHash,
    pub(crate) bytes: Vec<u8>,
    /// The writer's name, as far as the server told it.
    pub(crate) writer: String,
    /// From `draft` over `framed` to a verdict; or `superseded`, `set_aside`.
    pub(crate) status: String,
    /// The edits that made an own change.
    pub(crate) journal: Option<Vec<u8>>,
}

/// What is kept beside a change.
#[derive(Default)]
pub(crate) struct ChangeDetails<'a> {
    pub(crate) position: Option<LogPosition>,
    pub(crate) writer: &'a str,
    pub(crate) rebase: u32,
    pub(crate) journal: Option<Vec<u8>>,
}

impl ChangeRow {
    /// Whether the change belongs to the record as its owner sees it: accepted or not yet given up.
    pub(crate) fn counts(&self) -> bool {
        matches!(
            self.status.as_str(),
            "draft" | "framed" | "accepted" | "blocked" | "refused" | "malformed" | "held"
        )
    }
}

/// Keeps a change; a second time it only learns its place in the log.
pub(crate) fn save(
    tx: &Tx<'_>,
    document: DocumentId,
    change: &RawChange,
    status: &str,
    details: ChangeDetails<'_>,
) -> Result<(), PhoneError> {
    super::run(
        tx,
        "keeping a change",
        "insert into change (document_id, hash, bytes, position, writer, status, rebase, journal)
         values (:document, :hash, :bytes, :position, :writer, :status, :rebase, :journal)
         on conflict (document_id, hash) do update set
             position = coalesce(excluded.position, position),
             writer = case when excluded.writer = '' then writer else excluded.writer end,
             status = case when excluded.status = 'accepted' then 'accepted' else status end",
        named_params! {
            ":document": document.as_bytes(),
            ":hash": change.hash.0,
            ":bytes": change.bytes,
            ":position": details.position.map(|position| position.0),
            ":writer": details.writer,
            ":status": status,
            ":rebase": details.rebase,
            ":journal": details.journal,
        },
    )?;
    Ok(())
}

/// The changes of a record, in the order in which this phone learnt of them.
pub(crate) fn of_document(reader: &Reader, document: DocumentId) -> Result<Vec<ChangeRow>, PhoneError> {
    let sql =
        "select hash, bytes, writer, status, journal from change where document_id = ?1 order by change_no";
    super::all(reader, "reading a record's changes", sql, [document.as_bytes()], |row| {
        Ok(ChangeRow {
            hash: ChangeHash(row.get("hash")?),
            bytes: row.get("bytes")?,
            writer: row.get("writer")?,
            status: row.get("status")?,
            journal: row.get("journal")?,
        })
    })
}

/// The records that have a change which was not accepted, and none that is on its way.
pub(crate) fn documents_with_refusals(reader: &Reader) -> Result<Vec<DocumentId>, PhoneError> {
    documents(
        reader,
        "select distinct document_id from change c
         where status in ('refused', 'malformed', 'held') and not exists
             (select 1 from change f where f.document_id = c.document_id and f.status = 'framed')",
    )
}

/// The records that have a change which the server is not known to have.
pub(crate) fn documents_with_unaccepted(reader: &Reader) -> Result<Vec<DocumentId>, PhoneError> {
    documents(
        reader,
        "select distinct document_id from change
         where status in ('draft', 'framed', 'blocked', 'refused', 'malformed', 'held')",
    )
}

fn documents(reader: &Reader, sql: &str) -> Result<Vec<DocumentId>, PhoneError> {
    super::all(reader, "looking for records to reopen", sql, [], |row| {
        row.get("document_id").map(DocumentId::from_bytes)
    })
}

/// Notes that the draft of an item went into a frame.
pub(crate) fn set_framed(tx: &Tx<'_>, item_no: i64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "marking a change as framed",
        "update change set status = 'framed' where status = 'draft' and (document_id, hash) =
         (select document_id, hash from item where item_no = ?1)",
        [item_no],
    )?;
    Ok(())
}

/// Notes that accepted changes of the frames after a number are sent again.
pub(crate) fn set_framed_after(tx: &Tx<'_>, epoch: u32, number: u64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "sending archived frames again",
        "update change set status = 'framed' where status = 'accepted' and (document_id, hash) in
         (select document_id, hash from item where epoch = ?1 and frame_number > ?2 and status = 'framed')",
        params![epoch, number],
    )?;
    Ok(())
}

/// Notes a verdict, unless the change was given up meanwhile.
pub(crate) fn settle(
    tx: &Tx<'_>,
    document: DocumentId,
    hash: ChangeHash,
    status: &str,
    position: Option<LogPosition>,
) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a verdict",
        "update change set status = ?3, position = coalesce(?4, position)
         where document_id = ?1 and hash = ?2 and status not in ('superseded', 'set_aside')",
        params![document.as_bytes(), hash.0, status, position.map(|position| position.0)],
    )?;
    Ok(())
}

/// Takes a change out of its record: `superseded` or `set_aside`.
pub(crate) fn close(
    tx: &Tx<'_>,
    document: DocumentId,
    hash: ChangeHash,
    status: &str,
) -> Result<(), PhoneError> {
    let sql = "update change set status = ?3 where document_id = ?1 and hash = ?2";
    super::run(tx, "closing a change", sql, params![document.as_bytes(), hash.0, status])?;
    Ok(())
}

/// Removes the changes of a record.
pub(crate) fn remove_of(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "delete from change where document_id = ?1";
    super::run(tx, "removing a record that left", sql, [document.as_bytes()])?;
    Ok(())
}
