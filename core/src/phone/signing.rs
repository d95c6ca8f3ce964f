//! Who signs for this phone: its secure hardware where it has some, or the key that is made of its secret.

use super::profile::KeyStoreError;
use super::store::setting::{self, Setting};
use super::store::{frame, item};
use super::{Phone, PhoneError};
use crate::signature::{Algorithm, DeviceKey, Signature};
use crate::sync::frame::Frame;
use crate::sync::wire::{FrameBytes, SyncResponse};

impl Phone {
    /// Asks that what waits to be signed can be.
    ///
    /// # Errors
    /// [`PhoneError::OtherKey`] when something waits that only the key of the enrolment could sign.
    pub fn check_key(&self) -> Result<(), PhoneError> {
        if item::any_draft(self.store.reader())? { self.must_be_known(self.device_key()) } else { Ok(()) }
    }

    /// Whether another key signs now than that of the enrolment.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_other_key(&self) -> Result<bool, PhoneError> {
        match self.must_be_known(self.device_key()) {
            Ok(()) => Ok(false),
            Err(PhoneError::OtherKey) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether something waits to be signed, and can be.
    pub(super) fn may_cut(&self) -> Result<bool, PhoneError> {
        Ok(item::any_draft(self.store.reader())? && self.must_be_known(self.device_key()).is_ok())
    }

    /// Signs for the device.
    ///
    /// What another key than that of the enrolment has signed would never be taken, and could not be signed again:
    /// a frame is cut once.
    ///
    /// # Errors
    /// [`PhoneError::OtherKey`], and whatever the secure hardware says.
    pub(super) fn sign(&self, digest: &[u8; 32]) -> Result<Signature, PhoneError> {
        let key = self.device_key();
        self.must_be_known(key)?;
        let Some(signer) = self.keys.signer() else { return Ok(self.key.sign(digest)) };
        let signature = signer.sign(digest).map_err(|reason| KeyStoreError { reason })?;
        // Hardware may have made itself another key since it was asked for its public one. That ends the sync: nobody knows
        // what it will sign with next.
        key.verify(digest, &signature).map_err(|_| PhoneError::OtherKey)?;
        Ok(signature)
    }

    /// How it signs.
    pub(super) fn signs_with(&self) -> Algorithm {
        self.device_key().algorithm()
    }

    /// Cuts frames out of whatever waits to be signed; of nothing, while another key signs than that of the enrolment.
    pub(super) fn cut_frames(&mut self) -> Result<(), PhoneError> {
        while self.may_cut()? {
            self.cut_frame()?;
        }
        Ok(())
    }

    /// Signs anew what another key had signed, once the server says that it does not take it; gives whether there was any.
    pub(super) fn sign_anew(&mut self) -> Result<bool, PhoneError> {
        let key = self.device_key();
        let first = self.waiting_frames()?.into_iter().next();
        let first = first.and_then(|FrameBytes(bytes)| Frame::from_bytes(&bytes).ok());
        if self.must_be_known(key).is_err() || first.is_none_or(|first| first.verify(&key).is_ok()) {
            return Ok(false);
        }
        self.begin_epoch()?;
        Ok(true)
    }

    /// Notes the key under which the server has taken a frame: it is that of the enrolment.
    pub(super) fn note_key(&mut self, response: &SyncResponse) -> Result<(), PhoneError> {
        let Some(answered) = response.verdicts.first() else { return Ok(()) };
        let (reader, key) = (self.store.reader(), self.device_key());
        if setting::is_set(reader, Setting::SignsWith)? {
            return Ok(());
        }
        let sent = frame::bytes(reader, self.epoch(), answered.number)?;
        let is_its =
            sent.and_then(|sent| Frame::from_bytes(&sent).ok()).is_some_and(|sent| sent.verify(&key).is_ok());
        if !is_its {
            return Ok(());
        }
        self.store.write("noting the key", |tx| setting::write(tx, Setting::SignsWith, &noted(key)))
    }

    /// The key that signs now.
    fn device_key(&self) -> DeviceKey {
        self.keys.signer().map_or_else(|| DeviceKey::Ed25519(self.key.public()), |signer| signer.public())
    }

    fn must_be_known(&self, key: DeviceKey) -> Result<(), PhoneError> {
        let kept = self.secrets.get().enrolled_with.clone();
        let noted = kept
            .map_or_else(|| setting::read(self.store.reader(), Setting::SignsWith), |kept| Ok(Some(kept)))?;
        let noted = noted.as_deref().and_then(<[u8]>::split_first);
        let known = noted.and_then(|(algorithm, bytes)| DeviceKey::from_parts(*algorithm, bytes));
        if known.is_none_or(|known| known == key) { Ok(()) } else { Err(PhoneError::OtherKey) }
    }
}

/// A key as it is noted: its algorithm's byte, then its own.
pub(super) fn noted(key: DeviceKey) -> Vec<u8> {
    [&[key.algorithm() as u8][..], key.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Secrets;
    use crate::phone::testing::{phone, phone_with};
    use crate::signature::SecretKey;

    #[test]
    fn a_phone_says_that_another_key_signs_before_anything_waits_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!phone(folder.path()).is_other_key().expect("readable"));
        let folder = tempfile::tempdir().expect("a folder");
        let lost = DeviceKey::Ed25519(SecretKey::from_seed(&[9; 32]).public());
        let mut phone = phone_with(folder.path(), Secrets::fresh([7; 32]).of_key(lost));
        assert!(phone.is_other_key().expect("readable"));
        assert!(phone.check_key().is_ok(), "nothing waits to be signed");
        phone.start_unassigned("attendance").expect("it is written all the same");
        assert!(matches!(phone.check_key(), Err(PhoneError::OtherKey)));
    }
}
