//! Orders to erase: each is signed by the server, nothing is left of what it names, and under it nothing else was taken
//! away: the ledger names what was left in the frames. That no order was slipped in or taken back the ledger proves too.

use std::collections::BTreeMap;

use serde::Deserialize;
use tingfang_core::erasure::ERASED;
use tingfang_core::id::DocumentId;
use tingfang_core::signature::PublicKey;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::verdict::Verdict;

use super::{Erased, Report};
use crate::db::{DbError, Tx};
use crate::store::erasure::Leftovers;
use crate::store::{document, erasure, frame, ledger, server_key};

/// The records that are erased by orders that hold, with what is found of them in the frames and what the ledger names.
pub(super) struct Erasures(BTreeMap<DocumentId, (Leftovers, String)>);

/// What an entry of the ledger says of an order.
#[derive(Deserialize)]
struct Entered {
    record: DocumentId,
    until: u64,
    leftovers: String,
}

impl Erasures {
    pub(super) fn read(tx: &Tx, report: &mut Report) -> Result<Self, DbError> {
        let mut entered = BTreeMap::new();
        ledger::for_each(tx, |entry| {
            if entry.kind == "record_erased"
                && let Ok(body) = serde_json::from_str::<Entered>(&entry.body)
            {
                entered.insert(body.record, (Leftovers::until(body.until), body.leftovers));
            }
            Ok(())
        })?;
        let (keys, mut erased) = (server_key::public_keys(tx)?, BTreeMap::new());
        for order in erasure::all(tx)? {
            let named = entered.remove(&order.document);
            match named.filter(|_| keys.iter().any(|key| order.verify(&PublicKey(*key)).is_ok())) {
                Some(named) => {
                    if document::find(tx, order.document)?.is_some() {
                        report.erased.push(Erased { order: order.number, record: order.document });
                    }
                    erased.insert(order.document, named);
                }
                None => report.differs("erasure", order.number, "signature"),
            }
        }
        Ok(Self(erased))
    }

    /// Whether what an item says is still there in spite of an order.
    pub(super) fn is_against_order(&self, item: &Item) -> bool {
        item.has_content() && self.0.contains_key(&item.document())
    }

    /// Takes in a frame; whether it says nothing of what is erased, and everything else that it said. What a phone has
    /// taken out of its frames by itself the server has told it.
    pub(super) fn take(&mut self, kept: &frame::Kept, parsed: &Frame) -> bool {
        for (record, (found, _)) in &mut self.0 {
            found.take(kept.intake_number, parsed, *record);
        }
        let verdicts = kept.verdicts.iter().flatten().map(Some).chain(std::iter::repeat(None));
        parsed.items.iter().zip(verdicts).all(|(item, verdict)| match item {
            Item::Erased { document, .. } => {
                let is_own_doing =
                    |verdict: &Verdict| verdict.reason() == Some(ERASED) && verdict.name() == "malformed";
                self.0.contains_key(document) || verdict.is_some_and(is_own_doing)
            }
            item => !self.is_against_order(item),
        })
    }

    /// Whether of each record there is what was left when it was erased.
    pub(super) fn check(&self, report: &mut Report) {
        for (record, (found, named)) in &self.0 {
            if found.digest() != *named {
                report.differs("erasure", record, "not_as_ordered");
            }
        }
    }
}
