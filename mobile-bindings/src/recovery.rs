//! A forgotten PIN: the centre opens the phone, and learns nothing of what is on it.

use std::sync::Arc;

use tingfang_core::phone;

use crate::enrolment::Profile;
use crate::error::TingfangError;
use crate::key_store::{HostKeys, KeyStore, minter};

/// Asks the centre to open a phone whose PIN was forgotten: the text to be carried there, as a QR code or a file.
///
/// Throws `NoRecovery` when the phone has no PIN, or got one before it knew the centre's key.
#[uniffi::export]
pub fn recovery_request(profile: Profile, key_store: Arc<dyn KeyStore>) -> Result<String, TingfangError> {
    let keys = HostKeys::new(key_store, None)?;
    let request = phone::recovery_request(&keys, profile.device, &minter());
    let request = request.map_err(|error| keys.take_thrown().unwrap_or_else(|| error.into()))?;
    Ok(request.to_string())
}

/// Takes the centre's answer: the phone opens without a PIN, and is to be given a new one.
///
/// Throws `NoRecovery` when it answers no request of this phone, `BadArgument` when it is no answer.
#[uniffi::export]
pub fn recover(profile: Profile, key_store: Arc<dyn KeyStore>, answer: String) -> Result<(), TingfangError> {
    let answer = answer.trim().parse().map_err(TingfangError::bad_argument)?;
    let keys = HostKeys::new(key_store, None)?;
    let recovered = phone::recover(&keys, profile.device, &answer);
    recovered.map_err(|error| keys.take_thrown().unwrap_or_else(|| error.into()))
}
