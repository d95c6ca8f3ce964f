//! 我的 the phone itself: its PIN, its lease, its orders, and what it holds.

use std::path::Path;

use super::Tingfang;
use super::files::written_anew;
use crate::error::TingfangError;
use crate::model::device::{DeviceStatus, Rescued, Storage};
use crate::model::record::ErasedRecord;

#[uniffi::export]
impl Tingfang {
    /// How the phone itself stands: PIN, lease, orders, court room.
    pub fn device_status(&self) -> Result<DeviceStatus, TingfangError> {
        self.read(|phone| {
            Ok(DeviceStatus {
                has_pin: phone.has_pin(),
                leased_until: phone.leased_until()?,
                wipe_ordered_at: phone.wipe_ordered_at()?,
                is_other_key: phone.is_other_key()?,
                told: phone.told_standing()?,
                court_room: phone.court_room()?.map(Into::into),
                epoch: phone.epoch(),
                policy_version: phone.policy_version(),
                repaired_at: phone.repaired_at()?,
            })
        })
    }

    /// Gives the phone a PIN of at least six signs, or another one. Not for the main thread.
    pub fn set_pin(&self, pin: String) -> Result<(), TingfangError> {
        self.with(|phone| phone.set_pin(&pin))
    }

    /// Takes the PIN away.
    pub fn take_pin_away(&self) -> Result<(), TingfangError> {
        self.with(|phone| phone.take_pin_away())
    }

    /// The records that the centre had erased, of those that this person had or wrote, the first order first: so that
    /// nobody looks for them.
    pub fn erased_records(&self) -> Result<Vec<ErasedRecord>, TingfangError> {
        self.read(|phone| Ok(phone.erased_records()?.into_iter().map(Into::into).collect()))
    }

    /// What the phone holds, in bytes.
    pub fn storage(&self) -> Result<Storage, TingfangError> {
        self.read(|phone| phone.storage()).map(Storage::from)
    }

    /// Writes everything that the server does not have into a fresh file, for a phone that cannot reach it: the
    /// centre takes it in. Nothing changes on the phone. Not for the main thread.
    ///
    /// Throws `BadArgument` when something is at the path already, and `Store` when the disk fails or is full; then
    /// nothing is left at the path.
    pub fn export_for_rescue(&self, path: String) -> Result<Rescued, TingfangError> {
        written_anew(Path::new(&path), |file| self.with(|phone| phone.export_for_rescue(file)))
            .map(Rescued::from)
    }

    /// What happened since the app opened the phone, for a report of a problem: codes, counts and times, nothing
    /// that anybody wrote and nobody's name.
    pub fn diagnostics(&self) -> String {
        self.diagnostics.text()
    }
}
