//! Opening a phone whose PIN was forgotten or whose key store was lost, by the centre's recovery key.
//!
//! Beside its store the phone keeps its secret sealed to that key, outside of the key store: what is sealed opens for
//! the centre alone, and shares the fate of the records that it opens. A backup of the app's data brings both.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::profile::{DeviceKeys, KeyStore, Secrets};
use super::{Phone, PhoneError};
use crate::id::{DeviceId, Minter};
use crate::recovery::{RecoveryAnswer, RecoveryKey, RecoveryRequest, RecoverySecret, Sealed};

/// The file beside the store with what only the centre can open.
#[derive(Clone)]
pub(super) struct CentresCopy {
    path: PathBuf,
}

/// What is in it.
#[derive(minicbor::Encode, minicbor::Decode)]
struct Copied {
    /// To which key it is sealed.
    #[n(0)]
    centre: RecoveryKey,
    /// Whose secret it is: a store may have been made anew where another had been.
    #[n(2)]
    device: DeviceId,
    /// The device secret, and what lies beside it in the key store.
    #[n(1)]
    sealed: Sealed,
}

impl CentresCopy {
    /// That of the store at this path.
    pub(super) fn beside(store: &Path) -> Self {
        Self { path: store.with_extension("recovery") }
    }

    /// What is there; nothing where nothing is, or nothing of this form.
    fn read(&self) -> Result<Option<Copied>, PhoneError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(minicbor::decode(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(PhoneError::File { doing: "reading the centre's copy", source }),
        }
    }

    /// Writes it whole: after a crash there is the one before, or this one.
    fn write(&self, copied: &Copied) -> Result<(), PhoneError> {
        let bytes = minicbor::to_vec(copied).expect("encoding into memory cannot fail");
        let coming = self.coming();
        let written = File::create(&coming).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&coming, &self.path)
        });
        written.map_err(|source| PhoneError::File { doing: "writing the centre's copy", source })
    }

    /// Removes it; what is not there is removed already.
    pub(super) fn erase(&self) -> Result<(), PhoneError> {
        for path in [&self.coming(), &self.path] {
            match fs::remove_file(path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(PhoneError::File { doing: "wiping the phone", source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn coming(&self) -> PathBuf {
        self.path.with_extension("recovery-coming")
    }
}

impl Phone {
    /// Seals the secret to the centre's recovery key, once the phone knows it, and again when the centre has another.
    pub(super) fn seal_for_centre(&self) -> Result<(), PhoneError> {
        let Some(centre) = self.recovery_key()? else { return Ok(()) };
        let device = self.profile.device;
        let kept = self.centres_copy.read()?;
        if kept.is_some_and(|copied| (copied.centre, copied.device) == (centre, device)) {
            return Ok(());
        }
        let plain = [&self.key.seed()[..], &self.keys.beside()].concat();
        // A key that is none was never the centre's: nothing can be sealed to it.
        let Ok(sealed) = centre.seal(&self.minter, device, &plain) else { return Ok(()) };
        self.centres_copy.write(&Copied { centre, device, sealed })
    }
}

/// Asks the centre to open the phone whose store lies at this path: the text of a request, to be carried there.
///
/// # Errors
/// [`PhoneError::NoRecovery`] when the phone opens without the centre, or never heard of a recovery key; and when the
/// key store cannot be read now. What the platform has locked for the moment is not lost.
pub fn recovery_request(
    store: &Path,
    keys: &dyn KeyStore,
    device: DeviceId,
    minter: &Minter,
) -> Result<RecoveryRequest, PhoneError> {
    let secrets = match keys.load()? {
        Some(Secrets { keys: DeviceKeys::Open(_), .. }) => return Err(PhoneError::NoRecovery),
        Some(secrets) => secrets,
        None => Secrets::awaited(),
    };
    let beside = CentresCopy::beside(store).read()?.filter(|copied| copied.device == device);
    let in_key_store = match &secrets.keys {
        DeviceKeys::Wrapped(wrapped) => wrapped.recovery.clone(),
        DeviceKeys::Open(_) | DeviceKeys::Awaited => None,
    };
    let sealed = beside.map(|copied| copied.sealed).or(in_key_store).ok_or(PhoneError::NoRecovery)?;
    // Asking again before the answer has come keeps the first key, so that either answer opens it.
    let one_time = secrets.recovery_seed.unwrap_or_else(|| minter.random());
    keys.save(&Secrets { recovery_seed: Some(one_time), ..secrets })?;
    Ok(RecoveryRequest { device, sealed, answer_to: RecoverySecret::from_seed(one_time).public() })
}

/// Takes the centre's answer: the phone opens without a PIN, and is to be given a new one.
///
/// # Errors
/// [`PhoneError::NoRecovery`] when it answers no request of this phone.
pub fn recover(keys: &dyn KeyStore, device: DeviceId, answer: &RecoveryAnswer) -> Result<(), PhoneError> {
    let secrets = keys.load()?.ok_or(PhoneError::NoRecovery)?;
    let one_time = secrets.recovery_seed.map(RecoverySecret::from_seed).ok_or(PhoneError::NoRecovery)?;
    let opened = one_time.open(device, &answer.sealed).map_err(|_| PhoneError::NoRecovery)?;
    let (seed, beside) = opened.split_first_chunk().ok_or(PhoneError::NoRecovery)?;
    if matches!(secrets.keys, DeviceKeys::Awaited) {
        keys.put_back(beside)?;
    }
    let keys_now = DeviceKeys::Open(*seed);
    let opened =
        Secrets { keys: keys_now, wrong_pins: 0, locked_until: None, recovery_seed: None, ..secrets };
    Ok(keys.save(&opened)?)
}
