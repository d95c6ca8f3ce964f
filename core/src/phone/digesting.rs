//! Holding what is on the phone against what the server says there is: once a day, and when somebody asks.
//! A store that was damaged, or has lost something by a mistake of ours, is repaired by reading anew; what
//! was written here and is not on the server is not touched by that.

use super::store::setting::{self, Setting};
use super::store::{Tx, change, frame, item, server_row};
use super::{Phone, PhoneError};
use crate::clock::{DAY_MS, Moment};
use crate::sync::scope_digest::ScopeDigest;

impl Phone {
    /// Asks that the next sync holds everything on this phone against the server, though it was done today.
    ///
    /// # Errors
    /// When the store fails.
    pub fn check_everything(&mut self) -> Result<(), PhoneError> {
        self.store.write("asking for a check", |tx| setting::forget(tx, Setting::ComparedAt))
    }

    /// When something on this phone was last found to be damaged or missing, and read anew.
    ///
    /// # Errors
    /// When the store fails.
    pub fn repaired_at(&self) -> Result<Option<Moment>, PhoneError> {
        self.moment_in(Setting::RepairedAt)
    }

    fn moment_in(&self, setting: Setting) -> Result<Option<Moment>, PhoneError> {
        let kept = setting::read(self.store.reader(), setting)?;
        let kept = kept.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        Ok(kept.map(|bytes| Moment::from_millis(i64::from_le_bytes(bytes))))
    }

    /// The digest of what the phone has from the server, when it is time to compare: all was read, nothing
    /// is on its way, and it was not compared today.
    pub(super) fn digest_to_compare(&self) -> Result<Option<ScopeDigest>, PhoneError> {
        let reader = self.store.reader();
        let is_resting = setting::is_set(reader, Setting::Cursor)?
            && !setting::is_set(reader, Setting::Page)?
            && !setting::is_set(reader, Setting::Recovering)?
            && !item::any_draft(reader)?
            && !frame::any_waits(reader)?
            && !change::any_unconfirmed(reader)?;
        let compared = self.moment_in(Setting::ComparedAt)?;
        if !is_resting || compared.is_some_and(|at| self.now() < at.plus_millis(DAY_MS)) {
            return Ok(None);
        }
        let mut digest = ScopeDigest::default();
        change::for_each_accepted(reader, |hash, bytes| {
            // What counts is what the bytes are, not what is said of them.
            if let Some(found) = crate::sync::gate::claimed_hash(bytes).filter(|found| *found == hash) {
                digest.add_change(found);
            }
        })?;
        server_row::for_each(reader, |kind, key, body| digest.add_row(kind, key, body))?;
        Ok(Some(digest))
    }

    /// What the server says to the digest.
    pub(super) fn take_comparison(tx: &Tx<'_>, now: Moment, differs: bool) -> Result<(), PhoneError> {
        let at = now.as_millis().to_le_bytes();
        setting::write(tx, Setting::ComparedAt, &at)?;
        if !differs {
            return Ok(());
        }
        // What is here and not what it should be goes; everything that the server has comes again, one's
        // own work too.
        change::remove_damaged(tx)?;
        server_row::doubt_all(tx)?;
        setting::write(tx, Setting::RepairedAt, &at)?;
        // All that it has sent is answered: none of it is sent again.
        setting::set_repairing(tx, 0)?;
        setting::forget(tx, Setting::Cursor)?;
        setting::forget(tx, Setting::Page)
    }
}
