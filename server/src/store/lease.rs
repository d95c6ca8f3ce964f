//! Leases: work that one node does for all, until its time is over. Whoever does such work must bear
//! that a node which was stopped in the middle wakes up later and goes on: what it commits is checked
//! there, not here.

use tingfang_core::clock::Moment;

use crate::db::{DbError, Tx};
use crate::params;

/// A node, for as long as its process lives.
pub type NodeId = [u8; 16];

/// Takes a lease that is free, over, or one's own, until a moment. Says whether it was to be had.
pub fn take(tx: &Tx, name: &str, node: NodeId, now: Moment, until: Moment) -> Result<bool, DbError> {
    let taken = tx.execute(
        "update lease set holder = ?2, until_at = ?4 where name = ?1 and (holder = ?2 or until_at <= ?3)",
        params![name, node, now, until],
    )?;
    if taken == 1 {
        return Ok(true);
    }
    let fresh = tx.execute(
        "insert into lease (name, holder, until_at) values (?1, ?2, ?3) on conflict (name) do nothing",
        params![name, node, until],
    )?;
    Ok(fresh == 1)
}
