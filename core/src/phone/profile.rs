//! Whose phone it is, and what is kept outside of its database.

use crate::id::{DeviceId, PersonId, TenantId};
use crate::signature::PublicKey;

/// What enrolment gave the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The tenant.
    pub tenant: TenantId,
    /// The device.
    pub device: DeviceId,
    /// The owner.
    pub person: PersonId,
    /// The server's key, by which pages and beacons are checked.
    pub server: PublicKey,
}

/// What must not be in the database, so that a restored backup does not bring it back.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The seed of the device's signing key.
    pub seed: [u8; 32],
    /// The epoch: counts the lives of the database.
    pub epoch: u32,
    /// The number of the last frame that was signed in this epoch.
    pub last_frame: u64,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("epoch", &self.epoch)
            .field("last_frame", &self.last_frame)
            .finish_non_exhaustive()
    }
}

/// A key store that fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct KeyStoreError {
    /// What went wrong.
    pub reason: String,
}

/// Where the platform keeps secrets: a key chain, a key store, a file that only its owner reads.
pub trait KeyStore: Send + Sync {
    /// Reads the secrets.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    fn load(&self) -> Result<Secrets, KeyStoreError>;

    /// Keeps the secrets, durably.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError>;
}
