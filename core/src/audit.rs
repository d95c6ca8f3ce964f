//! The audit log 审计日志: a Merkle tree (RFC 6962) over everything that the server has taken in and decided.
//!
//! A server that rewrites its history cannot go on under the checkpoints that it has signed before: whoever
//! has kept one, a phone or a printed bulletin, asks it to prove that the tree then is the beginning of the
//! tree now.
//!
//! - [`tree`]: roots and proofs, and how they are checked.
//! - [`checkpoint`]: how large the tree is and what its root is, signed, as text.
//! - [`tile`]: how pieces of it are named for auditors.
//! - [`inclusion`]: that something stands in it.
//! - [`proof`]: one sealed record with all that proves it, as a file.
//! - [`item_proof`]: the same of one thing that was not accepted.

pub mod checkpoint;
pub mod inclusion;
pub mod item_proof;
pub mod proof;
pub mod tile;
pub mod tree;

pub use checkpoint::Checkpoint;
pub use inclusion::Inclusion;
pub use item_proof::ItemProof;
pub use proof::RecordProof;
pub use tree::Node;

use crate::codes;
use crate::signature::digest;

codes! {
    /// What a leaf stands for.
    LeafKind as "leaf_kind" {
        Frame = "frame",
        Seal = "seal",
        Confirmation = "confirmation",
        LedgerEntry = "ledger_entry",
        Policy = "policy",
    }
}

/// The hash in the tree of the leaf for something.
pub fn leaf_of(kind: LeafKind, hash: &[u8; 32]) -> Node {
    tree::leaf(&entry_of(kind, hash))
}

/// What the leaf for something consists of: a digest, which says nothing to who does not have the thing.
pub fn entry_of(kind: LeafKind, hash: &[u8; 32]) -> [u8; 32] {
    digest("tingfang-leaf/1", &[kind.code().as_bytes(), hash])
}
