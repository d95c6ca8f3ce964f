//! What staff say of an undertaker's report: read, accepted, sent to discussion; and the answers to the
//! questions of its check.

use std::collections::BTreeMap;

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{CaseId, CheckId, DocumentId, PersonId};
use tingfang_core::record::ItemId;
use tingfang_core::record::pre_hearing_report::CheckState;
use tingfang_core::record::shape::AnswerCode;

use super::legal_case::json;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A check as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: CheckId,
    /// The report.
    pub document: DocumentId,
    /// Its place in the log; from there on it counts.
    pub position: LogPosition,
    /// Who says so.
    pub person: PersonId,
    /// What becomes of the report.
    pub state: CheckState,
    /// The answers to the questions of the check.
    pub answers: BTreeMap<ItemId, AnswerCode>,
    /// In words.
    pub note: Option<String>,
    /// When.
    pub checked_at: Moment,
}

const SELECT: &str = "select report_check_id, document_id, seq, person_id, state, answers, note, checked_at
    from report_check";

/// Keeps a check.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into report_check (report_check_id, document_id, seq, person_id, state, answers, note,
             checked_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            kept.id,
            kept.document,
            kept.position,
            kept.person,
            kept.state.code(),
            json(&kept.answers)?,
            kept.note.as_deref(),
            kept.checked_at
        ],
    )?;
    Ok(())
}

/// The checks of a report, the oldest first.
pub fn of_document(tx: &Tx, document: DocumentId) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} where document_id = ?1 order by seq"), params![document], read)
}

/// The checks of the reports of a case, the oldest first.
pub fn of_case(tx: &Tx, case: CaseId) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "{SELECT} where document_id in (select document_id from document where legal_case_id = ?1) order by seq"
    );
    tx.query(&sql, params![case], read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("report_check_id")?,
        document: row.get("document_id")?,
        position: row.get("seq")?,
        person: row.get("person_id")?,
        state: row.code("state", CheckState::from_code)?,
        answers: row.json("answers")?,
        note: row.get("note")?,
        checked_at: row.get("checked_at")?,
    })
}
