//! What people read, in both languages.

use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::shape::{ContainerShape, KeyKind};
use tingfang_core::record::shape_of;
use tingfang_core::text::{self, Language};

/// The text under a section and a key; nothing when there is none.
///
/// Sections are the lists of codes (`attendance_outcome`, `duty`, `sync_state`, `verdict`, …),
/// `kind` for the kinds of records, and `rule` for the reasons of refusals.
#[uniffi::export]
pub fn label(language: Language, section: String, key: String) -> Option<String> {
    text::label(language, &section, &key).map(str::to_owned)
}

/// The label of a field of a record, or of a whole section of it; the path itself when there is none.
///
/// Under a key that is an id (`observers/<person id>`) it is the label of the section: the name
/// behind the id stands in the task.
#[uniffi::export]
pub fn field_label(language: Language, kind: String, path: String) -> String {
    let path: FieldPath = path.parse().expect("any text is a path");
    let container = path.container();
    let of_container = || text::field_label(language, &kind, container);
    let found = match path.parts() {
        [_, key] => match shape_of(&kind).and_then(|shape| shape.container(container)).map(|it| it.shape) {
            Some(ContainerShape::Keyed(KeyKind::Code { name, .. }, _)) => text::label(language, name, key),
            Some(ContainerShape::Keyed(..)) => of_container(),
            _ => text::field_label(language, &kind, &format!("{container}.{key}")),
        },
        [_, _, field] => text::field_label(language, &kind, &format!("{container}.{field}")),
        _ => of_container(),
    };
    found.map_or_else(|| path.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_path_has_a_label() {
        let entry = "019a2b3c-0000-7000-8000-000000000000";
        let of = |path: &str| field_label(Language::En, "attendance".into(), path.into());
        for path in ["facts/outcome", "narrative", "observers/x", &format!("findings/{entry}/text")] {
            assert_ne!(of(path), path);
        }
        assert_eq!(of("nothing/known"), "nothing/known");
        assert_ne!(label(Language::Zh, "rule".into(), "not_own".into()), None);
    }
}
