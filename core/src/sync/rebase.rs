//! The rebase: what was written after a change that was not accepted, written anew so that it stands
//! without it.
//!
//! A change rests on everything that its writer had done before, so one that is not accepted blocks all
//! that came later. Here the later ones are rewritten, operation by operation, under a fresh actor
//! (DESIGN 5.6): each keeps what it meant. A character stays beside the character it was typed at, a
//! value replaces what it replaced and nothing that its writer had not seen. Only what lies inside
//! something that is left out goes with it, and is counted.
//!
//! | the later operation… | becomes |
//! |---|---|
//! | replaces a value that is left out | it replaces what that one had replaced |
//! | writes a field that was emptied by what is left out | it replaces what had been emptied |
//! | types at a character that is left out | it types where that one was typed |
//! | deletes a character, or empties a field, of what is left out | nothing: it is not there |
//! | writes in an entry that is left out | left out too |

mod order;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange};

pub use order::in_order;

use super::gate::{self, History, Judgement, MAX_OPERATIONS, Passage, hushed};
use crate::gather::map_of;
use crate::record::document::{Actor, ChangeHash, Document, DocumentError, RawChange};

/// A change of one's own that is not accepted, as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Later<'c> {
    /// The change.
    pub bytes: &'c [u8],
    /// Whether it is to stand no more: it was refused, or is held for a person to decide.
    pub is_left_out: bool,
}

/// What became of a later change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The change as it was.
    pub old: ChangeHash,
    /// The change that takes its place; nothing when nothing of it is left to do.
    pub new: Option<RawChange>,
    /// How many operations had to go with what is left out.
    pub left_out: usize,
}

/// A record without what was not accepted.
#[derive(Clone, Debug)]
pub struct Rebased {
    /// The record.
    pub document: Document,
    /// What became of each change that was not left out, in the order of writing.
    pub carried: Vec<Carried>,
}

/// Writes later changes anew on what is accepted. `later` are all changes of the record that are not
/// accepted, in the order of writing; `actor` has written nothing in it yet. Each rests on what its
/// writer had seen of what is accepted, and on nothing that came later: two who have written one field
/// without each other's knowledge stay in dispute.
///
/// # Errors
/// When a change cannot be read, or the result could not be loaded again; then nothing has happened.
pub fn rebase(accepted: &Document, later: &[Later<'_>], actor: Actor) -> Result<Rebased, DocumentError> {
    let work = || {
        let mut rewriting = Rewriting::on(accepted, actor);
        let mut carried = Vec::new();
        for later in later {
            let change = match gate::read(later.bytes) {
                Ok(change) => change,
                // Nothing can rest on what nobody can read.
                Err(_) if later.is_left_out => continue,
                Err(_) => return Err(unreadable("a change cannot be read")),
            };
            if later.is_left_out {
                rewriting.leave_out(&change);
            } else {
                carried.push(rewriting.carry(&change)?);
            }
        }
        let document = proved(accepted, actor, carried.iter().filter_map(|carried| carried.new.as_ref()))?;
        Ok(Rebased { document, carried })
    };
    let broken = DocumentError { reason: "the library failed in a rebase".to_owned() };
    hushed(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or(Err(broken))
}

/// The hash of a change; nothing for bytes that are none.
pub fn hash_of(bytes: &[u8]) -> Option<ChangeHash> {
    gate::read(bytes).ok().map(|change| change.hash().into())
}

/// Whether a change can be written anew at all: it can be read, and does no more than the gate lets one do.
pub fn is_rewritable(bytes: &[u8]) -> bool {
    gate::read(bytes).is_ok_and(|change| change.len() <= MAX_OPERATIONS)
}

/// What became of an operation.
enum Fate {
    /// It stands under this name.
    Moved(OpId),
    /// It stands no more.
    Gone {
        /// What it had replaced.
        replaced: Vec<OpId>,
        /// Where it was typed, when it was a character.
        typed_at: Option<ElementId>,
    },
}

/// What is known of a change that stands.
struct Standing {
    max_op: u64,
    deps: Vec<automerge::ChangeHash>,
}

struct Rewriting {
    actor: ActorId,
    next_seq: u64,
    /// The newest change of the actor.
    newest: Option<automerge::ChangeHash>,
    standing: BTreeMap<automerge::ChangeHash, Standing>,
    /// On what rests who rested on a change that stands no more, or under another name.
    instead: BTreeMap<automerge::ChangeHash, Vec<automerge::ChangeHash>>,
    fates: BTreeMap<OpId, Fate>,
    /// What fields held that were emptied by what is left out.
    emptied: Vec<((ObjectId, Key), Vec<OpId>)>,
}

impl Rewriting {
    fn on(accepted: &Document, actor: Actor) -> Self {
        let known = accepted.inner.get_changes_meta(&[]).into_iter();
        let standing =
            known.map(|change| (change.hash, Standing { max_op: change.max_op, deps: change.deps.clone() }));
        Self {
            actor: ActorId::from(actor.0.as_slice()),
            next_seq: 1,
            newest: None,
            standing: map_of(standing),
            instead: BTreeMap::new(),
            fates: BTreeMap::new(),
            emptied: Vec::new(),
        }
    }

    /// What a change rests on now. None of them rests on another one.
    fn deps(&self, change: &Change) -> Vec<automerge::ChangeHash> {
        let now = change.deps().iter().flat_map(|dep| self.instead.get(dep).cloned().unwrap_or(vec![*dep]));
        // Changes of one actor follow each other, also where those that they stand for did not.
        let deps: BTreeSet<_> = now.chain(self.newest).collect();
        let mut below = BTreeSet::new();
        let mut open: Vec<_> = if deps.len() > 1 {
            deps.iter().filter_map(|dep| self.standing.get(dep)).collect()
        } else {
            Vec::new()
        };
        while let Some(standing) = open.pop() {
            let unseen = standing.deps.iter().filter(|dep| below.insert(**dep));
            open.extend(unseen.filter_map(|dep| self.standing.get(dep)));
        }
        deps.difference(&below).copied().collect()
    }

    fn leave_out(&mut self, change: &Change) {
        self.instead.insert(change.hash(), self.deps(change));
        // A few bytes can stand for more operations than there is memory.
        if change.len() > MAX_OPERATIONS {
            return;
        }
        for (op, name) in named(&change.decode()) {
            let replaced = self.replaced_by(op.pred.iter());
            if op.action == OpType::Delete {
                if let (Key::Map(_), Some(object)) = (&op.key, self.object(&op.obj)) {
                    self.emptied.push(((object, op.key.clone()), replaced));
                }
            } else {
                self.fates.insert(name, Fate::Gone { replaced, typed_at: anchor(op) });
            }
        }
    }

    /// Writes a change anew.
    fn carry(&mut self, change: &Change) -> Result<Carried, DocumentError> {
        if change.len() > MAX_OPERATIONS {
            return Err(unreadable("a change has more operations than are taken"));
        }
        let deps = self.deps(change);
        let resting = deps.iter().map(|dep| self.standing.get(dep).map(|standing| standing.max_op));
        let resting: Option<Vec<u64>> = resting.collect();
        let max_op = resting
            .and_then(|resting| resting.into_iter().max())
            .ok_or_else(|| unreadable("a change rests on one that is not there"))?;
        let (mut next_op, mut operations, mut left_out) = (max_op + 1, Vec::new(), 0);
        for (op, name) in named(&change.decode()) {
            let Some(object) = self.object(&op.obj) else {
                left_out += 1;
                self.fates.insert(name, Fate::Gone { replaced: Vec::new(), typed_at: anchor(op) });
                continue;
            };
            let Some(key) = self.key(op) else { continue };
            let mut pred = self.replaced_by(op.pred.iter());
            let place = (object, key);
            for (_, held) in self.emptied.extract_if(.., |(emptied, _)| *emptied == place) {
                pred.extend(held);
            }
            pred.sort_unstable();
            pred.dedup();
            if op.action == OpType::Delete && pred.is_empty() {
                continue;
            }
            self.fates.insert(name, Fate::Moved(OpId::new(next_op, &self.actor)));
            next_op += 1;
            operations.push(Op { obj: place.0, key: place.1, pred: pred.into(), ..op.clone() });
        }
        let old = change.hash().into();
        let Some(start_op) = NonZeroU64::new(max_op + 1).filter(|_| !operations.is_empty()) else {
            self.instead.insert(change.hash(), deps);
            return Ok(Carried { old, new: None, left_out });
        };
        let rewritten: Change = ExpandedChange {
            operations,
            actor_id: self.actor.clone(),
            hash: None,
            seq: self.next_seq,
            start_op,
            time: 0,
            message: None,
            deps: deps.clone(),
            extra_bytes: Vec::new(),
            author: None,
        }
        .into();
        let hash = rewritten.hash();
        self.next_seq += 1;
        self.newest = Some(hash);
        self.standing.insert(hash, Standing { max_op: next_op - 1, deps });
        self.instead.insert(change.hash(), vec![hash]);
        let new = RawChange { hash: hash.into(), bytes: rewritten.raw_bytes().to_vec() };
        Ok(Carried { old, new: Some(new), left_out })
    }

    /// The object under its present name; nothing when it stands no more.
    fn object(&self, object: &ObjectId) -> Option<ObjectId> {
        match object {
            ObjectId::Root => Some(ObjectId::Root),
            ObjectId::Id(id) => match self.fates.get(id) {
                None => Some(object.clone()),
                Some(Fate::Moved(id)) => Some(ObjectId::Id(id.clone())),
                Some(Fate::Gone { .. }) => None,
            },
        }
    }

    /// Where an operation acts; nothing when that is a character which stands no more.
    fn key(&self, op: &Op) -> Option<Key> {
        let Key::Seq(element) = &op.key else { return Some(op.key.clone()) };
        let mut element = element;
        // A forged character may be typed at itself, or at one that is typed at it.
        for _ in 0..=self.fates.len() {
            let ElementId::Id(id) = element else { return Some(Key::Seq(element.clone())) };
            match self.fates.get(id) {
                None => return Some(Key::Seq(element.clone())),
                Some(Fate::Moved(id)) => return Some(Key::Seq(ElementId::Id(id.clone()))),
                Some(Fate::Gone { typed_at: Some(before), .. }) if op.insert => element = before,
                Some(Fate::Gone { .. }) => return None,
            }
        }
        None
    }

    /// What an operation replaces that replaced these: what is left out had replaced something before.
    fn replaced_by<'o>(&self, pred: impl IntoIterator<Item = &'o OpId>) -> Vec<OpId> {
        let names = pred.into_iter().flat_map(|id| match self.fates.get(id) {
            None => vec![id.clone()],
            Some(Fate::Moved(id)) => vec![id.clone()],
            // What that one had replaced was named anew when it was left out.
            Some(Fate::Gone { replaced, .. }) => replaced.clone(),
        });
        names.collect()
    }
}

/// Each operation of a change with its name.
fn named(change: &ExpandedChange) -> impl Iterator<Item = (&Op, OpId)> {
    let numbers = change.start_op.get()..;
    change.operations.iter().zip(numbers.map(|number| OpId::new(number, &change.actor_id)))
}

fn anchor(op: &Op) -> Option<ElementId> {
    match &op.key {
        Key::Seq(element) if op.insert => Some(element.clone()),
        _ => None,
    }
}

/// The document with these changes, when they pass the gate: what waited may never have been looked at.
fn proved<'c>(
    accepted: &Document,
    actor: Actor,
    changes: impl Iterator<Item = &'c RawChange>,
) -> Result<Document, DocumentError> {
    let shape = accepted.shape().map_err(unreadable)?;
    let stopped =
        |rejection| DocumentError { reason: format!("what was rewritten is stopped: {rejection:?}") };
    let mut passage = Passage::new(accepted, &History::of(accepted), shape);
    for change in changes {
        passage.examine(actor, &change.bytes, |_| Judgement::Allow).map_err(stopped)?;
    }
    Ok(passage.prove().map_err(stopped)?.document)
}

fn unreadable(error: impl std::fmt::Display) -> DocumentError {
    DocumentError { reason: error.to_string() }
}

#[cfg(test)]
mod tests;
