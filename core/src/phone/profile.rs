//! Whose phone it is, and what is kept outside of its database.

use std::sync::Arc;

use super::pin::WrappedSecret;
use super::signing::noted;
use crate::clock::Moment;
use crate::id::{DeviceId, PersonId, TenantId};
use crate::signature::{DeviceKey, DeviceSigner, PublicKey};

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
    /// The epoch: counts the lives of the database, from 1.
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
    /// The public key with which the phone was enrolled: its algorithm's byte, then its own. Nothing where that was not
    /// kept: by an older app, or in a key store that was lost.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub enrolled_with: Option<Vec<u8>>,
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
    /// It was lost with the key store; the centre was asked for it.
    #[n(2)]
    Awaited,
}

impl Secrets {
    /// The epoch of a key store that was lost and has forgotten it.
    pub(super) const UNKNOWN_EPOCH: u32 = 0;

    /// Those of a phone that begins.
    pub const fn fresh(seed: [u8; 32]) -> Self {
        Self {
            keys: DeviceKeys::Open(seed),
            epoch: 1,
            last_frame: 0,
            wrong_pins: 0,
            locked_until: None,
            recovery_seed: None,
            enrolled_with: None,
        }
    }

    /// The same, of a phone that was enrolled with this key.
    pub fn of_key(self, key: DeviceKey) -> Self {
        Self { enrolled_with: Some(noted(key)), ..self }
    }

    /// Those of a phone whose key store was lost, until the centre has answered.
    pub(super) const fn awaited() -> Self {
        Self {
            keys: DeviceKeys::Awaited,
            epoch: Self::UNKNOWN_EPOCH,
            last_frame: 0,
            wrong_pins: 0,
            locked_until: None,
            recovery_seed: None,
            enrolled_with: None,
        }
    }

    /// The seed, where no PIN stands before it.
    pub const fn open_seed(&self) -> Option<[u8; 32]> {
        match &self.keys {
            DeviceKeys::Open(seed) => Some(*seed),
            DeviceKeys::Wrapped(_) | DeviceKeys::Awaited => None,
        }
    }

    /// The bytes to be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads kept bytes; nothing when they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut decoder = minicbor::Decoder::new(bytes);
        let secrets = decoder.decode().ok()?;
        // All of them: what follows behind was put there by somebody else.
        (decoder.position() == bytes.len()).then_some(secrets)
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

impl KeyStoreError {
    /// The key store has no secrets, or has them no more.
    pub(super) fn lost() -> Self {
        Self { reason: "there are none, or they cannot be read any more".to_owned() }
    }

    /// The secrets are lost, and the centre was asked for them.
    pub(super) fn awaited() -> Self {
        Self { reason: "they are lost; the centre was asked, and its answer is to be handed in".to_owned() }
    }
}

/// Where the platform keeps secrets: a key chain, a key store, a file that only its owner reads.
pub trait KeyStore: Send + Sync {
    /// Reads the secrets; nothing when there are none, or when what is there can never be read again.
    ///
    /// # Errors
    /// When they cannot be read now: the platform has locked them.
    fn load(&self) -> Result<Option<Secrets>, KeyStoreError>;

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

    /// What lies beside the secrets and would be lost with them: the device's token. It is sealed to the centre
    /// together with the device secret.
    fn beside(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes back what lay beside the secrets, from the centre; the secrets are saved next.
    ///
    /// # Errors
    /// When it is nothing that this key store has kept.
    fn put_back(&self, beside: &[u8]) -> Result<(), KeyStoreError> {
        let _ = beside;
        Ok(())
    }

    /// Forgets the secrets for good: the phone is wiped. What is not there is forgotten already.
    ///
    /// # Errors
    /// When they cannot be forgotten.
    fn erase(&self) -> Result<(), KeyStoreError>;
}
