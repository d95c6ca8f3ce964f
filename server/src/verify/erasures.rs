//! Orders to erase: each is signed by the server, and nothing is left of what it names. That none was slipped in or
//! taken away the ledger proves.

use std::collections::BTreeSet;

use tingfang_core::id::DocumentId;
use tingfang_core::signature::PublicKey;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::verdict::Verdict;

use super::{Erased, Report};
use crate::db::{DbError, Tx};
use crate::store::{document, erasure, server_key};

/// The records that are erased by orders that hold.
pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<BTreeSet<DocumentId>, DbError> {
    let keys = server_key::public_keys(tx)?;
    let mut erased = BTreeSet::new();
    for order in erasure::all(tx)? {
        if !keys.iter().any(|key| order.verify(&PublicKey(*key)).is_ok()) {
            report.differs("erasure", order.number, "signature");
            continue;
        }
        if document::find(tx, order.document)?.is_some() {
            report.erased.push(Erased { order: order.number, record: order.document });
        }
        erased.insert(order.document);
    }
    Ok(erased)
}

/// Whether a frame says nothing of what is erased, and everything else that it said. What a phone has taken out of its
/// frames by itself was never accepted.
pub(super) fn is_as_ordered(frame: &Frame, verdicts: &[Verdict], erased: &BTreeSet<DocumentId>) -> bool {
    let is_as_ordered = |(item, verdict): (&Item, Option<&Verdict>)| {
        let is_gone = matches!(item, Item::Erased { .. });
        match erased.contains(&item.document()) {
            true => is_gone || !item.has_content(),
            false => !is_gone || matches!(verdict, Some(Verdict::Malformed { .. })),
        }
    };
    let verdicts = verdicts.iter().map(Some).chain(std::iter::repeat(None));
    frame.items.iter().zip(verdicts).all(is_as_ordered)
}
