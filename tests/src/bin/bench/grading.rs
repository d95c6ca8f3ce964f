//! How many cases are graded in a second: 24 items, 2 scoresheets, 6 sealed records as evidence.

use std::time::{Duration, Instant};

use tingfang_core::clock::{Interval, Moment};
use tingfang_core::evidence::{EvidenceSet, Provenance, SealedRecord, collect};
use tingfang_core::grading::{GradeInput, GradingRule, Shown, grade};
use tingfang_core::id::{CaseId, DeviceId, DocumentId, HearingId, PersonId, UndertakerId};
use tingfang_core::record::Record;
use tingfang_core::record::attendance::{Attendance, Presence};
use tingfang_core::record::file_review::{FileReview, Mark};
use tingfang_core::record::observer_sheet::ObserverSheet;
use tingfang_core::record::scoresheet::{ItemDecision, Scoresheet};
use tingfang_core::record::shape::{PointsHundredths, RecordKind};
use tingfang_core::rubric::{Rubric, templates};

use crate::figures::Figures;

const CASE: [u8; 16] = [1; 16];
const UNDERTAKER: [u8; 16] = [2; 16];
const HEARING: [u8; 16] = [3; 16];

/// Measures both.
pub(crate) fn measure(figures: &mut Figures) {
    let rubric = templates().rubric("CRM-TRIAL").expect("shipped");
    let scale = templates().scales.point_bands("GT4-100").expect("shipped");
    let (case, undertaker) = (CaseId::from_bytes(CASE), UndertakerId::from_bytes(UNDERTAKER));
    let records = records(rubric);
    let gather = || collect(rubric, templates().observer_sheet(), case, undertaker, &records);
    let evidence = gather();
    let sheets = [scoresheet(21, &evidence), scoresheet(22, &evidence)];
    let input = GradeInput {
        rubric,
        scale,
        rule: GradingRule::template(),
        evidence: &evidence,
        shown: &Shown::default(),
        sheets: &sheets,
        re_review: None,
        rulings: &[],
    };
    let grading = rate(|| std::hint::black_box(grade(std::hint::black_box(&input)).is_ok()));
    let collecting = rate(|| !std::hint::black_box(gather()).items.is_empty());
    let what = format!("grade: {} items, 2 sheets, {} records", rubric.items.len(), records.len());
    figures.row(&what, "≥ 20,000 cases/s", &format!("{grading} cases/s"));
    let what = format!("evidence of a case out of {} records", records.len());
    figures.row(&what, "–", &format!("{collecting} cases/s"));
}

/// How often something runs in a second, measured over one.
fn rate(mut run: impl FnMut() -> bool) -> u64 {
    let (start, mut runs) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..100 {
            assert!(run(), "the sample makes a grade");
        }
        runs += 100;
    }
    runs * 1000 / u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// One attendance, three observers' sheets, two file reviews.
fn records(rubric: &Rubric) -> Vec<SealedRecord> {
    let mut attendance = Attendance::default();
    attendance.subject.hearing = Some(HearingId::from_bytes(HEARING));
    attendance.presence.0.insert(UndertakerId::from_bytes(UNDERTAKER), Presence::OnTime);
    let mut records = vec![sealed(10, Attendance::SHAPE.code, Record::Attendance(attendance))];
    for nth in 11..14 {
        let mut sheet = ObserverSheet::default();
        sheet.subject.case = Some(CaseId::from_bytes(CASE));
        sheet.subject.undertaker = Some(UndertakerId::from_bytes(UNDERTAKER));
        sheet.subject.hearing = Some(HearingId::from_bytes(HEARING));
        for item in &templates().observer_sheet().items {
            let points = item.points.0 - i64::from(nth) * 7;
            sheet.points.0.insert(item.id.clone(), PointsHundredths(points));
        }
        records.push(sealed(nth, ObserverSheet::SHAPE.code, Record::ObserverSheet(sheet)));
    }
    for nth in 14..16 {
        let mut review = FileReview::default();
        review.subject.case = Some(CaseId::from_bytes(CASE));
        review.subject.undertaker = Some(UndertakerId::from_bytes(UNDERTAKER));
        for item in &rubric.items {
            review.marks.0.insert(item.id.clone(), if nth == 14 { Mark::Full } else { Mark::Mostly });
        }
        records.push(sealed(nth, FileReview::SHAPE.code, Record::FileReview(review)));
    }
    records
}

/// A sheet that accepts every default.
fn scoresheet(nth: u8, evidence: &EvidenceSet) -> SealedRecord {
    let mut sheet = Scoresheet::default();
    sheet.subject.case = Some(evidence.case);
    sheet.subject.undertaker = Some(evidence.undertaker);
    sheet.subject.rubric = Some(evidence.rubric.to_string());
    for item in &evidence.items {
        sheet.decisions.0.insert(item.item.clone(), ItemDecision::Accepted);
        if let Some(points) = item.default.points() {
            sheet.points.0.insert(item.item.clone(), points);
        }
    }
    sealed(nth, Scoresheet::SHAPE.code, Record::Scoresheet(sheet))
}

fn sealed(nth: u8, kind: &str, record: Record) -> SealedRecord {
    let provenance = Provenance {
        document: DocumentId::from_bytes([nth; 16]),
        kind: kind.to_owned(),
        heads: vec![format!("{nth:02x}").repeat(32)],
        author: PersonId::from_bytes([nth; 16]),
        author_name: "陈静".to_owned(),
        device: DeviceId::from_bytes([nth; 16]),
        amends: None,
        transcribed_for: None,
        confirmed: None,
        sealed: Interval { not_before: None, not_after: Moment::from_millis(0) },
        observed_at: None,
    };
    SealedRecord::new(provenance, record)
}
