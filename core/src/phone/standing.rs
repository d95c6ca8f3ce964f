//! How this device stands with the centre, as the server last said.

use super::store::Tx;
use super::store::setting::{self, Setting};
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::sync::frame::Beacon;
use crate::sync::order::DeviceStanding;

/// What the server has said of this device, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldStanding {
    /// How it stands.
    pub standing: DeviceStanding,
    /// When the server last said so, by its own clock.
    pub at: Moment,
}

impl Phone {
    /// What the server last said of this device; nothing before the first sync.
    ///
    /// # Errors
    /// When the store fails.
    pub fn told_standing(&self) -> Result<Option<ToldStanding>, PhoneError> {
        let reader = self.store.reader();
        let Some(standing) = setting::read(reader, Setting::Standing)? else { return Ok(None) };
        let beacon = setting::read(reader, Setting::Beacon)?;
        let beacon: Option<Beacon> = beacon.and_then(|bytes| minicbor::decode(&bytes).ok());
        let standing = minicbor::decode(&standing).ok();
        Ok(standing.zip(beacon).map(|(standing, beacon)| ToldStanding { standing, at: beacon.at }))
    }

    /// Whether the server has said that this device is revoked: for good, and what it still hands in is held.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_revoked(&self) -> Result<bool, PhoneError> {
        Ok(self.told_standing()?.is_some_and(|told| told.standing == DeviceStanding::Revoked))
    }

    /// Keeps what the server says; the beacon that is kept with it says when.
    pub(super) fn keep_standing(tx: &Tx<'_>, standing: DeviceStanding) -> Result<(), PhoneError> {
        let standing = minicbor::to_vec(standing).expect("encoding into memory cannot fail");
        setting::write(tx, Setting::Standing, &standing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::LogPosition;
    use crate::id::LogEpoch;
    use crate::phone::testing::{phone, server_key};

    #[test]
    fn the_phone_knows_what_the_server_last_said_of_it_and_when() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        assert_eq!(phone.told_standing().expect("readable"), None, "nobody has said anything yet");
        for (at, &standing) in (1..).zip(DeviceStanding::ALL) {
            let at = Moment::from_millis(at);
            let beacon = Beacon::sign(LogEpoch::from_bytes([4; 16]), LogPosition(1), at, &server_key());
            let beacon = minicbor::to_vec(beacon).expect("encodes");
            let kept = phone.store.write("testing", |tx| {
                setting::write(tx, Setting::Beacon, &beacon)?;
                Phone::keep_standing(tx, standing)
            });
            kept.expect("stored");
            assert_eq!(phone.told_standing().expect("readable"), Some(ToldStanding { standing, at }));
            assert_eq!(phone.is_revoked().expect("readable"), standing == DeviceStanding::Revoked);
        }
    }
}
