//! Writing for a phone that is gone: what it had written after something that was not accepted waits for a rebase
//! that only its writer's phone does. Where that phone is lost, the server does it, by a device of its own that
//! stands for it: the rewritten changes come in frames like any other, under the same rules for the same person,
//! and it stays on record who ordered it and why (DESIGN section 7).
//!
//! After the server was put back to an older state the same is done for what the phone had written, where it is
//! only found as a copy on another phone that bears witness.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, OrganisationId, PersonId};
use tingfang_core::policy::RECORD_SEALED;
use tingfang_core::record::document::{ChangeHash, Document};
use tingfang_core::record::shape::{KindShape, Merge};
use tingfang_core::record::shape_of;
use tingfang_core::signature::{Algorithm, SecretKey};
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Frame, FrameHash, FrameHeader, Item, MAX_FRAME_BYTES, MAX_ITEMS};
use tingfang_core::sync::gate::claimed_hash;
use tingfang_core::sync::rebase::{self, Later, Rebased};
use tingfang_core::sync::standing;
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::text::{Language, sentence};

use super::late::Blocked;
use super::{Sender, SyncDoor};
use crate::db::{DbError, Tx};
use crate::grading;
use crate::store::device::{self, Device, DeviceState};
use crate::store::stand_in::{self, StandIn};
use crate::store::{
    change_log, document, erasure, frame, frame_conflict, held_decision, quarantine, rewritten_change,
};

/// The epoch of every stand-in: it is used once.
pub(super) const EPOCH: u32 = 1;
/// Room in a frame for its header and for what surrounds an item.
const HEADER_BYTES: usize = 1_024;
const ITEM_BYTES: usize = 64;

/// That the waiting work of a phone that is gone be carried over.
#[derive(Clone, Debug)]
pub struct CarryOver {
    /// The record.
    pub document: DocumentId,
    /// The phone.
    pub device: DeviceId,
    /// In whose ledger it stands.
    pub organisation: OrganisationId,
    /// Who orders it.
    pub ordered_by: PersonId,
    /// Why.
    pub reason: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarriedOver {
    /// The verdicts on the rewritten changes.
    Done {
        /// The device of the server's own.
        stand_in: DeviceId,
        /// The addendum in which it is said, where it came too late for a seal.
        addendum: Option<DocumentId>,
        /// Changes that are in.
        accepted: usize,
        /// Changes on which a person decides.
        held: usize,
        /// Changes that are not allowed, or rest on such.
        refused: usize,
        /// Operations that went with what was left out.
        left_out: usize,
    },
    /// The phone is not gone: it does this itself.
    PhoneIsThere,
    /// The phone contradicts itself: of what it sent each item is decided on by itself.
    PhoneContradicts,
    /// Nothing of it waits.
    NothingWaits,
}

/// What is read before the work is rewritten.
pub(super) struct Waiting {
    pub(super) device: Device,
    pub(super) accepted: Document,
    /// In the order of writing.
    pub(super) later: Vec<Found>,
    /// The header of the last frame of the phone; of who bears witness, where there is none.
    header: FrameHeader,
    /// The record's shape, where several people have sealed it together.
    sealed: Option<&'static KindShape>,
}

impl SyncDoor {
    /// Carries over what waits of a phone that is gone. What was not accepted stays out, and can be decided on
    /// as before.
    ///
    /// # Errors
    /// When the data layer fails, or the work cannot be rewritten.
    pub fn carry_over(&self, wish: &CarryOver) -> Result<CarriedOver, DbError> {
        let waiting = match self.db.read(|tx| read_waiting(tx, wish))? {
            Ok(waiting) => waiting,
            Err(answer) => return Ok(answer),
        };
        if let Some(shape) = waiting.sealed {
            return self.add_late_work(wish, &waiting, shape);
        }
        let id: DeviceId = self.minter.mint();
        let key = SecretKey::from_seed(&self.minter.random());
        let later: Vec<Later<'_>> = waiting.later.iter().map(Found::as_later).collect();
        let Rebased { carried, .. } =
            rebase::rebase(&waiting.accepted, &later, actor::derive(id, wish.document, EPOCH, 0))
                .map_err(|error| DbError::Damaged(error.to_string()))?;
        let left_out = carried.iter().map(|carried| carried.left_out).sum();
        let mut items = Vec::new();
        for carried in carried {
            let Some(new) = carried.new else { continue };
            let (document, old) = (wish.document, carried.old);
            items.push(Item::Supersede { document, old, new: new.hash });
            items.push(Item::Change { document, rebase: 0, bytes: new.bytes });
        }
        if items.is_empty() {
            return Ok(CarriedOver::NothingWaits);
        }
        let verdicts = self.write_for(wish, &waiting, (id, &key), items)?;
        // What waited of the phone's own is said now.
        self.judge_blocked(wish.document, Blocked::All)?;
        let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
        // Half of the items only say what took the place of what.
        let accepted = count(|verdict| matches!(verdict, Verdict::Accepted { .. })) - verdicts.len() / 2;
        let held = count(|verdict| matches!(verdict, Verdict::Held { .. }));
        let refused = verdicts.len() / 2 - accepted - held;
        Ok(CarriedOver::Done { stand_in: id, addendum: None, accepted, held, refused, left_out })
    }

    /// Enrols the device that stands for the phone, sends what it writes, and never uses it again.
    pub(super) fn write_for(
        &self,
        wish: &CarryOver,
        waiting: &Waiting,
        (id, key): (DeviceId, &SecretKey),
        items: Vec<Item>,
    ) -> Result<Vec<Verdict>, DbError> {
        let now = self.now();
        let stand_in = self.enrol_stand_in(wish, &waiting.device, (id, key), now)?;
        let verdicts = self.send_for(&stand_in, key, &waiting.header, items)?;
        self.db.write(move |tx| device::set_state(tx, id, DeviceState::Revoked, now))?;
        Ok(verdicts)
    }

    fn enrol_stand_in(
        &self,
        wish: &CarryOver,
        gone: &Device,
        (id, key): (DeviceId, &SecretKey),
        now: Moment,
    ) -> Result<Device, DbError> {
        let row = Device {
            id,
            person: gone.person,
            name: sentence(Language::Zh, "stand_in", "name", &[("name", &gone.name)]),
            algorithm: Algorithm::Ed25519 as u8,
            public_key: key.public().0.to_vec(),
            epoch: EPOCH,
            state: DeviceState::Active,
            enrolled_at: now,
            enrolled_by: Some(wish.ordered_by),
            last_seen_at: None,
        };
        let stand_in = StandIn {
            device: id,
            stands_for: wish.device,
            document: wish.document,
            ordered_by: wish.ordered_by,
            ordered_at: now,
            reason: wish.reason.clone(),
        };
        let (inserted, organisation) = (row.clone(), wish.organisation);
        self.db.write(move |tx| {
            device::insert(tx, &inserted)?;
            stand_in::insert(tx, &stand_in)?;
            grading::carried_over(tx, organisation, &stand_in)
        })?;
        Ok(row)
    }

    /// Signs frames and takes them in like those of any phone. What the phone knew, its stand-in knows.
    fn send_for(
        &self,
        device: &Device,
        key: &SecretKey,
        known: &FrameHeader,
        items: Vec<Item>,
    ) -> Result<Vec<Verdict>, DbError> {
        let (mut verdicts, mut previous, mut number) = (Vec::new(), FrameHash::NONE, 0);
        for items in in_frames(items) {
            number += 1;
            let header = FrameHeader {
                format: 1,
                algorithm: Algorithm::Ed25519,
                tenant: self.tenant,
                device: device.id,
                epoch: EPOCH,
                number,
                previous,
                policy_version: known.policy_version,
                beacon: known.beacon.clone(),
                claimed_at: self.now(),
            };
            let frame = Frame::sign(header, items, key);
            previous = frame.hash();
            let sender = Sender { device, person: device.person };
            match self.take_frame(sender, EPOCH, &frame.to_bytes())? {
                Ok(answered) => {
                    self.metrics.judged(&answered.verdicts);
                    verdicts.extend(answered.verdicts);
                }
                Err(code) => return Err(DbError::Damaged(format!("the frame of a stand-in: {code}"))),
            }
        }
        Ok(verdicts)
    }
}

/// The items, as many as one frame takes at a time.
fn in_frames(items: Vec<Item>) -> Vec<Vec<Item>> {
    let size = |item: &Item| match item {
        Item::Change { bytes, .. } => bytes.len() + ITEM_BYTES,
        _ => 2 * ITEM_BYTES,
    };
    let (mut frames, mut bytes) = (vec![Vec::new()], HEADER_BYTES);
    for item in items {
        bytes += size(&item);
        let is_full = frames.last().is_some_and(|frame: &Vec<Item>| frame.len() == MAX_ITEMS);
        if is_full || bytes > MAX_FRAME_BYTES {
            frames.push(Vec::new());
            bytes = HEADER_BYTES + size(&item);
        }
        if let Some(frame) = frames.last_mut() {
            frame.push(item);
        }
    }
    frames
}

/// The shape of a record that several people have sealed together; nothing for any other.
fn sealed_together(tx: &Tx, id: DocumentId) -> Result<Option<&'static KindShape>, DbError> {
    let row = document::find(tx, id)?.filter(|row| row.sealed_position.is_some());
    Ok(row.and_then(|row| shape_of(&row.kind)).filter(|shape| shape.merge == Merge::Shared))
}

/// A change that is not in the log.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) place: frame::ItemPlace,
    hash: ChangeHash,
    pub(super) bytes: Vec<u8>,
    pub(super) is_left_out: bool,
    /// Whether it came from another phone than its writer's.
    is_copy: bool,
    header: FrameHeader,
}

impl Found {
    pub(super) fn as_later(&self) -> Later<'_> {
        Later { bytes: &self.bytes, is_left_out: self.is_left_out }
    }
}

/// Where there are changes of a record that are not in the log, and whether each is to be left out; the copies
/// first, and how many these are: they are of the time before this server was put back.
///
/// What others had written stands here for the order alone. They say it again themselves, but may have written it
/// anew meanwhile; then it never comes in as that on which the phone's work rests.
fn not_in_the_log(
    tx: &Tx,
    wish: &CarryOver,
    is_sealed: bool,
) -> Result<(Vec<(frame::ItemPlace, bool)>, usize), DbError> {
    let mut places = Vec::new();
    for kept in quarantine::witnesses(tx, wish.document)? {
        let is_decided = held_decision::of_item(tx, kept.id)?.is_some();
        places.push((kept.place, kept.writer != Some(wish.device) || is_decided));
    }
    let copies = places.len();
    let blocked = frame::blocked_of(tx, wish.document)?.into_iter();
    let mut sent: BTreeMap<_, bool> = blocked.map(|place| (place, place.0 != wish.device)).collect();
    for kept in quarantine::not_accepted(tx, None, wish.document)? {
        let is_late = is_sealed && kept.rule == RECORD_SEALED && kept.place.0 == wish.device;
        sent.insert(kept.place, !is_late);
    }
    // Of the same change the phone's own counts.
    let (own, of_others): (Vec<_>, Vec<_>) = sent.into_iter().partition(|(place, _)| place.0 == wish.device);
    places.extend(own.into_iter().chain(of_others));
    Ok((places, copies))
}

/// What waits of a phone in a record; or why there is nothing to do.
fn read_waiting(tx: &Tx, wish: &CarryOver) -> Result<Result<Waiting, CarriedOver>, DbError> {
    let Some(device) = device::find(tx, wish.device)? else { return Ok(Err(CarriedOver::NothingWaits)) };
    match device.state {
        DeviceState::Active => return Ok(Err(CarriedOver::PhoneIsThere)),
        DeviceState::Frozen => return Ok(Err(CarriedOver::PhoneContradicts)),
        DeviceState::HeldByCourt | DeviceState::Lost | DeviceState::Revoked => {}
    }
    if frame_conflict::count(tx, device.id)? > 0 {
        return Ok(Err(CarriedOver::PhoneContradicts));
    }
    if erasure::of_document(tx, wish.document)?.is_some() {
        return Ok(Err(CarriedOver::NothingWaits));
    }
    let sealed = sealed_together(tx, wish.document)?;
    let (places, copies) = not_in_the_log(tx, wish, sealed.is_some())?;
    let entries = change_log::of_document(tx, wish.document)?;
    // What the phone has rewritten itself, or a stand-in before, is not rewritten again.
    let rewritten: BTreeSet<ChangeHash> = rewritten_change::of_document(tx, device.id, wish.document)?
        .into_iter()
        .map(|kept| kept.old)
        .collect();
    let (mut found, mut seen) = (Vec::new(), entries.iter().map(|entry| entry.hash).collect::<BTreeSet<_>>());
    for (nth, ((sender, epoch, number, index), is_left_out)) in places.into_iter().enumerate() {
        let kept = frame::find(tx, sender, epoch, number)?;
        let Some(frame) = kept.and_then(|kept| Frame::from_bytes(&kept.bytes).ok()) else { continue };
        let Some(Item::Change { bytes, .. } | Item::Witness { bytes, .. }) = frame.items.get(index) else {
            continue;
        };
        // Several phones may bear witness to the same.
        let Some(hash) = claimed_hash(bytes).filter(|hash| seen.insert(*hash)) else { continue };
        let is_left_out = is_left_out || rewritten.contains(&hash) || !rebase::is_rewritable(bytes);
        let place = (sender, epoch, number, index);
        found.push(Found {
            place,
            hash,
            bytes: bytes.clone(),
            is_left_out,
            is_copy: nth < copies,
            header: frame.header,
        });
    }
    let accepted = Document::from_changes(entries.iter().map(|entry| entry.bytes.as_slice()))
        .map_err(|error| DbError::Damaged(error.to_string()))?;
    let bytes: Vec<&[u8]> = found.iter().map(|found| found.bytes.as_slice()).collect();
    // Where others have two copies of one thing, of which the phone wrote one in the place of the other, that one
    // stands.
    let logged = entries.iter().map(|entry| entry.bytes.as_slice());
    let all: Vec<&[u8]> = logged.chain(bytes.iter().copied()).collect();
    let standing = standing::standing(device.id, wish.document, &all);
    // Where a copy is the newest that there is of it, the server has also lost what the phone had written in the place
    // of what: of its own, too, only what stands is not said already.
    let has_lost_more = found.iter().any(|found| found.is_copy && standing.contains(&found.hash));
    // What it knew when it last came by says what its owner was allowed when they wrote; a copy does not.
    let newest = frame::newest_of(tx, device.id)?;
    let newest = newest.and_then(|kept| Some(Frame::from_bytes(&kept.bytes).ok()?.header));
    let (mut later, mut header) = (Vec::new(), None);
    for index in rebase::in_order(&accepted, &bytes) {
        let found = &found[index];
        let is_given_up = (found.is_copy || has_lost_more) && !standing.contains(&found.hash);
        let is_left_out = found.is_left_out || is_given_up;
        if !is_left_out {
            header = Some(newest.as_ref().unwrap_or(&found.header).clone());
        }
        later.push(Found { is_left_out, ..found.clone() });
    }
    let Some(header) = header else { return Ok(Err(CarriedOver::NothingWaits)) };
    Ok(Ok(Waiting { device, accepted, later, header, sealed }))
}
