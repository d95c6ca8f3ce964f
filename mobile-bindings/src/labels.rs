//! What people read, in both languages.

use tingfang_core::record::field_name::field_name;
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
    field_name(language, &kind, &path.parse().expect("any text is a path"))
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
