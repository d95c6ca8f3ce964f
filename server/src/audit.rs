//! The audit log over data from before there was one.

use std::collections::BTreeSet;

use crate::db::{DbError, Tx};
use crate::store::audit_log::{self, LeafKind};
use crate::store::{frame, ledger, policy, seal};

/// Whether something has no leaf. Counts, and reads nothing.
///
/// # Errors
/// When the data layer fails.
pub fn is_behind(tx: &Tx) -> Result<bool, DbError> {
    let owed = frame::count(tx)? + seal::count(tx)? + (ledger::next_number(tx)? - 1) + policy::count(tx)?;
    Ok(owed != audit_log::size(tx)?)
}

/// Gives everything a leaf that has none: what a version wrote that knew no audit log. Says how many.
///
/// # Errors
/// When the data layer fails.
pub fn adopt(tx: &Tx) -> Result<usize, DbError> {
    if !is_behind(tx)? {
        return Ok(0);
    }
    let mut known = BTreeSet::new();
    audit_log::for_each(tx, |leaf| {
        known.insert((leaf.kind, leaf.hash));
        Ok(())
    })?;
    let mut orphans = Vec::new();
    let mut frames = Vec::new();
    frame::for_each(tx, |kept| {
        frames.push((kept.intake_number, kept.hash));
        Ok(())
    })?;
    frames.sort_unstable();
    orphans.extend(frames.into_iter().map(|(_, hash)| (LeafKind::Frame, hash)));
    seal::for_each(tx, |kind, kept| {
        orphans.push((kind, kept.digest()));
        Ok(())
    })?;
    ledger::for_each(tx, |entry| {
        orphans.push((LeafKind::LedgerEntry, entry.hash));
        Ok(())
    })?;
    orphans.extend(policy::all(tx)?.iter().map(|kept| (LeafKind::Policy, kept.digest())));
    orphans.retain(|leaf| !known.contains(leaf));
    for (kind, hash) in &orphans {
        audit_log::append(tx, *kind, hash)?;
    }
    Ok(orphans.len())
}
