//! The form of a record kind: which fields it has, so that an app can build its screen.

use tingfang_core::record::shape::{self, Container, ContainerShape, FieldShape, Merge, ScalarKind};
use tingfang_core::record::shape_of;

/// The form of a record kind.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RecordForm {
    /// The kind's code. Labels: section `kind`.
    pub kind: String,
    /// Whether several people write it together.
    pub shared: bool,
    /// Its sections, in order.
    pub sections: Vec<FormSection>,
}

/// A section of a form.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FormSection {
    /// Its name: the first part of its fields' paths.
    pub name: String,
    /// What it holds.
    pub layout: SectionLayout,
}

/// What a section holds.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SectionLayout {
    /// Fields: `section/field`.
    Fields {
        /// The fields.
        fields: Vec<FormField>,
    },
    /// Entries that can be added: `section/<entry id>/field`.
    Entries {
        /// The fields of each.
        fields: Vec<FormField>,
    },
    /// Values under keys: `section/<key>`.
    Keyed {
        /// What the keys are.
        keys: KeyKind,
        /// What each value is.
        value: FieldKind,
    },
    /// One long text: `section`.
    Narrative,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FormField {
    /// Its name: the last part of its path.
    pub name: String,
    /// What may stand in it.
    pub kind: FieldKind,
}

/// What may stand in a field.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FieldKind {
    /// A text.
    Text {
        /// The most characters.
        max_chars: u32,
    },
    /// One of a list of codes.
    Code {
        /// The list's name: the section of its labels.
        list: String,
        /// The codes, in order.
        codes: Vec<String>,
    },
    /// Yes or no.
    Flag,
    /// A whole number; points are in hundredths.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A point in time.
    Time,
    /// An id.
    Id,
}

/// What the keys of a section are.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyKind {
    /// Ids.
    Id,
    /// Items of a rubric, for instance `CRM-1.1`.
    Item,
    /// Codes of a list.
    Code {
        /// The list's name: the section of its labels.
        list: String,
        /// The codes, in order.
        codes: Vec<String>,
    },
}

/// The form of the kind with this code; nothing when this version does not know the kind.
#[uniffi::export]
pub fn record_form(kind: String) -> Option<RecordForm> {
    let shape = shape_of(&kind)?;
    let sections = shape.containers.iter().map(section).collect();
    Some(RecordForm { kind, shared: shape.merge == Merge::Shared, sections })
}

fn section(container: &Container) -> FormSection {
    let layout = match container.shape {
        ContainerShape::Group(fields) => SectionLayout::Fields { fields: form_fields(fields) },
        ContainerShape::Entries(fields) => SectionLayout::Entries { fields: form_fields(fields) },
        ContainerShape::Keyed(keys, value) => {
            SectionLayout::Keyed { keys: key_kind(keys), value: field_kind(value) }
        }
        ContainerShape::Narrative => SectionLayout::Narrative,
    };
    FormSection { name: container.name.to_owned(), layout }
}

fn form_fields(fields: &[FieldShape]) -> Vec<FormField> {
    fields
        .iter()
        .map(|field| FormField { name: field.name.to_owned(), kind: field_kind(field.kind) })
        .collect()
}

fn field_kind(kind: ScalarKind) -> FieldKind {
    match kind {
        ScalarKind::Text { max_chars } => {
            FieldKind::Text { max_chars: u32::try_from(max_chars).unwrap_or(u32::MAX) }
        }
        ScalarKind::Code { name, codes } => FieldKind::Code { list: name.to_owned(), codes: owned(codes) },
        ScalarKind::Flag => FieldKind::Flag,
        ScalarKind::Integer { min, max } => FieldKind::Integer { min, max },
        ScalarKind::Moment => FieldKind::Time,
        ScalarKind::Id => FieldKind::Id,
    }
}

fn key_kind(keys: shape::KeyKind) -> KeyKind {
    match keys {
        shape::KeyKind::Id => KeyKind::Id,
        shape::KeyKind::Item => KeyKind::Item,
        shape::KeyKind::Code { name, codes } => KeyKind::Code { list: name.to_owned(), codes: owned(codes) },
    }
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}
