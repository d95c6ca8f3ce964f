//! Where the platform keeps this phone's secrets, and the core's key store over it.

use std::sync::{Arc, Mutex, PoisonError};

use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::{Entropy, Minter};
use tingfang_core::phone::{self, KeyStoreError, Secrets};
use tingfang_core::signature::{DeviceKey, DeviceSigner};

use crate::error::TingfangError;
use crate::hardware_key::{HardwareKey, HardwareSigner};

/// Where the platform keeps this phone's secrets: the key chain, or a file encrypted under the
/// platform's key store. One value, written as a whole and durably; never part of a backup.
///
/// It is called while the phone is busy, so an implementation must not call the phone. What it throws
/// must be an exception that the language's own handlers catch: Python's `KeyboardInterrupt` passes
/// the boundary unseen, and a call that it ends counts as done.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// The value that was kept last; nothing when there has been none.
    fn load(&self) -> Result<Option<Vec<u8>>, TingfangError>;

    /// Keeps the value in place of the one before. It must be durable when this returns. An empty value means:
    /// forget it.
    fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError>;
}

/// The core's key store over the app's. What is kept is the secrets and the device's token in one value.
pub(crate) struct HostKeys {
    host: Arc<dyn KeyStore>,
    signer: Option<Arc<HardwareSigner>>,
    /// What the app threw last: the core's own error carries only a text.
    thrown: Mutex<Option<TingfangError>>,
    token: Mutex<String>,
}

impl HostKeys {
    /// Over an app's key store, with the key in secure hardware where there is one.
    pub(crate) fn new(
        host: Arc<dyn KeyStore>,
        hardware_key: Option<Arc<dyn HardwareKey>>,
    ) -> Result<Self, TingfangError> {
        let signer = hardware_key.map(HardwareSigner::new).transpose()?.map(Arc::new);
        Ok(Self { host, signer, thrown: Mutex::default(), token: Mutex::default() })
    }

    /// Asks that no phone is enrolled in this key store.
    pub(crate) fn must_be_fresh(&self) -> Result<(), TingfangError> {
        match self.host.load()? {
            Some(kept) if !kept.is_empty() => Err(TingfangError::AlreadyEnrolled),
            _ => Ok(()),
        }
    }

    /// The public key in secure hardware, where there is one.
    pub(crate) fn public_key(&self) -> Option<DeviceKey> {
        self.signer.as_ref().map(|signer| signer.public())
    }

    /// Keeps the secrets of a phone that was just enrolled.
    pub(crate) fn begin(&self, token: String, seed: [u8; 32]) -> Result<(), TingfangError> {
        self.must_be_fresh()?;
        self.host.save(write_kept(&token, &Secrets::fresh(seed)))
    }

    /// The device's token, once the secrets were read.
    pub(crate) fn token(&self) -> String {
        lock(&self.token).clone()
    }

    /// The app's own error, when it was the key store that failed.
    pub(crate) fn take_thrown(&self) -> Option<TingfangError> {
        lock(&self.thrown).take()
    }

    fn failed(&self, error: TingfangError) -> KeyStoreError {
        let reason = error.to_string();
        *lock(&self.thrown) = Some(error);
        KeyStoreError { reason }
    }
}

impl phone::KeyStore for HostKeys {
    fn load(&self) -> Result<Secrets, KeyStoreError> {
        let bytes = self.host.load().map_err(|error| self.failed(error))?;
        // Of a phone that was wiped nothing is kept.
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| KeyStoreError { reason: "there are none".to_owned() })?;
        let kept = read_kept(&bytes);
        let (token, secrets) = kept.ok_or_else(|| KeyStoreError { reason: "they are damaged".to_owned() })?;
        *lock(&self.token) = token;
        Ok(secrets)
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        self.host.save(write_kept(&self.token(), secrets)).map_err(|error| self.failed(error))
    }

    fn signer(&self) -> Option<Arc<dyn DeviceSigner>> {
        self.signer.clone().map(|signer| signer as Arc<dyn DeviceSigner>)
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        self.host.save(Vec::new()).map_err(|error| self.failed(error))
    }
}

fn lock<T>(held: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first byte of what is kept; another form gets another number.
const KEPT_FORM: u8 = 3;

/// The kept form: its number, the length of the token in two bytes, the token, and the bytes of the secrets.
fn write_kept(token: &str, secrets: &Secrets) -> Vec<u8> {
    let length = u16::try_from(token.len()).expect("a token is short");
    let mut bytes = vec![KEPT_FORM];
    bytes.extend(length.to_be_bytes());
    bytes.extend(token.as_bytes());
    bytes.extend(secrets.to_bytes());
    bytes
}

fn read_kept(bytes: &[u8]) -> Option<(String, Secrets)> {
    let (form, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (token, secrets) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let token = std::str::from_utf8(token).ok()?.to_owned();
    if *form == KEPT_FORM { Some((token, Secrets::from_bytes(secrets)?)) } else { None }
}

/// Makes ids and keys from the phone's own clock and randomness.
pub(crate) fn minter() -> Minter {
    Minter::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        crate::model::id::moment(std::time::SystemTime::now())
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("a phone without randomness cannot make keys; nothing may go on");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_token_are_read_as_they_were_kept() {
        let secrets = Secrets { epoch: 3, last_frame: 900, ..Secrets::fresh([7; 32]) };
        let bytes = write_kept("tf_d_x", &secrets);
        assert_eq!(read_kept(&bytes), Some(("tf_d_x".to_owned(), secrets)));
        for cut in 0..bytes.len() {
            assert_eq!(read_kept(&bytes[..cut]), None);
        }
        assert_eq!(read_kept(&[&bytes[..], &[0]].concat()), None);
    }
}
