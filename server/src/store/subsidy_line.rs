//! 补贴单 subsidy lines, in integer fen. A line is never changed; a later one reverses it.

use tingfang_core::id::{DecisionId, OrganisationId, RoundId, SubsidyLineId, UndertakerId};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The line.
    pub id: SubsidyLineId,
    /// The final decision that it follows from.
    pub decision: DecisionId,
    /// Who is paid.
    pub undertaker: UndertakerId,
    /// What the rule begins with, in fen.
    pub base_fen: i64,
    /// The factor of the grade, in percent.
    pub factor_percent: i64,
    /// What is paid, in fen; negative in a reversing line.
    pub amount_fen: i64,
    /// The line that it reverses.
    pub reverses: Option<SubsidyLineId>,
    /// Its entry in the ledger.
    pub entry: u64,
}

const SELECT: &str = "select subsidy_line_id, grade_decision_id, undertaker_id, base_fen, factor_percent,
    amount_fen, reverses_id, entry_no from subsidy_line";

/// Keeps a line.
pub fn insert(tx: &Tx, line: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into subsidy_line (subsidy_line_id, grade_decision_id, undertaker_id, base_fen,
             factor_percent, amount_fen, reverses_id, entry_no) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            line.id,
            line.decision,
            line.undertaker,
            line.base_fen,
            line.factor_percent,
            line.amount_fen,
            line.reverses,
            line.entry
        ],
    )?;
    Ok(())
}

/// The lines of a decision.
pub fn of_decision(tx: &Tx, decision: DecisionId) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} where grade_decision_id = ?1 order by entry_no"), params![decision], read)
}

/// One page of the lines of rounds of these organisations, or of one round, in ledger order.
///
/// # Errors
/// When the data layer fails.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    round: Option<RoundId>,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    let places = filter.places(organisations.iter().copied());
    let of_round = round.map(|id| format!(" and round.round_id = {}", filter.place(id))).unwrap_or_default();
    filter.condition(format!(
        "grade_decision_id in (select grade_decision_id from grade_decision
             join round on round.round_id = grade_decision.round_id
             where round.organisation_id in ({places}){of_round})"
    ));
    filter.compare("entry_no", ">", after);
    tx.query(&filter.select(SELECT, "entry_no", limit), filter.values(), read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("subsidy_line_id")?,
        decision: row.get("grade_decision_id")?,
        undertaker: row.get("undertaker_id")?,
        base_fen: row.get("base_fen")?,
        factor_percent: row.get("factor_percent")?,
        amount_fen: row.get("amount_fen")?,
        reverses: row.get("reverses_id")?,
        entry: row.get("entry_no")?,
    })
}
