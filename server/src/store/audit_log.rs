//! 审计日志 the audit log: a leaf for each frame that was taken in, each seal that was accepted, and each
//! entry of the ledger, in one order; a Merkle tree over them ([`tingfang_core::audit`]).

use tingfang_core::audit::{Checkpoint, Inclusion, Node, entry_of, leaf_of, tree};
use tingfang_core::id::LogEpoch;
use tingfang_core::signature::SecretKey;

use crate::db::{DbError, Row, Tx};
use crate::log;
use crate::params;

pub use tingfang_core::audit::LeafKind;

/// A leaf as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its number, from 0 without gaps.
    pub number: u64,
    /// What it stands for.
    pub kind: LeafKind,
    /// The hash of that.
    pub hash: [u8; 32],
}

impl Leaf {
    /// Its hash in the tree.
    pub fn node(&self) -> Node {
        leaf_of(self.kind, &self.hash)
    }

    /// What it consists of.
    pub fn entry(&self) -> [u8; 32] {
        entry_of(self.kind, &self.hash)
    }
}

/// The complete subtrees in the database.
struct Kept<'t, 'c>(&'t Tx<'c>);

impl tree::Subtrees for Kept<'_, '_> {
    type Error = DbError;

    fn node(&mut self, level: u32, index: u64) -> Result<Node, DbError> {
        let sql = "select hash from audit_node where level = ?1 and node_no = ?2";
        let found = self.0.query_one(sql, params![level, index], |row| row.get("hash"))?;
        found.ok_or_else(|| DbError::Damaged(format!("the audit log has no node {index} on level {level}")))
    }
}

/// How many leaves there are.
///
/// # Errors
/// When the data layer fails.
pub fn size(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select max(leaf_no) as last from audit_leaf";
    let last: Option<u64> = tx.query_one(sql, &[], |row| row.get("last"))?.flatten();
    Ok(last.map_or(0, |last| last + 1))
}

/// Appends a leaf. Belongs into the transaction that writes what it stands for.
///
/// # Errors
/// When the data layer fails, or there is one for it already.
pub fn append(tx: &Tx, kind: LeafKind, hash: &[u8; 32]) -> Result<(), DbError> {
    let number = size(tx)?;
    tx.execute(
        "insert into audit_leaf (leaf_no, kind, hash) values (?1, ?2, ?3)",
        params![number, kind.code(), &hash[..]],
    )?;
    for (level, index, node) in tree::completed_by(&mut Kept(tx), number, leaf_of(kind, hash))? {
        tx.execute(
            "insert into audit_node (level, node_no, hash) values (?1, ?2, ?3)",
            params![level, index, &node[..]],
        )?;
    }
    Ok(())
}

/// The tree as it is now, signed.
///
/// # Errors
/// When the data layer fails.
pub fn checkpoint(tx: &Tx, log: LogEpoch, key: &SecretKey) -> Result<Checkpoint, DbError> {
    let size = size(tx)?;
    Ok(Checkpoint::sign(log, size, tree::root(&mut Kept(tx), size)?, key))
}

/// Proves that the first `old` leaves are the beginning of the first `new`.
///
/// # Errors
/// When the data layer fails.
pub fn consistency(tx: &Tx, old: u64, new: u64) -> Result<Vec<Node>, DbError> {
    tree::consistency(&mut Kept(tx), old, new)
}

/// The number of the leaf for something, and the proof that it is in the tree of this size; nothing when
/// there is no such leaf in it.
///
/// # Errors
/// When the data layer fails.
pub fn inclusion(
    tx: &Tx,
    kind: LeafKind,
    hash: &[u8; 32],
    size: u64,
) -> Result<Option<(u64, Vec<Node>)>, DbError> {
    let sql = "select leaf_no from audit_leaf where kind = ?1 and hash = ?2";
    let number: Option<u64> = tx.query_one(sql, params![kind.code(), &hash[..]], |row| row.get("leaf_no"))?;
    match number.filter(|number| *number < size) {
        Some(number) => Ok(Some((number, tree::inclusion(&mut Kept(tx), number, size)?))),
        None => Ok(None),
    }
}

/// That the leaf for something is in the log as it is now, under the server's signature; nothing when it is not.
///
/// # Errors
/// When the data layer fails.
pub fn proved(
    tx: &Tx,
    kind: LeafKind,
    hash: &[u8; 32],
    key: &SecretKey,
) -> Result<Option<Inclusion>, DbError> {
    let (_, log) = log::head(tx)?;
    let checkpoint = checkpoint(tx, log, key)?;
    Ok(inclusion(tx, kind, hash, checkpoint.size)?.map(|(leaf, nodes)| Inclusion {
        leaf,
        nodes: nodes.concat(),
        log,
        size: checkpoint.size,
        root: checkpoint.root,
        checkpoint: checkpoint.signature,
    }))
}

/// The hashes of up to `count` complete subtrees of a level, from the `first` on; fewer when there are not so many.
///
/// # Errors
/// When the data layer fails.
pub fn nodes(tx: &Tx, level: u32, first: u64, count: u16) -> Result<Vec<Node>, DbError> {
    tx.query(
        "select hash from audit_node where level = ?1 and node_no >= ?2 order by node_no limit ?3",
        params![level, first, u32::from(count)],
        |row| row.get("hash"),
    )
}

/// Up to `count` leaves, from the `first` on.
///
/// # Errors
/// When the data layer fails.
pub fn leaves(tx: &Tx, first: u64, count: u16) -> Result<Vec<Leaf>, DbError> {
    tx.query(
        "select leaf_no, kind, hash from audit_leaf where leaf_no >= ?1 order by leaf_no limit ?2",
        params![first, u32::from(count)],
        read,
    )
}

/// Every leaf, one after the other.
///
/// # Errors
/// When the data layer or the closure fails.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Leaf) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each("select leaf_no, kind, hash from audit_leaf order by leaf_no", &[], |row| each(read(row)?))
}

/// Every node above the leaves and of them, one after the other: level, number and hash.
///
/// # Errors
/// When the data layer or the closure fails.
pub fn for_each_node(
    tx: &Tx,
    mut each: impl FnMut(u32, u64, Node) -> Result<(), DbError>,
) -> Result<(), DbError> {
    let sql = "select level, node_no, hash from audit_node order by level, node_no";
    tx.for_each(sql, &[], |row| each(row.get("level")?, row.get("node_no")?, row.get("hash")?))
}

fn read(row: &Row) -> Result<Leaf, DbError> {
    Ok(Leaf {
        number: row.get("leaf_no")?,
        kind: row.code("kind", LeafKind::from_code)?,
        hash: row.get("hash")?,
    })
}
