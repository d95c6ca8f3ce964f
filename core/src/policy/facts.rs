//! What a rule looks at: the person, the record, and what is asked.

use std::collections::BTreeSet;

use crate::codes;
use crate::id::PersonId;
use crate::people::{Duty, Relation, Role};
use crate::record::edit::{Edit, FieldPath};
use crate::record::value::Scalar;

codes! {
    /// What somebody does to a record.
    Act as "act" {
        Begin = "begin",
        Set = "set",
        Clear = "clear",
        Add = "add",
        InsertText = "insert_text",
        DeleteText = "delete_text",
        Seal = "seal",
        /// Begins an amendment of a sealed record.
        Amend = "amend",
        /// Begins an addendum of what came too late for the seal of a shared record.
        AddLate = "add_late",
        /// Says that a clerk's transcript is what one wrote on paper.
        Confirm = "confirm",
    }

    /// How a record stands.
    RecordState as "record_state" {
        Open = "open",
        Sealed = "sealed",
        /// Its assignment was closed.
        Closed = "closed",
    }
}

/// The person and the record, at one position in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who writes.
    pub person: PersonId,
    /// The roles that they hold.
    pub roles: BTreeSet<Role>,
    /// Their duty in the assignment that the record answers.
    pub duty: Option<Duty>,
    /// How they stand to the case.
    pub relation: Relation,
    /// Whether they are the one writer of a single-writer record.
    pub is_writer: bool,
    /// How the record stands.
    pub state: RecordState,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The record kind's code.
    pub kind: &'a str,
    /// What is done.
    pub act: Act,
    /// Where; empty for the record as a whole.
    pub path: &'a FieldPath,
    /// Who added the entry that the path lies in; nothing outside of entries.
    pub entry_owner: Option<PersonId>,
    /// The text or code that is written; nothing where none is.
    pub value: Option<&'a str>,
}

impl Act {
    /// Whether it makes a record longer, and does not only say something else.
    pub const fn lengthens(self) -> bool {
        matches!(self, Self::InsertText | Self::Add)
    }

    /// The text or code that an edit writes; nothing where it writes none.
    pub fn text_of_edit(edit: &Edit) -> Option<&str> {
        match edit {
            Edit::Set { value: Scalar::Text(text), .. } => Some(text),
            _ => None,
        }
    }

    /// What an edit does, and where.
    pub fn of_edit(edit: &Edit) -> (Self, FieldPath) {
        match edit {
            Edit::Set { path, .. } => (Self::Set, path.clone()),
            Edit::Clear { path } => (Self::Clear, path.clone()),
            Edit::Add { container, entry, .. } => {
                (Self::Add, FieldPath::new([container, &entry.to_string()]))
            }
            Edit::Splice { container, .. } => (Self::InsertText, FieldPath::new([container])),
        }
    }
}
