//! Committing what was judged: log, seals, quarantine and verdicts in one transaction.

use std::collections::BTreeMap;

use tingfang_core::clock::{Interval, LogPosition};
use tingfang_core::erasure::ERASED;
use tingfang_core::id::{DocumentId, Minter, PersonId, QuarantineId};
use tingfang_core::people::TaskCommand;
use tingfang_core::record::document::{Actor, RawChange};
use tingfang_core::record::seal::Seal;
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::sync::verdict::Verdict;

use super::SyncDoor;
use super::facts;
use super::grounds::Grounds;
use super::judged::Judged;
use super::judging::Decision;
use super::late::{self, Blocked};
use crate::db::{DbError, Tx};
use crate::erasing;
use crate::log;
use crate::planning;
use crate::policies;
use crate::project;
use crate::store::device::DeviceState;
use crate::store::frame::{self, ItemPlace};
use crate::store::{
    assignment, change_log, device, document, erasure, quarantine, record_link, rewritten_change, role_grant,
    seal, stand_in, task_report,
};

/// How often a frame is judged anew because somebody was faster; then it is left for the resend, and
/// what waited is left for the next change of its record, or, where it waited for the beginning, for the next start.
pub(super) const MOST_ATTEMPTS: usize = 8;

impl SyncDoor {
    pub(super) fn committer(&self, kept: &frame::Kept, items: &[Item], judged: Judged) -> Committer {
        Committer {
            frame: kept.clone(),
            key: self.key.clone(),
            minter: self.minter.clone(),
            items: items.to_vec(),
            judged,
        }
    }

    /// Judges a kept frame and makes the verdicts durable.
    pub(super) fn judge_and_commit(&self, kept: &frame::Kept) -> Result<Vec<Verdict>, DbError> {
        let parsed = Frame::from_bytes(&kept.bytes)
            .map_err(|error| DbError::Damaged(format!("a kept frame cannot be read: {error}")))?;
        for _ in 0..MOST_ATTEMPTS {
            let judged = self.judge_frame(kept, parsed.header.policy_version, &parsed.items, None)?;
            let touched = touched(&judged.decisions);
            let committer = self.committer(kept, &parsed.items, judged);
            if let Some(verdicts) = self.db.write(move |tx| committer.commit(tx))? {
                for (document, which) in touched {
                    self.judge_blocked(document, which)?;
                }
                return Ok(verdicts);
            }
        }
        Err(DbError::busy("somebody was always faster"))
    }
}

/// Writes one judged frame.
pub(super) struct Committer {
    pub(super) frame: frame::Kept,
    pub(super) key: SecretKey,
    minter: Minter,
    pub(super) items: Vec<Item>,
    pub(super) judged: Judged,
}

impl Committer {
    /// Writes everything, or nothing when somebody was faster.
    fn commit(&self, tx: &Tx) -> Result<Option<Vec<Verdict>>, DbError> {
        let (sender, epoch, number) = (self.frame.device, self.frame.epoch, self.frame.number);
        // The phone sent the frame again while it was being judged: what was answered first holds.
        if let Some(answered) = frame::find(tx, sender, epoch, number)?.and_then(|known| known.verdicts) {
            return Ok(Some(answered));
        }
        if !self.is_current(tx)? {
            return Ok(None);
        }
        let mut verdicts = Vec::with_capacity(self.items.len());
        for (index, decision) in self.judged.decisions.iter().enumerate() {
            verdicts.push(self.carry_out(tx, (sender, epoch, number, index), decision)?);
        }
        self.advance(tx)?;
        frame::answer(tx, &self.frame, &verdicts, &self.key)?;
        Ok(Some(verdicts))
    }

    /// Whether device, rights, policy and documents are still as they were when the frame was judged.
    pub(super) fn is_current(&self, tx: &Tx) -> Result<bool, DbError> {
        let device = device::find(tx, self.frame.device)?;
        let is_active = device.is_some_and(|device| device.state == DeviceState::Active);
        if is_active != self.judged.device_is_active {
            return Ok(false);
        }
        if role_grant::rights_position(tx, self.judged.person)? != self.judged.rights {
            return Ok(false);
        }
        if policies::current_version(tx)? != self.judged.policy_version {
            return Ok(false);
        }
        for (item, decision) in self.items.iter().zip(&self.judged.decisions) {
            let id = item.document();
            let was_absent = !self.judged.set.documents.contains_key(&id);
            // What another node has carried out meanwhile, on a database that was put back.
            let is_erased = was_absent && erasure::of_document(tx, id)?.is_some();
            if is_erased && !self.judged.set.erased.contains(&id) {
                return Ok(false);
            }
            // What waits for a record that has begun meanwhile would wait for ever.
            if was_absent && matches!(decision, Decision::Block { .. }) && document::find(tx, id)?.is_some() {
                return Ok(false);
            }
        }
        for (id, working) in &self.judged.set.documents {
            if document::find(tx, *id)?.map(|known| known.revision) != working.base_revision {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn advance(&self, tx: &Tx) -> Result<(), DbError> {
        for id in touched(&self.judged.decisions).into_keys() {
            let from = document::find(tx, id)?.map_or(0, |known| known.revision);
            document::advance(tx, id, from, from + 1, self.frame.received_at)?;
            if let Some(working) = self.judged.set.documents.get(&id) {
                project::following::on_changed(tx, &working.row, &working.document)?;
            }
        }
        Ok(())
    }

    pub(super) fn carry_out(
        &self,
        tx: &Tx,
        place: ItemPlace,
        decision: &Decision,
    ) -> Result<Verdict, DbError> {
        match decision {
            Decision::Begin { document, derived } => self.begin(tx, *document, derived),
            Decision::Change { document, change, actor } => {
                let position = self.append(tx, *document, change, *actor, true)?;
                let copies = self.judged.set.copies(*document, change.hash);
                if !copies.is_empty() {
                    late::tell_of_copies(tx, (place.0, self.judged.person), *document, &copies)?;
                }
                Ok(Verdict::Accepted { position })
            }
            Decision::Seal { seal } => self.seal(tx, seal),
            Decision::Confirm { confirmation } => self.confirm(tx, confirmation),
            Decision::TaskReport { command } => self.report(tx, command),
            Decision::Supersede { document, old, new } => {
                // What a stand-in writes, it writes for the phone that is gone.
                let device = stand_in::stands_for(tx, place.0)?;
                let kept = rewritten_change::Kept { device, document: *document, old: *old, new: *new };
                rewritten_change::insert(tx, &kept)?;
                Ok(Verdict::Accepted { position: self.position(tx, place)? })
            }
            Decision::Duplicate => Ok(Verdict::Duplicate { position: self.position(tx, place)? }),
            Decision::Block { by } => {
                let item = &self.items[place.3.min(self.items.len() - 1)];
                frame::insert_blocked(tx, place, item.document(), &by.0)?;
                Ok(Verdict::Blocked { by: *by })
            }
            Decision::Hold { rule } => {
                let quarantine = self.quarantine(tx, place, "held", rule)?;
                Ok(Verdict::Held { quarantine, rule: rule.clone() })
            }
            Decision::Refuse { rule } => {
                if rule == ERASED {
                    self.tell_of_order(tx, place)?;
                }
                let quarantine = self.quarantine(tx, place, "refused", rule)?;
                Ok(Verdict::Refused { quarantine, rule: rule.clone() })
            }
            Decision::Malformed { code } => {
                if *code == "panic" {
                    // The record is untouched and the bytes are kept; somebody must look at them.
                    let (device, epoch, frame, item) = place;
                    tracing::error!(%device, epoch, frame, item, "a change made the library panic");
                }
                let quarantine = self.quarantine(tx, place, "malformed", code)?;
                Ok(Verdict::Malformed { quarantine, code: (*code).to_owned() })
            }
        }
    }

    /// Whoever still sends to a record that was erased has not heard of it: this server may never have known it.
    fn tell_of_order(&self, tx: &Tx, place: ItemPlace) -> Result<(), DbError> {
        let item = &self.items[place.3.min(self.items.len() - 1)];
        let Some(order) = erasure::of_document(tx, item.document())? else { return Ok(()) };
        let known = document::find(tx, order.document)?.map(|row| row.kind);
        let begun = if let Item::Begin { kind, .. } = item { Some(kind.clone()) } else { None };
        let said = log::is_published(tx, self.judged.person, RowKind::Erasure, &order.document.to_string())?;
        if said {
            Ok(())
        } else {
            erasing::tell(tx, self.judged.person, &order, &known.or(begun).unwrap_or_default())
        }
    }

    fn position(&self, tx: &Tx, place: ItemPlace) -> Result<LogPosition, DbError> {
        let item = &self.items[place.3.min(self.items.len() - 1)];
        Ok(item_position(tx, item)?.unwrap_or_default())
    }

    fn begin(&self, tx: &Tx, id: DocumentId, derived: &[RawChange]) -> Result<Verdict, DbError> {
        let working = self.judged.set.documents.get(&id);
        let working = working.ok_or_else(|| DbError::Damaged("a begun document is not there".to_owned()))?;
        let position = log::next_position(tx)?;
        let row = document::Kept {
            begun_position: position,
            changed_at: self.frame.received_at,
            sealed_position: None,
            ..working.row.clone()
        };
        document::insert(tx, &row)?;
        if let Some(link) = self.judged.grounds.as_ref().and_then(Grounds::link) {
            record_link::insert(tx, link)?;
        }
        for change in derived {
            self.append(tx, id, change, Actor([0; 16]), false)?;
        }
        for person in facts::readers(working.context.as_ref(), &row, position) {
            document::add_reader(tx, id, person, position)?;
        }
        Ok(Verdict::Accepted { position })
    }

    fn append(
        &self,
        tx: &Tx,
        id: DocumentId,
        change: &RawChange,
        actor: Actor,
        by_sender: bool,
    ) -> Result<LogPosition, DbError> {
        let position = log::next_position(tx)?;
        let sender = by_sender.then_some(change_log::Sender {
            person: self.judged.person,
            device: self.frame.device,
            epoch: self.frame.epoch,
            frame_number: self.frame.number,
            not_before: self.frame.beacon_at,
        });
        let entry = change_log::Entry {
            position,
            document: id,
            hash: change.hash,
            actor,
            bytes: change.bytes.clone(),
            sender,
            received_at: self.frame.received_at,
        };
        change_log::append(tx, &entry)?;
        Ok(position)
    }

    fn seal(&self, tx: &Tx, given: &Seal) -> Result<Verdict, DbError> {
        let id = given.statement.document;
        let position = log::next_position(tx)?;
        seal::insert(tx, &self.countersigned(given, position))?;
        document::set_sealed(tx, id, position)?;
        project::on_sealed(tx, id)?;
        project::following::on_sealed(tx, id, position, &self.minter, self.frame.received_at)?;
        for person in self.readers(id, position) {
            document::add_reader(tx, id, person, position)?;
            self.publish_statement(tx, person, RowKind::Seal, (id, position))?;
        }
        Ok(Verdict::Accepted { position })
    }

    fn confirm(&self, tx: &Tx, given: &Seal) -> Result<Verdict, DbError> {
        let id = given.statement.document;
        let position = log::next_position(tx)?;
        seal::insert_confirmation(tx, &self.countersigned(given, position))?;
        for person in self.readers(id, position) {
            self.publish_statement(tx, person, RowKind::Confirmation, (id, position))?;
        }
        Ok(Verdict::Accepted { position })
    }

    /// Keeps what a member says of a task, and tells the other members.
    fn report(&self, tx: &Tx, command: &TaskCommand) -> Result<Verdict, DbError> {
        let position = log::next_position(tx)?;
        let kept = task_report::Kept {
            command: command.clone(),
            position,
            person: self.judged.person,
            device: self.frame.device,
            received_at: self.frame.received_at,
        };
        task_report::insert(tx, &kept)?;
        if let Some(assignment) = assignment::find(tx, command.assignment)? {
            planning::task::publish_row(tx, &assignment)?;
        }
        Ok(Verdict::Accepted { position })
    }

    fn countersigned(&self, given: &Seal, position: LogPosition) -> seal::Kept {
        seal::Kept {
            document: given.statement.document,
            position,
            server_signature: seal::countersign(&self.key, given, position, self.frame.received_at),
            seal: given.clone(),
            person: self.judged.person,
            device: self.frame.device,
            sealed: Interval { not_before: self.frame.beacon_at, not_after: self.frame.received_at },
        }
    }

    fn readers(&self, id: DocumentId, position: LogPosition) -> Vec<PersonId> {
        let working = self.judged.set.documents.get(&id);
        working
            .map_or_else(Vec::new, |working| facts::readers(working.context.as_ref(), &working.row, position))
    }

    fn publish_statement(
        &self,
        tx: &Tx,
        person: PersonId,
        kind: RowKind,
        (id, position): (DocumentId, LogPosition),
    ) -> Result<(), DbError> {
        let body = serde_json::json!({ "position": position.0, "received_at": self.frame.received_at });
        log::publish(tx, person, kind, &id.to_string(), &body)?;
        Ok(())
    }

    fn quarantine(
        &self,
        tx: &Tx,
        place: ItemPlace,
        verdict: &str,
        rule: &str,
    ) -> Result<QuarantineId, DbError> {
        let item = &self.items[place.3.min(self.items.len() - 1)];
        let writer = if let Item::Witness { writer, .. } = item { Some(*writer) } else { None };
        let kept = quarantine::Kept {
            id: self.minter.mint(),
            place,
            person: self.judged.person,
            document: item.document(),
            hash: item.change_hash().map(|hash| hash.0),
            verdict: verdict.to_owned(),
            rule: rule.to_owned(),
            writer,
            superseded_by: None,
            accepted_position: None,
            received_at: self.frame.received_at,
        };
        quarantine::insert(tx, &kept)?;
        Ok(kept.id)
    }
}

/// Where the log shows what an item brought; nothing when it does not.
pub(crate) fn item_position(tx: &Tx, item: &Item) -> Result<Option<LogPosition>, DbError> {
    match item {
        Item::Begin { document, .. } => {
            Ok(document::find(tx, *document)?.map(|document| document.begun_position))
        }
        Item::Change { document, .. } | Item::Witness { document, .. } | Item::Erased { document, .. } => {
            match item.change_hash() {
                Some(hash) => change_log::position_of(tx, *document, hash),
                None => Ok(None),
            }
        }
        Item::Seal { seal: given } => {
            let kept = seal::find(tx, given.statement.document)?;
            Ok(kept.filter(|kept| kept.seal == *given).map(|kept| kept.position))
        }
        Item::Confirm { confirmation } => {
            let kept = seal::confirmation_of(tx, confirmation.statement.document)?;
            Ok(kept.filter(|kept| kept.seal == *confirmation).map(|kept| kept.position))
        }
        Item::TaskReport { command } => {
            let kept = task_report::find(tx, command.id)?;
            Ok(kept.filter(|kept| kept.command == *command).map(|kept| kept.position))
        }
        // It brings nothing itself: the change that it names is an item of its own.
        Item::Supersede { .. } => Ok(None),
    }
}

/// The documents that change by these decisions, and what may move in them then.
fn touched(decisions: &[Decision]) -> BTreeMap<DocumentId, Blocked> {
    let mut touched = BTreeMap::new();
    for decision in decisions {
        let document = match decision {
            Decision::Begin { document, .. } | Decision::Change { document, .. } => *document,
            Decision::Seal { seal } | Decision::Confirm { confirmation: seal } => seal.statement.document,
            _ => continue,
        };
        let which = touched.entry(document).or_insert(Blocked::Released);
        *which = (*which).max(Blocked::after(decision));
    }
    touched
}
