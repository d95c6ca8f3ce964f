//! Sealed records for the tests of evidence and grading.

use super::provenance::{Provenance, SealedRecord};
use crate::clock::{Interval, Moment};
use crate::id::{CaseId, DeviceId, DocumentId, EntryId, HearingId, PersonId, UndertakerId};
use crate::record::attendance::{Attendance, AttendanceOutcome, Presence};
use crate::record::common::{DefectCode, Finding, ItemState, Severity};
use crate::record::file_review::{FileReview, Mark};
use crate::record::observer_sheet::ObserverSheet;
use crate::record::scoresheet::{ItemDecision, Scoresheet};
use crate::record::shape::PointsHundredths;
use crate::record::{ItemId, Record};
use crate::rubric::{Rubric, templates};

pub(crate) fn criminal() -> &'static Rubric {
    templates().rubric("CRM-TRIAL").expect("shipped")
}

pub(crate) fn sheet_rubric() -> &'static Rubric {
    templates().observer_sheet()
}

pub(crate) fn case() -> CaseId {
    CaseId::from_bytes([1; 16])
}

pub(crate) fn undertaker() -> UndertakerId {
    UndertakerId::from_bytes([2; 16])
}

pub(crate) fn person(nth: u8) -> PersonId {
    PersonId::from_bytes([nth; 16])
}

pub(crate) fn document(nth: u8) -> DocumentId {
    DocumentId::from_bytes([nth; 16])
}

pub(crate) fn item(id: &str) -> ItemId {
    ItemId::parse(id).expect("an item id")
}

/// Seals a record by a person: document `nth`, device `nth`, a plausible hour.
pub(crate) fn sealed(nth: u8, author: u8, record: Record) -> SealedRecord {
    const NAMES: [&str; 4] = ["陈静", "周敏", "吴刚", "郑磊"];
    let kind = record.shape().code;
    // The rows say what an honest record repeats.
    let origin = record.origin();
    let (amends, transcribed_for) = (origin.amends, origin.transcribed_for);
    let not_after = Moment::parse("2026-03-02T04:00:00Z").expect("a time");
    let provenance = Provenance {
        document: document(nth),
        kind: kind.to_owned(),
        heads: vec![format!("{nth:02x}").repeat(32)],
        author: person(author),
        author_name: NAMES[usize::from(author) % NAMES.len()].to_owned(),
        device: DeviceId::from_bytes([nth; 16]),
        amends,
        transcribed_for,
        confirmed: None,
        sealed: Interval { not_before: Some(not_after.plus_millis(-3_600_000)), not_after },
        observed_at: None,
    };
    SealedRecord::new(provenance, record)
}

pub(crate) fn observer_sheet(points: &[(&str, i64)], states: &[(&str, ItemState)]) -> ObserverSheet {
    let mut sheet = ObserverSheet::default();
    sheet.subject.case = Some(case());
    sheet.subject.undertaker = Some(undertaker());
    sheet.subject.hearing = Some(HearingId::from_bytes([7; 16]));
    sheet.subject.rubric = Some(sheet_rubric().hash().to_string());
    sheet.points.0 = points.iter().map(|(id, points)| (item(id), PointsHundredths(*points))).collect();
    sheet.states.0 = states.iter().map(|(id, state)| (item(id), *state)).collect();
    sheet
}

pub(crate) fn file_review(marks: &[(&str, Mark)]) -> FileReview {
    let mut review = FileReview::default();
    review.subject.case = Some(case());
    review.subject.undertaker = Some(undertaker());
    review.marks.0 = marks.iter().map(|(id, mark)| (item(id), *mark)).collect();
    review
}

pub(crate) fn attendance(presence: Presence) -> Attendance {
    let mut attendance = Attendance::default();
    attendance.subject.hearing = Some(HearingId::from_bytes([7; 16]));
    attendance.facts.outcome = Some(AttendanceOutcome::Attended);
    attendance.presence.0.insert(undertaker(), presence);
    attendance
}

pub(crate) fn finding(
    at: &str,
    defect: DefectCode,
    severity: Severity,
    deduction: i64,
) -> (EntryId, Finding) {
    let finding = Finding {
        defect: Some(defect),
        severity: Some(severity),
        item: Some(item(at)),
        deduction_points: Some(PointsHundredths(deduction)),
        ..Finding::default()
    };
    (EntryId::from_bytes([9; 16]), finding)
}

/// A scoresheet that accepts every default of the evidence.
pub(crate) fn accepting(evidence: &super::EvidenceSet) -> Scoresheet {
    let mut sheet = Scoresheet::default();
    sheet.subject.case = Some(case());
    sheet.subject.undertaker = Some(undertaker());
    sheet.subject.rubric = Some(evidence.rubric.to_string());
    for item in &evidence.items {
        sheet.decisions.0.insert(item.item.clone(), ItemDecision::Accepted);
        if let Some(points) = item.default.points() {
            sheet.points.0.insert(item.item.clone(), points);
        }
    }
    sheet
}

/// A whole case: an attendance, two observers' sheets and a file review that marks every item.
pub(crate) fn whole_case(mark: Mark) -> Vec<SealedRecord> {
    let full: Vec<(String, i64)> =
        sheet_rubric().items.iter().map(|item| (item.id.to_string(), item.points.0)).collect();
    let sheet = |percent: i64| {
        let points: Vec<(&str, i64)> =
            full.iter().map(|(id, points)| (&**id, points * percent / 100)).collect();
        observer_sheet(&points, &[])
    };
    let ids: Vec<String> = criminal()
        .items
        .iter()
        .filter(|item| item.feed(crate::rubric::Channel::FileReview).is_some())
        .map(|item| item.id.to_string())
        .collect();
    let marks: Vec<(&str, Mark)> = ids.iter().map(|id| (&**id, mark)).collect();
    vec![
        sealed(10, 0, Record::Attendance(attendance(Presence::OnTime))),
        sealed(11, 0, Record::ObserverSheet(sheet(90))),
        sealed(12, 1, Record::ObserverSheet(sheet(80))),
        sealed(13, 2, Record::FileReview(file_review(&marks))),
    ]
}
