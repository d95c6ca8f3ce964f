//! The recovery key of a centre: what opens a phone whose PIN was forgotten or whose key store is lost.
//!
//! A phone seals its device secret, and what is lost with it, to the centre's public key (HPKE, RFC 9180: X25519, HKDF-SHA256,
//! ChaCha20-Poly1305). The secret half lies with the centre and never on the server. Recovering takes a
//! request and an answer, two texts that people carry: the answer is sealed again, to a key that the
//! phone has made for this one time, so that nobody on the way learns anything.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};

use crate::id::{DeviceId, Minter};

type Key = <X25519HkdfSha256 as Kem>::PublicKey;
type Secret = <X25519HkdfSha256 as Kem>::PrivateKey;

/// What every sealing is for; another use gets another name.
const INFO: &[u8] = b"tingfang-recovery/1";

/// The public half: to it things are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct RecoveryKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// The secret half. It is kept on paper or in a safe, not on the server.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoverySecret([u8; 32]);

/// Something that was sealed: the one-time key, and the sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Sealed {
    #[cbor(n(0), with = "minicbor::bytes")]
    one_time_key: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    body: Vec<u8>,
}

/// A text that is not what it should be, or a key that does not open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryProblem {
    /// It is not of this form.
    #[error("this is no text of a recovery; copy it whole")]
    Unreadable,
    /// It was sealed to another key, or for another device.
    #[error("this key does not open it")]
    OtherKey,
}

/// What a phone that does not open asks of its centre.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct RecoveryRequest {
    /// The phone.
    #[n(0)]
    pub device: DeviceId,
    /// The device secret and what lay beside it, sealed to the centre.
    #[n(1)]
    pub sealed: Sealed,
    /// The key to which the answer is sealed.
    #[n(2)]
    pub answer_to: RecoveryKey,
}

/// What the centre answers.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct RecoveryAnswer {
    /// The phone.
    #[n(0)]
    pub device: DeviceId,
    /// The same, sealed to the key of the request.
    #[n(1)]
    pub sealed: Sealed,
}

impl RecoveryKey {
    /// Seals bytes that only the secret half opens, for one device.
    ///
    /// # Errors
    /// [`RecoveryProblem::Unreadable`] when the key is none.
    pub fn seal(&self, minter: &Minter, device: DeviceId, plain: &[u8]) -> Result<Sealed, RecoveryProblem> {
        let key = Key::from_bytes(&self.0).map_err(|_| RecoveryProblem::Unreadable)?;
        let (one_time_key, body) =
            hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &key,
                INFO,
                plain,
                device.as_bytes(),
                &mut HandedRandomness(minter),
            )
            .map_err(|_| RecoveryProblem::Unreadable)?;
        Ok(Sealed { one_time_key: one_time_key.to_bytes().to_vec(), body })
    }

    /// A short text by which people compare keys.
    pub fn fingerprint(&self) -> String {
        crate::signature::PublicKey(self.0).fingerprint()
    }
}

impl RecoverySecret {
    /// The secret with this seed: 32 bytes from a good source of randomness.
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The seed, to be kept where only its owner reads.
    pub const fn seed(&self) -> [u8; 32] {
        self.0
    }

    /// The public half.
    pub fn public(&self) -> RecoveryKey {
        let (_, key) = self.pair();
        RecoveryKey(key.to_bytes().into())
    }

    /// Opens what was sealed to the public half for a device.
    ///
    /// # Errors
    /// [`RecoveryProblem::OtherKey`].
    pub fn open(&self, device: DeviceId, sealed: &Sealed) -> Result<Vec<u8>, RecoveryProblem> {
        let other = |_| RecoveryProblem::OtherKey;
        let one_time_key =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&sealed.one_time_key).map_err(other)?;
        let (secret, _) = self.pair();
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &one_time_key,
            INFO,
            &sealed.body,
            device.as_bytes(),
        )
        .map_err(other)
    }

    fn pair(&self) -> (Secret, Key) {
        X25519HkdfSha256::derive_keypair(&self.0)
    }

    /// The centre's answer to a request.
    ///
    /// # Errors
    /// [`RecoveryProblem::OtherKey`] when the request was sealed to another centre's key.
    pub fn answer(
        &self,
        request: &RecoveryRequest,
        minter: &Minter,
    ) -> Result<RecoveryAnswer, RecoveryProblem> {
        let secret = self.open(request.device, &request.sealed)?;
        let sealed = request.answer_to.seal(minter, request.device, &secret)?;
        Ok(RecoveryAnswer { device: request.device, sealed })
    }
}

impl fmt::Debug for RecoverySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoverySecret(..)")
    }
}

/// Texts that people carry: a word that says what it is, and the bytes.
macro_rules! carried {
    ($($type:ident as $word:literal,)+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
                write!(f, "{} {}", $word, STANDARD.encode(bytes))
            }
        }

        impl FromStr for $type {
            type Err = RecoveryProblem;

            fn from_str(text: &str) -> Result<Self, RecoveryProblem> {
                let joined: String = text.split_whitespace().collect();
                let bytes = joined.strip_prefix($word).and_then(|body| STANDARD.decode(body).ok());
                bytes.and_then(|bytes| minicbor::decode(&bytes).ok()).ok_or(RecoveryProblem::Unreadable)
            }
        }
    )+};
}

carried! {
    RecoveryRequest as "tingfang-recovery-request/1",
    RecoveryAnswer as "tingfang-recovery-answer/1",
}

/// The randomness that was handed in, as the library wants it.
struct HandedRandomness<'m>(&'m Minter);

impl TryRng for HandedRandomness<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.random()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.random()))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for part in into.chunks_mut(32) {
            part.copy_from_slice(&self.0.random::<32>()[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for HandedRandomness<'_> {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::clock::{Clock, Moment};
    use crate::id::Entropy;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Moment {
            Moment::from_millis(5)
        }
    }

    /// Other bytes each time.
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn minter() -> Minter {
        Minter::new(Arc::new(Still), Arc::new(Counting(AtomicU8::new(1))))
    }

    const DEVICE: DeviceId = DeviceId::from_bytes([3; 16]);

    #[test]
    fn a_request_is_answered_by_the_centres_secret_and_opened_by_the_phone_alone() {
        let (centre, phone) = (RecoverySecret::from_seed([1; 32]), RecoverySecret::from_seed([2; 32]));
        let sealed = centre.public().seal(&minter(), DEVICE, b"the seed").expect("sealed");
        let request = RecoveryRequest { device: DEVICE, sealed, answer_to: phone.public() };
        let carried: RecoveryRequest = request.to_string().parse().expect("its text");
        let answer = centre.answer(&carried, &minter()).expect("an answer");
        // A mail program has broken the lines.
        let broken = answer.to_string().chars().collect::<Vec<_>>();
        let broken =
            broken.chunks(40).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n");
        let answer: RecoveryAnswer = broken.parse().expect("its text");
        assert_eq!(phone.open(DEVICE, &answer.sealed).as_deref(), Ok(&b"the seed"[..]));
        assert_eq!(centre.open(DEVICE, &answer.sealed), Err(RecoveryProblem::OtherKey), "not for the centre");
    }

    #[test]
    fn another_key_another_device_and_a_changed_text_open_nothing() {
        let centre = RecoverySecret::from_seed([1; 32]);
        let sealed = centre.public().seal(&minter(), DEVICE, b"the seed").expect("sealed");
        assert_eq!(RecoverySecret::from_seed([9; 32]).open(DEVICE, &sealed), Err(RecoveryProblem::OtherKey));
        assert!(centre.open(DeviceId::from_bytes([4; 16]), &sealed).is_err());
        let mut changed = sealed;
        changed.body[0] ^= 1;
        assert!(centre.open(DEVICE, &changed).is_err());
        for text in ["", "tingfang-recovery-answer/1", "tingfang-recovery-answer/1 !!", "hello"] {
            assert_eq!(text.parse::<RecoveryAnswer>(), Err(RecoveryProblem::Unreadable), "{text}");
        }
    }
}
