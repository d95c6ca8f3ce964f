//! 台账 the ledger: append-only, each entry naming the hash of the one before.

use tingfang_core::clock::Moment;
use tingfang_core::id::PersonId;
use tingfang_core::signature::digest;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// What it is: `round`, `veto_ruling`, `grade_step`, `subsidy_line`.
    pub kind: String,
    /// What was entered, as JSON.
    pub body: String,
    /// The hash of the entry before; zeros for the first.
    pub previous: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
    /// When it was entered.
    pub at: Moment,
    /// By whom.
    pub by: PersonId,
}

impl Entry {
    /// The hash that the entry must have.
    pub fn computed_hash(&self) -> [u8; 32] {
        let parts: [&[u8]; 6] = [
            &self.number.to_le_bytes(),
            self.kind.as_bytes(),
            self.body.as_bytes(),
            &self.previous,
            &self.at.as_millis().to_le_bytes(),
            self.by.as_bytes(),
        ];
        digest("tingfang-ledger/1", &parts)
    }
}

const SELECT: &str =
    "select entry_no, kind, body, previous_hash, hash, entered_at, entered_by from ledger_entry";

/// Appends an entry; gives its number.
pub fn append(
    tx: &Tx,
    kind: &str,
    body: &serde_json::Value,
    by: PersonId,
    at: Moment,
) -> Result<u64, DbError> {
    let last = tx.query_one(&format!("{SELECT} order by entry_no desc limit 1"), &[], read)?;
    let (number, previous) = last.map_or((1, [0; 32]), |last| (last.number + 1, last.hash));
    let mut entry =
        Entry { number, kind: kind.to_owned(), body: body.to_string(), previous, hash: [0; 32], at, by };
    entry.hash = entry.computed_hash();
    tx.execute(
        "insert into ledger_entry (entry_no, kind, body, previous_hash, hash, entered_at, entered_by)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![entry.number, &entry.kind, &entry.body, &entry.previous[..], &entry.hash[..], at, by],
    )?;
    Ok(number)
}

/// One page, the oldest first.
pub fn page(tx: &Tx, after: Option<u64>, limit: u32) -> Result<Vec<Entry>, DbError> {
    tx.query(
        &format!("{SELECT} where entry_no > ?1 order by entry_no limit ?2"),
        params![after.unwrap_or(0), limit],
        read,
    )
}

/// Every entry, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Entry) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by entry_no"), &[], |row| each(read(row)?))
}

fn read(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        number: row.get("entry_no")?,
        kind: row.get("kind")?,
        body: row.get("body")?,
        previous: row.get("previous_hash")?,
        hash: row.get("hash")?,
        at: row.get("entered_at")?,
        by: row.get("entered_by")?,
    })
}
