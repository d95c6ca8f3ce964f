//! Records that were begun without a task, and the assignment that each was linked to.

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::Subject;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What a manager links a record to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLink {
    /// The record.
    pub document: DocumentId,
    /// The assignment that it answers from now on.
    pub assignment: AssignmentId,
    /// The case and the undertaker whose work it is about; nothing for a shared record.
    pub subject: Option<Subject>,
    /// Who linked it.
    pub linked_by: PersonId,
    /// When.
    pub linked_at: Moment,
}

/// Keeps a link.
pub fn insert(tx: &Tx, link: &RecordLink) -> Result<(), DbError> {
    tx.execute(
        "insert into record_link (document_id, assignment_id, legal_case_id, undertaker_id, linked_by,
             linked_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            link.document,
            link.assignment,
            link.subject.map(|subject| subject.case),
            link.subject.map(|subject| subject.undertaker),
            link.linked_by,
            link.linked_at
        ],
    )?;
    Ok(())
}

/// The link of a record; nothing when it was begun for a task.
pub fn find(tx: &Tx, document: DocumentId) -> Result<Option<RecordLink>, DbError> {
    tx.query_one(
        "select document_id, assignment_id, legal_case_id, undertaker_id, linked_by, linked_at
         from record_link where document_id = ?1",
        params![document],
        read,
    )
}

fn read(row: &Row) -> Result<RecordLink, DbError> {
    let case: Option<_> = row.get("legal_case_id")?;
    let undertaker: Option<_> = row.get("undertaker_id")?;
    Ok(RecordLink {
        document: row.get("document_id")?,
        assignment: row.get("assignment_id")?,
        subject: case.zip(undertaker).map(|(case, undertaker)| Subject { case, undertaker }),
        linked_by: row.get("linked_by")?,
        linked_at: row.get("linked_at")?,
    })
}
