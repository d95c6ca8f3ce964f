//! 台账 the ledger: append-only, each entry naming the hash of the one before and the hashes of the
//! rows that it wrote. The tip is signed.

use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::signature::digest;

use super::audit_log::{self, LeafKind};
use super::filter::Filter;
use super::proved::{Proved, hex};
use super::tip::{self, Chain};
use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// What it is: `round`, `veto_ruling`, `grade_step`, `subsidy_line`.
    pub kind: String,
    /// Whose matter it is.
    pub organisation: OrganisationId,
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

/// Something that is to be entered.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// What it is.
    pub kind: &'static str,
    /// Whose matter it is.
    pub organisation: OrganisationId,
    /// What is entered: a JSON object for people. The rows are added to it.
    pub body: serde_json::Value,
    /// The rows that it wrote: they must stand already, and not change without a new entry.
    pub rows: Vec<(Proved, Value)>,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: PersonId,
}

/// A row as an entry names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredRow {
    /// The table.
    pub table: String,
    /// The value of the table's key; bytes in hexadecimal.
    pub key: String,
    /// The hash over every column, in hexadecimal ([`Proved::hash`]).
    pub hash: String,
}

#[derive(Deserialize)]
struct WithRows {
    rows: Vec<EnteredRow>,
}

impl Entry {
    /// The rows that the entry wrote; nothing when its body cannot be read.
    pub fn rows(&self) -> Option<Vec<EnteredRow>> {
        serde_json::from_str::<WithRows>(&self.body).ok().map(|body| body.rows)
    }

    /// The hash that the entry must have.
    pub fn computed_hash(&self) -> [u8; 32] {
        let parts: [&[u8]; 7] = [
            &self.number.to_le_bytes(),
            self.kind.as_bytes(),
            self.organisation.as_bytes(),
            self.body.as_bytes(),
            &self.previous,
            &self.at.as_millis().to_le_bytes(),
            self.by.as_bytes(),
        ];
        digest("tingfang-ledger/1", &parts)
    }
}

const SELECT: &str = "select entry_no, kind, organisation_id, body, previous_hash, hash, entered_at,
    entered_by from ledger_entry";

/// The number that the next entry takes.
///
/// # Errors
/// When the data layer fails.
pub fn next_number(tx: &Tx) -> Result<u64, DbError> {
    Ok(last(tx)?.map_or(0, |last| last.number) + 1)
}

/// Appends an entry with the hashes of its rows, and signs the tip anew; gives its number.
///
/// # Errors
/// When the data layer fails, or a row is not there.
pub fn append(tx: &Tx, new: NewEntry) -> Result<u64, DbError> {
    let mut rows = Vec::with_capacity(new.rows.len());
    for (proved, key) in new.rows {
        let found = proved.hash(tx, key)?;
        rows.push(EnteredRow { table: proved.table.to_owned(), key: found.key, hash: hex(&found.hash) });
    }
    let mut body = new.body;
    body["rows"] = serde_json::to_value(rows).map_err(|error| DbError::damaged("an entry", &error))?;
    let (number, previous) = last(tx)?.map_or((1, [0; 32]), |last| (last.number + 1, last.hash));
    let mut entry = Entry {
        number,
        kind: new.kind.to_owned(),
        organisation: new.organisation,
        body: body.to_string(),
        previous,
        hash: [0; 32],
        at: new.at,
        by: new.by,
    };
    entry.hash = entry.computed_hash();
    tx.execute(
        "insert into ledger_entry (entry_no, kind, organisation_id, body, previous_hash, hash, entered_at,
             entered_by) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            entry.number,
            &entry.kind,
            entry.organisation,
            &entry.body,
            &entry.previous[..],
            &entry.hash[..],
            entry.at,
            entry.by
        ],
    )?;
    audit_log::append(tx, LeafKind::LedgerEntry, &entry.hash)?;
    tip::renew(tx, Chain::Ledger, number, &entry.hash)?;
    Ok(number)
}

fn last(tx: &Tx) -> Result<Option<Entry>, DbError> {
    tx.query_one(&format!("{SELECT} order by entry_no desc limit 1"), &[], read)
}

/// One page of the matters of these organisations, the oldest first.
///
/// # Errors
/// When the data layer fails.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Entry>, DbError> {
    let mut filter = Filter::default();
    filter.one_of("organisation_id", organisations.iter().copied());
    filter.compare("entry_no", ">", after);
    tx.query(&filter.select(SELECT, "entry_no", limit), filter.values(), read)
}

/// The entry with this number.
///
/// # Errors
/// When the data layer fails.
pub fn find(tx: &Tx, number: u64) -> Result<Option<Entry>, DbError> {
    tx.query_one(&format!("{SELECT} where entry_no = ?1"), params![number], read)
}

/// Every entry, one after the other.
///
/// # Errors
/// When the data layer or the closure fails.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Entry) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by entry_no"), &[], |row| each(read(row)?))
}

fn read(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        number: row.get("entry_no")?,
        kind: row.get("kind")?,
        organisation: row.get("organisation_id")?,
        body: row.get("body")?,
        previous: row.get("previous_hash")?,
        hash: row.get("hash")?,
        at: row.get("entered_at")?,
        by: row.get("entered_by")?,
    })
}
