//! How many cases are graded in a second: 24 items, 2 scoresheets, 6 sealed records as evidence; and how
//! long a county's cases take when all six channels speak.

use std::time::{Duration, Instant};

use tingfang_core::clock::{Interval, Moment};
use tingfang_core::evidence::{EvidenceSet, Provenance, SealedRecord, collect};
use tingfang_core::grading::{GradeInput, GradingRule, Shown, grade};
use tingfang_core::id::{CaseId, DeviceId, DocumentId, EntryId, HearingId, PersonId, UndertakerId};
use tingfang_core::people::VisitStage;
use tingfang_core::record::attendance::{Attendance, Presence};
use tingfang_core::record::complaint_intake::ComplaintIntake;
use tingfang_core::record::court_visit::{CourtVisit, OpinionLine, OrganRating};
use tingfang_core::record::file_review::{FileReview, Mark};
use tingfang_core::record::observer_sheet::ObserverSheet;
use tingfang_core::record::pre_hearing_report::PreHearingReport;
use tingfang_core::record::return_visit::ReturnVisit;
use tingfang_core::record::scoresheet::{ItemDecision, Scoresheet};
use tingfang_core::record::shape::{AnswerCode, PointsHundredths, RecordKind};
use tingfang_core::record::{ItemId, Record};
use tingfang_core::rubric::{Channel, Rubric, templates};

use crate::figures::Figures;

const CASE: [u8; 16] = [1; 16];
const UNDERTAKER: [u8; 16] = [2; 16];
const HEARING: [u8; 16] = [3; 16];

/// Measures both.
pub(crate) fn measure(figures: &mut Figures) {
    let rubric = templates().rubric("CRM-TRIAL").expect("shipped");
    let (case, undertaker) = (CaseId::from_bytes(CASE), UndertakerId::from_bytes(UNDERTAKER));
    let records = records(rubric);
    let gather = || collect(rubric, templates().observer_sheet(), case, undertaker, &records, &[]);
    let evidence = gather();
    let sheets = [scoresheet(21, &evidence), scoresheet(22, &evidence)];
    let shown = Shown::default();
    let input = input(rubric, &evidence, &shown, &sheets);
    let grading = rate(|| std::hint::black_box(grade(std::hint::black_box(&input)).is_ok()));
    let collecting = rate(|| !std::hint::black_box(gather()).items.is_empty());
    let what = format!("grade: {} items, 2 sheets, {} records", rubric.items.len(), records.len());
    figures.row(&what, "≥ 20,000 cases/s", &format!("{grading} cases/s"));
    let what = format!("evidence of a case out of {} records", records.len());
    figures.row(&what, "–", &format!("{collecting} cases/s"));
}

/// Grades so many cases, each from its records on every channel: the evidence first, then the grade.
pub(crate) fn a_county(figures: &mut Figures, cases: usize) {
    let rubric = templates().rubric("CRM-TRIAL").expect("shipped");
    let (case, undertaker) = (CaseId::from_bytes(CASE), UndertakerId::from_bytes(UNDERTAKER));
    let mut records = records(rubric);
    records.extend(other_channels(rubric));
    let gather = || collect(rubric, templates().observer_sheet(), case, undertaker, &records, &[]);
    assert_eq!(gather().channels.len() + 1, Channel::ALL.len(), "a complaint scores nothing");
    let begun = Instant::now();
    for _ in 0..cases {
        let evidence = gather();
        let sheets = [scoresheet(21, &evidence), scoresheet(22, &evidence)];
        let shown = Shown::default();
        grade(std::hint::black_box(&input(rubric, &evidence, &shown, &sheets))).expect("a grade");
    }
    let seconds = begun.elapsed().as_secs_f64();
    figures.row(
        &format!(
            "grade {} cases from {} records on six channels each, evidence included",
            crate::counted(cases),
            records.len()
        ),
        "–",
        &format!("{seconds:.2} s"),
    );
}

/// What a grade of the sample is made from.
fn input<'a>(
    rubric: &'a Rubric,
    evidence: &'a EvidenceSet,
    shown: &'a Shown,
    sheets: &'a [SealedRecord],
) -> GradeInput<'a> {
    GradeInput {
        rubric,
        scale: templates().scales.point_bands("GT4-100").expect("shipped"),
        rule: GradingRule::template(),
        evidence,
        shown,
        sheets,
        re_review: None,
        rulings: &[],
    }
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

/// A return visit, a court's opinion, a report that was checked, and a complaint.
fn other_channels(rubric: &Rubric) -> Vec<SealedRecord> {
    let questionnaire = |channel| rubric.questionnaire(channel).map(|form| form.hash().to_string());
    let (case, undertaker) = (Some(CaseId::from_bytes(CASE)), Some(UndertakerId::from_bytes(UNDERTAKER)));
    let answer =
        |question: &str, code: &str| (ItemId::parse(question).expect("an id"), AnswerCode(code.to_owned()));
    let mut visit = ReturnVisit::default();
    (visit.subject.case, visit.subject.undertaker) = (case, undertaker);
    visit.subject.questionnaire = questionnaire(Channel::ReturnVisit);
    visit.facts.stage = Some(VisitStage::After);
    visit.answers.0.extend([
        answer("RTV-01", "satisfied"),
        answer("RTV-07", "in_time"),
        answer("RTV-08", "yes"),
    ]);
    let mut court = CourtVisit::default();
    court.subject.questionnaire = questionnaire(Channel::CourtVisit);
    let line = OpinionLine {
        case,
        undertaker,
        manners: Some(OrganRating::Good),
        skill: Some(OrganRating::Average),
        ..OpinionLine::default()
    };
    court.lines.insert(EntryId::from_bytes([1; 16]), line);
    let mut report = PreHearingReport::default();
    (report.subject.case, report.subject.undertaker) = (case, undertaker);
    let mut complaint = ComplaintIntake::default();
    (complaint.subject.case, complaint.subject.undertaker) = (case, undertaker);
    let mut report = sealed(18, PreHearingReport::SHAPE.code, Record::PreHearingReport(report));
    report.due_at = Some(Moment::from_millis(1));
    vec![
        sealed(16, ReturnVisit::SHAPE.code, Record::ReturnVisit(visit)),
        sealed(17, CourtVisit::SHAPE.code, Record::CourtVisit(court)),
        report,
        sealed(19, ComplaintIntake::SHAPE.code, Record::ComplaintIntake(complaint)),
    ]
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
