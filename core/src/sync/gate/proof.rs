//! Steps 2 and 4: a change is canonical, and the document with it can be saved and loaded again.

use std::collections::BTreeSet;

use automerge::{Automerge, Change, ChangeHash, ExpandedChange, ReadDoc};

use super::{Rejection, malformed};
use crate::record::document::Document;

/// Decodes the change, and checks that encoding it again gives the same change.
pub(super) fn canonical(change: &Change) -> Result<ExpandedChange, Rejection> {
    let expanded = change.decode();
    let again: Change = ExpandedChange { hash: None, ..expanded.clone() }.into();
    if again.hash() != change.hash() {
        return Err(malformed("not_canonical"));
    }
    Ok(expanded)
}

/// Applies the changes to a fork and proves that the result can be kept.
pub(super) fn apply(base: &Document, changes: &[Change]) -> Result<Document, Rejection> {
    let mut fork = base.inner.clone();
    fork.apply_changes(changes.iter().cloned()).map_err(|_| malformed("apply"))?;
    let mut expected: BTreeSet<ChangeHash> = base.inner.get_heads().into_iter().collect();
    for change in changes {
        change.deps().iter().for_each(|dep| {
            expected.remove(dep);
        });
        expected.insert(change.hash());
    }
    let heads = fork.get_heads().into_iter().collect::<BTreeSet<_>>();
    if heads != expected {
        return Err(malformed("heads"));
    }
    let loaded = Automerge::load(&fork.save_nocompress()).map_err(|_| malformed("proof_load"))?;
    if loaded.get_heads().into_iter().collect::<BTreeSet<_>>() != heads {
        return Err(malformed("proof_heads"));
    }
    for change in changes {
        let kept = loaded.get_change_by_hash(&change.hash());
        if kept.is_none_or(|kept| kept.raw_bytes() != change.raw_bytes()) {
            return Err(malformed("proof_bytes"));
        }
    }
    // Everything that shows, with the operations that say it and whether others say otherwise.
    if !loaded.iter().eq(fork.iter()) {
        return Err(malformed("proof_content"));
    }
    Ok(Document { inner: loaded })
}
