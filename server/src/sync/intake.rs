//! Taking a frame: identity and chain are checked, the bytes are made durable, then it is judged.

use std::collections::BTreeSet;

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{DeviceId, DocumentId, QuarantineId};
use tingfang_core::signature::PublicKey;
use tingfang_core::sync::frame::{Beacon, Frame, FrameHash, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::sync::wire::FrameVerdicts;

use super::{Sender, SyncDoor};
use crate::db::{DbError, Tx};
use crate::log;
use crate::store::device::DeviceState;
use crate::store::frame::{self, FrameState};
use crate::store::{device, erasure, frame_conflict, server_key};

/// How many contradicting frames of one device are kept: the first ones tell what there is to tell.
const MOST_CONTRADICTIONS: u64 = 16;

/// What became of a frame at the door.
enum Intake {
    /// Kept now, or kept before and not judged.
    Judge(frame::Kept),
    /// Answered before: the same verdicts again.
    Answered(Vec<Verdict>),
    /// Not taken.
    Rejected(&'static str),
}

impl SyncDoor {
    /// Takes one frame. The inner error is the stable code of why it was not taken.
    pub(super) fn take_frame(
        &self,
        sender: Sender<'_>,
        epoch: u32,
        bytes: &[u8],
    ) -> Result<Result<FrameVerdicts, &'static str>, DbError> {
        let Ok(parsed) = Frame::from_bytes(bytes) else { return Ok(Err("unreadable")) };
        let header = &parsed.header;
        if header.device != sender.device.id || header.tenant != self.tenant || header.epoch > epoch {
            return Ok(Err("identity"));
        }
        if sender.device.key().is_none_or(|key| parsed.verify(&key).is_err()) {
            return Ok(Err("signature"));
        }
        let number = header.number;
        match self.keep(parsed, epoch, bytes.to_vec())? {
            Intake::Rejected(code) => Ok(Err(code)),
            Intake::Answered(verdicts) => Ok(Ok(FrameVerdicts { number, verdicts })),
            Intake::Judge(kept) => Ok(Ok(FrameVerdicts { number, verdicts: self.judge_and_commit(&kept)? })),
        }
    }

    /// Puts the frame on the disk, unless it is there or breaks the device's chain. `epoch` is the one that the
    /// phone is in: what it says again of an earlier one is none the less its own.
    fn keep(&self, parsed: Frame, epoch: u32, bytes: Vec<u8>) -> Result<Intake, DbError> {
        let now = self.now();
        let conflict: QuarantineId = self.minter.mint();
        self.db.write(move |tx| {
            let header = &parsed.header;
            let hash = parsed.hash().0;
            if let Some(known) = frame::find(tx, header.device, header.epoch, header.number)? {
                if known.hash == hash {
                    return Ok(match &known.verdicts {
                        Some(verdicts) => Intake::Answered(verdicts.clone()),
                        None => Intake::Judge(known),
                    });
                }
                contradicts(tx, conflict, &parsed, &kept_bytes(tx, &parsed, &bytes)?, now)?;
                return Ok(Intake::Rejected("equivocation"));
            }
            let (last, last_hash) =
                frame::last(tx, header.device, header.epoch)?.unwrap_or((0, FrameHash::NONE.0));
            if header.number != last + 1 {
                return Ok(Intake::Rejected("gap"));
            }
            if header.previous.0 != last_hash {
                contradicts(tx, conflict, &parsed, &kept_bytes(tx, &parsed, &bytes)?, now)?;
                return Ok(Intake::Rejected("chain"));
            }
            // An epoch is kept outside of the database and never goes back: two phones have this key.
            if device::find(tx, header.device)?.is_some_and(|known| epoch < known.epoch) {
                freeze(tx, header.device, (header.epoch, header.number), now)?;
            }
            let beacon = proven(tx, header.beacon.as_ref())?;
            let kept = frame::Kept {
                device: header.device,
                epoch: header.epoch,
                number: header.number,
                intake_number: frame::next_intake_number(tx)?,
                hash,
                bytes: kept_bytes(tx, &parsed, &bytes)?,
                beacon_position: beacon.as_ref().map_or(LogPosition(0), |beacon| beacon.position),
                beacon_at: beacon.map(|beacon| beacon.at),
                received_at: now,
                state: FrameState::Stored,
                verdicts: None,
                receipt: None,
            };
            frame::insert(tx, &kept)?;
            Ok(Intake::Judge(kept))
        })
    }
}

/// What is kept of a frame: all of it, but what it says of records that were erased by order.
fn kept_bytes(tx: &Tx, parsed: &Frame, bytes: &[u8]) -> Result<Vec<u8>, DbError> {
    let named: BTreeSet<DocumentId> = parsed.items.iter().map(Item::document).collect();
    let mut erased = BTreeSet::new();
    for document in named {
        if erasure::of_document(tx, document)?.is_some() {
            erased.insert(document);
        }
    }
    let rest = parsed.without(|document| erased.contains(&document));
    Ok(rest.map_or_else(|| bytes.to_vec(), |rest| rest.to_bytes()))
}

/// The device has signed what contradicts itself: two frames under one number, or one that follows
/// another past. Somebody may have copied the phone or put back an old copy of it. Both sides are kept,
/// and from now on what the device sends is held for a person to decide.
fn contradicts(tx: &Tx, id: QuarantineId, frame: &Frame, bytes: &[u8], now: Moment) -> Result<(), DbError> {
    let header = &frame.header;
    let (device, epoch, number) = (header.device, header.epoch, header.number);
    let kept = frame_conflict::Kept { id, device, epoch, number, bytes: bytes.to_vec(), received_at: now };
    // A phone that repeats itself says nothing new, and one that goes on for ever says no more.
    if frame_conflict::is_kept(tx, &kept)? {
        return Ok(());
    }
    if frame_conflict::count(tx, device)? < MOST_CONTRADICTIONS {
        frame_conflict::insert(tx, &kept)?;
    }
    freeze(tx, device, (epoch, number), now)
}

/// From now on what the device sends is held, until a person has looked.
fn freeze(tx: &Tx, device: DeviceId, (epoch, number): (u32, u64), now: Moment) -> Result<(), DbError> {
    let state = device::find(tx, device)?.map(|found| found.state);
    if state.is_some_and(|state| !matches!(state, DeviceState::Frozen | DeviceState::Revoked)) {
        device::set_state(tx, device, DeviceState::Frozen, now)?;
        tracing::warn!(%device, epoch, number, "a device contradicts itself and is frozen");
    }
    Ok(())
}

/// A beacon that this server really gave. One of a history that a restore has ended still proves
/// time; its position counts as far as the log goes now.
fn proven(tx: &Tx, beacon: Option<&Beacon>) -> Result<Option<Beacon>, DbError> {
    let Some(beacon) = beacon else { return Ok(None) };
    let keys = server_key::public_keys(tx)?;
    if !keys.iter().any(|key| beacon.verify(&PublicKey(*key)).is_ok()) {
        return Ok(None);
    }
    let (head, _) = log::head(tx)?;
    Ok(Some(Beacon { position: beacon.position.min(head), ..beacon.clone() }))
}
