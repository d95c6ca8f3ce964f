//! How a recipient is reached. The rules of safe contact are shown before the number is: who reads
//! the number first may have dialled it before reading on.

use super::{Phone, PhoneError};
use crate::id::AssignmentId;
use crate::people::{RecipientContact, RecipientGroup};
use crate::sync::row_kind::RowKind;

/// What is shown of a recipient before anybody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactCard {
    /// The name.
    pub name: String,
    /// Groups that they belong to.
    pub groups: Vec<RecipientGroup>,
    /// The guardian's name and number; nothing for who is at risk: the only safe number is their own.
    pub guardian: Option<String>,
    /// The language or interpreter that they need.
    pub language: Option<String>,
    /// Where they live; nothing for who is at risk: nobody calls there unasked.
    pub address: Option<String>,
    /// What must be kept to, for who is at risk.
    pub rules: Option<SafeContactRules>,
    /// The number; nothing for who is at risk, until the rules were read.
    pub number: Option<String>,
}

/// What must be kept to when a recipient at risk is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeContactRules {
    /// The hours in which a call is safe, in China, for instance `09:00–11:30`.
    pub hours: String,
    /// Whether it is safe now, by the phone's clock.
    pub open_now: bool,
    /// What to say first.
    pub code_word: String,
    /// What else is to be kept in mind.
    pub note: Option<String>,
}

impl Phone {
    /// The recipients of a task, with the rules for those at risk and without their numbers.
    ///
    /// # Errors
    /// When there is no such task, the store fails, or the phone is locked.
    pub fn contacts(&self, assignment: AssignmentId) -> Result<Vec<ContactCard>, PhoneError> {
        Ok(self.recipients(assignment)?.iter().map(|recipient| self.card(recipient, false)).collect())
    }

    /// The recipients of a task with their numbers, for somebody who has read the rules. Outside of the
    /// safe hours the number of a recipient at risk stays hidden.
    ///
    /// # Errors
    /// When there is no such task, the store fails, or the phone is locked.
    pub fn contacts_after_rules(&self, assignment: AssignmentId) -> Result<Vec<ContactCard>, PhoneError> {
        Ok(self.recipients(assignment)?.iter().map(|recipient| self.card(recipient, true)).collect())
    }

    fn recipients(&self, assignment: AssignmentId) -> Result<Vec<RecipientContact>, PhoneError> {
        self.task(assignment)?.ok_or(PhoneError::NoSuchTask(assignment))?;
        let body = self.known_row(RowKind::Recipients, &assignment.to_string())?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default())
    }

    fn card(&self, recipient: &RecipientContact, rules_were_read: bool) -> ContactCard {
        let rules = recipient.safe_contact.as_ref().map(|safe| SafeContactRules {
            hours: safe.hours(),
            open_now: safe.is_open(self.now()),
            code_word: safe.code_word.clone(),
            note: safe.note.clone(),
        });
        let shown = rules.as_ref().is_none_or(|rules| rules_were_read && rules.open_now);
        ContactCard {
            name: recipient.name.clone(),
            groups: recipient.groups.clone(),
            guardian: recipient.guardian.clone().filter(|_| rules.is_none()),
            language: recipient.language.clone(),
            address: recipient.address.clone().filter(|_| rules.is_none()),
            number: recipient.number().map(str::to_owned).filter(|_| shown),
            rules,
        }
    }
}
