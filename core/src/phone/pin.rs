//! The PIN of a phone: its secret is wrapped by a key that is stretched from the PIN (Argon2id), inside of
//! what the platform's key store keeps.
//!
//! Wrong PINs lock for a while and never erase anything. What a forgotten PIN locks, the centre's recovery
//! key opens again ([`recovering`](super::recovering)).

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::profile::{DeviceKeys, KeyStore, KeyStoreError, Secrets};
use super::{Phone, PhoneError};
use crate::clock::{DAY_MS, Moment};
use crate::id::{DeviceId, Minter};
use crate::recovery::Sealed;

/// The fewest signs of a PIN.
pub const SHORTEST_PIN: usize = 6;
/// How many wrong PINs are free.
const FREE_FAILURES: u32 = 5;
/// How long the first lock lasts; each further wrong PIN doubles it.
const FIRST_LOCK_MS: i64 = 60_000;
/// How long a lock lasts at the most.
const LONGEST_LOCK_MS: i64 = DAY_MS;
/// Memory and rounds of the stretching: a third of a second on a small phone, and 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const ROUNDS: u32 = 2;

/// A device secret under a PIN.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct WrappedSecret {
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    nonce: [u8; 24],
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
    /// The same secret, sealed to the centre, of a phone that has not synced since that lies beside its store.
    #[n(3)]
    pub(super) recovery: Option<Sealed>,
}

impl WrappedSecret {
    fn wrap(seed: &[u8; 32], pin: &str, device: DeviceId, minter: &Minter) -> Result<Self, PhoneError> {
        let (salt, nonce) = (minter.random(), minter.random());
        let payload = Payload { msg: seed, aad: device.as_bytes() };
        let body = cipher(pin, &salt)?.encrypt(&XNonce::from(nonce), payload).map_err(|_| cannot_wrap())?;
        Ok(Self { salt, nonce, body, recovery: None })
    }

    fn unwrap(&self, pin: &str, device: DeviceId) -> Result<Option<[u8; 32]>, PhoneError> {
        let payload = Payload { msg: &self.body, aad: device.as_bytes() };
        let opened = cipher(pin, &self.salt)?.decrypt(&XNonce::from(self.nonce), payload);
        Ok(opened.ok().and_then(|seed| seed.try_into().ok()))
    }
}

fn cipher(pin: &str, salt: &[u8; 16]) -> Result<XChaCha20Poly1305, PhoneError> {
    let params = Params::new(MEMORY_KIB, ROUNDS, 1, Some(32)).map_err(|_| cannot_wrap())?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, &mut key)
        .map_err(|_| cannot_wrap())?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

fn cannot_wrap() -> PhoneError {
    PhoneError::Damaged { reason: "the secret cannot be wrapped".to_owned() }
}

/// The device secret of a phone, with its PIN where it has one.
///
/// A wrong PIN is counted in the key store, so that putting back the database wins no tries.
pub(super) fn open(
    keys: &dyn KeyStore,
    device: DeviceId,
    pin: Option<&str>,
    now: Moment,
) -> Result<(Secrets, [u8; 32]), PhoneError> {
    let secrets = keys.load()?.ok_or_else(KeyStoreError::lost)?;
    let wrapped = match &secrets.keys {
        DeviceKeys::Open(seed) => return Ok((secrets.clone(), *seed)),
        DeviceKeys::Wrapped(wrapped) => wrapped.clone(),
        DeviceKeys::Awaited => return Err(KeyStoreError::awaited().into()),
    };
    let pin = pin.ok_or(PhoneError::PinNeeded)?;
    if let Some(until) = secrets.locked_until.filter(|until| *until > now) {
        return Err(PhoneError::PinLocked { until });
    }
    if let Some(seed) = wrapped.unwrap(pin, device)? {
        if secrets.wrong_pins > 0 {
            let secrets = Secrets { wrong_pins: 0, locked_until: None, ..secrets };
            keys.save(&secrets)?;
            return Ok((secrets, seed));
        }
        return Ok((secrets, seed));
    }
    let wrong_pins = secrets.wrong_pins.saturating_add(1);
    let locked_until = lock_after(wrong_pins).map(|millis| now.plus_millis(millis));
    keys.save(&Secrets { wrong_pins, locked_until, ..secrets })?;
    match locked_until {
        Some(until) => Err(PhoneError::PinLocked { until }),
        None => Err(PhoneError::WrongPin { tries_left: FREE_FAILURES - wrong_pins }),
    }
}

/// For how long so many wrong PINs lock.
fn lock_after(wrong_pins: u32) -> Option<i64> {
    let more = wrong_pins.checked_sub(FREE_FAILURES)?;
    let doubled = FIRST_LOCK_MS.saturating_mul(1_i64.checked_shl(more.min(32)).unwrap_or(i64::MAX));
    Some(doubled.min(LONGEST_LOCK_MS))
}

impl Phone {
    /// Whether the phone asks for a PIN when it opens.
    pub fn has_pin(&self) -> bool {
        matches!(self.secrets.get().keys, DeviceKeys::Wrapped(_))
    }

    /// Gives the phone a PIN, or another one.
    ///
    /// # Errors
    /// [`PhoneError::PinTooShort`], or when the key store fails.
    pub fn set_pin(&mut self, pin: &str) -> Result<(), PhoneError> {
        if pin.chars().count() < SHORTEST_PIN {
            return Err(PhoneError::PinTooShort { shortest: SHORTEST_PIN });
        }
        let wrapped = WrappedSecret::wrap(&self.key.seed(), pin, self.profile.device, &self.minter)?;
        self.keep_keys(DeviceKeys::Wrapped(wrapped))
    }

    /// Takes the PIN away.
    ///
    /// # Errors
    /// When the key store fails.
    pub fn take_pin_away(&mut self) -> Result<(), PhoneError> {
        self.keep_keys(DeviceKeys::Open(self.key.seed()))
    }

    fn keep_keys(&mut self, keys: DeviceKeys) -> Result<(), PhoneError> {
        self.keep(Secrets { keys, wrong_pins: 0, locked_until: None, ..Secrets::clone(&self.secrets.get()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_pins_lock_for_longer_and_longer_and_never_for_more_than_a_day() {
        let minutes = |wrong: u32| lock_after(wrong).map(|millis| millis / 60_000);
        assert_eq!((minutes(1), minutes(4)), (None, None));
        assert_eq!((minutes(5), minutes(6), minutes(9)), (Some(1), Some(2), Some(16)));
        assert_eq!((minutes(16), minutes(u32::MAX)), (Some(1_440), Some(1_440)));
    }
}
