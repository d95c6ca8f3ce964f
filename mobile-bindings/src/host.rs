//! What only the app can do: keep secrets, and reach the network.

use std::sync::{Arc, Mutex, PoisonError};

use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::{Entropy, Minter};
use tingfang_core::phone::{self, KeyStoreError, Secrets};

use crate::error::TingfangError;

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

    /// Keeps the value in place of the one before. It must be durable when this returns.
    fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError>;
}

/// How the app reaches the server.
#[uniffi::export(foreign)]
pub trait Transport: Send + Sync {
    /// Posts the request to the phone's `sync_endpoint()`, with its content type and the device
    /// token as bearer token, and gives back the body of the answer with status 200.
    ///
    /// Throw `Offline` when there is no connection and for the statuses 429 and 503, `TokenRefused`
    /// for 401, `Server` for every other. Nothing is lost by throwing: the next sync goes on.
    fn exchange(&self, request: Vec<u8>) -> Result<Vec<u8>, TingfangError>;
}

/// The core's key store over the app's.
pub(crate) struct HostKeys {
    host: Arc<dyn KeyStore>,
    /// What the app threw last: the core's own error carries only a text.
    thrown: Mutex<Option<TingfangError>>,
}

impl HostKeys {
    pub(crate) fn new(host: Arc<dyn KeyStore>) -> Self {
        Self { host, thrown: Mutex::new(None) }
    }

    /// The app's own error, when it was the key store that failed.
    pub(crate) fn take_thrown(&self) -> Option<TingfangError> {
        self.thrown.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn failed(&self, error: TingfangError) -> KeyStoreError {
        let reason = error.to_string();
        *self.thrown.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        KeyStoreError { reason }
    }
}

impl phone::KeyStore for HostKeys {
    fn load(&self) -> Result<Secrets, KeyStoreError> {
        let bytes = self.host.load().map_err(|error| self.failed(error))?;
        // Of a phone that was wiped nothing is kept.
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| KeyStoreError { reason: "there are none".to_owned() })?;
        read_secrets(&bytes).ok_or_else(|| KeyStoreError { reason: "they are damaged".to_owned() })
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        self.host.save(write_secrets(secrets)).map_err(|error| self.failed(error))
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        self.host.save(Vec::new()).map_err(|error| self.failed(error))
    }
}

/// The first byte of kept secrets; another form gets another number.
const SECRETS_FORM: u8 = 2;

/// The kept form: its number, and the bytes of the secrets.
pub(crate) fn write_secrets(secrets: &Secrets) -> Vec<u8> {
    let mut bytes = vec![SECRETS_FORM];
    bytes.extend(secrets.to_bytes());
    bytes
}

fn read_secrets(bytes: &[u8]) -> Option<Secrets> {
    let (form, rest) = bytes.split_first()?;
    if *form == SECRETS_FORM { Secrets::from_bytes(rest) } else { None }
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
    fn secrets_are_read_as_they_were_kept() {
        let secrets = Secrets { epoch: 3, last_frame: 900, ..Secrets::fresh([7; 32]) };
        let bytes = write_secrets(&secrets);
        assert_eq!(read_secrets(&bytes), Some(secrets));
        assert_eq!(read_secrets(&bytes[1..]), None);
        assert_eq!(read_secrets(&[&bytes[..], &[0]].concat()), None);
    }
}
