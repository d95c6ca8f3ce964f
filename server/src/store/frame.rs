//! Frames as devices signed them, with the verdicts that they were answered with.

use std::collections::BTreeSet;

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::codes;
use tingfang_core::id::{DeviceId, DocumentId};
use tingfang_core::signature::{PublicKey, SecretKey, Signature};
use tingfang_core::sync::receipt::Receipt;
use tingfang_core::sync::verdict::{Verdict, decode_list, encode_list};

use super::audit_log::{self, LeafKind};
use super::tip::{self, Chain};
use crate::db::{DbError, Row, Tx};
use crate::params;

codes! {
    /// How far a frame has come.
    FrameState as "frame_state" {
        Stored = "stored",
        Judged = "judged",
    }
}

/// A frame as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Who signed it.
    pub device: DeviceId,
    /// The device's epoch.
    pub epoch: u32,
    /// Its number in the epoch.
    pub number: u64,
    /// Counts the frames of the server in the order in which they came, from 1 without gaps.
    pub intake_number: u64,
    /// Its hash.
    pub hash: [u8; 32],
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The log position that its beacon proves.
    pub beacon_position: LogPosition,
    /// The server's time in its beacon.
    pub beacon_at: Option<Moment>,
    /// When it was received.
    pub received_at: Moment,
    /// Whether it waits for its verdicts or has them.
    pub state: FrameState,
    /// The verdicts, once they are durable.
    pub verdicts: Option<Vec<Verdict>>,
    /// The server's signature over hash and verdicts, and over when and as which the frame came.
    pub receipt: Option<Vec<u8>>,
}

impl Kept {
    /// The receipt as it was signed; nothing before the frame was answered.
    pub fn signed_receipt(&self) -> Option<Receipt> {
        let signature = self.receipt.as_ref().and_then(|bytes| <[u8; 64]>::try_from(bytes.as_slice()).ok());
        Some(self.receipt_of(self.verdicts.as_ref()?, Signature(signature?)))
    }

    /// Whether one of the server's keys made the receipt.
    pub fn is_receipted(&self, server_keys: &[[u8; 32]]) -> bool {
        let receipt = self.signed_receipt();
        let is_by = |key: &[u8; 32], receipt: &Receipt| receipt.verify(&self.hash, &PublicKey(*key)).is_ok();
        receipt.is_some_and(|receipt| server_keys.iter().any(|key| is_by(key, &receipt)))
    }

    fn receipt_of(&self, verdicts: &[Verdict], signature: Signature) -> Receipt {
        Receipt {
            verdicts: encode_list(verdicts),
            intake_number: self.intake_number,
            received_at: self.received_at,
            beacon_position: self.beacon_position,
            beacon_at: self.beacon_at,
            signature,
        }
    }
}

const SELECT: &str =
    "select device_id, epoch, number, intake_no, state, hash, bytes, beacon_seq, beacon_at, received_at, verdicts,
    receipt from frame";

/// The intake number that the next frame takes.
pub fn next_intake_number(tx: &Tx) -> Result<u64, DbError> {
    let last = tx.query_one("select coalesce(max(intake_no), 0) as last from frame", &[], |row| {
        row.get::<u64>("last")
    })?;
    Ok(last.unwrap_or_default() + 1)
}

/// How many frames there are.
pub fn count(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select count(*) as many from frame";
    Ok(tx.query_one(sql, &[], |row| row.get("many"))?.unwrap_or_default())
}

/// Keeps a frame before it is judged, and signs anew how many frames there are.
pub fn insert(tx: &Tx, frame: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into frame (device_id, epoch, number, intake_no, hash, bytes, beacon_seq, beacon_at,
             received_at, state) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'stored')",
        params![
            frame.device,
            frame.epoch,
            frame.number,
            frame.intake_number,
            &frame.hash[..],
            &frame.bytes,
            frame.beacon_position,
            frame.beacon_at,
            frame.received_at
        ],
    )?;
    audit_log::append(tx, LeafKind::Frame, &frame.hash)?;
    tip::renew(tx, Chain::Frames, frame.intake_number, &frame.hash)
}

/// The frame with this number.
pub fn find(tx: &Tx, device: DeviceId, epoch: u32, number: u64) -> Result<Option<Kept>, DbError> {
    tx.query_one(
        &format!("{SELECT} where device_id = ?1 and epoch = ?2 and number = ?3"),
        params![device, epoch, number],
        read,
    )
}

/// The number and hash of the last frame of an epoch; nothing when it has none.
pub fn last(tx: &Tx, device: DeviceId, epoch: u32) -> Result<Option<(u64, [u8; 32])>, DbError> {
    tx.query_one(
        "select number, hash from frame where device_id = ?1 and epoch = ?2 order by number desc limit 1",
        params![device, epoch],
        |row| Ok((row.get("number")?, row.get("hash")?)),
    )
}

/// The frame of a device that came last; nothing when it has sent none.
pub fn newest_of(tx: &Tx, device: DeviceId) -> Result<Option<Kept>, DbError> {
    tx.query_one(
        &format!("{SELECT} where device_id = ?1 order by intake_no desc limit 1"),
        params![device],
        read,
    )
}

/// Frames that were kept before a moment but have no verdicts: a crash came between.
pub fn unjudged(tx: &Tx, before: Moment) -> Result<Vec<Kept>, DbError> {
    tx.query(
        &format!(
            "{SELECT} where state = 'stored' and received_at < ?1
             order by received_at, device_id, epoch, number"
        ),
        params![before],
        read,
    )
}

/// Every frame, in the order of a device's chain, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by device_id, epoch, number"), &[], |row| each(read(row)?))
}

/// Makes verdicts durable, with the server's receipt.
pub fn answer(tx: &Tx, frame: &Kept, verdicts: &[Verdict], key: &SecretKey) -> Result<(), DbError> {
    let receipt = frame.receipt_of(verdicts, Signature([0; 64])).signed(&frame.hash, key);
    tx.execute(
        "update frame set state = 'judged', verdicts = ?4, receipt = ?5
         where device_id = ?1 and epoch = ?2 and number = ?3",
        params![frame.device, frame.epoch, frame.number, receipt.verdicts, &receipt.signature.0[..]],
    )?;
    Ok(())
}

/// Where an item stands: device, epoch, frame number, index.
pub type ItemPlace = (DeviceId, u32, u64, usize);

/// Notes that an item rests on a change that is not accepted.
pub fn insert_blocked(
    tx: &Tx,
    place: ItemPlace,
    document: DocumentId,
    blocked_by: &[u8; 32],
) -> Result<(), DbError> {
    tx.execute(
        "insert into blocked_item (device_id, epoch, frame_number, frame_index, document_id, blocked_by)
         values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (device_id, epoch, frame_number, frame_index) do update set blocked_by = excluded.blocked_by",
        params![place.0, place.1, place.2, place.3, document, &blocked_by[..]],
    )?;
    Ok(())
}

/// The blocked items of a document, in the order of their frames.
pub fn blocked_of(tx: &Tx, document: DocumentId) -> Result<Vec<ItemPlace>, DbError> {
    tx.query(
        "select device_id, epoch, frame_number, frame_index from blocked_item where document_id = ?1
         order by device_id, epoch, frame_number, frame_index",
        params![document],
        place_of,
    )
}

/// Those of them that may move: what each waits for is in the log.
pub fn released_of(tx: &Tx, document: DocumentId) -> Result<Vec<ItemPlace>, DbError> {
    tx.query(
        "select device_id, epoch, frame_number, frame_index from blocked_item where document_id = ?1
         and blocked_by in (select hash from change_log where document_id = ?1)
         order by device_id, epoch, frame_number, frame_index",
        params![document],
        place_of,
    )
}

/// The documents that have blocked items.
pub fn blocked_documents(tx: &Tx) -> Result<BTreeSet<DocumentId>, DbError> {
    let documents =
        tx.query("select distinct document_id from blocked_item", &[], |row| row.get("document_id"))?;
    Ok(documents.into_iter().collect())
}

/// The document of a waiting item, and the change that it waits for; nothing when it does not wait.
pub fn blocked_at(tx: &Tx, place: ItemPlace) -> Result<Option<(DocumentId, [u8; 32])>, DbError> {
    tx.query_one(
        "select document_id, blocked_by from blocked_item
         where device_id = ?1 and epoch = ?2 and frame_number = ?3 and frame_index = ?4",
        params![place.0, place.1, place.2, place.3],
        |row| Ok((row.get("document_id")?, row.get("blocked_by")?)),
    )
}

/// How many items wait.
pub fn blocked_count(tx: &Tx) -> Result<u64, DbError> {
    let count = tx.query_one("select count(*) as many from blocked_item", &[], |row| row.get("many"))?;
    Ok(count.unwrap_or_default())
}

/// How many frames have no verdicts yet.
pub fn unjudged_count(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select count(*) as many from frame where state = 'stored'";
    Ok(tx.query_one(sql, &[], |row| row.get("many"))?.unwrap_or_default())
}

/// Ends the wait of an item.
pub fn unblock(tx: &Tx, place: ItemPlace) -> Result<(), DbError> {
    tx.execute(
        "delete from blocked_item
         where device_id = ?1 and epoch = ?2 and frame_number = ?3 and frame_index = ?4",
        params![place.0, place.1, place.2, place.3],
    )?;
    Ok(())
}

fn place_of(row: &Row) -> Result<ItemPlace, DbError> {
    Ok((row.get("device_id")?, row.get("epoch")?, row.get("frame_number")?, row.get("frame_index")?))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    let verdicts: Option<Vec<u8>> = row.get("verdicts")?;
    let verdicts = verdicts
        .map(|bytes| {
            decode_list(&bytes)
                .ok_or_else(|| DbError::Damaged("the verdicts of a frame cannot be read".to_owned()))
        })
        .transpose()?;
    Ok(Kept {
        device: row.get("device_id")?,
        epoch: row.get("epoch")?,
        number: row.get("number")?,
        intake_number: row.get("intake_no")?,
        state: row.code("state", FrameState::from_code)?,
        hash: row.get("hash")?,
        bytes: row.get("bytes")?,
        beacon_position: row.get("beacon_seq")?,
        beacon_at: row.get("beacon_at")?,
        received_at: row.get("received_at")?,
        verdicts,
        receipt: row.get("receipt")?,
    })
}
