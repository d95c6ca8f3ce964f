//! Whose phone it is, and what is kept outside of its database.

use std::sync::Arc;

use super::pin::WrappedSecret;
use crate::clock::Moment;
use crate::id::{DeviceId, PersonId, TenantId};
use crate::signature::{DeviceSigner, PublicKey};

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
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Secrets {
    /// The device secret, open or under a PIN.
    #[n(0)]
    pub keys: DeviceKeys,
    /// The epoch: counts the lives of the database.
    #[n(1)]
    pub epoch: u32,
    /// The number of the last frame that was signed in this epoch.
    #[n(2)]
    pub last_frame: u64,
    /// How many wrong PINs came since the last right one.
    #[n(3)]
    pub wrong_pins: u32,
    /// Until when no PIN is taken.
    #[n(4)]
    pub locked_until: Option<Moment>,
    /// What opens the answer to a request of recovery, while one is under way.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub recovery_seed: Option<[u8; 32]>,
}

/// The device secret: the seed of its signing key, from which the key of its files comes too.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum DeviceKeys {
    /// Whoever opens the key store has it.
    #[n(0)]
    Open(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
    /// It takes a PIN as well.
    #[n(1)]
    Wrapped(#[n(0)] WrappedSecret),
}

impl Secrets {
    /// Those of a phone that begins.
    pub const fn fresh(seed: [u8; 32]) -> Self {
        Self {
            keys: DeviceKeys::Open(seed),
            epoch: 1,
            last_frame: 0,
            wrong_pins: 0,
            locked_until: None,
            recovery_seed: None,
        }
    }

    /// The seed, where no PIN stands before it.
    pub const fn open_seed(&self) -> Option<[u8; 32]> {
        match &self.keys {
            DeviceKeys::Open(seed) => Some(*seed),
            DeviceKeys::Wrapped(_) => None,
        }
    }

    /// The bytes to be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads kept bytes; nothing when they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // All of them: what follows behind was put there by somebody else.
        minicbor::decode(bytes).ok().filter(|read: &Self| read.to_bytes() == bytes)
    }
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

    /// Who signs for this phone, where its key lies in secure hardware that does not give it away; nothing where
    /// the key is made of the device secret. It stays the same from the enrolment on.
    fn signer(&self) -> Option<Arc<dyn DeviceSigner>> {
        None
    }

    /// Forgets the secrets for good: the phone is wiped. What is not there is forgotten already.
    ///
    /// # Errors
    /// When they cannot be forgotten.
    fn erase(&self) -> Result<(), KeyStoreError>;
}
