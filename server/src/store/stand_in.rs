//! Devices of the server's own that have written anew what a phone that is gone had written.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::signature::{PublicKey, Signature, digest};

use super::server_key;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A stand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// The device of the server's own.
    pub device: DeviceId,
    /// The phone that it stands for.
    pub stands_for: DeviceId,
    /// The record.
    pub document: DocumentId,
    /// Who ordered it.
    pub ordered_by: PersonId,
    /// When.
    pub ordered_at: Moment,
    /// Why.
    pub reason: String,
}

/// A stand-in with the server's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The stand-in.
    pub stand_in: StandIn,
    signature: Vec<u8>,
}

impl StandIn {
    fn digest(&self) -> [u8; 32] {
        let parts: [&[u8]; 6] = [
            self.device.as_bytes(),
            self.stands_for.as_bytes(),
            self.document.as_bytes(),
            self.ordered_by.as_bytes(),
            &self.ordered_at.as_millis().to_le_bytes(),
            self.reason.as_bytes(),
        ];
        digest("tingfang-stand-in/1", &parts)
    }
}

impl Kept {
    /// Whether one of the server's keys signed it.
    pub fn is_signed(&self, server_keys: &[[u8; 32]]) -> bool {
        let Ok(signature) = <[u8; 64]>::try_from(self.signature.as_slice()) else { return false };
        let signed = self.stand_in.digest();
        server_keys.iter().any(|key| PublicKey(*key).verify(&signed, &Signature(signature)).is_ok())
    }
}

const SELECT: &str =
    "select device_id, stands_for_id, document_id, ordered_by, ordered_at, reason, signature from stand_in";

/// Adds a stand-in; the server signs.
pub fn insert(tx: &Tx, stand_in: &StandIn) -> Result<(), DbError> {
    let signature = server_key::signer(tx)?.sign(&stand_in.digest());
    tx.execute(
        "insert into stand_in (device_id, stands_for_id, document_id, ordered_by, ordered_at, reason, signature)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            stand_in.device,
            stand_in.stands_for,
            stand_in.document,
            stand_in.ordered_by,
            stand_in.ordered_at,
            &stand_in.reason,
            &signature.0[..]
        ],
    )?;
    Ok(())
}

/// The stand-in that a device is.
pub fn find(tx: &Tx, device: DeviceId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where device_id = ?1"), params![device], read)
}

/// The device that somebody writes for: the phone that a stand-in stands for, or itself.
pub fn stands_for(tx: &Tx, device: DeviceId) -> Result<DeviceId, DbError> {
    Ok(find(tx, device)?.map_or(device, |kept| kept.stand_in.stands_for))
}

/// The devices that stand for a phone, and the phone itself.
pub fn family(tx: &Tx, device: DeviceId) -> Result<Vec<DeviceId>, DbError> {
    let sql = "select device_id from stand_in where stands_for_id = ?1 order by device_id";
    let mut family = tx.query(sql, params![device], |row| row.get("device_id"))?;
    family.push(device);
    Ok(family)
}

/// All of them, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by device_id"), &[], |row| each(read(row)?))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        stand_in: StandIn {
            device: row.get("device_id")?,
            stands_for: row.get("stands_for_id")?,
            document: row.get("document_id")?,
            ordered_by: row.get("ordered_by")?,
            ordered_at: row.get("ordered_at")?,
            reason: row.get("reason")?,
        },
        signature: row.get("signature")?,
    })
}
