//! 投诉 complaints, each with the record that it comes from. They are hidden from undertakers.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{CaseId, ComplaintId, DocumentId, OrganisationId, UndertakerId};
use tingfang_core::record::complaint_intake::{ComplaintGround, ComplaintWay};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A complaint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: ComplaintId,
    /// The organisation that has to look into it.
    pub organisation: OrganisationId,
    /// The record that it comes from.
    pub document: DocumentId,
    /// The case, where it is known.
    pub case: Option<CaseId>,
    /// The undertaker, where it is known.
    pub undertaker: Option<UndertakerId>,
    /// What is complained of.
    pub ground: ComplaintGround,
    /// How it was made.
    pub way: ComplaintWay,
    /// Where in the log it was opened.
    pub position: LogPosition,
    /// When it was opened.
    pub opened_at: Moment,
}

const SELECT: &str =
    "select complaint_id, organisation_id, document_id, legal_case_id, undertaker_id, ground,
    way, opened_seq, opened_at from complaint";

/// Opens a complaint.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into complaint (complaint_id, organisation_id, document_id, legal_case_id, undertaker_id,
             ground, way, opened_seq, opened_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            kept.id,
            kept.organisation,
            kept.document,
            kept.case,
            kept.undertaker,
            kept.ground.code(),
            kept.way.code(),
            kept.position,
            kept.opened_at
        ],
    )?;
    Ok(())
}

/// The complaint that comes from a record.
pub fn of_document(tx: &Tx, document: DocumentId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where document_id = ?1"), params![document], read)
}

/// One page of complaints, the oldest first.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    after: Option<ComplaintId>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.one_of("organisation_id", organisations.iter().copied());
    filter.compare("complaint_id", ">", after);
    let sql = filter.select(SELECT, "complaint_id", limit);
    tx.query(&sql, filter.values(), read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("complaint_id")?,
        organisation: row.get("organisation_id")?,
        document: row.get("document_id")?,
        case: row.get("legal_case_id")?,
        undertaker: row.get("undertaker_id")?,
        ground: row.code("ground", ComplaintGround::from_code)?,
        way: row.code("way", ComplaintWay::from_code)?,
        position: row.get("opened_seq")?,
        opened_at: row.get("opened_at")?,
    })
}
