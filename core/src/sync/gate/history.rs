//! What the header of a change is held against: who has written what in a document so far.

use std::collections::BTreeMap;

use automerge::{ActorId, Change};

use super::{MAX_OPERATIONS, Rejection, malformed};
use crate::record::document::{Actor, ChangeHash, Document};

/// The changes of a document and who wrote them, without what they say. Made once for a document that many
/// changes are put through the gate for: to ask the document each time costs as much as it has changes.
#[derive(Clone, Debug)]
pub struct History {
    /// The number of the last operation of each change.
    ends: BTreeMap<ChangeHash, u64>,
    /// The number of the last change of each actor.
    last: BTreeMap<ActorId, u64>,
}

/// What a history keeps of one change.
#[derive(Debug)]
pub(super) struct Line {
    hash: ChangeHash,
    actor: ActorId,
    number: u64,
    end: u64,
}

impl History {
    /// That of a document.
    pub fn of(document: &Document) -> Self {
        let mut history = Self { ends: BTreeMap::new(), last: BTreeMap::new() };
        for known in document.inner.get_changes_meta(&[]) {
            history.put(Line {
                hash: known.hash.into(),
                actor: known.actor.into_owned(),
                number: known.seq,
                end: known.max_op,
            });
        }
        history
    }

    /// Whether the change is in it.
    pub fn holds(&self, change: &ChangeHash) -> bool {
        self.ends.contains_key(change)
    }

    pub(super) fn put(&mut self, line: Line) {
        self.ends.insert(line.hash, line.end);
        let last = self.last.entry(line.actor).or_default();
        *last = line.number.max(*last);
    }

    /// Step 1: whether the change says that it stands where it can only stand. Gives what the history keeps of it.
    pub(super) fn check(&self, actor: Actor, change: &Change) -> Result<Line, Rejection> {
        let hash = change.hash().into();
        if self.holds(&hash) {
            return Err(Rejection::Duplicate);
        }
        if change.actor_id().to_bytes() != actor.0 {
            return Err(malformed("actor"));
        }
        if change.deps().is_empty() {
            return Err(malformed("no_dependencies"));
        }
        let mut end = 0;
        for dep in change.deps() {
            let dep = ChangeHash::from(*dep);
            end = self.ends.get(&dep).ok_or(Rejection::Blocked { by: dep })?.max(&end).to_owned();
        }
        let number = self.last.get(change.actor_id()).unwrap_or(&0) + 1;
        let rules = [
            (change.seq() == number, "sequence"),
            (change.start_op().get() == end + 1, "first_operation"),
            (change.len() <= MAX_OPERATIONS, "too_many_operations"),
            (!change.is_empty(), "no_operations"),
            (change.timestamp() == 0, "time"),
            (change.message().is_none(), "message"),
            (change.author().is_none(), "author"),
            (change.extra_bytes().is_empty(), "extra_bytes"),
            (change.other_actor_ids().iter().all(|other| self.last.contains_key(other)), "unknown_actor"),
        ];
        if let Some((_, code)) = rules.iter().find(|(holds, _)| !holds) {
            return Err(malformed(code));
        }
        Ok(Line { hash, actor: change.actor_id().clone(), number, end: change.max_op() })
    }
}
