//! 一票否决 rulings on vetoes. A ruling is never changed; a later one on the same veto says how it
//! stands from then on.

use tingfang_core::grading::VetoRuling;
use tingfang_core::id::{CaseId, DocumentId, OrganisationId, PersonId, RulingId, UndertakerId, VetoId};

use super::filter::Filter;
use super::legal_case::json;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A ruling as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The case.
    pub case: CaseId,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// The ruling.
    pub ruling: VetoRuling,
    /// Who ruled.
    pub ruled_by: PersonId,
}

const SELECT: &str = "select legal_case_id, undertaker_id, body, ruled_by from veto_ruling";

/// Keeps a ruling.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into veto_ruling (veto_ruling_id, veto_id, legal_case_id, undertaker_id, body, ruled_by,
             ruled_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            kept.ruling.ruling,
            kept.ruling.veto,
            kept.case,
            kept.undertaker,
            json(&kept.ruling)?,
            kept.ruled_by,
            kept.ruling.ruled_at
        ],
    )?;
    Ok(())
}

/// The rulings on an undertaker's work in a case, the oldest first.
pub fn of_case(tx: &Tx, case: CaseId, undertaker: UndertakerId) -> Result<Vec<VetoRuling>, DbError> {
    tx.query(
        "select body from veto_ruling where legal_case_id = ?1 and undertaker_id = ?2
         order by ruled_at, veto_ruling_id",
        params![case, undertaker],
        |row| row.json("body"),
    )
}

/// One page of the rulings on cases of these organisations, the oldest first.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    case: Option<CaseId>,
    veto: Option<VetoId>,
    after: Option<RulingId>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    let places = filter.places(organisations.iter().copied());
    filter.condition(format!(
        "legal_case_id in (select legal_case_id from legal_case where organisation_id in ({places}))"
    ));
    filter.equals("legal_case_id", case);
    filter.equals("veto_id", veto);
    filter.compare("veto_ruling_id", ">", after);
    tx.query(&filter.select(SELECT, "veto_ruling_id", limit), filter.values(), read)
}

/// Whether a ruling names a record.
pub fn any_names(tx: &Tx, document: DocumentId) -> Result<bool, DbError> {
    let sql = "select 1 as one from veto_ruling where body like ?1 limit 1";
    let found = tx.query_one(sql, params![format!("%{document}%")], |row| row.get::<i64>("one"))?;
    Ok(found.is_some())
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        case: row.get("legal_case_id")?,
        undertaker: row.get("undertaker_id")?,
        ruling: row.json("body")?,
        ruled_by: row.get("ruled_by")?,
    })
}
