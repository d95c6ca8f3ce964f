//! 实地核实 checks on the spot: who went where, when, and what was found. A row is never changed; a
//! second look is a second row.

use jiff::civil::Date;
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, PersonId, RoundId, SpotCheckId, UndertakerId};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A check as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The row.
    pub id: SpotCheckId,
    /// The round.
    pub round: RoundId,
    /// The case.
    pub case: CaseId,
    /// Whose work was checked.
    pub undertaker: UndertakerId,
    /// Who went.
    pub checked_by: PersonId,
    /// On which day.
    pub checked_on: Date,
    /// Where.
    pub place: String,
    /// What was found.
    pub finding: String,
    /// Who entered it.
    pub entered_by: PersonId,
    /// When it was entered.
    pub entered_at: Moment,
}

/// Keeps a check.
pub fn insert(tx: &Tx, check: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into spot_check (spot_check_id, round_id, legal_case_id, undertaker_id, checked_by,
             checked_on, place, finding, entered_by, entered_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            check.id,
            check.round,
            check.case,
            check.undertaker,
            check.checked_by,
            check.checked_on,
            &check.place,
            &check.finding,
            check.entered_by,
            check.entered_at
        ],
    )?;
    Ok(())
}

/// The checks of an undertaker's work in a case of a round, the oldest first.
pub fn of_subject(
    tx: &Tx,
    round: RoundId,
    case: CaseId,
    undertaker: UndertakerId,
) -> Result<Vec<Kept>, DbError> {
    tx.query(
        "select spot_check_id, round_id, legal_case_id, undertaker_id, checked_by, checked_on, place, finding,
             entered_by, entered_at
         from spot_check where round_id = ?1 and legal_case_id = ?2 and undertaker_id = ?3
         order by entered_at, spot_check_id",
        params![round, case, undertaker],
        read,
    )
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("spot_check_id")?,
        round: row.get("round_id")?,
        case: row.get("legal_case_id")?,
        undertaker: row.get("undertaker_id")?,
        checked_by: row.get("checked_by")?,
        checked_on: row.get("checked_on")?,
        place: row.get("place")?,
        finding: row.get("finding")?,
        entered_by: row.get("entered_by")?,
        entered_at: row.get("entered_at")?,
    })
}
