//! On what grounds something is judged again that was not accepted at once.

use tingfang_core::id::OrganisationId;

use crate::store::held_decision;
use crate::store::record_link::RecordLink;

/// On what grounds.
#[derive(Clone, Debug)]
pub(super) enum Grounds {
    /// What stood against it may be gone.
    Again,
    /// A manager links the record, which was begun without a task.
    Link(RecordLink),
    /// A person has decided that it comes in although it was held.
    Decided {
        /// The decision, which becomes durable with what it lets in.
        decision: held_decision::Kept,
        /// In whose ledger.
        organisation: OrganisationId,
    },
    /// It rests on what a person has let in, and was written by the same hand.
    WithDecided,
}

impl Grounds {
    /// The link by which a record without a task begins.
    pub(super) const fn link(&self) -> Option<&RecordLink> {
        if let Self::Link(link) = self { Some(link) } else { None }
    }
}
