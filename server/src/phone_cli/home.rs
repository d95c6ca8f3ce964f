//! The folder that takes the place of a phone: profile, keys and store.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tingfang_core::id::{DeviceId, Minter, PersonId, TenantId};
use tingfang_core::phone::{KeyStore, KeyStoreError, Phone, PhoneError, Profile, Secrets};
use tingfang_core::policy::Policy;
use tingfang_core::signature::PublicKey;

use super::PhoneCliError;
use crate::host::system_minter;
use crate::identity::token::{from_hex, hex};
use crate::private;

/// The folder.
pub(super) struct Home {
    folder: PathBuf,
}

/// An opened phone, and how it reaches its server.
pub(super) struct Opened {
    pub(super) phone: Phone,
    pub(super) connection: Connection,
}

/// How the phone reaches its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) server: String,
    pub(super) token: String,
}

/// What enrolment leaves in the folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileFile {
    pub(super) server: String,
    pub(super) token: String,
    pub(super) tenant: TenantId,
    pub(super) device: DeviceId,
    pub(super) person: PersonId,
    pub(super) person_name: String,
    pub(super) server_public_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// The bytes of the secrets, in hexadecimal digits.
    secrets: String,
}

/// A key file that only its owner reads: what a key chain is on a phone.
struct FileKeys(PathBuf);

impl Home {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Asks that the folder is no enrolled phone yet.
    pub(super) fn must_be_fresh(&self) -> Result<(), PhoneCliError> {
        if self.profile_path().exists() {
            return Err(PhoneCliError::AlreadyEnrolled { folder: self.folder.display().to_string() });
        }
        Ok(())
    }

    /// The key store, and whose device it is, without opening the phone.
    pub(super) fn keys_and_device(&self) -> Result<(impl KeyStore, DeviceId), PhoneCliError> {
        let (profile, _) = self.profile()?;
        Ok((self.keys(), profile.device))
    }

    /// Where the store is.
    pub(super) fn store_path(&self) -> PathBuf {
        self.folder.join("phone.db")
    }

    /// Opens the phone, with its PIN where it has one.
    pub(super) fn open(&self, pin: Option<&str>) -> Result<Opened, PhoneCliError> {
        let (profile, connection) = self.profile()?;
        let store = self.store_path();
        private::prepare_database(&store).map_err(failed(&store))?;
        let keys = Arc::new(self.keys());
        let phone = match pin {
            Some(pin) => Phone::open_with_pin(&store, profile, keys, minter(), pin)?,
            None => Phone::open(&store, profile, keys, minter())?,
        };
        Ok(Opened { phone, connection })
    }

    fn keys(&self) -> FileKeys {
        FileKeys(self.folder.join("keys.json"))
    }

    /// Whose phone it is, and how it reaches its server.
    fn profile(&self) -> Result<(Profile, Connection), PhoneCliError> {
        let path = self.profile_path();
        if !path.exists() {
            return Err(PhoneCliError::NotEnrolled { folder: self.folder.display().to_string() });
        }
        let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
        let file: ProfileFile = serde_json::from_str(&text).map_err(|error| damaged(&path, &error))?;
        let server = from_hex(&file.server_public_key).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let server = server.ok_or_else(|| damaged(&path, &"the server's key is none"))?;
        let profile = Profile {
            tenant: file.tenant,
            device: file.device,
            person: file.person,
            server: PublicKey(server),
        };
        Ok((profile, Connection { server: file.server, token: file.token }))
    }

    /// The keys that an enrolment begins with. They are on the disk before the code is spent, and an
    /// enrolment that was cut off goes on with the same.
    pub(super) fn first_seed(&self) -> Result<[u8; 32], PhoneCliError> {
        let keys = self.keys();
        if keys.0.exists() {
            let kept = keys.load().map_err(PhoneError::from)?;
            let kept = kept.ok_or_else(|| damaged(&keys.0, &"the secrets cannot be read"))?;
            return Ok(kept.open_seed().ok_or(PhoneError::PinNeeded)?);
        }
        let seed = minter().random();
        keys.save(&Secrets::fresh(seed)).map_err(PhoneError::from)?;
        Ok(seed)
    }

    /// Keeps what enrolment gave. From then on the folder is an enrolled phone.
    pub(super) fn save(&self, profile: &ProfileFile) -> Result<(), PhoneCliError> {
        let path = self.profile_path();
        let text = serde_json::to_string_pretty(profile).expect("plain values are JSON");
        write_durably(&path, text.as_bytes()).map_err(failed(&path))
    }

    pub(super) fn make(&self) -> Result<(), PhoneCliError> {
        private::make_folder(&self.folder).map_err(failed(&self.folder))
    }

    fn profile_path(&self) -> PathBuf {
        self.folder.join("profile.json")
    }
}

/// The machine's clock and randomness.
pub(super) fn minter() -> Minter {
    system_minter()
}

/// Reads a policy file.
pub(super) fn read_policy(path: &Path) -> Result<Policy, PhoneCliError> {
    let text = std::fs::read_to_string(path).map_err(failed(path))?;
    Policy::parse_by_line(&text).map_err(|error| damaged(path, &error))
}

impl KeyStore for FileKeys {
    fn load(&self) -> Result<Option<Secrets>, KeyStoreError> {
        let bytes = match std::fs::read(&self.0) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(KeyStoreError { reason: format!("{}: {error}", self.0.display()) });
            }
        };
        let file: Option<KeyFile> = serde_json::from_slice(&bytes).ok();
        Ok(file.and_then(|file| from_hex(&file.secrets)).and_then(|bytes| Secrets::from_bytes(&bytes)))
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        let file = KeyFile { secrets: hex(&secrets.to_bytes()) };
        let text = serde_json::to_string(&file).expect("plain values are JSON");
        write_durably(&self.0, text.as_bytes())
            .map_err(|error| KeyStoreError { reason: format!("{}: {error}", self.0.display()) })
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        erase(&self.0).map_err(|error| KeyStoreError { reason: format!("{}: {error}", self.0.display()) })
    }
}

/// Removes a file for good: its bytes first, then its name.
fn erase(path: &Path) -> std::io::Result<()> {
    let Ok(length) = std::fs::metadata(path).map(|metadata| metadata.len()) else { return Ok(()) };
    let zeros = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(&zeros)?;
    file.sync_all()?;
    std::fs::remove_file(path)
}

/// Writes a file so that after a crash there is the old one or the new one, never half of it. Only
/// its owner can read it.
fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("fresh");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> PhoneCliError {
    let path = path.display().to_string();
    move |source| PhoneCliError::File { path, source }
}

fn damaged(path: &Path, reason: &impl std::fmt::Display) -> PhoneCliError {
    PhoneCliError::Damaged { path: path.display().to_string(), reason: reason.to_string() }
}
