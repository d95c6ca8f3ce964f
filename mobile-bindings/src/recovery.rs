//! A forgotten PIN or a lost key store: the centre opens the phone, and learns nothing of what is on it.

use std::path::Path;
use std::sync::Arc;

use tingfang_core::phone;

use crate::enrolment::Profile;
use crate::error::TingfangError;
use crate::key_store::{HostKeys, KeyStore, minter};

/// Asks the centre to open the phone whose store lies at this path, when its PIN was forgotten or its key store was
/// lost: the text to be carried there, as a QR code or a file.
///
/// Throws `NoRecovery` when the phone opens without, or never heard of a recovery key. What the key store throws
/// comes out: keys that the platform has locked for the moment are not lost.
#[uniffi::export]
pub fn recovery_request(
    path: String,
    profile: Profile,
    key_store: Arc<dyn KeyStore>,
) -> Result<String, TingfangError> {
    let keys = HostKeys::new(key_store, None, None)?;
    let request = phone::recovery_request(Path::new(&path), &keys, profile.device, &minter());
    let request = request.map_err(|error| keys.told(error))?;
    Ok(request.to_string())
}

/// Takes the centre's answer: the phone opens without a PIN, and is to be given a new one. After a loss the key store
/// has everything again; only a key in secure hardware nobody can give back.
///
/// Throws `NoRecovery` when it answers no request of this phone, `BadArgument` when it is no answer.
#[uniffi::export]
pub fn recover(profile: Profile, key_store: Arc<dyn KeyStore>, answer: String) -> Result<(), TingfangError> {
    let answer = answer.trim().parse().map_err(TingfangError::bad_argument)?;
    let keys = HostKeys::new(key_store, None, None)?;
    let recovered = phone::recover(&keys, profile.device, &answer);
    recovered.map_err(|error| keys.told(error))
}
