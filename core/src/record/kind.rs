//! The list of record kinds. A new kind is a file of its own and one line here.

use super::attendance::Attendance;
use super::common::Origin;
use super::edit::FieldPath;
use super::file_review::FileReview;
use super::observer_sheet::ObserverSheet;
use super::scoresheet::Scoresheet;
use super::shape::{Complete, KindShape, RecordKind};
use super::value::Node;
use crate::id::PersonId;

macro_rules! kinds {
    ($($type:ident),+ $(,)?) => {
        /// Every kind that this version knows.
        pub const KINDS: &[KindShape] = &[$(<$type as RecordKind>::SHAPE),+];

        /// A record of any kind, read.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(tag = "kind", content = "record", rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum Record {
            $($type($type)),+
        }

        impl Record {
            /// Reads a record of the kind with this code; nothing when the kind is not known.
            pub fn read(kind: &str, root: &Node) -> Option<Self> {
                $(if kind == <$type as RecordKind>::SHAPE.code {
                    return Some(Self::$type(<$type as RecordKind>::read(root)));
                })+
                None
            }

            /// Where the record comes from. Every kind says so.
            pub const fn origin(&self) -> &Origin {
                match self {
                    $(Self::$type(record) => &record.origin),+
                }
            }

            /// The fields that must be filled before the record can be sealed.
            pub fn missing(&self, assigned: &[PersonId]) -> Vec<FieldPath> {
                match self {
                    $(Self::$type(record) => record.missing(assigned)),+
                }
            }
        }
    };
}

kinds!(Attendance, ObserverSheet, FileReview, Scoresheet);

/// The shape of the kind with this code.
pub fn shape_of(code: &str) -> Option<&'static KindShape> {
    KINDS.iter().find(|shape| shape.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::shape::{ContainerShape, FieldShape, KeyKind, ScalarKind};
    use crate::text::{Language, label};

    /// Every `(section, key)` that a screen asks for when it shows records of the known kinds.
    fn wanted_labels() -> Vec<(String, String)> {
        let mut wanted = Vec::new();
        for kind in KINDS {
            let section = format!("field_{}", kind.code);
            wanted.push(("kind".to_owned(), kind.code.to_owned()));
            for container in kind.containers {
                wanted.push((section.clone(), container.name.to_owned()));
                match container.shape {
                    ContainerShape::Group(fields) | ContainerShape::Entries(fields) => {
                        for FieldShape { name, kind } in fields {
                            wanted.push((section.clone(), format!("{}.{name}", container.name)));
                            scalar_codes(*kind, &mut wanted);
                        }
                    }
                    ContainerShape::Keyed(key, scalar) => {
                        if let KeyKind::Code { name, codes } = key {
                            wanted.extend(codes.iter().map(|code| (name.to_owned(), (*code).to_owned())));
                        }
                        scalar_codes(scalar, &mut wanted);
                    }
                    ContainerShape::Narrative => {}
                }
            }
        }
        wanted
    }

    fn scalar_codes(kind: ScalarKind, wanted: &mut Vec<(String, String)>) {
        if let ScalarKind::Code { name, codes } = kind {
            wanted.extend(codes.iter().map(|code| (name.to_owned(), (*code).to_owned())));
        }
    }

    #[test]
    fn every_kind_field_and_code_has_a_label_in_both_languages() {
        let missing: Vec<_> = [Language::Zh, Language::En]
            .into_iter()
            .flat_map(|language| {
                wanted_labels().into_iter().map(move |(section, key)| (language, section, key))
            })
            .filter(|(language, section, key)| label(*language, section, key).is_none_or(str::is_empty))
            .map(|(language, section, key)| format!("{language:?} [{section}] {key}"))
            .collect();
        assert!(
            missing.is_empty(),
            "labels are missing in core/locales/*/record.toml:\n{}",
            missing.join("\n")
        );
    }
}
