//! What people call a field of a record.

use super::edit::FieldPath;
use super::shape::{ContainerShape, KeyKind};
use super::shape_of;
use crate::text::{Language, field_label, label};

/// The label of a field of a record, or of a whole section of it; the path itself when there is none.
///
/// Under a key that is an id (`observers/<person id>`) it is the label of the section: the name behind
/// the id stands in the task.
pub fn field_name(language: Language, kind: &str, path: &FieldPath) -> String {
    let container = path.container();
    let of_container = || field_label(language, kind, container);
    let found = match path.parts() {
        [_, key] => match shape_of(kind).and_then(|shape| shape.container(container)).map(|it| it.shape) {
            Some(ContainerShape::Keyed(KeyKind::Code { name, .. }, _)) => label(language, name, key),
            Some(ContainerShape::Keyed(..)) => of_container(),
            _ => field_label(language, kind, &format!("{container}.{key}")),
        },
        [_, _, field] => field_label(language, kind, &format!("{container}.{field}")),
        _ => of_container(),
    };
    found.map_or_else(|| path.to_string(), str::to_owned)
}
