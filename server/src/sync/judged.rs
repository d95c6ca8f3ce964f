//! A frame with its items judged: everything that judging needs is read in one consistent state, and the
//! judging itself happens outside of any transaction.

use std::sync::Arc;
use std::time::Instant;

use tingfang_core::clock::LogPosition;
use tingfang_core::id::PersonId;
use tingfang_core::signature::DeviceKey;
use tingfang_core::sync::frame::Item;

use super::SyncDoor;
use super::facts::Writer;
use super::grounds::Grounds;
use super::judging::{Decision, Judge};
use super::working::{Origin, WorkingSet};
use crate::db::{DbError, Tx};
use crate::log;
use crate::policies::{KnownPolicies, Policies};
use crate::store::device::DeviceState;
use crate::store::{device, frame, role_grant};

/// A frame with its items judged.
pub(super) struct Judged {
    pub(super) person: PersonId,
    pub(super) device_is_active: bool,
    pub(super) rights: u64,
    pub(super) policy_version: u32,
    pub(super) decisions: Vec<Decision>,
    pub(super) set: WorkingSet,
    /// On what grounds items were judged that waited.
    pub(super) grounds: Option<Grounds>,
}

/// What judging a frame needs, read in one consistent state.
struct Prepared {
    writer: Writer,
    device_key: DeviceKey,
    device_is_active: bool,
    now: LogPosition,
    rights: u64,
    policies: Arc<Policies>,
    set: WorkingSet,
}

fn prepare(
    tx: &Tx,
    known: &KnownPolicies,
    kept: &frame::Kept,
    items: &[Item],
    grounds: Option<&Grounds>,
) -> Result<Prepared, DbError> {
    let sender = device::find(tx, kept.device)?
        .ok_or_else(|| DbError::Damaged("a frame of an unknown device".to_owned()))?;
    let writer = Writer::read(tx, sender.person)?;
    let device_key = sender.key().ok_or_else(|| DbError::Damaged("a device key is none".to_owned()))?;
    Ok(Prepared {
        device_key,
        device_is_active: sender.state == DeviceState::Active,
        now: log::head(tx)?.0,
        rights: role_grant::rights_position(tx, sender.person)?,
        policies: known.read(tx)?,
        set: WorkingSet::read(tx, &writer, items, grounds.and_then(Grounds::link), kept)?,
        writer,
    })
}

impl SyncDoor {
    /// Reads what judging needs, and judges outside of the transaction. `known_policy` is the version that the
    /// frame names.
    pub(super) fn judge_frame(
        &self,
        kept: &frame::Kept,
        known_policy: u32,
        items: &[Item],
        grounds: Option<Grounds>,
    ) -> Result<Judged, DbError> {
        let mut prepared = self.db.read(|tx| prepare(tx, &self.policies, kept, items, grounds.as_ref()))?;
        let judge = Judge {
            tenant: self.tenant,
            policy_then: prepared.policies.then(known_policy, kept.beacon_position),
            policy_now: prepared.policies.now(),
            writer: &prepared.writer,
            device_key: prepared.device_key,
            device_is_active: prepared.device_is_active,
            origin: Origin { device: kept.device, epoch: kept.epoch },
            grounds: grounds.as_ref(),
            then: kept.beacon_position,
            now: prepared.now,
        };
        let begun = Instant::now();
        let decisions = judge.judge_all(&mut prepared.set, items);
        self.metrics.judging_took(begun.elapsed());
        Ok(Judged {
            person: prepared.writer.person,
            device_is_active: prepared.device_is_active,
            rights: prepared.rights,
            policy_version: prepared.policies.now().version,
            decisions,
            set: prepared.set,
            grounds,
        })
    }
}
