//! Changes that their writer has rewritten, because they rested on one that was not accepted.

use tingfang_core::id::{DeviceId, DocumentId};
use tingfang_core::record::document::ChangeHash;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A change and the one that was written in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which device wrote both.
    pub device: DeviceId,
    /// The record.
    pub document: DocumentId,
    /// The change as it was.
    pub old: ChangeHash,
    /// The change in its place.
    pub new: ChangeHash,
}

/// Keeps it; nothing happens when it is known.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into rewritten_change (device_id, document_id, new_hash, old_hash) values (?1, ?2, ?3, ?4)
         on conflict (device_id, document_id, new_hash) do nothing",
        params![kept.device, kept.document, &kept.new.0[..], &kept.old.0[..]],
    )?;
    Ok(())
}

/// What a device has rewritten in a record.
pub fn of_document(tx: &Tx, device: DeviceId, document: DocumentId) -> Result<Vec<Kept>, DbError> {
    tx.query(
        "select device_id, document_id, new_hash, old_hash from rewritten_change
         where device_id = ?1 and document_id = ?2 order by new_hash",
        params![device, document],
        read,
    )
}

/// All of them, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    let sql = "select device_id, document_id, new_hash, old_hash from rewritten_change
         order by device_id, document_id, new_hash";
    tx.for_each(sql, &[], |row| each(read(row)?))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        device: row.get("device_id")?,
        document: row.get("document_id")?,
        old: ChangeHash(row.get("old_hash")?),
        new: ChangeHash(row.get("new_hash")?),
    })
}
