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
    seed: String,
    epoch: u32,
    last_frame: u64,
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

    /// Opens the phone.
    pub(super) fn open(&self) -> Result<Opened, PhoneCliError> {
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
        let keys = Arc::new(FileKeys(self.folder.join("keys.json")));
        let store = self.folder.join("phone.db");
        private::prepare_database(&store).map_err(failed(&store))?;
        let phone = Phone::open(&store, profile, keys, minter())?;
        Ok(Opened { phone, connection: Connection { server: file.server, token: file.token } })
    }

    /// The keys that an enrolment begins with. They are on the disk before the code is spent, and an
    /// enrolment that was cut off goes on with the same.
    pub(super) fn first_secrets(&self) -> Result<Secrets, PhoneCliError> {
        let path = self.folder.join("keys.json");
        let keys = FileKeys(path.clone());
        if path.exists() {
            return Ok(keys.load().map_err(PhoneError::from)?);
        }
        let secrets = Secrets { seed: minter().random(), epoch: 1, last_frame: 0 };
        keys.save(&secrets).map_err(PhoneError::from)?;
        Ok(secrets)
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
    Policy::parse(&text).map_err(|error| damaged(path, &error))
}

impl KeyStore for FileKeys {
    fn load(&self) -> Result<Secrets, KeyStoreError> {
        let failed = |reason: String| KeyStoreError { reason: format!("{}: {reason}", self.0.display()) };
        let text = std::fs::read_to_string(&self.0).map_err(|error| failed(error.to_string()))?;
        let file: KeyFile = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let seed = from_hex(&file.seed).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let seed = seed.ok_or_else(|| failed("the seed is not 32 bytes".to_owned()))?;
        Ok(Secrets { seed, epoch: file.epoch, last_frame: file.last_frame })
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        let file = KeyFile { seed: hex(&secrets.seed), epoch: secrets.epoch, last_frame: secrets.last_frame };
        let text = serde_json::to_string(&file).expect("plain values are JSON");
        write_durably(&self.0, text.as_bytes())
            .map_err(|error| KeyStoreError { reason: format!("{}: {error}", self.0.display()) })
    }
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
