//! Who signs for this phone: its secure hardware where it has some, or the key that is made of its secret.

use super::profile::{KeyStore, KeyStoreError};
use super::store::Store;
use super::store::setting::{self, Setting};
use super::{Phone, PhoneError};
use crate::signature::{Algorithm, DeviceKey, SecretKey, Signature};

impl Phone {
    /// Signs for the device.
    ///
    /// What another key than that of the enrolment has signed would never be taken, and could not be signed again:
    /// a frame is cut once.
    ///
    /// # Errors
    /// [`PhoneError::OtherKey`], and whatever the secure hardware says.
    pub(super) fn sign(&self, digest: &[u8; 32]) -> Result<Signature, PhoneError> {
        if self.enrolled_with != device_key(&self.key, self.keys.as_ref()) {
            return Err(PhoneError::OtherKey);
        }
        match self.keys.signer() {
            Some(signer) => Ok(signer.sign(digest).map_err(|reason| KeyStoreError { reason })?),
            None => Ok(self.key.sign(digest)),
        }
    }

    /// How it signs.
    pub(super) fn signs_with(&self) -> Algorithm {
        self.enrolled_with.algorithm()
    }
}

/// The key that signs now.
fn device_key(key: &SecretKey, keys: &dyn KeyStore) -> DeviceKey {
    keys.signer().map_or_else(|| DeviceKey::Ed25519(key.public()), |signer| signer.public())
}

/// The key with which this phone was enrolled: the store notes the one of the day on which it is made.
pub(super) fn enrolled_with(
    store: &mut Store,
    key: &SecretKey,
    keys: &dyn KeyStore,
) -> Result<DeviceKey, PhoneError> {
    if let Some(noted) = setting::read(store.reader(), Setting::SignsWith)? {
        let noted =
            noted.split_first().and_then(|(algorithm, bytes)| DeviceKey::from_parts(*algorithm, bytes));
        return noted.ok_or_else(|| PhoneError::Damaged { reason: "the key of the enrolment".to_owned() });
    }
    let now = device_key(key, keys);
    let bytes = [&[now.algorithm() as u8][..], now.as_bytes()].concat();
    store.write("noting the key", |tx| setting::write(tx, Setting::SignsWith, &bytes))?;
    Ok(now)
}
