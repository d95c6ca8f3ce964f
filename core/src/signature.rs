//! Signatures, with the algorithm named in every envelope so that it can change. Servers sign with Ed25519;
//! devices with what their hardware has.

mod device_key;

pub use device_key::{DeviceKey, DeviceSigner, P256SecretKey};

use ed25519_dalek::{Signature as Ed25519Signature, Signer, VerifyingKey};

/// Which signature algorithm is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519, keys in software.
    #[n(1)]
    Ed25519 = 1,
    /// ECDSA on P-256 with SHA-256, keys in a phone's secure hardware.
    #[n(2)]
    P256 = 2,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::P256];

    /// The algorithm of a byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| *algorithm as u8 == byte)
    }

    /// Its name in the API: `ed25519` or `p256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "p256",
        }
    }
}

/// The public half of an Ed25519 key: of a server, or of a device ([`DeviceKey`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct PublicKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// A signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Signature(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 64]);

/// A signature that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// The secret half. It never leaves its owner; its bytes are wiped when it is dropped.
#[derive(Clone)]
pub struct SecretKey(ed25519_dalek::SigningKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl SecretKey {
    /// The key with this seed: 32 bytes from a good source of randomness.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, to be stored where only its owner reads.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a digest.
    pub fn sign(&self, digest: &[u8; 32]) -> Signature {
        Signature(self.0.sign(digest).to_bytes())
    }

    /// Signs a text that others than ourselves verify as it stands. It must be longer than a digest, so that
    /// neither is ever taken for the other.
    pub fn sign_text(&self, text: &[u8]) -> Signature {
        debug_assert!(text.len() > 32, "as long as a digest");
        Signature(self.0.sign(text).to_bytes())
    }
}

impl PublicKey {
    /// Checks a signature over a digest, strictly: no malleable forms.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify(&self, digest: &[u8; 32], signature: &Signature) -> Result<(), BadSignature> {
        self.verify_text(digest, signature)
    }

    /// Checks a signature over a text.
    ///
    /// # Errors
    /// When it is not of this key, or not over this text.
    pub fn verify_text(&self, text: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(text, &Ed25519Signature::from_bytes(&signature.0)))
            .map_err(|_| BadSignature)
    }

    /// Whether it is a key at all, and none of the weak ones for which anybody can make signatures.
    pub fn is_sound(&self) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }

    /// A short text by which people compare keys: the first 16 bytes of the key's hash, in groups.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.0)
    }
}

/// The fingerprint of any key's bytes, as [`PublicKey::fingerprint`] makes it.
pub fn fingerprint(public_key: &[u8]) -> String {
    let hex = blake3::hash(public_key).to_hex();
    hex.as_bytes()[..32].chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

/// SHA-256 over a context and parts, each with its length in front, so that no two lists of parts
/// share a digest.
pub fn digest(context: &str, parts: &[&[u8]]) -> [u8; 32] {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    hasher.update((context.len() as u64).to_le_bytes());
    hasher.update(context.as_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_own_digest_only() {
        let key = SecretKey::from_seed(&[7; 32]);
        let signed = digest("test", &[b"a", b"b"]);
        let signature = key.sign(&signed);
        assert_eq!(key.public().verify(&signed, &signature), Ok(()));
        assert_eq!(key.public().verify(&digest("test", &[b"ab", b""]), &signature), Err(BadSignature));
    }

    #[test]
    fn a_weak_key_is_not_sound() {
        assert!(SecretKey::from_seed(&[7; 32]).public().is_sound());
        // The neutral point: a signature for it holds for many texts.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert!(!PublicKey(neutral).is_sound());
    }
}
