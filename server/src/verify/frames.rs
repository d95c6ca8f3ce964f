//! Frames: signature, hash, numbers without gaps, chain, and verdicts that the log bears out.

use std::collections::BTreeMap;

use tingfang_core::id::DeviceId;
use tingfang_core::signature::PublicKey;
use tingfang_core::sync::frame::{Frame, FrameHash, Item};
use tingfang_core::sync::verdict::Verdict;

use super::{Report, device_key};
use crate::db::{DbError, Tx};
use crate::store::{device, frame, quarantine, server_key};
use crate::sync::item_position;

/// Where the chain of a device and epoch stands.
struct Chain {
    number: u64,
    hash: FrameHash,
}

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let server_keys = server_key::public_keys(tx)?;
    let mut keys: BTreeMap<DeviceId, Option<PublicKey>> = BTreeMap::new();
    let mut chains: BTreeMap<(DeviceId, u32), Chain> = BTreeMap::new();
    frame::for_each(tx, |kept| {
        report.frames += 1;
        let name = format!("{}/{}/{}", kept.device, kept.epoch, kept.number);
        let key = match keys.get(&kept.device) {
            Some(key) => *key,
            None => {
                let key = device::find(tx, kept.device)?.and_then(|device| device_key(&device.public_key));
                keys.insert(kept.device, key);
                key
            }
        };
        let Ok(parsed) = Frame::from_bytes(&kept.bytes) else {
            report.differs("frame", name, "unreadable");
            return Ok(());
        };
        if key.is_none_or(|key| parsed.verify(&key).is_err()) {
            report.differs("frame", &name, "signature");
        }
        if parsed.hash().0 != kept.hash {
            report.differs("frame", &name, "hash");
        }
        let header = &parsed.header;
        if (header.device, header.epoch, header.number) != (kept.device, kept.epoch, kept.number) {
            report.differs("frame", &name, "place");
        }
        let chain =
            chains.entry((kept.device, kept.epoch)).or_insert(Chain { number: 0, hash: FrameHash::NONE });
        if kept.number != chain.number + 1 || header.previous != chain.hash {
            report.differs("frame", &name, "chain");
        }
        *chain = Chain { number: kept.number, hash: parsed.hash() };
        if kept.verdicts.is_some() && !kept.is_receipted(&server_keys) {
            report.differs("frame", &name, "receipt");
        }
        check_verdicts(tx, &kept, &parsed, &name, report)
    })
}

fn check_verdicts(
    tx: &Tx,
    kept: &frame::Kept,
    parsed: &Frame,
    name: &str,
    report: &mut Report,
) -> Result<(), DbError> {
    let Some(verdicts) = &kept.verdicts else {
        report.differs("frame", name, "unjudged");
        return Ok(());
    };
    if verdicts.len() != parsed.items.len() {
        report.differs("frame", name, "verdict_count");
        return Ok(());
    }
    for (index, (item, verdict)) in parsed.items.iter().zip(verdicts).enumerate() {
        let place = (kept.device, kept.epoch, kept.number, index);
        if !bears_out(tx, item, verdict, place, report)? {
            report.differs("verdict", format!("{name}/{index}"), "not_borne_out");
        }
    }
    Ok(())
}

/// Whether the rows show what a verdict says.
fn bears_out(
    tx: &Tx,
    item: &Item,
    verdict: &Verdict,
    place: frame::ItemPlace,
    report: &mut Report,
) -> Result<bool, DbError> {
    match verdict {
        Verdict::Accepted { position } | Verdict::Duplicate { position } => {
            let shown = item_position(tx, item)?;
            // Nothing is asked of the change that a supersession names: it is judged on its own.
            Ok(shown == Some(*position) || (matches!(item, Item::Supersede { .. }) && shown.is_none()))
        }
        Verdict::Held { quarantine: id, .. }
        | Verdict::Refused { quarantine: id, .. }
        | Verdict::Malformed { quarantine: id, .. } => {
            report.kept_items += 1;
            let kept = quarantine::find(tx, *id)?;
            Ok(kept.is_some_and(|kept| {
                kept.place == place
                    && kept.verdict == verdict.name()
                    && Some(kept.rule.as_str()) == verdict.reason()
            }))
        }
        Verdict::Blocked { by } => {
            report.kept_items += 1;
            Ok(frame::blocked_by(tx, place)? == Some(by.0))
        }
    }
}
