//! Error sheets of uploads, for as long as their senders may want them.

use tingfang_core::clock::Moment;
use tingfang_core::id::PersonId;

use crate::db::{DbError, Tx};
use crate::params;

/// Keeps an error sheet, and clears away those that have run out: they hold what was uploaded.
pub fn insert(
    tx: &Tx,
    id: [u8; 16],
    person: PersonId,
    error_sheet: &[u8],
    now: Moment,
    expires_at: Moment,
) -> Result<(), DbError> {
    tx.execute("delete from import_result where expires_at <= ?1", params![now])?;
    tx.execute(
        "insert into import_result (import_id, person_id, created_at, expires_at, error_sheet)
         values (?1, ?2, ?3, ?4, ?5)",
        params![id, person, now, expires_at, error_sheet],
    )?;
    Ok(())
}

/// The error sheet of this person's upload.
pub fn error_sheet(tx: &Tx, id: [u8; 16], person: PersonId, now: Moment) -> Result<Option<Vec<u8>>, DbError> {
    tx.query_one(
        "select error_sheet from import_result where import_id = ?1 and person_id = ?2 and expires_at > ?3",
        params![id, person, now],
        |row| row.get("error_sheet"),
    )
}
