//! What a person does to a record.

use tingfang_core::gather::map_of;
use tingfang_core::id::{EntryId, Minter};
use tingfang_core::record::edit::Edit;

use super::value::FieldValue;

/// One thing that a person does to a record.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FieldEdit {
    /// Writes a field. Settling a conflict is the same: write the value that holds.
    Set {
        /// The field's path.
        path: String,
        /// What to write.
        value: FieldValue,
    },
    /// Empties a field.
    Clear {
        /// The field's path.
        path: String,
    },
    /// Adds an entry to a list of entries. Entries are never taken away again.
    Add {
        /// The list, for instance `findings`.
        list: String,
        /// Its first fields.
        fields: Vec<EntryField>,
    },
    /// Writes at the end of a long text, for instance `narrative`.
    Append {
        /// The text's path.
        path: String,
        /// What to write.
        text: String,
    },
    /// Replaces a part of a long text. Send what the person changed, not the whole text anew: what
    /// others wrote at the same time stays.
    Splice {
        /// The text's path.
        path: String,
        /// Where it begins, in Unicode code points; past the end counts as the end.
        at: u32,
        /// How many code points go.
        delete: u32,
        /// What comes.
        insert: String,
    },
}

/// A field of a new entry.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct EntryField {
    /// The field's name, for instance `severity`.
    pub name: String,
    /// Its value.
    pub value: FieldValue,
}

/// Past the end of every text, with room to count on in 32 bits.
const END: usize = i32::MAX as usize;

/// The core's edit; an entry gets a fresh id.
pub(crate) fn to_core(edit: FieldEdit, minter: &Minter) -> Edit {
    let path = |text: String| text.parse().expect("any text is a path");
    match edit {
        FieldEdit::Set { path: text, value } => Edit::Set { path: path(text), value: value.into() },
        FieldEdit::Clear { path: text } => Edit::Clear { path: path(text) },
        FieldEdit::Add { list, fields } => Edit::Add {
            container: list,
            entry: minter.mint::<EntryId>(),
            fields: map_of(fields.into_iter().map(|field| (field.name, field.value.into()))),
        },
        FieldEdit::Append { path: container, text } => {
            Edit::Splice { container, at: END, delete: 0, insert: text }
        }
        FieldEdit::Splice { path: container, at, delete, insert } => {
            Edit::Splice { container, at: position(at), delete: position(delete), insert }
        }
    }
}

/// What a core's edit wrote.
pub(crate) fn from_core(edit: Edit) -> FieldEdit {
    match edit {
        Edit::Set { path, value } => FieldEdit::Set { path: path.to_string(), value: value.into() },
        Edit::Clear { path } => FieldEdit::Clear { path: path.to_string() },
        Edit::Add { container, fields, .. } => FieldEdit::Add {
            list: container,
            fields: fields
                .into_iter()
                .map(|(name, value)| EntryField { name, value: value.into() })
                .collect(),
        },
        Edit::Splice { container, at: END, delete: 0, insert } => {
            FieldEdit::Append { path: container, text: insert }
        }
        Edit::Splice { container, at, delete, insert } => {
            let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
            FieldEdit::Splice { path: container, at: number(at), delete: number(delete), insert }
        }
    }
}

fn position(value: u32) -> usize {
    usize::try_from(value).map_or(END, |value| value.min(END))
}
