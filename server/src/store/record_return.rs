//! Sealed records that a manager has returned with notes on fields.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{DocumentId, PersonId, ReturnId};
use tingfang_core::phone::FieldNote;

use super::legal_case::json;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A return as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: ReturnId,
    /// The record.
    pub document: DocumentId,
    /// Its place in the log.
    pub position: LogPosition,
    /// Who returned it.
    pub person: PersonId,
    /// The notes.
    pub notes: Vec<FieldNote>,
    /// When.
    pub returned_at: Moment,
    /// The sealed amendment that answers it.
    pub answered_by: Option<DocumentId>,
}

const SELECT: &str = "select record_return_id, document_id, seq, person_id, notes, returned_at, answered_by from record_return";

/// Keeps a return.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into record_return (record_return_id, document_id, seq, person_id, notes, returned_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![kept.id, kept.document, kept.position, kept.person, json(&kept.notes)?, kept.returned_at],
    )?;
    Ok(())
}

/// Notes which amendment answers every return of a record that is still open.
pub fn answer(
    tx: &Tx,
    document: DocumentId,
    amendment: DocumentId,
    position: LogPosition,
) -> Result<(), DbError> {
    tx.execute(
        "update record_return set answered_by = ?2, answered_seq = ?3
         where document_id = ?1 and answered_by is null",
        params![document, amendment, position],
    )?;
    Ok(())
}

/// The returns of a record, the oldest first.
pub fn of_document(tx: &Tx, document: DocumentId) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} where document_id = ?1 order by seq"), params![document], read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("record_return_id")?,
        document: row.get("document_id")?,
        position: row.get("seq")?,
        person: row.get("person_id")?,
        notes: row.json("notes")?,
        returned_at: row.get("returned_at")?,
        answered_by: row.get("answered_by")?,
    })
}
