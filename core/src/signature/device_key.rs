//! The keys of devices. Most are Ed25519 keys in software; a phone's secure hardware makes P-256 keys that never
//! leave it.

use p256::ecdsa::signature::{Signer, Verifier};

use super::{Algorithm, BadSignature, PublicKey, SecretKey, Signature};

/// How many bytes a P-256 key has: a compressed point (SEC 1, 2.3.3).
const P256_BYTES: usize = 33;

/// The public half of a device's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKey {
    /// Ed25519.
    Ed25519(PublicKey),
    /// P-256: a compressed point.
    P256([u8; P256_BYTES]),
}

impl DeviceKey {
    /// A key from its algorithm's byte and its bytes; nothing when there is no such algorithm, or a key of it has
    /// another length.
    pub fn from_parts(algorithm: u8, bytes: &[u8]) -> Option<Self> {
        match Algorithm::from_byte(algorithm)? {
            Algorithm::Ed25519 => bytes.try_into().ok().map(|bytes| Self::Ed25519(PublicKey(bytes))),
            Algorithm::P256 => bytes.try_into().ok().map(Self::P256),
        }
    }

    /// A P-256 key from its point, compressed or not; nothing when it is no point of the curve.
    pub fn p256(point: &[u8]) -> Option<Self> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
        key.to_sec1_point(true).as_bytes().try_into().ok().map(Self::P256)
    }

    /// How it signs.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256(_) => Algorithm::P256,
        }
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => &key.0,
            Self::P256(point) => point,
        }
    }

    /// Whether it is a key at all, and none for which anybody can make signatures.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Ed25519(key) => key.is_sound(),
            Self::P256(point) => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok(),
        }
    }

    /// Checks a signature over a digest, strictly: no malleable forms. With P-256 it is ECDSA over SHA-256 of the
    /// digest, as secure hardware signs messages, in 64 bytes, with the lower of the two values that would hold.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify(&self, digest: &[u8; 32], signature: &Signature) -> Result<(), BadSignature> {
        match self {
            Self::Ed25519(key) => key.verify(digest, signature),
            Self::P256(point) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| BadSignature)?;
                let given = p256::ecdsa::Signature::from_slice(&signature.0).map_err(|_| BadSignature)?;
                if given.normalize_s() != given {
                    return Err(BadSignature);
                }
                key.verify(digest, &given).map_err(|_| BadSignature)
            }
        }
    }
}

impl From<PublicKey> for DeviceKey {
    fn from(key: PublicKey) -> Self {
        Self::Ed25519(key)
    }
}

impl Signature {
    /// A P-256 signature as secure hardware gives it, in DER or as 64 bytes, in the form that is checked:
    /// 64 bytes with the lower of the two values. Nothing when it is no signature.
    pub fn p256(given: &[u8]) -> Option<Self> {
        let read =
            p256::ecdsa::Signature::from_slice(given).or_else(|_| p256::ecdsa::Signature::from_der(given));
        Some(Self(read.ok()?.normalize_s().to_bytes().into()))
    }
}

/// Who signs for a device.
pub trait DeviceSigner: Send + Sync {
    /// The public half.
    fn public(&self) -> DeviceKey;

    /// Signs a digest, as [`DeviceKey::verify`] checks it.
    ///
    /// # Errors
    /// When the platform does not let the key be used now; says why.
    fn sign(&self, digest: &[u8; 32]) -> Result<Signature, String>;
}

impl DeviceSigner for SecretKey {
    fn public(&self) -> DeviceKey {
        Self::public(self).into()
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<Signature, String> {
        Ok(Self::sign(self, digest))
    }
}

/// A P-256 key in software, for platforms without secure hardware that want one all the same, and for tests.
#[derive(Clone)]
pub struct P256SecretKey(p256::ecdsa::SigningKey);

impl std::fmt::Debug for P256SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("P256SecretKey(..)")
    }
}

impl P256SecretKey {
    /// The key with this seed: 32 bytes from a good source of randomness.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let mut scalar = super::digest("tingfang-p256/1", &[seed]);
        loop {
            match p256::ecdsa::SigningKey::from_slice(&scalar) {
                Ok(key) => return Self(key),
                // One number in four billion is none of the group's; the next one is.
                Err(_) => scalar = super::digest("tingfang-p256/1", &[&scalar]),
            }
        }
    }
}

impl DeviceSigner for P256SecretKey {
    fn public(&self) -> DeviceKey {
        let point = self.0.verifying_key().to_sec1_point(true);
        DeviceKey::P256(point.as_bytes().try_into().expect("a compressed point has 33 bytes"))
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<Signature, String> {
        let signature: p256::ecdsa::Signature = self.0.sign(digest);
        Ok(Signature(signature.normalize_s().to_bytes().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> [Box<dyn DeviceSigner>; 2] {
        [Box::new(SecretKey::from_seed(&[7; 32])), Box::new(P256SecretKey::from_seed(&[7; 32]))]
    }

    #[test]
    fn a_signature_of_either_kind_holds_for_its_own_digest_and_key_only() {
        let others =
            [SecretKey::from_seed(&[8; 32]).public().into(), P256SecretKey::from_seed(&[8; 32]).public()];
        for (signer, other) in both().iter().zip(others) {
            let (key, digest) = (signer.public(), super::super::digest("test", &[b"a"]));
            let signature = signer.sign(&digest).expect("signs");
            assert_eq!(key.verify(&digest, &signature), Ok(()));
            assert_eq!(key.verify(&[0; 32], &signature), Err(BadSignature));
            assert_eq!(other.verify(&digest, &signature), Err(BadSignature));
            let read = DeviceKey::from_parts(key.algorithm() as u8, key.as_bytes());
            assert_eq!(read, Some(key), "it survives being kept");
        }
    }

    #[test]
    fn of_the_two_forms_of_a_p256_signature_one_is_taken() {
        let (signer, digest) = (P256SecretKey::from_seed(&[7; 32]), [5; 32]);
        let signature = signer.sign(&digest).expect("signs");
        let low = p256::ecdsa::Signature::from_slice(&signature.0).expect("a signature");
        let (r, s) = low.split_scalars();
        let high = p256::ecdsa::Signature::from_scalars(r, -s).expect("the other form");
        assert_eq!(signer.public().verify(&digest, &Signature(high.to_bytes().into())), Err(BadSignature));
    }

    #[test]
    fn what_is_no_point_or_has_another_length_is_no_key() {
        assert_eq!(DeviceKey::from_parts(1, &[0; 33]), None);
        assert_eq!(DeviceKey::from_parts(2, &[0; 32]), None);
        assert_eq!(DeviceKey::from_parts(3, &[0; 32]), None);
        assert!(
            !DeviceKey::P256([0; 33]).is_sound() && both().iter().all(|signer| signer.public().is_sound())
        );
    }
}
