//! Edits: what a person does to a record, checked against its kind's shape before it is written.
//!
//! Edits are small and semantic. The phone journals them beside the changes that they made, so that
//! a record can be reopened from its accepted heads with later work carried over.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::shape::{Container, ContainerShape, FieldShape, ItemId, KeyKind, KindShape, ScalarKind};
use super::value::Scalar;
use crate::clock::Moment;
use crate::id::EntryId;

/// The most characters that one change may insert into a narrative; a longer paste is committed
/// in parts, because each character is an operation.
pub const NARRATIVE_PART_CHARS: usize = 2_000;

/// Where a scalar stands: `container/field`, `container/key` or `container/entry/field`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode, serde::Serialize,
)]
#[serde(into = "String")]
pub struct FieldPath(#[n(0)] Vec<String>);

impl FieldPath {
    /// The path with these parts.
    pub fn new<const N: usize>(parts: [&str; N]) -> Self {
        Self(parts.iter().map(|&part| part.to_owned()).collect())
    }

    /// The parts, container first.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The container's name.
    pub fn container(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// The entry that a field lies in; nothing for what lies in no entry.
    pub fn entry(&self) -> Option<Self> {
        match self.0.as_slice() {
            [container, entry, _] => Some(Self::new([container, entry])),
            _ => None,
        }
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

impl FromStr for FieldPath {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.split('/').map(str::to_owned).collect()))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// One thing that a person does to a record.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Edit {
    /// Writes a scalar.
    #[n(0)]
    Set {
        /// Where.
        #[n(0)]
        path: FieldPath,
        /// What.
        #[n(1)]
        value: Scalar,
    },
    /// Empties a scalar.
    #[n(1)]
    Clear {
        /// Where.
        #[n(0)]
        path: FieldPath,
    },
    /// Adds an entry.
    #[n(2)]
    Add {
        /// The container of entries.
        #[n(0)]
        container: String,
        /// The fresh id of the entry.
        #[n(1)]
        entry: EntryId,
        /// Its first fields.
        #[n(2)]
        fields: BTreeMap<String, Scalar>,
    },
    /// Replaces part of a narrative.
    #[n(3)]
    Splice {
        /// The narrative.
        #[n(0)]
        container: String,
        /// Where it begins, in characters; past the end counts as the end.
        #[n(1)]
        at: usize,
        /// How many characters go.
        #[n(2)]
        delete: usize,
        /// What comes.
        #[n(3)]
        insert: String,
    },
}

impl Edit {
    /// Sets a scalar by path parts.
    pub fn set<const N: usize>(path: [&str; N], value: Scalar) -> Self {
        Self::Set { path: FieldPath::new(path), value }
    }

    /// Whether it makes a record longer, and does not only say something else.
    pub fn lengthens(&self) -> bool {
        match self {
            Self::Add { .. } => true,
            Self::Splice { insert, .. } => !insert.is_empty(),
            Self::Set { .. } | Self::Clear { .. } => false,
        }
    }
}

/// Why an edit does not fit the record, with the place and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No such container, field or key.
    #[error("{kind} has no field {path}; it has {known}")]
    UnknownField {
        /// The record kind.
        kind: &'static str,
        /// What was named.
        path: String,
        /// What could have been named.
        known: String,
    },
    /// A value that may not stand there.
    #[error("{path}: {problem}")]
    Value {
        /// Where.
        path: String,
        /// What is wrong and what would be right.
        problem: ValueProblem,
    },
    /// The entry is not in the record.
    #[error("{path}: no such entry; add it first")]
    NoSuchEntry {
        /// Where.
        path: String,
    },
    /// The document is damaged or its kind is not known.
    #[error("the document cannot be edited: {reason}")]
    Document {
        /// Why.
        reason: String,
    },
}

/// Why a value may not stand in a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// Not of the field's type.
    #[error("{given:?} is not {wanted}")]
    Wanted {
        /// What was given.
        given: String,
        /// What the field takes.
        wanted: String,
    },
    /// Too long.
    #[error("{chars} characters are too many; at most {max_chars} fit, longer text belongs into a narrative")]
    TooLong {
        /// How long it is.
        chars: usize,
        /// How long it may be.
        max_chars: usize,
    },
    /// Out of bounds.
    #[error("{value} is outside {min} to {max}")]
    OutOfBounds {
        /// What was given.
        value: i64,
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
}

impl ScalarKind {
    /// Whether the value may stand in a field of this kind.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, value: &Scalar) -> Result<(), ValueProblem> {
        let wanted = |wanted: String| ValueProblem::Wanted { given: value.to_string(), wanted };
        match (self, value) {
            (Self::Text { max_chars }, Scalar::Text(text)) => {
                let chars = text.chars().count();
                if chars > *max_chars {
                    return Err(ValueProblem::TooLong { chars, max_chars: *max_chars });
                }
                Ok(())
            }
            (Self::Code { codes, .. }, Scalar::Text(code)) if codes.contains(&code.as_str()) => Ok(()),
            (Self::Id, Scalar::Text(text)) if is_canonical_id(text) => Ok(()),
            (Self::Flag, Scalar::Flag(_)) | (Self::Moment, Scalar::Moment(_)) => Ok(()),
            (Self::Integer { min, max }, Scalar::Integer(value)) => {
                if (*min..=*max).contains(value) {
                    Ok(())
                } else {
                    Err(ValueProblem::OutOfBounds { value: *value, min: *min, max: *max })
                }
            }
            _ => Err(wanted(self.describe())),
        }
    }

    /// Reads a value of this kind out of text that a person typed.
    ///
    /// # Errors
    /// When the text is no such value.
    pub fn parse(&self, text: &str) -> Result<Scalar, ValueProblem> {
        let wanted = || ValueProblem::Wanted { given: text.to_owned(), wanted: self.describe() };
        let scalar = match self {
            Self::Text { .. } | Self::Code { .. } => Scalar::Text(text.to_owned()),
            Self::Id => Scalar::Text(text.to_ascii_lowercase()),
            Self::Flag => Scalar::Flag(text.parse().map_err(|_| wanted())?),
            Self::Integer { .. } => Scalar::Integer(text.parse().map_err(|_| wanted())?),
            Self::Moment => Scalar::Moment(Moment::parse(text).map_err(|_| wanted())?),
        };
        self.check(&scalar).map(|()| scalar)
    }

    fn describe(&self) -> String {
        match self {
            Self::Text { max_chars } => format!("a text of at most {max_chars} characters"),
            Self::Code { codes, .. } => format!("one of {}", codes.join(", ")),
            Self::Flag => "true or false".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Moment => "a time like 2026-11-24T09:00:00+08:00".to_owned(),
            Self::Id => "an id".to_owned(),
        }
    }
}

impl KeyKind {
    /// Whether the text may be a key.
    pub fn admits(&self, key: &str) -> bool {
        match self {
            Self::Id => is_canonical_id(key),
            Self::Item => ItemId::parse(key).is_some(),
            Self::Code { codes, .. } => codes.contains(&key),
        }
    }
}

impl KindShape {
    /// What may stand at a path.
    ///
    /// # Errors
    /// When the kind has no such field; the error lists what it has.
    pub fn scalar_at(&self, path: &FieldPath) -> Result<ScalarKind, EditError> {
        let parts: Vec<&str> = path.parts().iter().map(String::as_str).collect();
        let container = parts.first().and_then(|name| self.container(name));
        let found = container.and_then(|container| match (container.shape, parts.as_slice()) {
            (ContainerShape::Group(fields), [_, field]) => field_kind(fields, field),
            (ContainerShape::Keyed(keys, kind), [_, key]) if keys.admits(key) => Some(kind),
            (ContainerShape::Entries(fields), [_, entry, field]) if is_canonical_id(entry) => {
                field_kind(fields, field)
            }
            _ => None,
        });
        found.ok_or_else(|| EditError::UnknownField {
            kind: self.code,
            path: path.to_string(),
            known: container.map_or_else(|| self.container_names(|_| true), describe_container),
        })
    }

    /// Checks an edit against the shape, without a document.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Set { path, value } => self
                .scalar_at(path)?
                .check(value)
                .map_err(|problem| EditError::Value { path: path.to_string(), problem }),
            Edit::Clear { path } => self.scalar_at(path).map(|_| ()),
            Edit::Add { container, entry, fields } => {
                self.expect(container, |shape| matches!(shape, ContainerShape::Entries(_)))?;
                fields.iter().try_for_each(|(field, value)| {
                    let path = FieldPath::new([container, &entry.to_string(), field]);
                    self.scalar_at(&path)?
                        .check(value)
                        .map_err(|problem| EditError::Value { path: path.to_string(), problem })
                })
            }
            Edit::Splice { container, .. } => {
                self.expect(container, |shape| matches!(shape, ContainerShape::Narrative))
            }
        }
    }

    fn expect(&self, name: &str, fits: impl Fn(&ContainerShape) -> bool) -> Result<(), EditError> {
        match self.container(name) {
            Some(container) if fits(&container.shape) => Ok(()),
            _ => Err(EditError::UnknownField {
                kind: self.code,
                path: name.to_owned(),
                known: self.container_names(fits),
            }),
        }
    }

    fn container_names(&self, fits: impl Fn(&ContainerShape) -> bool) -> String {
        let fitting = self.containers.iter().filter(|container| fits(&container.shape));
        fitting.map(|container| container.name).collect::<Vec<_>>().join(", ")
    }
}

/// Whether the text is a hyphenated lower-case UUID, the one form that documents hold.
pub fn is_canonical_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.hyphenated().to_string() == text)
}

/// The paths whose flag says that they lack a value.
pub(super) fn unfilled(required: &[(&str, bool)]) -> Vec<FieldPath> {
    required
        .iter()
        .filter(|(_, lacks)| *lacks)
        .map(|(path, _)| path.parse().expect("any text is a path"))
        .collect()
}

fn field_kind(fields: &[FieldShape], name: &str) -> Option<ScalarKind> {
    fields.iter().find(|field| field.name == name).map(|field| field.kind)
}

fn describe_container(container: &Container) -> String {
    let names = |fields: &[FieldShape], prefix: &str| {
        fields.iter().map(|field| format!("{prefix}{}", field.name)).collect::<Vec<_>>().join(", ")
    };
    match container.shape {
        ContainerShape::Group(fields) => names(fields, &format!("{}/", container.name)),
        ContainerShape::Entries(fields) => names(fields, &format!("{}/<entry id>/", container.name)),
        ContainerShape::Keyed(KeyKind::Id, _) => format!("{}/<id>", container.name),
        ContainerShape::Keyed(KeyKind::Item, _) => format!("{}/<item, for instance CRM-1.1>", container.name),
        ContainerShape::Keyed(KeyKind::Code { codes, .. }, _) => {
            format!("{}/ one of {}", container.name, codes.join(", "))
        }
        ContainerShape::Narrative => format!("{} (a text)", container.name),
    }
}
