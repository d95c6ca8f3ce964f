//! Frames that contradict what their device had signed before: another one under the same number, or one
//! that follows another past. Both sides are kept.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, QuarantineId};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A frame that contradicts another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: QuarantineId,
    /// Who signed it.
    pub device: DeviceId,
    /// In which epoch.
    pub epoch: u32,
    /// Under which number.
    pub number: u64,
    /// The frame.
    pub bytes: Vec<u8>,
    /// When it was received.
    pub received_at: Moment,
}

const SELECT: &str =
    "select frame_conflict_id, device_id, epoch, number, bytes, received_at from frame_conflict";

/// Keeps one.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into frame_conflict (frame_conflict_id, device_id, epoch, number, bytes, received_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![kept.id, kept.device, kept.epoch, kept.number, kept.bytes.clone(), kept.received_at],
    )?;
    Ok(())
}

/// Whether this very frame is kept.
pub fn is_kept(tx: &Tx, kept: &Kept) -> Result<bool, DbError> {
    let sql = "select 1 as one from frame_conflict
         where device_id = ?1 and epoch = ?2 and number = ?3 and bytes = ?4";
    let values = params![kept.device, kept.epoch, kept.number, kept.bytes.clone()];
    Ok(tx.query_one(sql, values, |row| row.get::<i64>("one"))?.is_some())
}

/// How many there are of a device.
pub fn count(tx: &Tx, device: DeviceId) -> Result<u64, DbError> {
    let sql = "select count(*) as many from frame_conflict where device_id = ?1";
    Ok(tx.query_one(sql, params![device], |row| row.get("many"))?.unwrap_or_default())
}

/// Those of a device, the oldest first.
pub fn of_device(tx: &Tx, device: DeviceId) -> Result<Vec<Kept>, DbError> {
    let sql = format!("{SELECT} where device_id = ?1 order by received_at, frame_conflict_id");
    tx.query(&sql, params![device], read)
}

/// All of them, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by frame_conflict_id"), &[], |row| each(read(row)?))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("frame_conflict_id")?,
        device: row.get("device_id")?,
        epoch: row.get("epoch")?,
        number: row.get("number")?,
        bytes: row.get("bytes")?,
        received_at: row.get("received_at")?,
    })
}
