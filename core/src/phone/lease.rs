//! The lease of a phone: after so many days without the server it locks, and keeps everything. A sync
//! opens it again.

use super::store::setting::{self, Setting};
use super::{Phone, PhoneError};
use crate::clock::{DAY_MS, Moment};
use crate::sync::frame::Beacon;
use crate::sync::order::Terms;

impl Phone {
    /// Until when the phone may be used without the server; nothing before the first sync, and where the
    /// centre has set no lease.
    ///
    /// # Errors
    /// When the store fails.
    pub fn leased_until(&self) -> Result<Option<Moment>, PhoneError> {
        let reader = self.store.reader();
        let terms = setting::read(reader, Setting::Terms)?;
        let terms: Option<Terms> = terms.and_then(|bytes| minicbor::decode(&bytes).ok());
        let Some(days) = terms.map(|terms| terms.lease_days).filter(|days| *days > 0) else {
            return Ok(None);
        };
        let beacon = setting::read(reader, Setting::Beacon)?;
        let beacon: Option<Beacon> = beacon.and_then(|bytes| minicbor::decode(&bytes).ok());
        Ok(beacon.map(|beacon| beacon.at.plus_millis(i64::from(days) * DAY_MS)))
    }

    /// Asks that the lease is not over. Synchronising and handing in are never locked.
    pub(super) fn check_lease(&self) -> Result<(), PhoneError> {
        match self.leased_until()? {
            Some(until) if self.newest_time()? > until => Err(PhoneError::LeaseOver { until }),
            _ => Ok(()),
        }
    }

    /// The latest time that this phone has known: who puts its clock back wins no days.
    fn newest_time(&self) -> Result<Moment, PhoneError> {
        let seen = setting::read(self.store.reader(), Setting::NewestTime)?;
        let seen = seen.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        let seen = seen.map(|bytes| Moment::from_millis(i64::from_le_bytes(bytes)));
        Ok(seen.map_or_else(|| self.now(), |seen| seen.max(self.now())))
    }

    /// Notes the time, when the phone opens.
    pub(super) fn note_time(&mut self) -> Result<(), PhoneError> {
        let newest = self.newest_time()?.as_millis().to_le_bytes();
        self.store.write("noting the time", |tx| setting::write(tx, Setting::NewestTime, &newest))
    }

    /// Forgets what the phone's own clock has said, because the server has told the time.
    pub(super) fn trust_time(tx: &super::store::Tx<'_>, at: Moment) -> Result<(), PhoneError> {
        setting::write(tx, Setting::NewestTime, &at.as_millis().to_le_bytes())
    }
}
