//! Orders to wipe a phone.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, PersonId};
use tingfang_core::signature::Signature;
use tingfang_core::sync::order::WipeOrder;

use super::server_key;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What the device is told.
    pub order: WipeOrder,
    /// Who ordered it.
    pub ordered_by: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// When the phone said that it has handed in everything and wipes itself.
    pub wiped_at: Option<Moment>,
}

/// Orders it; the server signs. An order that stands is not given twice.
pub fn insert(
    tx: &Tx,
    device: DeviceId,
    ordered_by: Option<PersonId>,
    reason: &str,
    now: Moment,
) -> Result<(), DbError> {
    let order = WipeOrder::sign(device, now, &server_key::signer(tx)?);
    tx.execute(
        "insert into wipe_order (device_id, ordered_by, ordered_at, reason, signature)
         values (?1, ?2, ?3, ?4, ?5) on conflict (device_id) do nothing",
        params![device, ordered_by, now, reason, &order.signature.0[..]],
    )?;
    Ok(())
}

/// The order for a device.
pub fn find(tx: &Tx, device: DeviceId) -> Result<Option<Kept>, DbError> {
    let sql = "select device_id, ordered_by, ordered_at, reason, signature, wiped_at from wipe_order
               where device_id = ?1";
    tx.query_one(sql, params![device], read)
}

/// Takes an order back that the phone has not followed yet. False when it has, or there is none.
pub fn take_back(tx: &Tx, device: DeviceId) -> Result<bool, DbError> {
    let sql = "delete from wipe_order where device_id = ?1 and wiped_at is null";
    Ok(tx.execute(sql, params![device])? > 0)
}

/// Notes that the phone wipes itself now; the first time counts.
pub fn set_wiped(tx: &Tx, device: DeviceId, now: Moment) -> Result<(), DbError> {
    let sql = "update wipe_order set wiped_at = ?2 where device_id = ?1 and wiped_at is null";
    tx.execute(sql, params![device, now])?;
    Ok(())
}

/// Notes that the phone is still there after all.
pub fn set_not_wiped(tx: &Tx, device: DeviceId) -> Result<(), DbError> {
    tx.execute("update wipe_order set wiped_at = null where device_id = ?1", params![device])?;
    Ok(())
}

fn read(row: &Row) -> Result<Kept, DbError> {
    let signature: Vec<u8> = row.get("signature")?;
    let signature = <[u8; 64]>::try_from(signature)
        .map_err(|_| DbError::Damaged("the signature of an order has not 64 bytes".to_owned()))?;
    Ok(Kept {
        order: WipeOrder {
            device: row.get("device_id")?,
            ordered_at: row.get("ordered_at")?,
            signature: Signature(signature),
        },
        ordered_by: row.get("ordered_by")?,
        reason: row.get("reason")?,
        wiped_at: row.get("wiped_at")?,
    })
}
