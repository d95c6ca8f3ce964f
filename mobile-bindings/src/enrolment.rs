//! 绑定 enrolment: a phone becomes its owner's, once, with a one-time code.

use std::sync::Arc;

use serde::Deserialize;
use tingfang_core::id::{DeviceId, PersonId, TenantId};
use tingfang_core::people::code_signs;
use tingfang_core::phone;
use tingfang_core::signature::{Algorithm, DeviceKey, PublicKey, SecretKey};
use tokio_util::sync::CancellationToken;

use crate::error::TingfangError;
use crate::hardware_key::HardwareKey;
use crate::key_store::{HostKeys, KeyStore, minter};
use crate::model::sync::PATIENCE_S;
use crate::runtime;
use crate::transport::Transport;
use crate::wire::{Sent, Wire};

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

/// Enrols: asks the server who it is, redeems the code, and keeps the phone's secrets. The device's name is
/// what its owner calls the phone; the hardware key signs for it, where the platform has secure hardware.
///
/// Throws `WrongServer` before the code is spent when another server answers than the code's, and
/// `AlreadyEnrolled` when the key store holds the secrets of an enrolled phone; then nothing is sent. Once begun it
/// goes on to its end, whether somebody waits or not. When its answer is lost or the app is stopped in the middle,
/// call it again with the same code: the key store holds what was begun, and the server answers once more.
#[uniffi::export(default(hardware_key = None))]
pub async fn enrol(
    code: EnrolmentCode,
    device_name: String,
    key_store: Arc<dyn KeyStore>,
    transport: Arc<dyn Transport>,
    hardware_key: Option<Arc<dyn HardwareKey>>,
) -> Result<Profile, TingfangError> {
    let enrolling = Enrolling { code, device_name, key_store, transport, hardware_key };
    runtime::joined(runtime::spawn(enrolling.run())).await
}

/// The status by which the server says that a code is unknown, spent on another phone, or has run out.
const CODE_SPENT: u16 = 410;

struct Enrolling {
    code: EnrolmentCode,
    device_name: String,
    key_store: Arc<dyn KeyStore>,
    transport: Arc<dyn Transport>,
    hardware_key: Option<Arc<dyn HardwareKey>>,
}

impl Enrolling {
    async fn run(self) -> Result<Profile, TingfangError> {
        let keys = HostKeys::new(self.key_store, self.hardware_key, None)?;
        let signs = code_signs(&self.code.code);
        let begun = keys.pending(&signs)?;
        let server = self.code.server.trim_end_matches('/').to_owned();
        let wire = Wire {
            transport: self.transport,
            server: server.clone(),
            token: None,
            patience_s: PATIENCE_S,
            cancelled: CancellationToken::new(),
        };
        // The server is known before the code is spent: a wrong one gets nothing.
        let shown: Shown = parsed(answered(wire.get_json("/api/v1/server").await?)?)?;
        let expected = self.code.fingerprint;
        must_be_this(expected.as_deref(), &shown.server_public_key)?;
        let seed = match begun {
            Some(seed) => seed,
            None => {
                let fresh: [u8; 32] = minter().random();
                keys.begin(&signs, &fresh)?;
                fresh
            }
        };
        let key = keys.public_key().unwrap_or_else(|| SecretKey::from_seed(&seed).public().into());
        let body = serde_json::json!({
            "code": self.code.code,
            "algorithm": name_of(key),
            "public_key": hex(key.as_bytes()),
            "name": self.device_name,
        });
        let sent = wire.post_json("/api/v1/devices", body.to_string()).await;
        if let Err(TingfangError::Server { status: CODE_SPENT, .. }) = &sent {
            // The server does not know this key under this code and never will. Why it failed says more than that
            // the key store cannot forget.
            let _ = keys.give_up(&signs);
        }
        let answer: Answer = parsed(answered(sent?)?)?;
        must_be_this(expected.as_deref().or(Some(&shown.key_fingerprint)), &answer.server_public_key)?;
        keys.finish(&signs, &answer.token, seed)?;
        Ok(Profile {
            server,
            server_key: answer.server_public_key,
            tenant: answer.tenant,
            device: answer.device,
            person: answer.person,
            person_name: answer.person_name,
        })
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

/// What a server says of itself. A newer server may say more.
#[derive(Deserialize)]
struct Shown {
    server_public_key: String,
    key_fingerprint: String,
}

/// The server's answer to the code.
#[derive(Deserialize)]
struct Answer {
    tenant: TenantId,
    device: DeviceId,
    person: PersonId,
    person_name: String,
    token: String,
    server_public_key: String,
}

fn answered(sent: Sent<String>) -> Result<String, TingfangError> {
    match sent {
        Sent::Answered(answer) => Ok(answer),
        // Nobody cancels an enrolment.
        Sent::Cancelled => Err(TingfangError::Offline { retry_after_s: None }),
    }
}

fn parsed<T: for<'t> Deserialize<'t>>(text: String) -> Result<T, TingfangError> {
    serde_json::from_str(&text).map_err(|error| TingfangError::BadResponse { reason: error.to_string() })
}

/// Asks that a server's key has this fingerprint, however it is written.
fn must_be_this(expected: Option<&str>, key: &str) -> Result<(), TingfangError> {
    let key = public_key(key)
        .ok_or_else(|| TingfangError::BadResponse { reason: "the server's key is none".to_owned() })?;
    let fingerprint = key.fingerprint();
    match expected {
        Some(expected) if plain(expected) != plain(&fingerprint) => {
            Err(TingfangError::WrongServer { fingerprint })
        }
        _ => Ok(()),
    }
}

/// How the server calls the algorithm of a key.
const fn name_of(key: DeviceKey) -> &'static str {
    match key.algorithm() {
        Algorithm::Ed25519 => "ed25519",
        Algorithm::P256 => "p256",
    }
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
