//! That something stands in the audit log: its leaf, and the way from there to a root that the server has signed.

use super::checkpoint::Checkpoint;
use super::proof::ProofProblem;
use super::tree::{self, Node};
use super::{LeafKind, leaf_of};
use crate::id::LogEpoch;
use crate::signature::{PublicKey, Signature};

/// The place of one leaf in the log.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Inclusion {
    /// Which leaf.
    #[n(0)]
    pub leaf: u64,
    /// The proof that it is there: nodes, one behind the other.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nodes: Vec<u8>,
    /// The history of the log.
    #[n(2)]
    pub log: LogEpoch,
    /// How large the log was.
    #[n(3)]
    pub size: u64,
    /// Its root.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub root: Node,
    /// The server's signature over history, size and root.
    #[n(5)]
    pub checkpoint: Signature,
}

impl Inclusion {
    /// Checks that the leaf for something is there; gives the checkpoint that it stands under.
    ///
    /// # Errors
    /// `checkpoint` or `inclusion`, whichever does not hold.
    pub fn check(
        &self,
        kind: LeafKind,
        hash: &[u8; 32],
        server: &PublicKey,
    ) -> Result<Checkpoint, ProofProblem> {
        let checkpoint = Checkpoint::signed(self.log, self.size, self.root, self.checkpoint, server);
        if !checkpoint.is_signed_by(server) {
            return Err(ProofProblem::Part("checkpoint"));
        }
        let nodes: Option<Vec<Node>> = self.nodes.chunks(32).map(|node| node.try_into().ok()).collect();
        let leaf = leaf_of(kind, hash);
        if nodes.is_some_and(|nodes| tree::is_included(&leaf, self.leaf, self.size, &nodes, &self.root)) {
            Ok(checkpoint)
        } else {
            Err(ProofProblem::Part("inclusion"))
        }
    }
}
