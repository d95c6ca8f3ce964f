//! Where the platform keeps this phone's secrets, and the core's key store over it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::{Entropy, Minter};
use tingfang_core::phone::{self, KeyStoreError, PhoneError, Secrets};
use tingfang_core::signature::{DeviceKey, DeviceSigner, SecretKey};

use crate::app_calls::{AppCalls, PATIENCE, Thrown};
use crate::error::TingfangError;
use crate::hardware_key::{HardwareKey, HardwareSigner};

/// Where the platform keeps this phone's secrets: the key chain, or a file encrypted under the
/// platform's key store. One value, written as a whole and durably; never part of a backup.
///
/// It is called on a thread of the library's own, one call at a time, while nobody else can write: an implementation
/// must not call the phone. Whoever waits gives up after a while (the key patience that `open` takes), and hears `Host`.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// The value that was kept last; nothing when there has been none. Throw `NoKeys` when there is one that nobody
    /// can ever read again, and anything else when it cannot be read now.
    fn load(&self) -> Result<Option<Vec<u8>>, TingfangError>;

    /// Keeps the value in place of the one before. It must be durable when this returns. An empty value means:
    /// forget it.
    fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError>;
}

/// The core's key store over the app's. What is kept is the secrets and the device's token in one value.
pub(crate) struct HostKeys {
    host: Arc<dyn KeyStore>,
    calls: Arc<AppCalls>,
    signer: Option<Arc<HardwareSigner>>,
    thrown: Arc<Thrown>,
    token: Mutex<String>,
}

impl HostKeys {
    /// Over an app's key store, with the key in secure hardware where there is one.
    pub(crate) fn new(
        host: Arc<dyn KeyStore>,
        hardware_key: Option<Arc<dyn HardwareKey>>,
        patience: Option<Duration>,
    ) -> Result<Self, TingfangError> {
        let calls = Arc::new(AppCalls::new(patience.unwrap_or(PATIENCE))?);
        let thrown = Arc::<Thrown>::default();
        let signer =
            hardware_key.map(|key| HardwareSigner::new(key, Arc::clone(&calls), Arc::clone(&thrown)));
        let signer = signer.transpose()?.map(Arc::new);
        Ok(Self { host, calls, signer, thrown, token: Mutex::default() })
    }

    /// What the app has kept; an empty value is nothing.
    fn read(&self) -> Result<Option<Vec<u8>>, TingfangError> {
        let host = Arc::clone(&self.host);
        let kept = self.calls.wait("key store", move || host.load())?;
        Ok(kept.filter(|kept| !kept.is_empty()))
    }

    fn keep(&self, kept: Vec<u8>) -> Result<(), TingfangError> {
        let host = Arc::clone(&self.host);
        self.calls.wait("key store", move || host.save(kept))
    }

    /// The seed of an enrolment with this code that was begun and has not had its answer; nothing when there is none,
    /// or when it was another code.
    ///
    /// Throws `AlreadyEnrolled` when the key store holds the secrets of an enrolled phone, or what nobody can read:
    /// neither may be written over.
    pub(crate) fn pending(&self, code: &str) -> Result<Option<[u8; 32]>, TingfangError> {
        let Some(kept) = self.read()? else { return Ok(None) };
        let (seed, begun_with) = read_pending(&kept).ok_or(TingfangError::AlreadyEnrolled)?;
        Ok((begun_with == code).then_some(seed))
    }

    /// The public key in secure hardware, where there is one.
    pub(crate) fn public_key(&self) -> Option<DeviceKey> {
        self.signer.as_ref().map(|signer| signer.public())
    }

    /// Keeps the seed of an enrolment before its code is sent. The server gives an answer that was lost once more, but
    /// only to the same key; and a key store that keeps nothing is found out while the code is still good.
    pub(crate) fn begin(&self, code: &str, seed: &[u8; 32]) -> Result<(), TingfangError> {
        self.keep(write_pending(code, seed))
    }

    /// Keeps the secrets of a phone that was just enrolled, in place of what `begin` kept.
    pub(crate) fn finish(&self, code: &str, token: &str, seed: [u8; 32]) -> Result<(), TingfangError> {
        // Another enrolment may have come to its end meanwhile: its secrets stay.
        self.pending(code)?;
        let key =
            self.public_key().unwrap_or_else(|| DeviceKey::Ed25519(SecretKey::from_seed(&seed).public()));
        self.keep(write_kept(token, &Secrets::fresh(seed).of_key(key)))
    }

    /// Forgets what `begin` kept, of a code that will never be answered.
    pub(crate) fn give_up(&self, code: &str) -> Result<(), TingfangError> {
        match self.pending(code)? {
            Some(_) => self.keep(Vec::new()),
            None => Ok(()),
        }
    }

    /// The device's token, once the secrets were read.
    pub(crate) fn token(&self) -> String {
        lock(&self.token).clone()
    }

    /// The core's error; the app's own, where it was the key store that failed.
    pub(crate) fn told(&self, error: PhoneError) -> TingfangError {
        match &error {
            PhoneError::KeyStore(_) => self.thrown.take().unwrap_or_else(|| error.into()),
            _ => error.into(),
        }
    }

    fn failed(&self, error: TingfangError) -> KeyStoreError {
        KeyStoreError { reason: self.thrown.keep(error) }
    }
}

impl phone::KeyStore for HostKeys {
    fn load(&self) -> Result<Option<Secrets>, KeyStoreError> {
        let bytes = match self.read() {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(lost @ TingfangError::NoKeys { .. }) => {
                // Whoever opens is told what the app says; the centre can give them back.
                self.thrown.keep(lost);
                return Ok(None);
            }
            Err(error) => return Err(self.failed(error)),
        };
        if read_pending(&bytes).is_some() {
            return Err(self.failed(TingfangError::EnrolmentUnfinished));
        }
        if bytes.first() != Some(&KEPT_FORM) {
            // It is not lost: a newer version of the app may have written it.
            let reason = "the key store holds a form that this version does not know".to_owned();
            return Err(KeyStoreError { reason });
        }
        // Nobody reads what is damaged.
        let Some((token, secrets)) = read_kept(&bytes) else { return Ok(None) };
        *lock(&self.token) = token;
        Ok(Some(secrets))
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        self.keep(write_kept(&self.token(), secrets)).map_err(|error| self.failed(error))
    }

    fn signer(&self) -> Option<Arc<dyn DeviceSigner>> {
        self.signer.clone().map(|signer| signer as Arc<dyn DeviceSigner>)
    }

    fn beside(&self) -> Vec<u8> {
        self.token().into_bytes()
    }

    fn put_back(&self, beside: &[u8]) -> Result<(), KeyStoreError> {
        let token =
            std::str::from_utf8(beside).map_err(|error| KeyStoreError { reason: error.to_string() })?;
        *lock(&self.token) = token.to_owned();
        Ok(())
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        self.keep(Vec::new()).map_err(|error| self.failed(error))
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

/// The first byte of what is kept while an enrolment has not had its answer.
const PENDING_FORM: u8 = 4;

/// The form of an enrolment that is under way: its number, the seed, and the code that it was begun with.
fn write_pending(code: &str, seed: &[u8; 32]) -> Vec<u8> {
    [&[PENDING_FORM][..], seed, code.as_bytes()].concat()
}

fn read_pending(bytes: &[u8]) -> Option<([u8; 32], String)> {
    let (form, rest) = bytes.split_first()?;
    let (seed, code) = rest.split_first_chunk()?;
    let code = std::str::from_utf8(code).ok()?.to_owned();
    if *form == PENDING_FORM { Some((*seed, code)) } else { None }
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
        assert_eq!(read_pending(&bytes), None);
    }

    #[derive(Default)]
    struct InMemory(Mutex<Option<Vec<u8>>>);

    impl KeyStore for InMemory {
        fn load(&self) -> Result<Option<Vec<u8>>, TingfangError> {
            Ok(lock(&self.0).clone())
        }

        fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError> {
            *lock(&self.0) = Some(secrets);
            Ok(())
        }
    }

    #[test]
    fn the_seed_of_an_enrolment_without_its_answer_is_found_again_under_the_same_code_alone() {
        let keys = HostKeys::new(Arc::new(InMemory::default()), None, None).expect("no hardware key");
        assert_eq!(keys.pending("ABCD"), Ok(None));
        keys.begin("ABCD", &[7; 32]).expect("kept");
        assert_eq!(keys.pending("ABCD"), Ok(Some([7; 32])));
        assert_eq!(keys.pending("EFGH"), Ok(None));
        assert!(phone::KeyStore::load(&keys).is_err(), "no phone opens with it");
        let told = keys.told(KeyStoreError { reason: String::new() }.into());
        assert_eq!(told, TingfangError::EnrolmentUnfinished);
        keys.give_up("EFGH").expect("another's");
        assert_eq!(keys.pending("ABCD"), Ok(Some([7; 32])), "another code takes nothing away");
        keys.finish("ABCD", "tf_d_x", [7; 32]).expect("kept");
        let key = DeviceKey::Ed25519(SecretKey::from_seed(&[7; 32]).public());
        assert_eq!(phone::KeyStore::load(&keys), Ok(Some(Secrets::fresh([7; 32]).of_key(key))));
        assert_eq!(keys.pending("ABCD"), Err(TingfangError::AlreadyEnrolled));
        assert_eq!(keys.give_up("ABCD"), Err(TingfangError::AlreadyEnrolled), "it stays");
    }
}
