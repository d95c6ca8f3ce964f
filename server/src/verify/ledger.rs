//! The ledger: its chain, its signed tip, and every row that it proves.
//!
//! The entries are read from the first to the last; the newest one that names a row says what must
//! stand in it. Then the rows are read: none may be without an entry, none may be missing.

use std::collections::BTreeMap;

use super::Report;
use crate::db::{DbError, Tx};
use crate::identity::token::hex;
use crate::store::proved::{self, Proved};
use crate::store::tip::{self, Chain};
use crate::store::{ledger, server_key};

/// What the entries say of the rows: by table and key, the hash in hexadecimal.
type Entered = BTreeMap<(String, String), String>;

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let entered = check_entries(tx, report)?;
    check_rows(tx, entered, report)
}

fn check_entries(tx: &Tx, report: &mut Report) -> Result<Entered, DbError> {
    let (mut number, mut previous) = (0, [0; 32]);
    let mut entered = Entered::new();
    ledger::for_each(tx, |entry| {
        report.ledger_entries += 1;
        if entry.number != number + 1 || entry.previous != previous {
            report.differs("ledger", entry.number, "chain");
        }
        if entry.computed_hash() != entry.hash {
            report.differs("ledger", entry.number, "hash");
        }
        match entry.rows() {
            Some(rows) => {
                entered.extend(rows.into_iter().map(|row| ((row.table, row.key), row.hash)));
            }
            None => report.differs("ledger", entry.number, "unreadable"),
        }
        (number, previous) = (entry.number, entry.hash);
        Ok(())
    })?;
    let server_keys = server_key::public_keys(tx)?;
    let tip = tip::find(tx, Chain::Ledger)?;
    if !tip.as_ref().is_some_and(|tip| tip.is_signed(Chain::Ledger, &server_keys)) {
        report.differs("ledger", number, "tip");
    }
    if tip.is_some_and(|tip| (tip.number, tip.hash) != (number, previous)) {
        report.differs("ledger", number, "cut_off");
    }
    Ok(entered)
}

fn check_rows(tx: &Tx, mut entered: Entered, report: &mut Report) -> Result<(), DbError> {
    for table in proved::ALL {
        for row in table.all(tx)? {
            let which = format!("{} {}", table.table, row.key);
            match entered.remove(&(table.table.to_owned(), row.key)) {
                Some(hash) if hash == hex(&row.hash) => {}
                Some(_) => report.differs("row", which, "changed"),
                None => report.differs("row", which, "no_entry"),
            }
        }
    }
    for (table, key) in entered.into_keys() {
        let problem = if Proved::named(&table).is_some() { "missing" } else { "unknown_kind" };
        report.differs("row", format!("{table} {key}"), problem);
    }
    Ok(())
}
