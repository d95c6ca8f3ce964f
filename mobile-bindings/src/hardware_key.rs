//! A device key that lies in secure hardware: the Android key store, the Secure Enclave.

use std::sync::Arc;

use tingfang_core::signature::{DeviceKey, DeviceSigner, Signature};

use crate::app_calls::{AppCalls, Thrown};
use crate::error::TingfangError;

/// A P-256 key that the platform's secure hardware made and does not give away. The same key must be there from the
/// enrolment on. It is called as the key store is, and on the same thread.
#[uniffi::export(foreign)]
pub trait HardwareKey: Send + Sync {
    /// The public key: a point of the curve, compressed (33 bytes) or not (65 bytes, as both platforms give it).
    fn public_key(&self) -> Result<Vec<u8>, TingfangError>;

    /// Signs a message with ECDSA over SHA-256, as `SHA256withECDSA` and `ecdsaSignatureMessageX962SHA256` do:
    /// in DER, or as 64 bytes. Throw when the platform does not let the key be used now.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, TingfangError>;
}

/// How errors call it.
const NAME: &str = "hardware key";

/// The core's signer over the app's key.
pub(crate) struct HardwareSigner {
    key: Arc<dyn HardwareKey>,
    calls: Arc<AppCalls>,
    thrown: Arc<Thrown>,
    public: DeviceKey,
}

impl HardwareSigner {
    /// Reads the public key once.
    pub(crate) fn new(
        key: Arc<dyn HardwareKey>,
        calls: Arc<AppCalls>,
        thrown: Arc<Thrown>,
    ) -> Result<Self, TingfangError> {
        let asked = Arc::clone(&key);
        let point = calls.wait(NAME, move || asked.public_key())?;
        let public = DeviceKey::p256(&point)
            .ok_or_else(|| TingfangError::bad_argument("the hardware key is no point of P-256"))?;
        Ok(Self { key, calls, thrown, public })
    }
}

impl DeviceSigner for HardwareSigner {
    fn public(&self) -> DeviceKey {
        self.public
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<Signature, String> {
        let (key, message) = (Arc::clone(&self.key), digest.to_vec());
        let signature = self.calls.wait(NAME, move || key.sign(message));
        let signature = signature.map_err(|error| self.thrown.keep(error))?;
        let none = || self.thrown.keep(TingfangError::host("what the hardware key gave is no signature"));
        Signature::p256(&signature).ok_or_else(none)
    }
}
