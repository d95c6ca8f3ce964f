//! Visits at home: when the visitors mean to be back, and when they were.

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DocumentId, OrganisationId};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// What the newest word of a visit's record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HomeVisit {
    /// The record.
    pub document: DocumentId,
    /// Its assignment.
    pub assignment: AssignmentId,
    /// When they mean to be back.
    pub expected_back_at: Option<Moment>,
    /// When they were back.
    pub back_at: Option<Moment>,
}

/// Keeps the newest word.
pub fn set(tx: &Tx, visit: &HomeVisit) -> Result<(), DbError> {
    tx.execute("delete from home_visit where document_id = ?1", params![visit.document])?;
    tx.execute(
        "insert into home_visit (document_id, assignment_id, expected_back_at, back_at)
         values (?1, ?2, ?3, ?4)",
        params![visit.document, visit.assignment, visit.expected_back_at, visit.back_at],
    )?;
    Ok(())
}

/// Whether something is known of a visit.
pub fn is_known(tx: &Tx, document: DocumentId) -> Result<bool, DbError> {
    let sql =
        "select document_id, assignment_id, expected_back_at, back_at from home_visit where document_id = ?1";
    Ok(tx.query_one(sql, params![document], read)?.is_some())
}

/// The visits of which nobody is back although they meant to be, the longest overdue first.
pub fn overdue(
    tx: &Tx,
    organisations: &[OrganisationId],
    now: Moment,
    limit: u32,
) -> Result<Vec<HomeVisit>, DbError> {
    let mut filter = Filter::default();
    filter.compare("expected_back_at", "<", Some(now));
    filter.condition("back_at is null".to_owned());
    let mut places = Vec::new();
    for organisation in organisations {
        places.push(filter.place(*organisation));
    }
    filter.condition(format!(
        "assignment_id in (select assignment_id from assignment where organisation_id in ({}))",
        places.join(", ")
    ));
    let sql = filter.select(
        "select document_id, assignment_id, expected_back_at, back_at from home_visit",
        "expected_back_at, document_id",
        limit,
    );
    tx.query(&sql, filter.values(), read)
}

fn read(row: &Row) -> Result<HomeVisit, DbError> {
    Ok(HomeVisit {
        document: row.get("document_id")?,
        assignment: row.get("assignment_id")?,
        expected_back_at: row.get("expected_back_at")?,
        back_at: row.get("back_at")?,
    })
}
