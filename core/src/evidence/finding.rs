//! Findings as evidence shows them.

use serde::{Deserialize, Serialize};

use super::words::{in_sentence, points_text};
use crate::id::{CaseId, EntryId, UndertakerId};
use crate::record::ItemId;
use crate::record::common::{DefectCode, Finding, Severity};
use crate::record::shape::{Entries, PointsHundredths};
use crate::text::{Language, sentence};

/// A finding about this case and undertaker, with its entry in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingNote {
    /// Its entry.
    pub entry: EntryId,
    /// What is wrong.
    pub defect: Option<DefectCode>,
    /// How grave it is.
    pub severity: Option<Severity>,
    /// In words.
    pub text: Option<String>,
    /// The item that it names: of the rubric or of the observer's sheet.
    pub item: Option<ItemId>,
    /// What it takes off the item, in hundredths.
    pub deduction: PointsHundredths,
}

impl FindingNote {
    /// The finding as a sentence.
    pub fn sentence(&self, language: Language) -> String {
        let defect = in_sentence(language, self.defect.map_or("", |defect| defect.label(language)));
        let severity = in_sentence(language, self.severity.map_or("", |severity| severity.label(language)));
        let points = points_text(self.deduction);
        let mut values = vec![("defect", &*defect), ("severity", &*severity), ("points", points.as_str())];
        values.push(("text", self.text.as_deref().unwrap_or_default()));
        let key = match (self.text.is_some(), self.deduction.0 > 0) {
            (true, true) => "finding_text_deduction",
            (true, false) => "finding_text",
            (false, true) => "finding_deduction",
            (false, false) => "finding",
        };
        sentence(language, "evidence", key, &values)
    }
}

/// The findings of a record that stand (none was taken back) and are about this undertaker.
///
/// One that names nobody is about the subject of the record when the record has only one
/// (`only_subject`); in a record of several it cannot be held against anyone.
pub(super) fn standing(
    findings: &Entries<Finding>,
    case: CaseId,
    undertaker: UndertakerId,
    only_subject: bool,
) -> Vec<FindingNote> {
    let about = |finding: &Finding| {
        finding.withdrawn != Some(true)
            && finding.case.is_none_or(|named| named == case)
            && finding.undertaker.map_or(only_subject, |named| named == undertaker)
    };
    let note = |(entry, finding): (&EntryId, &Finding)| FindingNote {
        entry: *entry,
        defect: finding.defect,
        severity: finding.severity,
        text: finding.text.clone().filter(|text| !text.trim().is_empty()),
        item: finding.item.clone(),
        deduction: PointsHundredths(finding.deduction_points.map_or(0, |points| points.0.max(0))),
    };
    findings.iter().filter(|(_, finding)| about(finding)).map(note).collect()
}
