//! One thing in a frame, and why a document may begin.

use crate::id::{AssignmentId, CaseId, DeviceId, DocumentId, PersonId, UndertakerId};
use crate::people::TaskCommand;
use crate::record::document::{ChangeHash, RawChange};
use crate::record::seal::Seal;
use crate::signature::digest;
use crate::sync::gate::claimed_hash;

/// Why a document may begin: the claim that the server checks against its rows.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Claim {
    /// It is the shared record of an assignment; the id is derived from it.
    #[n(0)]
    Shared {
        /// The assignment.
        #[n(0)]
        assignment: AssignmentId,
    },
    /// It is the writer's own record on a subject of an assignment; the id is derived from them.
    #[n(1)]
    Own {
        /// The assignment.
        #[n(0)]
        assignment: AssignmentId,
        /// The case.
        #[n(1)]
        case: CaseId,
        /// The undertaker whose work it is about.
        #[n(2)]
        undertaker: UndertakerId,
        /// The observer whose paper sheet it is a transcript of.
        #[n(3)]
        transcribed_for: Option<PersonId>,
    },
    /// It amends a sealed record; the id is fresh.
    #[n(2)]
    Amendment {
        /// The sealed record.
        #[n(0)]
        of: DocumentId,
    },
    /// It answers no assignment; the id is fresh, and a manager links it later.
    #[n(3)]
    Unassigned,
    /// It is one of the records that an assignment asks for each time something happens; the id is
    /// fresh.
    #[n(4)]
    EachTime {
        /// The assignment.
        #[n(0)]
        assignment: AssignmentId,
        /// The case; nothing where the assignment is about none.
        #[n(1)]
        case: Option<CaseId>,
        /// The undertaker whose work it is about.
        #[n(2)]
        undertaker: Option<UndertakerId>,
    },
    /// It says what came too late for the seal of a shared record; the id is fresh.
    #[n(5)]
    LateWork {
        /// The sealed record.
        #[n(0)]
        of: DocumentId,
    },
}

impl Claim {
    /// The assignment that the record claims to answer; nothing where it names none.
    pub const fn assignment(&self) -> Option<AssignmentId> {
        match self {
            Self::Shared { assignment }
            | Self::Own { assignment, .. }
            | Self::EachTime { assignment, .. } => Some(*assignment),
            Self::Amendment { .. } | Self::LateWork { .. } | Self::Unassigned => None,
        }
    }
}

/// One thing in a frame.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Item {
    /// Begins a document. Its derived first change is not sent: the server derives the same.
    #[n(0)]
    Begin {
        /// The document.
        #[n(0)]
        document: DocumentId,
        /// The kind's code.
        #[n(1)]
        kind: String,
        /// The schema version.
        #[n(2)]
        version: u32,
        /// Why it may begin.
        #[n(3)]
        claim: Claim,
    },
    /// A change to a document.
    #[n(1)]
    Change {
        /// The document.
        #[n(0)]
        document: DocumentId,
        /// How often the document was reopened before this change; part of the actor.
        #[n(1)]
        rebase: u32,
        /// The change, an uncompressed Automerge chunk.
        #[cbor(n(2), with = "minicbor::bytes")]
        bytes: Vec<u8>,
    },
    /// A seal on a document.
    #[n(2)]
    Seal {
        /// The seal.
        #[n(0)]
        seal: Seal,
    },
    /// Says that a change that was not accepted has been written anew.
    #[n(3)]
    Supersede {
        /// The document.
        #[n(0)]
        document: DocumentId,
        /// The change that was not accepted.
        #[n(1)]
        old: ChangeHash,
        /// The change that takes its place.
        #[n(2)]
        new: ChangeHash,
    },
    /// An observer's word that a clerk's transcript is what they wrote on paper.
    #[n(4)]
    Confirm {
        /// What is confirmed, with the purpose of a confirmation.
        #[n(0)]
        confirmation: Seal,
    },
    /// What a member says of a task without making a record.
    #[n(5)]
    TaskReport {
        /// What is said.
        #[n(0)]
        command: TaskCommand,
    },
    /// A copy of another device's change, which the server had and has no more: it was put back to an older
    /// state. It stands for nothing by itself; its own writer says it again, or a manager decides.
    #[n(6)]
    Witness {
        /// The document.
        #[n(0)]
        document: DocumentId,
        /// The device that the server had named as its writer's.
        #[n(1)]
        writer: DeviceId,
        /// The change as it came from the server.
        #[cbor(n(2), with = "minicbor::bytes")]
        bytes: Vec<u8>,
    },
    /// What stood here was erased by order ([`ErasureOrder`](crate::erasure::ErasureOrder)). Its hash is left, so
    /// that the frame's signature holds as before.
    #[n(7)]
    Erased {
        /// The document.
        #[n(0)]
        document: DocumentId,
        /// The hash of the item.
        #[n(1)]
        hash: ItemHash,
        /// The hash of the change that it was, where it could be read.
        #[n(2)]
        change: Option<ChangeHash>,
    },
}

impl Item {
    /// A change as an item.
    pub fn change(document: DocumentId, rebase: u32, change: &RawChange) -> Self {
        Self::Change { document, rebase, bytes: change.bytes.clone() }
    }

    /// The document that the item is about. A report is about no document and has an id of its own.
    pub const fn document(&self) -> DocumentId {
        match self {
            Self::Begin { document, .. }
            | Self::Change { document, .. }
            | Self::Witness { document, .. }
            | Self::Supersede { document, .. }
            | Self::Erased { document, .. } => *document,
            Self::Seal { seal } | Self::Confirm { confirmation: seal } => seal.statement.document,
            Self::TaskReport { command } => command.id,
        }
    }

    /// The item's hash, by which a frame names it.
    pub fn hash(&self) -> ItemHash {
        if let Self::Erased { hash, .. } = self {
            return *hash;
        }
        let bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        ItemHash(digest("tingfang-item/1", &[&bytes]))
    }

    /// Whether it holds words that somebody has written in a record. What else there is holds ids and hashes.
    pub const fn has_content(&self) -> bool {
        matches!(self, Self::Change { .. } | Self::Witness { .. })
    }

    /// The change that it brings or brought, where its bytes name one.
    pub fn change_hash(&self) -> Option<ChangeHash> {
        match self {
            Self::Change { bytes, .. } | Self::Witness { bytes, .. } => claimed_hash(bytes),
            Self::Erased { change, .. } => *change,
            _ => None,
        }
    }

    /// What is left of it once it is erased.
    pub(super) fn erased(&self) -> Self {
        Self::Erased { document: self.document(), hash: self.hash(), change: self.change_hash() }
    }
}

/// The hash of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct ItemHash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);
