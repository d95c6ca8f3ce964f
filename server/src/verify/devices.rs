//! Devices: whose each is, by the server's own signature from the day of its enrolment.

use std::collections::BTreeMap;

use tingfang_core::id::{DeviceId, PersonId};
use tingfang_core::signature::DeviceKey;

use super::Report;
use crate::db::{DbError, Tx};
use crate::store::{device, server_key, stand_in};

/// The devices as they were enrolled.
pub(super) struct Devices {
    devices: BTreeMap<DeviceId, (PersonId, Option<DeviceKey>)>,
    stand_ins: BTreeMap<DeviceId, DeviceId>,
}

impl Devices {
    /// Whose a device is; nothing for an unknown one.
    pub(super) fn person(&self, id: DeviceId) -> Option<PersonId> {
        self.devices.get(&id).map(|(person, _)| *person)
    }

    /// A device's key; nothing when it cannot be read.
    pub(super) fn key(&self, id: DeviceId) -> Option<DeviceKey> {
        self.devices.get(&id).and_then(|(_, key)| *key)
    }

    /// The phone that a device writes for: itself, unless it is a stand-in.
    pub(super) fn stands_for(&self, id: DeviceId) -> DeviceId {
        self.stand_ins.get(&id).copied().unwrap_or(id)
    }
}

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<Devices, DbError> {
    let server_keys = server_key::public_keys(tx)?;
    let mut devices = BTreeMap::new();
    device::for_each(tx, |vouched| {
        let known = &vouched.device;
        if !vouched.is_enrolled(&server_keys) {
            report.differs("device", known.id, "enrolment");
        }
        if !vouched.is_in_state(&server_keys) {
            report.differs("device", known.id, "state");
        }
        devices.insert(known.id, (known.person, known.key()));
        Ok(())
    })?;
    let mut stand_ins = BTreeMap::new();
    stand_in::for_each(tx, |kept| {
        let (id, stands_for) = (kept.stand_in.device, kept.stand_in.stands_for);
        let person = |id: &DeviceId| devices.get(id).map(|(person, _)| *person);
        if !kept.is_signed(&server_keys) || person(&id) != person(&stands_for) {
            report.differs("device", id, "stand_in");
        }
        stand_ins.insert(id, stands_for);
        Ok(())
    })?;
    Ok(Devices { devices, stand_ins })
}
