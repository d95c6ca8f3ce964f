//! Documents: each is built anew, change by change, through the gate; seals hold at their heads.

use std::collections::BTreeSet;

use tingfang_core::record::document::{Actor, Document, derived_changes};
use tingfang_core::record::shape_of;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::gate::{self, Judgement};

use super::{Report, device_key};
use crate::db::{DbError, Tx};
use crate::store::{change_log, device, document, frame, seal, server_key};

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let server_keys = server_key::public_keys(tx)?;
    let mut rows = Vec::new();
    document::for_each(tx, |row| {
        rows.push(row);
        Ok(())
    })?;
    for row in rows {
        report.documents += 1;
        let built = rebuild(tx, &row, report)?;
        if let Some(kept) = seal::find(tx, row.id)? {
            report.seals += 1;
            check_seal(tx, &kept, built.as_ref(), &server_keys, &row, report)?;
        } else if row.sealed_position.is_some() {
            report.differs("seal", row.id, "missing");
        }
    }
    Ok(())
}

/// Builds the document anew; nothing when that is not possible.
fn rebuild(tx: &Tx, row: &document::Kept, report: &mut Report) -> Result<Option<Document>, DbError> {
    let Some(shape) = shape_of(&row.kind) else {
        report.differs("document", row.id, "unknown_kind");
        return Ok(None);
    };
    let entries = change_log::of_document(tx, row.id)?;
    let derived = derived_changes(shape, row.schema_version, row.id);
    let mut built = Document::begin_at_version(shape, row.schema_version, row.id);
    let mut seen = BTreeSet::new();
    for entry in &entries {
        report.changes += 1;
        let name = format!("{}/{}", row.id, entry.position);
        if !seen.insert(entry.hash) {
            report.differs("change", &name, "twice");
        }
        let Some(sender) = entry.sender else {
            let known = derived.iter().find(|change| change.hash == entry.hash);
            if known.is_none_or(|change| change.bytes != entry.bytes) {
                report.differs("change", &name, "not_derived");
            }
            continue;
        };
        if !in_frame(tx, entry, &sender)? {
            report.differs("change", &name, "not_in_frame");
        }
        if !is_own_actor(entry.actor, &sender, row) {
            report.differs("change", &name, "actor");
        }
        match gate::admit(&built, shape, entry.actor, &entry.bytes, |_| Judgement::Allow) {
            Ok(admitted) if admitted.change.hash == entry.hash => built = admitted.document,
            Ok(_) => report.differs("change", &name, "hash"),
            Err(_) => report.differs("change", &name, "gate"),
        }
    }
    if derived.iter().any(|change| !seen.contains(&change.hash)) {
        report.differs("document", row.id, "no_beginning");
    }
    Ok(Some(built))
}

/// Whether the frame that the log names holds the change.
fn in_frame(tx: &Tx, entry: &change_log::Entry, sender: &change_log::Sender) -> Result<bool, DbError> {
    let kept = frame::find(tx, sender.device, sender.epoch, sender.frame_number)?;
    let items = kept.and_then(|kept| Frame::from_bytes(&kept.bytes).ok()).map(|frame| frame.items);
    Ok(items.unwrap_or_default().iter().any(|item| {
        matches!(item, Item::Change { document, bytes, .. } if *document == entry.document && *bytes == entry.bytes)
    }))
}

/// How often a record may have been reopened; far more than happens.
const MOST_REBASES: u32 = 1_000;

fn is_own_actor(used: Actor, sender: &change_log::Sender, row: &document::Kept) -> bool {
    (0..MOST_REBASES).any(|rebase| actor::derive(sender.device, row.id, sender.epoch, rebase) == used)
}

fn check_seal(
    tx: &Tx,
    kept: &seal::Kept,
    built: Option<&Document>,
    server_keys: &[[u8; 32]],
    row: &document::Kept,
    report: &mut Report,
) -> Result<(), DbError> {
    let key = device::find(tx, kept.device)?.and_then(|device| device_key(&device.public_key));
    let holds = match (built, key) {
        (Some(document), Some(key)) => kept.seal.verify(document, &key).is_ok(),
        _ => false,
    };
    if !holds {
        report.differs("seal", row.id, "does_not_hold");
    }
    if !kept.is_countersigned(server_keys) {
        report.differs("seal", row.id, "countersignature");
    }
    if row.sealed_position != Some(kept.position) {
        report.differs("seal", row.id, "place");
    }
    Ok(())
}
