//! What waited, judged again: what rested on a change that has come, beginnings that a newer program
//! knows, and records without a task that a manager links to one.

use std::collections::BTreeSet;

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::gate::claimed_hash;
use tingfang_core::sync::verdict::Verdict;

use super::SyncDoor;
use super::commit::{Committer, MOST_ATTEMPTS};
use super::judging::Decision;
use crate::db::{DbError, Tx};
use crate::log::{self, kind};
use crate::records::unlinked;
use crate::store::frame::{self, ItemPlace};
use crate::store::quarantine;
use crate::store::record_link::RecordLink;

/// What became of linking a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The record has begun, and what was written in it has come in.
    Begun,
    /// A rule stands against it, by its key in the locale section `rule`; nothing was changed.
    Refused(String),
    /// No record of this id waits for a link.
    NothingWaits,
}

impl SyncDoor {
    /// Links a record that was begun without a task to an assignment, and lets it begin there with
    /// all that was written in it. The record stays one of its own, beside what else the assignment
    /// has (DESIGN section 5). Link and beginning are one transaction. Only what this person has begun
    /// is meant: another may claim the same id.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn link(&self, link: RecordLink, begun_by: PersonId) -> Result<Linked, DbError> {
        let held = self.db.read(|tx| quarantine::held_beginnings(tx, unlinked::RULE, Some(link.document)))?;
        let mut places = held.iter().filter(|kept| kept.person == begun_by).map(|kept| kept.place);
        let Some(place) = places.next() else { return Ok(Linked::NothingWaits) };
        let mut refusal = None;
        let late = self.judge_late(place, Some(link), |decision| {
            refusal = match decision {
                Decision::Refuse { rule } | Decision::Hold { rule } => Some(rule.clone()),
                _ => None,
            };
            matches!(decision, Decision::Begin { .. })
        })?;
        match (late, refusal) {
            (Some((document, true)), _) => {
                self.judge_blocked(&BTreeSet::from([document]))?;
                // A phone that was restored meanwhile has said the same once more.
                for again in places {
                    self.judge_late(again, None, |decision| matches!(decision, Decision::Duplicate))?;
                }
                Ok(Linked::Begun)
            }
            (_, Some(rule)) => Ok(Linked::Refused(rule)),
            _ => Ok(Linked::NothingWaits),
        }
    }

    /// Judges again what waited for a change of these documents, until nothing moves any more.
    pub(super) fn judge_blocked(&self, documents: &BTreeSet<DocumentId>) -> Result<(), DbError> {
        for document in documents {
            let mut moved = true;
            while moved {
                moved = false;
                for place in self.db.read(|tx| frame::blocked_of(tx, *document))? {
                    moved |= self.judge_blocked_item(place)?;
                }
            }
        }
        Ok(())
    }

    /// Judges again the beginnings of records that a rule holds, because what stood against them may
    /// be gone: a program that knows a newer schema has started, for one. What was written in such a
    /// record waits for its beginning and comes in with it. (A held change is another matter: its
    /// phone has gone on without it, so a person decides.) Says how many records began.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn judge_held_beginnings(&self, rule: &str) -> Result<usize, DbError> {
        let mut begun = 0;
        for held in self.db.read(|tx| quarantine::held_beginnings(tx, rule, None))? {
            let late =
                self.judge_late(held.place, None, |decision| matches!(decision, Decision::Begin { .. }))?;
            if let Some((document, true)) = late {
                begun += 1;
                self.judge_blocked(&BTreeSet::from([document]))?;
            }
        }
        Ok(begun)
    }

    fn judge_blocked_item(&self, place: ItemPlace) -> Result<bool, DbError> {
        let moved = self.judge_late(place, None, |decision| !matches!(decision, Decision::Block { .. }))?;
        Ok(moved.is_some_and(|(_, moved)| moved))
    }

    /// Judges one item of a kept frame again, and commits what comes of it where that is wanted. Says
    /// what it is about and whether it was committed; nothing when it cannot be found.
    fn judge_late(
        &self,
        place: ItemPlace,
        link: Option<RecordLink>,
        mut is_wanted: impl FnMut(&Decision) -> bool,
    ) -> Result<Option<(DocumentId, bool)>, DbError> {
        let (sender, epoch, number, index) = place;
        let Some(kept) = self.db.read(|tx| frame::find(tx, sender, epoch, number))? else { return Ok(None) };
        let Some(item) =
            Frame::from_bytes(&kept.bytes).ok().and_then(|frame| frame.items.get(index).cloned())
        else {
            return Ok(None);
        };
        let (document, items) = (item.document(), vec![item]);
        for _ in 0..MOST_ATTEMPTS {
            let judged = self.judge_frame(&kept, &items, link)?;
            if !judged.decisions.first().is_some_and(&mut is_wanted) {
                break;
            }
            let committer = self.committer(&kept, &items, judged);
            if let Some(done) = self.db.write(move |tx| committer.commit_late(tx, place))? {
                return Ok(Some((document, done)));
            }
        }
        Ok(Some((document, false)))
    }
}

/// Whether what a sender was told of an item leaves room for this decision: somebody else may have
/// judged it since.
const fn still_waits(told: &Verdict, decision: &Decision) -> bool {
    match told {
        Verdict::Blocked { .. } => true,
        Verdict::Held { .. } => matches!(decision, Decision::Begin { .. } | Decision::Duplicate),
        _ => false,
    }
}

impl Committer {
    /// Writes one item that waited, tells its sender, and says whether it still waited; nothing when
    /// somebody was faster and the item is to be judged anew.
    fn commit_late(&self, tx: &Tx, place: ItemPlace) -> Result<Option<bool>, DbError> {
        let Some(decision) = self.judged.decisions.first() else { return Ok(Some(false)) };
        if !self.is_current(tx)? {
            return Ok(None);
        }
        let known = frame::find(tx, place.0, place.1, place.2)?;
        let mut verdicts = known.and_then(|known| known.verdicts).unwrap_or_default();
        let Some(told) = verdicts.get_mut(place.3).filter(|told| still_waits(told, decision)) else {
            return Ok(Some(false));
        };
        let verdict = self.carry_out(tx, place, decision)?;
        self.advance(tx)?;
        frame::unblock(tx, place)?;
        if let Verdict::Accepted { position } | Verdict::Duplicate { position } = &verdict {
            quarantine::accept(tx, place, *position)?;
            self.tell(tx, *position)?;
        }
        *told = verdict;
        frame::answer(tx, &self.frame, &verdicts, &self.key)?;
        Ok(Some(true))
    }

    /// Tells the sender that the one item was accepted after all.
    fn tell(&self, tx: &Tx, position: LogPosition) -> Result<(), DbError> {
        let (key, body) = match self.items.first() {
            Some(Item::Change { bytes, .. }) => {
                let Some(hash) = claimed_hash(bytes) else { return Ok(()) };
                let key = hash.to_string();
                (key.clone(), serde_json::json!({ "hash": key, "position": position.0 }))
            }
            Some(Item::Begin { document, .. }) => {
                let key = document.to_string();
                let mut body = serde_json::json!({ "begun": key, "position": position.0 });
                if let Some(link) = &self.judged.link {
                    body["assignment"] = serde_json::json!(link.assignment);
                    body["case"] = serde_json::json!(link.subject.map(|subject| subject.case));
                    body["undertaker"] = serde_json::json!(link.subject.map(|subject| subject.undertaker));
                }
                (key, body)
            }
            _ => return Ok(()),
        };
        log::publish(tx, self.judged.person, kind::VERDICT, &key, &body)?;
        Ok(())
    }
}
