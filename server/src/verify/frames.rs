//! Frames: signature, hash, numbers without gaps, chain, receipt, and verdicts that the rows bear out.
//!
//! What the frames say of the beginnings and seals of documents is handed on ([`Origins`]): the
//! rows of documents are held against it.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::signature::DeviceKey;
use tingfang_core::sync::frame::{Claim, Frame, FrameHash, Item};
use tingfang_core::sync::verdict::Verdict;

use super::Report;
use super::devices::Devices;
use super::erasures::Erasures;
use crate::db::{DbError, Tx};
use crate::records::held::ENDS_OTHERWISE;
use crate::store::frame::FrameState;
use crate::store::held_decision::{self, HeldOutcome};
use crate::store::tip::{self, Chain};
use crate::store::{frame, frame_conflict, quarantine, rewritten_change, server_key, task_report};
use crate::sync::item_position;

/// What the frames say of documents: who began them with which claim, who sealed and who confirmed them.
#[derive(Default)]
pub(super) struct Origins {
    pub(super) begun: BTreeMap<DocumentId, Begun>,
    pub(super) sealed: BTreeMap<DocumentId, Sent>,
    pub(super) confirmed: BTreeMap<DocumentId, Sent>,
    /// Device, document and change that was not accepted, with what took its place.
    superseded: BTreeSet<(DeviceId, DocumentId, [u8; 32], [u8; 32])>,
    held: u64,
    blocked: u64,
}

/// An accepted beginning.
pub(super) struct Begun {
    pub(super) kind: String,
    pub(super) version: u32,
    pub(super) claim: Claim,
    pub(super) position: LogPosition,
    pub(super) sent: Sent,
}

/// Who sent something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    pub(super) not_before: Option<Moment>,
    pub(super) received_at: Moment,
}

impl Sent {
    /// Who sent a frame: the person that the device was enrolled for.
    pub(super) fn of(kept: &frame::Kept, person: PersonId) -> Self {
        Self { person, device: kept.device, not_before: kept.beacon_at, received_at: kept.received_at }
    }
}

/// Where the chain of a device and epoch stands.
struct Link {
    number: u64,
    hash: FrameHash,
}

pub(super) fn check(tx: &Tx, devices: &Devices, report: &mut Report) -> Result<Origins, DbError> {
    let mut erasures = Erasures::read(tx, report)?;
    let server_keys = server_key::public_keys(tx)?;
    let mut links: BTreeMap<(DeviceId, u32), Link> = BTreeMap::new();
    let mut origins = Origins::default();
    let mut intake: BTreeMap<u64, [u8; 32]> = BTreeMap::new();
    frame::for_each(tx, |kept| {
        report.frames += 1;
        intake.insert(kept.intake_number, kept.hash);
        let name = format!("{}/{}/{}", kept.device, kept.epoch, kept.number);
        let Ok(parsed) = Frame::from_bytes(&kept.bytes) else {
            report.differs("frame", name, "unreadable");
            return Ok(());
        };
        check_form(&kept, &parsed, devices.key(kept.device), &server_keys, &name, report);
        if !erasures.take(&kept, &parsed) {
            report.differs("frame", &name, "not_as_ordered");
        }
        let link =
            links.entry((kept.device, kept.epoch)).or_insert(Link { number: 0, hash: FrameHash::NONE });
        if kept.number != link.number + 1 || parsed.header.previous != link.hash {
            report.differs("frame", &name, "chain");
        }
        *link = Link { number: kept.number, hash: parsed.hash() };
        let Some(person) = devices.person(kept.device) else { return Ok(()) };
        let sent = Sent::of(&kept, person);
        check_verdicts(tx, &kept, &parsed, (sent, devices), &mut origins, &name, report)
    })?;
    erasures.check(report);
    check_conflicts(tx, devices, &erasures, report)?;
    check_tip(tx, &intake, &server_keys, report)?;
    check_kept_items(tx, &origins, report)?;
    Ok(origins)
}

fn check_form(
    kept: &frame::Kept,
    parsed: &Frame,
    key: Option<DeviceKey>,
    server_keys: &[[u8; 32]],
    name: &str,
    report: &mut Report,
) {
    if key.is_none_or(|key| parsed.verify(&key).is_err()) {
        report.differs("frame", name, "signature");
    }
    if parsed.hash().0 != kept.hash {
        report.differs("frame", name, "hash");
    }
    let header = &parsed.header;
    if (header.device, header.epoch, header.number) != (kept.device, kept.epoch, kept.number) {
        report.differs("frame", name, "place");
    }
    if kept.state == FrameState::Judged && !kept.is_receipted(server_keys) {
        report.differs("frame", name, "receipt");
    }
}

/// Whether each frame that contradicts another was really signed by its device.
fn check_conflicts(
    tx: &Tx,
    devices: &Devices,
    erasures: &Erasures,
    report: &mut Report,
) -> Result<(), DbError> {
    frame_conflict::for_each(tx, |kept| {
        let signed = Frame::from_bytes(&kept.bytes).is_ok_and(|parsed| {
            let header = &parsed.header;
            (header.device, header.epoch, header.number) == (kept.device, kept.epoch, kept.number)
                && devices.key(kept.device).is_some_and(|key| parsed.verify(&key).is_ok())
                && !parsed.items.iter().any(|item| erasures.is_against_order(item))
        });
        if !signed {
            report.differs("frame", kept.id, "signature");
        }
        Ok(())
    })
}

/// Whether the frames are all there, by the number that the server signed.
fn check_tip(
    tx: &Tx,
    intake: &BTreeMap<u64, [u8; 32]>,
    server_keys: &[[u8; 32]],
    report: &mut Report,
) -> Result<(), DbError> {
    let (number, hash) = intake.last_key_value().map_or((0, [0; 32]), |(number, hash)| (*number, *hash));
    let tip = tip::find(tx, Chain::Frames)?;
    if !tip.as_ref().is_some_and(|tip| tip.is_signed(Chain::Frames, server_keys)) {
        report.differs("frame", number, "tip");
    }
    let without_gaps = report.frames == number && intake.len() as u64 == number;
    if !without_gaps || tip.is_some_and(|tip| (tip.number, tip.hash) != (number, hash)) {
        report.differs("frame", number, "cut_off");
    }
    Ok(())
}

/// Whether every row of what was not accepted has its verdict.
fn check_kept_items(tx: &Tx, origins: &Origins, report: &mut Report) -> Result<(), DbError> {
    let mut held = 0;
    quarantine::for_each(tx, |kept| {
        // What was accepted after all has the verdict of what is in the log.
        held += u64::from(kept.accepted_position.is_none());
        // A beginning also comes in when what stood against it is gone.
        if kept.accepted_position.is_some()
            && kept.hash.is_some()
            && !ENDS_OTHERWISE.contains(&kept.rule.as_str())
        {
            let decision = held_decision::of_item(tx, kept.id)?;
            if decision.is_none_or(|decision| decision.outcome != HeldOutcome::Accepted) {
                report.differs("kept_item", kept.id, "no_decision");
            }
        }
        let known = match (kept.hash, kept.superseded_by) {
            (_, None) => true,
            (Some(old), Some(new)) => {
                let device = kept.writer.unwrap_or(kept.place.0);
                origins.superseded.contains(&(device, kept.document, old, new))
            }
            (None, Some(_)) => false,
        };
        if !known {
            report.differs("kept_item", kept.id, "no_verdict");
        }
        Ok(())
    })?;
    rewritten_change::for_each(tx, |kept| {
        if !origins.superseded.contains(&(kept.device, kept.document, kept.old.0, kept.new.0)) {
            report.differs("kept_item", kept.new, "no_verdict");
        }
        Ok(())
    })?;
    if held != origins.held || frame::blocked_count(tx)? != origins.blocked {
        report.differs("kept_item", held, "no_verdict");
    }
    Ok(())
}

fn check_verdicts(
    tx: &Tx,
    kept: &frame::Kept,
    parsed: &Frame,
    (sent, devices): (Sent, &Devices),
    origins: &mut Origins,
    name: &str,
    report: &mut Report,
) -> Result<(), DbError> {
    let Some(verdicts) = kept.verdicts.as_ref().filter(|_| kept.state == FrameState::Judged) else {
        report.differs("frame", name, "unjudged");
        return Ok(());
    };
    if verdicts.len() != parsed.items.len() {
        report.differs("frame", name, "verdict_count");
        return Ok(());
    }
    for (index, (item, verdict)) in parsed.items.iter().zip(verdicts).enumerate() {
        let place = (kept.device, kept.epoch, kept.number, index);
        origins.take(item, verdict, sent, devices);
        report.kept_items += u64::from(!is_in_log(verdict));
        if !bears_out(tx, item, verdict, place, sent)? {
            report.differs("verdict", format!("{name}/{index}"), "not_borne_out");
        }
    }
    Ok(())
}

const fn is_in_log(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted { .. } | Verdict::Duplicate { .. })
}

impl Origins {
    fn take(&mut self, item: &Item, verdict: &Verdict, sent: Sent, devices: &Devices) {
        match (item, verdict) {
            (Item::Begin { document, kind, version, claim }, Verdict::Accepted { position }) => {
                let (kind, version, claim) = (kind.clone(), *version, claim.clone());
                let begun = Begun { kind, version, claim, position: *position, sent };
                self.begun.insert(*document, begun);
            }
            (Item::Seal { seal }, Verdict::Accepted { .. }) => {
                self.sealed.insert(seal.statement.document, sent);
            }
            (Item::Confirm { confirmation }, Verdict::Accepted { .. }) => {
                self.confirmed.insert(confirmation.statement.document, sent);
            }
            (Item::Supersede { document, old, new }, Verdict::Accepted { .. }) => {
                self.superseded.insert((devices.stands_for(sent.device), *document, old.0, new.0));
            }
            (_, Verdict::Blocked { .. }) => self.blocked += 1,
            (_, Verdict::Held { .. } | Verdict::Refused { .. } | Verdict::Malformed { .. }) => {
                self.held += 1;
            }
            _ => {}
        }
    }
}

/// Whether the rows show what a verdict says.
fn bears_out(
    tx: &Tx,
    item: &Item,
    verdict: &Verdict,
    place: frame::ItemPlace,
    sent: Sent,
) -> Result<bool, DbError> {
    match verdict {
        Verdict::Accepted { position } | Verdict::Duplicate { position } => {
            let shown = item_position(tx, item)?;
            if let (Item::TaskReport { command }, Verdict::Accepted { .. }) = (item, verdict) {
                let kept = task_report::find(tx, command.id)?;
                let as_sent = kept.is_some_and(|kept| {
                    (kept.person, kept.device, kept.received_at)
                        == (sent.person, sent.device, sent.received_at)
                });
                if !as_sent {
                    return Ok(false);
                }
            }
            let brings_nothing = matches!(item, Item::Supersede { .. });
            Ok(if brings_nothing { *position == LogPosition(0) } else { shown == Some(*position) })
        }
        Verdict::Held { quarantine: id, .. }
        | Verdict::Refused { quarantine: id, .. }
        | Verdict::Malformed { quarantine: id, .. } => {
            let hash = item.change_hash().map(|hash| hash.0);
            Ok(quarantine::find(tx, *id)?.is_some_and(|kept| {
                let writer = match item {
                    Item::Witness { writer, .. } => Some(*writer),
                    // Whose copy it was went with it.
                    Item::Erased { .. } => kept.writer,
                    _ => None,
                };
                kept.place == place
                    && kept.verdict == verdict.name()
                    && Some(kept.rule.as_str()) == verdict.reason()
                    && (kept.person, kept.received_at) == (sent.person, sent.received_at)
                    && (kept.document, kept.hash, kept.writer) == (item.document(), hash, writer)
            }))
        }
        Verdict::Blocked { by } => Ok(frame::blocked_at(tx, place)? == Some((item.document(), by.0))),
    }
}
