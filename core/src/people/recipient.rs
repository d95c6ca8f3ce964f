//! 受援人 recipients: how they can be reached, and how they can be reached without danger.
//!
//! Who was beaten at home is in danger when the wrong person picks up the telephone. So the rules of
//! safe contact are read before the number is shown (domain 6.3).

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::codes;
use crate::id::CaseId;

codes! {
    /// A group that needs care of its own 受援人群体 (domain 10.1).
    RecipientGroup as "recipient_group" {
        Minor = "minor",
        Elderly = "elderly",
        Disabled = "disabled",
        Woman = "woman",
        MigrantWorker = "migrant_worker",
        Soldier = "soldier",
        InCustody = "in_custody",
        Other = "other",
    }
}

/// A recipient as a visitor needs to know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientContact {
    /// The case.
    pub case: CaseId,
    /// The name.
    pub name: String,
    /// The telephone number.
    pub phone: Option<String>,
    /// Where they live.
    pub address: Option<String>,
    /// The guardian's name and number.
    pub guardian: Option<String>,
    /// Groups that they belong to.
    pub groups: Vec<RecipientGroup>,
    /// The language or interpreter that they need.
    pub language: Option<String>,
    /// How they are reached without danger; nothing for who is not at risk.
    pub safe_contact: Option<SafeContact>,
}

/// How a recipient at risk is reached 安全联系.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeContact {
    /// The only number that may be called.
    pub number: String,
    /// From which minute of the day in China, 0 to 1439.
    pub from_minute: u16,
    /// Until which minute of the day in China, 1 to 1440, later than `from_minute`.
    pub until_minute: u16,
    /// What to say first, so that the recipient knows who calls; whoever does not answer as agreed is
    /// not the recipient.
    pub code_word: String,
    /// What else is to be kept in mind.
    pub note: Option<String>,
}

/// The longest text of a contact, in characters.
pub const MAX_CHARS: usize = 200;
/// The minutes of a day.
const MINUTES_OF_A_DAY: u16 = 24 * 60;

impl RecipientContact {
    /// The only number that may be called.
    pub fn number(&self) -> Option<&str> {
        match &self.safe_contact {
            Some(safe) => Some(&safe.number),
            None => self.phone.as_deref(),
        }
    }

    /// The fields that do not hold, each with the code of what is wrong: `empty`, `too_long`,
    /// `out_of_range`.
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let mut wrong = Vec::new();
        if self.name.trim().is_empty() {
            wrong.push(("name", "empty"));
        }
        let long = |text: &String| text.chars().count() > MAX_CHARS;
        for (field, text) in [
            ("name", Some(&self.name)),
            ("phone", self.phone.as_ref()),
            ("address", self.address.as_ref()),
            ("guardian", self.guardian.as_ref()),
            ("language", self.language.as_ref()),
        ] {
            if text.is_some_and(long) {
                wrong.push((field, "too_long"));
            }
        }
        let Some(safe) = &self.safe_contact else { return wrong };
        for (field, text) in
            [("safe_contact.number", &safe.number), ("safe_contact.code_word", &safe.code_word)]
        {
            if text.trim().is_empty() {
                wrong.push((field, "empty"));
            }
            if long(text) {
                wrong.push((field, "too_long"));
            }
        }
        if safe.note.as_ref().is_some_and(long) {
            wrong.push(("safe_contact.note", "too_long"));
        }
        if safe.from_minute >= safe.until_minute || safe.until_minute > MINUTES_OF_A_DAY {
            wrong.push(("safe_contact.until_minute", "out_of_range"));
        }
        wrong
    }
}

impl SafeContact {
    /// Whether a call is safe at this time.
    pub fn is_open(&self, at: Moment) -> bool {
        let minute = at.minute_of_day_in_china();
        (self.from_minute..self.until_minute).contains(&minute)
    }

    /// The hours as a person reads them, for instance `09:00–11:30`.
    pub fn hours(&self) -> String {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}–{}", clock(self.from_minute), clock(self.until_minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_risk() -> RecipientContact {
        RecipientContact {
            case: CaseId::from_bytes([1; 16]),
            name: "某甲".into(),
            phone: Some("13800000000".into()),
            address: None,
            guardian: None,
            groups: vec![RecipientGroup::Woman],
            language: None,
            safe_contact: Some(SafeContact {
                number: "13900000000".into(),
                from_minute: 9 * 60,
                until_minute: 11 * 60 + 30,
                code_word: "图书馆还书".into(),
                note: None,
            }),
        }
    }

    #[test]
    fn who_is_at_risk_is_called_on_the_safe_number_in_the_safe_hours_only() {
        let contact = at_risk();
        assert_eq!(contact.number(), Some("13900000000"));
        let safe = contact.safe_contact.as_ref().expect("at risk");
        let at = |text: &str| Moment::parse(text).expect("a moment");
        assert!(safe.is_open(at("2026-11-05T01:00:00Z")), "nine o'clock in China");
        assert!(!safe.is_open(at("2026-11-05T03:30:00Z")), "half past eleven");
        assert!(!safe.is_open(at("2026-11-05T00:59:59Z")));
        assert_eq!(safe.hours(), "09:00–11:30");
    }

    #[test]
    fn hours_that_end_before_they_begin_are_named() {
        let mut contact = at_risk();
        assert_eq!(contact.problems(), []);
        contact.name = " ".into();
        let safe = contact.safe_contact.as_mut().expect("at risk");
        (safe.from_minute, safe.until_minute) = (900, 600);
        assert_eq!(contact.problems(), [("name", "empty"), ("safe_contact.until_minute", "out_of_range")]);
    }
}
