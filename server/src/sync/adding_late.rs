//! What a phone that is gone had written too late for the seal of a shared record: said in an addendum, as the
//! phone itself would have done (DESIGN section 5), by the device that stands for it.

use serde_json::json;
use tingfang_core::id::{DeviceId, DocumentId};
use tingfang_core::record::amendment;
use tingfang_core::record::document::{ChangeHash, Document};
use tingfang_core::record::shape::KindShape;
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::actor;
use tingfang_core::sync::copies::CAME_IN_BEFORE;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::gate::claimed_hash;
use tingfang_core::sync::rebase::{self, Later};
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::text::{Language, label};

use super::SyncDoor;
use super::late;
use super::standing_in::{CarriedOver, CarryOver, EPOCH, Waiting};
use crate::db::DbError;
use crate::store::frame::ItemPlace;

impl SyncDoor {
    /// Begins an addendum with what came too late, for whoever wrote it.
    pub(super) fn add_late_work(
        &self,
        wish: &CarryOver,
        waiting: &Waiting,
        shape: &'static KindShape,
    ) -> Result<CarriedOver, DbError> {
        let damaged = |error: &dyn std::fmt::Display| DbError::Damaged(error.to_string());
        let (id, addendum): (DeviceId, DocumentId) = (self.minter.mint(), self.minter.mint());
        let later: Vec<Later<'_>> = waiting.later.iter().map(|found| found.as_later()).collect();
        let written = rebase::rebase(&waiting.accepted, &later, actor::derive(id, wish.document, EPOCH, 0))
            .map_err(|error| damaged(&error))?;
        let sealed = waiting.accepted.content();
        let said = amendment::late(shape, &sealed, &written.document.content());
        if said.is_empty() {
            return Ok(CarriedOver::NothingWaits);
        }
        let reason = label(Language::Zh, "late_work", "reason").unwrap_or_default();
        let mut edits = amendment::begin(shape, &sealed, wish.document, reason);
        edits.extend(said);
        let mut document = Document::begin(shape, addendum);
        let changes =
            document.edit(actor::derive(id, addendum, EPOCH, 0), &edits).map_err(|error| damaged(&error))?;
        let mut items = vec![Item::Begin {
            document: addendum,
            kind: shape.code.to_owned(),
            version: shape.version,
            claim: Claim::LateWork { of: wish.document },
        }];
        items.extend(changes.iter().map(|change| Item::change(addendum, 0, change)));
        // It is said once: whoever orders this again finds that it is written.
        let late: Vec<(ChangeHash, ItemPlace)> = waiting
            .later
            .iter()
            .filter(|found| !found.is_left_out)
            .filter_map(|found| Some((claimed_hash(&found.bytes)?, found.place)))
            .collect();
        // Each stands for the one before, and the first for the addendum: nothing takes the place of two.
        let mut new = changes.first().map(|change| change.hash);
        for (old, _) in &late {
            let said =
                new.replace(*old).map(|new| Item::Supersede { document: wish.document, old: *old, new });
            items.extend(said);
        }
        let key = SecretKey::from_seed(&self.minter.random());
        let verdicts = self.write_for(wish, waiting, (id, &key), items)?;
        let is_begun = matches!(verdicts.first(), Some(Verdict::Accepted { .. }));
        if is_begun {
            // A phone that is found again has nothing to add any more.
            let (person, sealed) = (waiting.device.person, wish.document);
            self.db.write(move |tx| {
                late.iter().try_for_each(|(hash, place)| {
                    let body =
                        json!({ "record": sealed, "change": hash.to_string(), "rule": CAME_IN_BEFORE });
                    late::tell(tx, person, *place, body)
                })
            })?;
        }
        let verdicts = verdicts.get(1..=changes.len()).unwrap_or_default();
        let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
        let accepted = count(|verdict| matches!(verdict, Verdict::Accepted { .. }));
        let held = count(|verdict| matches!(verdict, Verdict::Held { .. } | Verdict::Blocked { .. }));
        let refused = verdicts.len() - accepted - held;
        Ok(CarriedOver::Done {
            stand_in: id,
            addendum: is_begun.then_some(addendum),
            accepted,
            held,
            refused,
            left_out: 0,
        })
    }
}
