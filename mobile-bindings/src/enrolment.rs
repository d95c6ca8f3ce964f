//! Enrolment: a phone becomes its owner's, once, with a one-time code.

use std::sync::Arc;

use serde::Deserialize;
use tingfang_core::id::{DeviceId, PersonId, TenantId};
use tingfang_core::phone::{self, Secrets};
use tingfang_core::signature::{PublicKey, SecretKey};

use crate::error::TingfangError;
use crate::host::{KeyStore, minter, write_secrets};

/// What stands in the QR code that the console shows.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct EnrolmentCode {
    /// The server's address, for instance `https://aid.example.cn`.
    pub server: String,
    /// The one-time code.
    pub code: String,
    /// The fingerprint of the server's key. A person who types the code may leave it out; then
    /// nothing tells this server from another.
    pub fingerprint: Option<String>,
}

/// What the app posts to enrol: JSON.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct EnrolmentRequest {
    /// The address.
    pub url: String,
    /// The content type.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// Whose phone it is and where its server is. Not secret; the app keeps it and opens with it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Profile {
    /// The server's address.
    pub server: String,
    /// The server's public key, in hexadecimal digits.
    pub server_key: String,
    /// The tenant.
    pub tenant: TenantId,
    /// This installation.
    pub device: DeviceId,
    /// The owner.
    pub person: PersonId,
    /// The owner's name.
    pub person_name: String,
}

/// An enrolment that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Enrolled {
    /// What the app opens the phone with.
    pub profile: Profile,
    /// The bearer token of sync. Secret, and told this once: keep it with the platform's means.
    pub token: String,
}

/// An enrolment under way. It holds the phone's fresh key, in memory only.
#[derive(uniffi::Object)]
pub struct Enrolment {
    code: EnrolmentCode,
    device_name: String,
    seed: [u8; 32],
}

/// Reads the text of a QR code.
#[uniffi::export]
pub fn read_enrolment_code(text: String) -> Result<EnrolmentCode, TingfangError> {
    let parts: Vec<&str> = text.trim().split('|').collect();
    match parts.as_slice() {
        ["tingfang:1", server, code, fingerprint] if server.starts_with("http") => Ok(EnrolmentCode {
            server: (*server).to_owned(),
            code: (*code).to_owned(),
            fingerprint: Some((*fingerprint).to_owned()),
        }),
        _ => Err(TingfangError::bad_argument("this is no enrolment code of a Tingfang server")),
    }
}

#[uniffi::export]
impl Enrolment {
    /// Begins: makes the phone's key. `device_name` is what its owner calls the phone.
    #[uniffi::constructor]
    pub fn begin(code: EnrolmentCode, device_name: String) -> Self {
        Self { code, device_name, seed: minter().random() }
    }

    /// What the app posts. Only the public half of the key is in it.
    pub fn request(&self) -> EnrolmentRequest {
        let key = SecretKey::from_seed(&self.seed).public();
        let body = serde_json::json!({
            "code": self.code.code,
            "algorithm": "ed25519",
            "public_key": hex(&key.0),
            "name": self.device_name,
        });
        EnrolmentRequest {
            url: format!("{}/api/v1/devices", self.code.server.trim_end_matches('/')),
            content_type: "application/json".to_owned(),
            body: body.to_string(),
        }
    }

    /// Takes the body of the server's answer (status 201), and keeps the phone's key.
    ///
    /// When the answer is of another server than the code's, or the key store holds the keys of
    /// an enrolled phone already, nothing is kept.
    pub fn finish(&self, answer: String, key_store: Arc<dyn KeyStore>) -> Result<Enrolled, TingfangError> {
        let bad = |reason: String| TingfangError::BadResponse { reason };
        let answer: Answer = serde_json::from_str(&answer).map_err(|error| bad(error.to_string()))?;
        let key = public_key(&answer.server_public_key)
            .ok_or_else(|| bad("the server's key is none".to_owned()))?;
        if let Some(expected) = &self.code.fingerprint {
            let fingerprint = key.fingerprint();
            if plain(expected) != plain(&fingerprint) {
                return Err(TingfangError::WrongServer { fingerprint });
            }
        }
        if key_store.load()?.is_some() {
            return Err(TingfangError::AlreadyEnrolled);
        }
        key_store.save(write_secrets(&Secrets::fresh(self.seed)))?;
        let profile = Profile {
            server: self.code.server.trim_end_matches('/').to_owned(),
            server_key: answer.server_public_key,
            tenant: answer.tenant,
            device: answer.device,
            person: answer.person,
            person_name: answer.person_name,
        };
        Ok(Enrolled { profile, token: answer.token })
    }
}

impl Profile {
    /// The core's profile.
    pub(crate) fn to_core(&self) -> Result<phone::Profile, TingfangError> {
        let server = public_key(&self.server_key)
            .ok_or_else(|| TingfangError::bad_argument("server_key is no key in hexadecimal digits"))?;
        Ok(phone::Profile { tenant: self.tenant, device: self.device, person: self.person, server })
    }
}

/// The server's answer. A newer server may say more.
#[derive(Deserialize)]
struct Answer {
    tenant: TenantId,
    device: DeviceId,
    person: PersonId,
    person_name: String,
    token: String,
    server_public_key: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn public_key(text: &str) -> Option<PublicKey> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(PublicKey(bytes))
}

/// A fingerprint without the marks between its groups.
fn plain(fingerprint: &str) -> String {
    fingerprint.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
