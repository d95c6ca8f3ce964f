//! How recipients are reached, and records that were returned.

use tingfang_core::clock::Moment;
use tingfang_core::id::DocumentId;
use tingfang_core::phone::{ContactCard, FieldNote, ReturnedRecord, SafeContactRules};

/// What is shown of a recipient. Show the rules before anything else.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// Codes of the groups that they belong to. Labels: section `recipient_group`.
    pub groups: Vec<String>,
    /// The guardian.
    pub guardian: Option<String>,
    /// The language or interpreter that they need.
    pub language: Option<String>,
    /// Where they live; nothing for who is at risk.
    pub address: Option<String>,
    /// What must be kept to; nothing for who is not at risk.
    pub rules: Option<SafeContactRules>,
    /// The number; nothing for who is at risk, until the rules were read and it is safe to call.
    pub number: Option<String>,
}

/// What must be kept to when a recipient at risk is called.
#[uniffi::remote(Record)]
pub struct SafeContactRules {
    /// The hours in which a call is safe, in China.
    pub hours: String,
    /// Whether it is safe now, by the phone's clock.
    pub open_now: bool,
    /// What to say first.
    pub code_word: String,
    /// What else is to be kept in mind.
    pub note: Option<String>,
}

/// A sealed record that a manager has returned. The answer is an amendment.
#[uniffi::remote(Record)]
pub struct ReturnedRecord {
    /// The record.
    pub document: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// The notes, by field.
    pub notes: Vec<FieldNote>,
    /// Who returned it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// The amendment that answers it.
    pub answered_by: Option<DocumentId>,
}

/// A note on a field.
#[uniffi::remote(Record)]
pub struct FieldNote {
    /// The field; the record as a whole when it is empty.
    pub path: String,
    /// What is to be put right.
    pub text: String,
}

impl From<ContactCard> for Contact {
    fn from(card: ContactCard) -> Self {
        Self {
            name: card.name,
            groups: card.groups.into_iter().map(|group| group.code().to_owned()).collect(),
            guardian: card.guardian,
            language: card.language,
            address: card.address,
            rules: card.rules,
            number: card.number,
        }
    }
}
