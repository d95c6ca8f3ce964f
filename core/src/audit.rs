//! The audit log 审计日志: a Merkle tree (RFC 6962) over everything that the server has taken in and decided.
//!
//! A server that rewrites its history cannot go on under the checkpoints that it has signed before: whoever
//! has kept one, a phone or a printed bulletin, asks it to prove that the tree then is the beginning of the
//! tree now.
//!
//! - [`tree`]: roots and proofs, and how they are checked.
//! - [`checkpoint`]: how large the tree is and what its root is, signed, as text.

pub mod checkpoint;
pub mod tree;

pub use checkpoint::Checkpoint;
pub use tree::Node;
