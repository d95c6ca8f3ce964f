//! The proof of one sealed record, or of one thing that was not accepted, as a file that is checked anywhere.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::audit::proof::{FORMAT, ProvedChange, ProvedDevice};
use tingfang_core::audit::{ItemProof, LeafKind, RecordProof, item_proof};
use tingfang_core::id::DeviceId;
use tingfang_core::record::document::ChangeHash;
use tingfang_core::signature::Signature;
use tingfang_core::sync::frame::{Frame, Item, SlimFrame};

use super::OpenRecord;
use crate::db::{DbError, Tx};
use crate::problem::{FieldProblem, Problem};
use crate::store::{audit_log, change_log, device, erasure, frame, person, quarantine, server_key};

/// Proves a record that somebody has opened.
///
/// # Errors
/// [`Problem::Refused`] when it is not sealed.
pub fn of(tx: &Tx, record: &OpenRecord) -> Result<RecordProof, Problem> {
    let Some(seal) = &record.seal else {
        return Err(Problem::Refused(vec![FieldProblem::new("record", "not_sealed")]));
    };
    let mut frames: Vec<SlimFrame> = Vec::new();
    let mut places: BTreeMap<(DeviceId, u32, u64), (u32, Frame)> = BTreeMap::new();
    let mut changes = Vec::new();
    for entry in up_to_seal(record, &seal.seal.statement.heads)? {
        let Some(sender) = entry.sender else {
            changes.push(ProvedChange { bytes: entry.bytes.clone(), frame: None, rebase: 0 });
            continue;
        };
        let place = (sender.device, sender.epoch, sender.frame_number);
        if let Entry::Vacant(unread) = places.entry(place) {
            let kept = frame::find(tx, place.0, place.1, place.2)?.ok_or_else(|| damaged("a frame"))?;
            let parsed =
                Frame::from_bytes(&kept.bytes).map_err(|error| DbError::Damaged(error.to_string()))?;
            let index = u32::try_from(frames.len()).map_err(Problem::internal)?;
            frames.push(parsed.slim());
            unread.insert((index, parsed));
        }
        let (index, parsed) = &places[&place];
        let rebase =
            rebase_in(parsed, record, &entry.bytes).ok_or_else(|| damaged("a change in its frame"))?;
        changes.push(ProvedChange { bytes: entry.bytes.clone(), frame: Some(*index), rebase });
    }
    let signers: BTreeSet<DeviceId> = places.keys().map(|place| place.0).chain([seal.device]).collect();
    let devices = signers.into_iter().map(|id| proved_device(tx, id)).collect::<Result<_, _>>()?;
    let key = server_key::signer(tx)?;
    let inclusion = audit_log::proved(tx, LeafKind::Seal, &seal.digest(), &key)?;
    let proof = RecordProof {
        format: FORMAT,
        document: record.row.id,
        changes,
        frames,
        devices,
        seal: seal.seal.clone(),
        sealed_on: seal.device,
        position: seal.position,
        received_at: seal.sealed.not_after,
        countersignature: seal.server_signature,
        inclusion: inclusion.ok_or_else(|| damaged("the leaf of a seal"))?,
        server: key.public(),
        signature: Signature([0; 64]),
    };
    Ok(proof.signed(&key))
}

/// The changes that the sealed heads rest on, in log order.
fn up_to_seal<'r>(
    record: &'r OpenRecord,
    heads: &[ChangeHash],
) -> Result<Vec<&'r change_log::Entry>, DbError> {
    let sealed: BTreeSet<ChangeHash> = record.document.changes_up_to(heads).into_iter().collect();
    let entries: Vec<_> = record.changes.iter().filter(|entry| sealed.contains(&entry.hash)).collect();
    if entries.len() == sealed.len() { Ok(entries) } else { Err(damaged("a change of a sealed record")) }
}

fn rebase_in(frame: &Frame, record: &OpenRecord, bytes: &[u8]) -> Option<u32> {
    frame.items.iter().find_map(|item| match item {
        Item::Change { document, rebase, bytes: sent } if *document == record.row.id && sent == bytes => {
            Some(*rebase)
        }
        _ => None,
    })
}

/// Proves what somebody has sent and was not accepted when it came.
///
/// # Errors
/// [`Problem::Erased`] when it was erased by order, [`Problem::Refused`] when it came in after all.
pub fn of_item(tx: &Tx, kept: &quarantine::Kept) -> Result<ItemProof, Problem> {
    if kept.accepted_position.is_some() {
        return Err(Problem::Refused(vec![FieldProblem::new("item", "came_in")]));
    }
    let (device, epoch, number, index) = kept.place;
    let found = frame::find(tx, device, epoch, number)?.ok_or_else(|| damaged("a frame"))?;
    let frame = Frame::from_bytes(&found.bytes).map_err(|error| DbError::Damaged(error.to_string()))?;
    let item = frame.items.get(index).cloned().ok_or_else(|| damaged("an item of a frame"))?;
    if let (Item::Erased { .. }, Some(order)) = (&item, erasure::of_document(tx, kept.document)?) {
        return Err(Problem::Erased { order: order.number });
    }
    let key = server_key::signer(tx)?;
    let inclusion = audit_log::proved(tx, LeafKind::Frame, &found.hash, &key)?;
    let proof = ItemProof {
        format: item_proof::FORMAT,
        item,
        index: u32::try_from(index).map_err(Problem::internal)?,
        frame: frame.slim(),
        device: proved_device(tx, device)?,
        receipt: found.signed_receipt().ok_or_else(|| damaged("the receipt of a frame"))?,
        inclusion: inclusion.ok_or_else(|| damaged("the leaf of a frame"))?,
        server: key.public(),
        signature: Signature([0; 64]),
    };
    Ok(proof.signed(&key))
}

fn proved_device(tx: &Tx, id: DeviceId) -> Result<ProvedDevice, DbError> {
    let vouched = device::vouched(tx, id)?.ok_or_else(|| damaged("a device"))?;
    let signature = <[u8; 64]>::try_from(vouched.enrolment_signature.as_slice());
    let person = person::find(tx, vouched.device.person)?;
    Ok(ProvedDevice {
        enrolment: vouched.device.enrolment(),
        signature: Signature(signature.map_err(|_| damaged("an enrolment's signature"))?),
        person_name: person.map(|person| person.name).unwrap_or_default(),
    })
}

fn damaged(what: &str) -> DbError {
    DbError::Damaged(format!("{what} is not there"))
}
