//! 一票否决 rulings on vetoes. A ruling is never changed; a later one on the same allegation counts
//! by the rule of the core.

use tingfang_core::clock::Moment;
use tingfang_core::grading::VetoRuling;
use tingfang_core::id::{CaseId, PersonId, UndertakerId};

use super::legal_case::json;
use crate::db::{DbError, Tx};
use crate::params;

/// Keeps a ruling.
pub fn insert(
    tx: &Tx,
    case: CaseId,
    undertaker: UndertakerId,
    ruling: &VetoRuling,
    by: PersonId,
    at: Moment,
) -> Result<(), DbError> {
    tx.execute(
        "insert into veto_ruling (veto_ruling_id, legal_case_id, undertaker_id, body, ruled_by, ruled_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![ruling.veto, case, undertaker, json(ruling)?, by, at],
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
