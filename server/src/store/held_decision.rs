//! What a person has decided on an item that was held.

use tingfang_core::clock::Moment;
use tingfang_core::codes;
use tingfang_core::id::{HeldDecisionId, PersonId, QuarantineId};

use crate::db::{DbError, Row, Tx};
use crate::params;

codes! {
    /// What becomes of something held 暂存处理.
    HeldOutcome as "held_outcome" {
        /// It comes in.
        Accepted = "accepted",
        /// It stays out, and stays kept.
        Rejected = "rejected",
    }
}

/// A decision. There is one for each item at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: HeldDecisionId,
    /// The item.
    pub item: QuarantineId,
    /// What becomes of it.
    pub outcome: HeldOutcome,
    /// Why, in words; its writer reads them.
    pub reason: String,
    /// Who decided.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Moment,
}

const SELECT: &str = "select held_decision_id, quarantine_id, decision, reason, decided_by, decided_at
    from held_decision";

/// Keeps a decision.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into held_decision (held_decision_id, quarantine_id, decision, reason, decided_by, decided_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![kept.id, kept.item, kept.outcome.code(), &kept.reason, kept.decided_by, kept.decided_at],
    )?;
    Ok(())
}

/// The decision on an item.
pub fn of_item(tx: &Tx, item: QuarantineId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where quarantine_id = ?1"), params![item], read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("held_decision_id")?,
        item: row.get("quarantine_id")?,
        outcome: row.code("decision", HeldOutcome::from_code)?,
        reason: row.get("reason")?,
        decided_by: row.get("decided_by")?,
        decided_at: row.get("decided_at")?,
    })
}
