//! The list of record kinds. A new kind is a file of its own and one line here.

use super::attendance::Attendance;
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
