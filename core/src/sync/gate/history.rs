//! What the header of a change is held against: who has written what in a document so far.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Change};

use super::{MAX_OPERATIONS, Rejection, malformed};
use crate::record::document::{Actor, ChangeHash, Document};

/// The changes of a document and who wrote them, without what they say. Made once for a document that many
/// changes are put through the gate for: to ask the document each time costs as much as it has changes.
#[derive(Clone, Debug)]
pub struct History {
    changes: BTreeMap<ChangeHash, Known>,
    /// The number of the last change of each actor, and that change.
    last: BTreeMap<ActorId, (u64, ChangeHash)>,
}

/// What of a change is known when others rest on it.
#[derive(Clone, Debug)]
struct Known {
    /// The number of its last operation: larger than that of anything that it rests on.
    end: u64,
    deps: Vec<ChangeHash>,
}

/// What a history keeps of one change.
#[derive(Debug)]
pub(super) struct Line {
    hash: ChangeHash,
    actor: ActorId,
    number: u64,
    known: Known,
}

impl History {
    /// That of a document.
    pub fn of(document: &Document) -> Self {
        let mut history = Self { changes: BTreeMap::new(), last: BTreeMap::new() };
        for known in document.inner.get_changes_meta(&[]) {
            history.put(Line {
                hash: known.hash.into(),
                actor: known.actor.into_owned(),
                number: known.seq,
                known: Known {
                    end: known.max_op,
                    deps: known.deps.iter().map(|dep| ChangeHash::from(*dep)).collect(),
                },
            });
        }
        history
    }

    /// Whether the change is in it.
    pub fn holds(&self, change: &ChangeHash) -> bool {
        self.changes.contains_key(change)
    }

    /// Under which actors the newest changes of the document were written: those on which no other rests.
    pub fn branches(&self, document: &Document) -> Vec<Actor> {
        let heads = document.heads();
        let newest = self.last.iter().filter(|(_, (_, hash))| heads.contains(hash));
        newest.filter_map(|(actor, _)| actor.to_bytes().try_into().ok().map(Actor)).collect()
    }

    pub(super) fn put(&mut self, line: Line) {
        let last = self.last.entry(line.actor).or_insert((line.number, line.hash));
        *last = (*last).max((line.number, line.hash));
        self.changes.insert(line.hash, line.known);
    }

    /// Whether one change is among others or among what they rest on.
    fn rest_on(&self, deps: &[ChangeHash], sought: ChangeHash) -> bool {
        let Some(end) = self.changes.get(&sought).map(|known| known.end) else { return false };
        let (mut open, mut seen) = (deps.to_vec(), BTreeSet::new());
        while let Some(hash) = open.pop() {
            if hash == sought {
                return true;
            }
            // What ends no later cannot rest on it.
            let known = self.changes.get(&hash).filter(|known| known.end > end && seen.insert(hash));
            open.extend(known.iter().flat_map(|known| &known.deps));
        }
        false
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
        let deps: Vec<ChangeHash> = change.deps().iter().map(|dep| ChangeHash::from(*dep)).collect();
        let mut end = 0;
        for dep in &deps {
            end = self.changes.get(dep).ok_or(Rejection::Blocked { by: *dep })?.end.max(end);
        }
        let last = self.last.get(change.actor_id());
        // Who passes over what they wrote last can be read in an order in which there is no reading them at all.
        if last.is_some_and(|(_, last)| !self.rest_on(&deps, *last)) {
            return Err(malformed("own_last"));
        }
        let number = last.map_or(0, |(number, _)| *number) + 1;
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
        let known = Known { end: change.max_op(), deps };
        Ok(Line { hash, actor: change.actor_id().clone(), number, known })
    }
}
