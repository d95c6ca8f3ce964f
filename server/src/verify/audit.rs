//! The audit log: a leaf for everything and none for nothing, and a tree that is made of them.

use std::collections::BTreeSet;

use tingfang_core::audit::{Node, tree};

use super::Report;
use crate::db::{DbError, Tx};
use crate::store::audit_log::{self, LeafKind};
use crate::store::{frame, ledger, policy, seal};

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let leaves = check_leaves(tx, report)?;
    check_tree(tx, leaves, report)
}

/// Holds the leaves against what they stand for, and gives their hashes.
fn check_leaves(tx: &Tx, report: &mut Report) -> Result<Vec<Node>, DbError> {
    let mut owed: BTreeSet<(LeafKind, [u8; 32])> = BTreeSet::new();
    frame::for_each(tx, |kept| {
        owed.insert((LeafKind::Frame, kept.hash));
        Ok(())
    })?;
    seal::for_each(tx, |kind, kept| {
        owed.insert((kind, kept.digest()));
        Ok(())
    })?;
    ledger::for_each(tx, |entry| {
        owed.insert((LeafKind::LedgerEntry, entry.hash));
        Ok(())
    })?;
    owed.extend(policy::all(tx)?.iter().map(|kept| (LeafKind::Policy, kept.digest())));
    let mut leaves = Vec::new();
    audit_log::for_each(tx, |leaf| {
        report.audit_leaves += 1;
        if leaf.number != leaves.len() as u64 {
            report.differs("audit_leaf", leaf.number, "chain");
        }
        if !owed.remove(&(leaf.kind, leaf.hash)) {
            report.differs("audit_leaf", leaf.number, "stray");
        }
        leaves.push(leaf.node());
        Ok(())
    })?;
    for (kind, hash) in owed {
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        report.differs("audit_leaf", format!("{} {hash}", kind.code()), "missing");
    }
    Ok(leaves)
}

/// Whether every node is what the two below it say.
fn check_tree(tx: &Tx, leaves: Vec<Node>, report: &mut Report) -> Result<(), DbError> {
    let (mut level, mut expected, mut found) = (0, leaves, Vec::new());
    let compare = |level: u32, expected: &[Node], found: &[Node], report: &mut Report| {
        if expected != found {
            report.differs("audit_node", level, "hash");
        }
    };
    audit_log::for_each_node(tx, |at, number, node| {
        while at > level {
            compare(level, &expected, &found, report);
            expected = above(&expected);
            found.clear();
            level += 1;
        }
        if number != found.len() as u64 {
            report.differs("audit_node", number, "chain");
        }
        found.push(node);
        Ok(())
    })?;
    while !(expected.is_empty() && found.is_empty()) {
        compare(level, &expected, &found, report);
        expected = above(&expected);
        found.clear();
        level += 1;
    }
    Ok(())
}

fn above(nodes: &[Node]) -> Vec<Node> {
    nodes.chunks_exact(2).map(|pair| tree::parent(&pair[0], &pair[1])).collect()
}
