//! What waited, judged again: what rested on a change that has come, beginnings that a newer program
//! knows, records without a task that a manager links to one, and what was held and a person lets in.

use std::collections::BTreeSet;

use serde_json::json;
use tingfang_core::clock::LogPosition;
use tingfang_core::id::{DeviceId, DocumentId, OrganisationId, PersonId};
use tingfang_core::record::document::ChangeHash;
use tingfang_core::sync::copies::{CAME_IN_BEFORE, Copies};
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::gate::claimed_hash;
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::sync::verdict::Verdict;

use super::SyncDoor;
use super::commit::{Committer, MOST_ATTEMPTS};
use super::grounds::Grounds;
use super::judging::{DEVICE, Decision};
use crate::db::{DbError, Tx};
use crate::grading;
use crate::log;
use crate::records::unlinked;
use crate::store::frame::{self, ItemPlace};
use crate::store::record_link::RecordLink;
use crate::store::{change_log, frame_conflict, held_decision, quarantine, rewritten_change, stand_in};

/// What became of letting in what was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetIn {
    /// It is in.
    In,
    /// A rule stands against it that nobody decides on; nothing was changed.
    Refused(String),
    /// It rests on something that is not in; that is decided on first.
    RestsOn(ChangeHash),
    /// It does not wait any more.
    NothingWaits,
}

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

/// Which items that wait in a record are judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blocked {
    /// Those that wait for something which is in the log now. What waits for another is not touched: a phone can
    /// leave as much of that as it likes.
    Released,
    /// All: what waited for more than a change has come.
    All,
}

impl Blocked {
    /// Those that may move after this.
    pub(super) const fn after(decision: &Decision) -> Self {
        match decision {
            // What is written in a record waits for its beginning, and a confirmation for the seal.
            Decision::Begin { .. } | Decision::Seal { .. } => Self::All,
            _ => Self::Released,
        }
    }
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
        let late = self.judge_late(place, Grounds::Link(link), |decision| {
            refusal = standing_against(decision);
            matches!(decision, Decision::Begin { .. })
        })?;
        match (late, refusal) {
            (Some((document, true)), _) => {
                self.judge_blocked(document, Blocked::All)?;
                // A phone that was restored meanwhile has said the same once more.
                for again in places {
                    self.judge_late(again, Grounds::Again, |decision| {
                        matches!(decision, Decision::Duplicate)
                    })?;
                }
                Ok(Linked::Begun)
            }
            (_, Some(rule)) => Ok(Linked::Refused(rule)),
            _ => Ok(Linked::NothingWaits),
        }
    }

    /// Judges again what waits in a record, until nothing moves any more.
    pub(super) fn judge_blocked(&self, document: DocumentId, which: Blocked) -> Result<(), DbError> {
        self.judge_blocked_if(document, which, &Grounds::Again, |_| true)
    }

    fn judge_blocked_if(
        &self,
        document: DocumentId,
        which: Blocked,
        grounds: &Grounds,
        is_meant: impl Fn(&ItemPlace) -> bool,
    ) -> Result<(), DbError> {
        if which == Blocked::All {
            for place in self.db.read(|tx| frame::blocked_of(tx, document))?.into_iter().filter(&is_meant) {
                self.judge_blocked_item(place, grounds.clone())?;
            }
        }
        let mut moved = true;
        while moved {
            moved = false;
            let released = self.db.read(|tx| frame::released_of(tx, document))?;
            for place in released.into_iter().filter(&is_meant) {
                moved |= self.judge_blocked_item(place, grounds.clone())?;
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
            let late = self.judge_late(held.place, Grounds::Again, |decision| {
                matches!(decision, Decision::Begin { .. })
            })?;
            if let Some((document, true)) = late {
                begun += 1;
                self.judge_blocked(document, Blocked::All)?;
            }
        }
        Ok(begun)
    }

    /// Lets in what was held, because a person has decided so, and with it what the same device had sent
    /// for the record after it: what rests on it, and what the same rule holds. What is no matter of
    /// decision stands as ever: a change that was never allowed is refused.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn let_in(
        &self,
        held: &quarantine::Kept,
        decision: held_decision::Kept,
        organisation: OrganisationId,
    ) -> Result<LetIn, DbError> {
        let (mut refusal, mut rests_on, mut which) = (None, None, Blocked::Released);
        let grounds = Grounds::Decided { decision: decision.clone(), organisation };
        let late = self.judge_late(held.place, grounds, |decision| {
            refusal = standing_against(decision);
            rests_on = if let Decision::Block { by } = decision { Some(*by) } else { None };
            which = Blocked::after(decision);
            comes_in(decision)
        })?;
        match (late, refusal) {
            (Some((document, true)), _) => {
                let with_decided = |which| {
                    self.judge_blocked_if(document, which, &Grounds::WithDecided, |at| at.0 == held.place.0)
                };
                with_decided(which)?;
                for next in self.db.read(|tx| with_it(tx, held))? {
                    let decision =
                        held_decision::Kept { id: self.minter.mint(), item: next.id, ..decision.clone() };
                    self.judge_late(next.place, Grounds::Decided { decision, organisation }, comes_in)?;
                    with_decided(Blocked::Released)?;
                }
                self.judge_blocked(document, which)?;
                Ok(LetIn::In)
            }
            (_, Some(rule)) => Ok(LetIn::Refused(rule)),
            // Of what was written twice one copy comes in; what the other waits for is no matter then.
            _ if self.db.read(|tx| came_in_otherwise(tx, held))? => {
                Ok(LetIn::Refused(CAME_IN_BEFORE.to_owned()))
            }
            _ => Ok(rests_on.map_or(LetIn::NothingWaits, LetIn::RestsOn)),
        }
    }

    /// Keeps that what was held stays out, and tells its writer why.
    ///
    /// # Errors
    /// When the data layer fails. False when it does not wait any more.
    pub fn keep_out(
        &self,
        held: &quarantine::Kept,
        decision: held_decision::Kept,
        organisation: OrganisationId,
    ) -> Result<bool, DbError> {
        let held = held.clone();
        self.db.write(move |tx| {
            let waits = quarantine::find(tx, held.id)?.is_some_and(|known| known.accepted_position.is_none());
            if !waits || held_decision::of_item(tx, held.id)?.is_some() {
                return Ok(false);
            }
            held_decision::insert(tx, &decision)?;
            grading::held_decided(tx, organisation, held.document, &decision)?;
            let change = held.hash.map(|hash| ChangeHash(hash).to_string());
            let rule = if came_in_otherwise(tx, &held)? { CAME_IN_BEFORE } else { "decided_against" };
            let body =
                json!({ "record": held.document, "change": change, "rule": rule, "reason": decision.reason });
            tell(tx, held.person, held.place, body)?;
            Ok(true)
        })
    }

    /// Judges a blocked item again. What waits for something else than it did is told so: it moved. What a lost device
    /// has left can be carried over as long as it waits; on what waits no more a person decides.
    fn judge_blocked_item(&self, place: ItemPlace, grounds: Grounds) -> Result<bool, DbError> {
        let Some((document, before)) = self.db.read(|tx| frame::blocked_at(tx, place))? else {
            return Ok(false);
        };
        let came = self.db.read(|tx| change_log::position_of(tx, document, ChangeHash(before)))?.is_some();
        let moved = self.judge_late(place, grounds, |decision| match decision {
            Decision::Block { by } => by.0 != before,
            Decision::Hold { rule } => came || rule != DEVICE,
            _ => true,
        })?;
        Ok(moved.is_some_and(|(_, moved)| moved))
    }

    /// Judges one item of a kept frame again, and commits what comes of it where that is wanted. Says
    /// what it is about and whether it was committed; nothing when it cannot be found.
    fn judge_late(
        &self,
        place: ItemPlace,
        grounds: Grounds,
        mut is_wanted: impl FnMut(&Decision) -> bool,
    ) -> Result<Option<(DocumentId, bool)>, DbError> {
        let (sender, epoch, number, index) = place;
        let Some(kept) = self.db.read(|tx| frame::find(tx, sender, epoch, number))? else { return Ok(None) };
        let Ok(parsed) = Frame::from_bytes(&kept.bytes) else { return Ok(None) };
        let Some(item) = parsed.items.get(index).cloned() else { return Ok(None) };
        let (document, items, known_policy) = (item.document(), vec![item], parsed.header.policy_version);
        for _ in 0..MOST_ATTEMPTS {
            let judged = self.judge_frame(&kept, known_policy, &items, Some(grounds.clone()))?;
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

/// Whether this decision lets an item in.
fn comes_in(decision: &Decision) -> bool {
    !matches!(decision, Decision::Block { .. }) && standing_against(decision).is_none()
}

/// The rule that stands against an item still.
fn standing_against(decision: &Decision) -> Option<String> {
    match decision {
        Decision::Refuse { rule } | Decision::Hold { rule } => Some(rule.clone()),
        Decision::Malformed { code } => Some((*code).to_owned()),
        _ => None,
    }
}

/// Whether what a sender was told of an item leaves room for this decision: somebody else may have
/// judged it since.
fn still_waits(told: &Verdict, decision: &Decision) -> bool {
    match told {
        Verdict::Blocked { .. } => true,
        Verdict::Held { .. } => standing_against(decision).is_none(),
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
        if let Some(Grounds::Decided { decision, organisation }) = &self.judged.grounds {
            if held_decision::of_item(tx, decision.item)?.is_some() {
                return Ok(Some(false));
            }
            held_decision::insert(tx, decision)?;
            for item in &self.items {
                grading::held_decided(tx, *organisation, item.document(), decision)?;
            }
        }
        let verdict = self.carry_out(tx, place, decision)?;
        self.advance(tx)?;
        if !matches!(verdict, Verdict::Blocked { .. }) {
            frame::unblock(tx, place)?;
        }
        match &verdict {
            Verdict::Accepted { position } | Verdict::Duplicate { position } => {
                quarantine::accept(tx, place, *position)?;
                self.tell_in(tx, place, *position)?;
            }
            Verdict::Held { quarantine, .. }
            | Verdict::Refused { quarantine, .. }
            | Verdict::Malformed { quarantine, .. } => {
                let mut body = self.body();
                body["verdict"] = json!(verdict.name());
                body["rule"] = json!(verdict.reason());
                body["quarantine"] = json!(quarantine);
                tell(tx, self.judged.person, place, body)?;
            }
            Verdict::Blocked { .. } => {}
        }
        *told = verdict;
        frame::answer(tx, &self.frame, &verdicts, &self.key)?;
        Ok(Some(true))
    }

    /// What the one item is, for its sender.
    fn body(&self) -> serde_json::Value {
        let item = self.items.first();
        let change = match item {
            Some(Item::Change { bytes, .. }) => claimed_hash(bytes).map(|hash| hash.to_string()),
            _ => None,
        };
        json!({ "record": item.map(Item::document), "change": change })
    }

    /// Tells the sender that the one item was accepted after all.
    fn tell_in(&self, tx: &Tx, place: ItemPlace, position: LogPosition) -> Result<(), DbError> {
        let mut body = self.body();
        body["position"] = json!(position.0);
        if let Some(link) = self.judged.grounds.as_ref().and_then(Grounds::link) {
            body["assignment"] = json!(link.assignment);
            body["case"] = json!(link.subject.map(|subject| subject.case));
            body["undertaker"] = json!(link.subject.map(|subject| subject.undertaker));
        }
        tell(tx, self.judged.person, place, body)
    }
}

/// What else one decision lets in: what the same rule holds of what the device sent after it. Of a device that
/// contradicts itself each item is decided on by itself: it may be a copy's.
pub fn with_it(tx: &Tx, held: &quarantine::Kept) -> Result<Vec<quarantine::Kept>, DbError> {
    if frame_conflict::count(tx, held.place.0)? > 0 {
        Ok(Vec::new())
    } else {
        quarantine::held_after(tx, held)
    }
}

/// Tells a device of its items that were not accepted and say the same as what has come in now: they are nothing
/// to be copied by hand any more.
pub(super) fn tell_of_copies(
    tx: &Tx,
    (sender, person): (DeviceId, PersonId),
    document: DocumentId,
    copies: &BTreeSet<ChangeHash>,
) -> Result<(), DbError> {
    let device = stand_in::stands_for(tx, sender)?;
    for kept in quarantine::not_accepted(tx, Some(device), document)? {
        let Some(hash) = kept.hash.map(ChangeHash).filter(|hash| copies.contains(hash)) else { continue };
        let body = json!({ "record": document, "change": hash.to_string(), "rule": CAME_IN_BEFORE });
        tell(tx, person, kept.place, body)?;
    }
    Ok(())
}

/// Whether what an item says is in the log under another name.
fn came_in_otherwise(tx: &Tx, item: &quarantine::Kept) -> Result<bool, DbError> {
    let Some(hash) = item.hash else { return Ok(false) };
    let device = stand_in::stands_for(tx, item.place.0)?;
    let rewritten = rewritten_change::of_document(tx, device, item.document)?;
    let copies: Copies = rewritten.into_iter().map(|kept| (kept.old, kept.new)).collect();
    let family = stand_in::family(tx, device)?;
    for copy in copies.of(ChangeHash(hash)) {
        for device in &family {
            if change_log::was_sent_by(tx, item.document, copy, *device)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Tells the sender of an item what became of it later: at which position it is in the log, or the reason
/// why it stays out.
pub(super) fn tell(
    tx: &Tx,
    person: PersonId,
    (device, epoch, frame, item): ItemPlace,
    mut body: serde_json::Value,
) -> Result<(), DbError> {
    body["device"] = json!(device);
    body["epoch"] = json!(epoch);
    body["frame"] = json!(frame);
    body["item"] = json!(item);
    log::publish(tx, person, RowKind::Verdict, &format!("{device}/{epoch}/{frame}/{item}"), &body)?;
    Ok(())
}
