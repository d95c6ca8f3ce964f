//! Steps 2 and 4: the change is canonical, and the document with it can be saved and loaded again.

use automerge::{Automerge, Change, ExpandedChange, ReadDoc};

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

/// Applies the change to a fork and proves that the result can be kept.
pub(super) fn apply(base: &Document, change: &Change) -> Result<Document, Rejection> {
    let mut fork = base.inner.clone();
    fork.apply_changes([change.clone()]).map_err(|_| malformed("apply"))?;
    let mut expected: Vec<_> =
        base.inner.get_heads().into_iter().filter(|head| !change.deps().contains(head)).collect();
    expected.push(change.hash());
    expected.sort_unstable();
    let mut heads = fork.get_heads();
    heads.sort_unstable();
    if heads != expected {
        return Err(malformed("heads"));
    }
    let loaded = Automerge::load(&fork.save_nocompress()).map_err(|_| malformed("proof_load"))?;
    let mut loaded_heads = loaded.get_heads();
    loaded_heads.sort_unstable();
    if loaded_heads != heads {
        return Err(malformed("proof_heads"));
    }
    let kept = loaded.get_change_by_hash(&change.hash());
    if kept.map(|kept| kept.raw_bytes().to_vec()) != Some(change.raw_bytes().to_vec()) {
        return Err(malformed("proof_bytes"));
    }
    // Everything that shows, with the operations that say it and whether others say otherwise.
    if !loaded.iter().eq(fork.iter()) {
        return Err(malformed("proof_content"));
    }
    Ok(Document { inner: loaded })
}
