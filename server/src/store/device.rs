//! Devices: installations of the phone app with their keys, tokens and states.

use std::collections::BTreeSet;

use tingfang_core::clock::Moment;
use tingfang_core::codes;
use tingfang_core::id::{DeviceId, OrganisationId, PersonId};
use tingfang_core::people::Enrolment;
use tingfang_core::signature::{DeviceKey, PublicKey, Signature, digest};

use super::filter::Filter;
use super::server_key;
use crate::db::{DbError, Row, Tx};
use crate::params;

codes! {
    /// What has become of a device (DESIGN section 6).
    DeviceState as "device_state" {
        Active = "active",
        HeldByCourt = "held_by_court",
        Lost = "lost",
        /// It has signed what contradicts itself: somebody may have copied it. The server sets it, and a
        /// person ends it.
        Frozen = "frozen",
        Revoked = "revoked",
    }
}

/// An installation of the phone app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// What they call it.
    pub name: String,
    /// The algorithm byte of its key; 1 is Ed25519.
    pub algorithm: u8,
    /// Its public key.
    pub public_key: Vec<u8>,
    /// The newest epoch that it has reported since it was last set active; a restored phone begins a new one.
    pub epoch: u32,
    /// What has become of it.
    pub state: DeviceState,
    /// When it was enrolled.
    pub enrolled_at: Moment,
    /// Who issued the code.
    pub enrolled_by: Option<PersonId>,
    /// When it last came by.
    pub last_seen_at: Option<Moment>,
}

impl Device {
    /// The key that it signs with; nothing for bytes that are none.
    pub fn key(&self) -> Option<DeviceKey> {
        DeviceKey::from_parts(self.algorithm, &self.public_key)
    }

    /// Whose it is, as the server signs it.
    pub fn enrolment(&self) -> Enrolment {
        Enrolment {
            device: self.id,
            person: self.person,
            name: self.name.clone(),
            algorithm: self.algorithm,
            public_key: self.public_key.clone(),
            enrolled_at: self.enrolled_at,
            enrolled_by: self.enrolled_by,
        }
    }
}

/// The server's word on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The device.
    pub device: Device,
    /// When its state changed.
    pub state_changed_at: Moment,
    /// The server's signature over its enrolment.
    pub enrolment_signature: Vec<u8>,
    state_signature: Vec<u8>,
}

impl Vouched {
    /// Whether one of the server's keys signed whose the device is: person, key, name, and when and by
    /// whom it was enrolled. Epoch and last visit move with every visit and are not vouched for.
    pub fn is_enrolled(&self, server_keys: &[[u8; 32]]) -> bool {
        is_signed(&self.device.enrolment().digest(), &self.enrolment_signature, server_keys)
    }

    /// Whether one of the server's keys signed what has become of it.
    pub fn is_in_state(&self, server_keys: &[[u8; 32]]) -> bool {
        let signed = state(self.device.id, self.device.state, self.state_changed_at);
        is_signed(&signed, &self.state_signature, server_keys)
    }
}

fn is_signed(signed: &[u8; 32], signature: &[u8], server_keys: &[[u8; 32]]) -> bool {
    let Ok(signature) = <[u8; 64]>::try_from(signature) else { return false };
    server_keys.iter().any(|key| PublicKey(*key).verify(signed, &Signature(signature)).is_ok())
}

fn state(id: DeviceId, state: DeviceState, changed_at: Moment) -> [u8; 32] {
    let parts: [&[u8]; 3] = [id.as_bytes(), state.code().as_bytes(), &changed_at.as_millis().to_le_bytes()];
    digest("tingfang-device-state/1", &parts)
}

const SELECT: &str = "select device_id, person_id, name, algorithm, public_key, epoch, state, enrolled_at,
    enrolled_by, last_seen_at from device";

/// Adds a device; the server signs whose it is.
pub fn insert(tx: &Tx, device: &Device) -> Result<(), DbError> {
    let key = server_key::signer(tx)?;
    let enrolled = key.sign(&device.enrolment().digest());
    let in_state = key.sign(&state(device.id, device.state, device.enrolled_at));
    tx.execute(
        "insert into device (device_id, person_id, name, algorithm, public_key, epoch, state, state_changed_at,
             enrolled_at, enrolled_by, enrolment_signature, state_signature)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11)",
        params![
            device.id,
            device.person,
            &device.name,
            device.algorithm,
            &device.public_key,
            device.epoch,
            device.state.code(),
            device.enrolled_at,
            device.enrolled_by,
            &enrolled.0[..],
            &in_state.0[..],
        ],
    )?;
    Ok(())
}

/// Every device with the server's word on it, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Vouched) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{} order by device_id", select_vouched()), &[], |row| each(read_vouched(row)?))
}

/// The device with the server's word on it.
pub fn vouched(tx: &Tx, id: DeviceId) -> Result<Option<Vouched>, DbError> {
    let sql = format!("{} where device_id = ?1", select_vouched());
    tx.query_one(&sql, params![id], read_vouched)
}

/// The device with this id.
pub fn find(tx: &Tx, id: DeviceId) -> Result<Option<Device>, DbError> {
    tx.query_one(&format!("{SELECT} where device_id = ?1"), params![id], read)
}

/// The device with this token, revoked ones included: what a revoked device still sends is held,
/// never lost.
pub fn by_token(tx: &Tx, token_hash: &[u8; 32]) -> Result<Option<Device>, DbError> {
    tx.query_one(
        &format!(
            "{SELECT} where device_id =
                 (select device_id from device_token where token_hash = ?1 and revoked_at is null)"
        ),
        params![token_hash],
        read,
    )
}

/// Gives the device a token.
pub fn add_token(tx: &Tx, device: DeviceId, token_hash: &[u8; 32], now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into device_token (token_hash, device_id, created_at) values (?1, ?2, ?3)",
        params![token_hash, device, now],
    )?;
    Ok(())
}

/// Changes the state, which the server signs. False when there is no such device.
pub fn set_state(tx: &Tx, id: DeviceId, to: DeviceState, now: Moment) -> Result<bool, DbError> {
    let signature = server_key::signer(tx)?.sign(&state(id, to, now));
    // Which of two copies goes on after somebody has looked, the next visit tells.
    let changed = tx.execute(
        "update device set state = ?2, state_changed_at = ?3, state_signature = ?4,
             epoch = case when ?2 = ?5 then 0 else epoch end
         where device_id = ?1",
        params![id, to.code(), now, &signature.0[..], DeviceState::Active.code()],
    )?;
    Ok(changed > 0)
}

/// Notes that the device came by, with the epoch that it reported. What is known of its epoch never goes back.
pub fn seen(tx: &Tx, id: DeviceId, epoch: u32, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "update device set last_seen_at = ?2, epoch = case when epoch < ?3 then ?3 else epoch end
         where device_id = ?1",
        params![id, now, epoch],
    )?;
    Ok(())
}

/// The devices that are frozen of people who work in one of these organisations, the last one first.
pub fn frozen(
    tx: &Tx,
    places: &BTreeSet<OrganisationId>,
    limit: u32,
) -> Result<Vec<(Device, Moment)>, DbError> {
    let mut filter = Filter::default();
    filter.equals("state", Some(DeviceState::Frozen.code()));
    super::person::within(&mut filter, "device.person_id", places);
    let select = SELECT.replace(" from device", ", state_changed_at from device");
    tx.query(&filter.select(&select, "state_changed_at desc, device_id", limit), filter.values(), |row| {
        Ok((read(row)?, row.get("state_changed_at")?))
    })
}

/// One page of devices, in the order of their enrolment.
pub fn page(
    tx: &Tx,
    person: Option<PersonId>,
    reach: Option<&BTreeSet<OrganisationId>>,
    after: Option<&(Moment, DeviceId)>,
    limit: u32,
) -> Result<Vec<Device>, DbError> {
    let mut filter = Filter::default();
    filter.equals("person_id", person);
    if let Some(reach) = reach {
        super::person::within(&mut filter, "device.person_id", reach);
    }
    filter.after("enrolled_at", "device_id", after.map(|(at, id)| ((*at).into(), (*id).into())));
    tx.query(&filter.select(SELECT, "enrolled_at, device_id", limit), filter.values(), read)
}

fn read(row: &Row) -> Result<Device, DbError> {
    Ok(Device {
        id: row.get("device_id")?,
        person: row.get("person_id")?,
        name: row.get("name")?,
        algorithm: row.get("algorithm")?,
        public_key: row.get("public_key")?,
        epoch: row.get("epoch")?,
        state: row.code("state", DeviceState::from_code)?,
        enrolled_at: row.get("enrolled_at")?,
        enrolled_by: row.get("enrolled_by")?,
        last_seen_at: row.get("last_seen_at")?,
    })
}

fn select_vouched() -> String {
    SELECT.replace(" from device", ", state_changed_at, enrolment_signature, state_signature from device")
}

fn read_vouched(row: &Row) -> Result<Vouched, DbError> {
    Ok(Vouched {
        device: read(row)?,
        state_changed_at: row.get("state_changed_at")?,
        enrolment_signature: row.get("enrolment_signature")?,
        state_signature: row.get("state_signature")?,
    })
}
