//! The list of record kinds. A new kind is a file of its own and one line here.

use super::attendance::Attendance;
use super::common::Origin;
use super::complaint_intake::ComplaintIntake;
use super::court_visit::CourtVisit;
use super::discussion::Discussion;
use super::edit::{FieldPath, unfilled};
use super::file_review::FileReview;
use super::inspection::Inspection;
use super::notice::Notice;
use super::observer_sheet::ObserverSheet;
use super::pre_hearing_report::PreHearingReport;
use super::progress_contact::ProgressContact;
use super::response::Response;
use super::return_visit::ReturnVisit;
use super::scoresheet::Scoresheet;
use super::shape::{Complete, KindShape, Merge, RecordKind};
use super::tracking_card::TrackingCard;
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

            /// The shape of its kind.
            pub const fn shape(&self) -> &'static KindShape {
                match self {
                    $(Self::$type(_) => &<$type as RecordKind>::SHAPE),+
                }
            }

            /// Where the record comes from. Every kind says so.
            pub const fn origin(&self) -> &Origin {
                match self {
                    $(Self::$type(record) => &record.origin),+
                }
            }

            /// The fields that must be filled before the record can be sealed.
            pub fn missing(&self, assigned: &[PersonId]) -> Vec<FieldPath> {
                let origin = self.origin();
                // An addendum adds to what several people have sealed; it says why, and no more is
                // asked of it.
                if self.shape().merge == Merge::Shared && origin.amends.is_some() {
                    return unfilled(&[("origin/amendment_reason", origin.amendment_reason.is_none())]);
                }
                match self {
                    $(Self::$type(record) => record.missing(assigned)),+
                }
            }
        }
    };
}

kinds!(
    Attendance,
    ObserverSheet,
    FileReview,
    Scoresheet,
    ReturnVisit,
    TrackingCard,
    Notice,
    ProgressContact,
    CourtVisit,
    PreHearingReport,
    Discussion,
    Inspection,
    ComplaintIntake,
    Response,
);

/// The shape of the kind with this code.
pub fn shape_of(code: &str) -> Option<&'static KindShape> {
    KINDS.iter().find(|shape| shape.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::shape::{ContainerShape, FieldShape, KeyKind, ScalarKind};
    use crate::text::{Language, field_label, label};

    /// What a screen asks for when it shows records of the known kinds: codes by `(section, key)`,
    /// and fields by `(kind, field)`.
    #[derive(Default)]
    struct Wanted {
        codes: Vec<(String, String)>,
        fields: Vec<(&'static str, String)>,
    }

    fn wanted_labels() -> Wanted {
        let mut wanted = Wanted::default();
        for kind in KINDS {
            wanted.codes.push(("kind".to_owned(), kind.code.to_owned()));
            for container in kind.containers {
                wanted.fields.push((kind.code, container.name.to_owned()));
                match container.shape {
                    ContainerShape::Group(fields) | ContainerShape::Entries(fields) => {
                        for FieldShape { name, kind: scalar } in fields {
                            wanted.fields.push((kind.code, format!("{}.{name}", container.name)));
                            scalar_codes(*scalar, &mut wanted.codes);
                        }
                    }
                    ContainerShape::Keyed(key, scalar) => {
                        if let KeyKind::Code { name, codes } = key {
                            let keys = codes.iter().map(|code| (name.to_owned(), (*code).to_owned()));
                            wanted.codes.extend(keys);
                        }
                        scalar_codes(scalar, &mut wanted.codes);
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
        let wanted = wanted_labels();
        let mut missing = Vec::new();
        for language in [Language::Zh, Language::En] {
            let codes = wanted.codes.iter().filter(|(section, key)| is_blank(label(language, section, key)));
            missing.extend(codes.map(|(section, key)| format!("{language:?} [{section}] {key}")));
            let fields = wanted.fields.iter().filter(|(kind, at)| is_blank(field_label(language, kind, at)));
            missing.extend(fields.map(|(kind, at)| format!("{language:?} [field_{kind}] {at}")));
        }
        assert!(missing.is_empty(), "labels are missing in core/locales:\n{}", missing.join("\n"));
    }

    fn is_blank(label: Option<&str>) -> bool {
        label.is_none_or(str::is_empty)
    }
}
