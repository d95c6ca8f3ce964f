//! The PIN in the terminal: giving one, and what to do when it was forgotten.

use std::path::Path;

use serde_json::json;
use tingfang_core::phone;
use tingfang_core::recovery::RecoveryAnswer;
use tingfang_core::text::{Language, sentence};

use super::home::Home;
use super::work::Desk;
use super::{Answer, PhoneCliError};

/// What the centre's answer looks like, for whoever gave something else.
const EXAMPLE: &str = "tingfang-recovery-answer/1 …";

impl Desk {
    /// Gives the phone a PIN, or takes it away.
    pub(super) fn set_pin(&mut self, pin: Option<&str>) -> Result<Answer, PhoneCliError> {
        let key = match pin {
            Some(pin) => {
                self.phone.set_pin(pin)?;
                "pin_set"
            }
            None => {
                self.phone.take_pin_away()?;
                "pin_taken_away"
            }
        };
        let text = sentence(self.language, "phone", key, &[]);
        Ok(Answer { text, json: json!({ "has_pin": self.phone.has_pin() }) })
    }
}

/// The request to the centre, for a phone whose PIN was forgotten.
pub(super) fn request(home: &Home, language: Language) -> Result<Answer, PhoneCliError> {
    let (keys, device) = home.keys_and_device()?;
    let request =
        phone::recovery_request(&home.store_path(), &keys, device, &super::home::minter())?.to_string();
    let text = sentence(language, "phone", "recovery_request", &[("request", &request)]);
    Ok(Answer { text, json: json!({ "request": request }) })
}

/// Takes the centre's answer, in a file.
pub(super) fn recover(home: &Home, file: &Path, language: Language) -> Result<Answer, PhoneCliError> {
    let given = std::fs::read_to_string(file)
        .map_err(|source| PhoneCliError::File { path: file.display().to_string(), source })?;
    let first = given.lines().next().unwrap_or_default().to_owned();
    let answer: RecoveryAnswer =
        given.parse().map_err(|_| PhoneCliError::NotLike { given: first, example: EXAMPLE })?;
    let (keys, device) = home.keys_and_device()?;
    phone::recover(&keys, device, &answer)?;
    Ok(Answer { text: sentence(language, "phone", "recovered", &[]), json: json!({ "recovered": true }) })
}
