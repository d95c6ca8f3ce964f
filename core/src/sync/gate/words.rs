//! What a change says, whatever it stands on.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Change;
use automerge::legacy::{Key, OpType};

use super::{MAX_OPERATIONS, hushed};

/// What a change writes, and how often: written anew, it is the same or a part of it. Empty for one that cannot be
/// taken apart, or has more operations than any phone writes at once: somebody may have made it up.
pub(in crate::sync) fn words_of(change: &Change) -> BTreeMap<String, usize> {
    if change.len() > MAX_OPERATIONS {
        return BTreeMap::new();
    }
    hushed(|| catch_unwind(AssertUnwindSafe(|| taken_apart(change)))).unwrap_or_default()
}

fn taken_apart(change: &Change) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for operation in change.decode().operations {
        let field = match operation.key {
            Key::Map(name) => Some(name),
            Key::Seq(_) => None,
        };
        if !matches!(operation.action, OpType::Delete) {
            *words.entry(format!("{field:?} {:?}", operation.action)).or_default() += 1;
        }
    }
    words
}
