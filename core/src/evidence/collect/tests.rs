//! Records become evidence: each rule of the map as a sentence.

use proptest::prelude::*;

use super::*;
use crate::clock::Moment;
use crate::evidence::ReportCheck;
use crate::evidence::sample::*;
use crate::id::{AssignmentId, EntryId};
use crate::people::VisitStage;
use crate::record::common::DefectCode;
use crate::record::court_visit::{CourtVisit, OpinionLine, OrganRating};
use crate::record::file_review::Mark;
use crate::record::pre_hearing_report::PreHearingReport;
use crate::record::return_visit::ReturnVisit;
use crate::record::scoresheet::VetoCode;
use crate::record::shape::AnswerCode;

fn gather(records: &[SealedRecord]) -> EvidenceSet {
    collect(criminal(), sheet_rubric(), case(), undertaker(), records, &[])
}

fn default_of(evidence: &EvidenceSet, id: &str) -> DefaultScore {
    evidence.item(&item(id)).expect("an item").default
}

fn points_of(evidence: &EvidenceSet, id: &str) -> Option<i64> {
    default_of(evidence, id).points().map(|points| points.0)
}

fn sheet(nth: u8, author: u8, points: &[(&str, i64)]) -> SealedRecord {
    sealed(nth, author, Record::ObserverSheet(observer_sheet(points, &[])))
}

fn review(marks: &[(&str, Mark)]) -> SealedRecord {
    sealed(30, 2, Record::FileReview(file_review(marks)))
}

#[test]
fn the_mean_of_the_sheets_carries_over_to_the_item() {
    let evidence = gather(&[sheet(1, 0, &[("HRG-05", 16_00)]), sheet(2, 1, &[("HRG-05", 18_00)])]);
    assert_eq!(points_of(&evidence, "CRM-5.3"), Some(4_25), "17 of 20 points of the sheet, of 5");
    assert_eq!(points_of(&evidence, "CRM-4.2"), Some(5_95), "the observed part stands for the item");
    assert_eq!(evidence.channels, [Channel::Attendance]);
}

#[test]
fn parts_that_nobody_observed_drop_out() {
    let points = [("HRG-06", 15_00), ("HRG-08", 0), ("HRG-09", 5_00)];
    let states = [("HRG-07", ItemState::NotObserved)];
    let record = sealed(1, 0, Record::ObserverSheet(observer_sheet(&points, &states)));
    // 60 % full, 10 % nothing, 10 % full, of the 80 % that were observed: 7/8 of 5 points.
    assert_eq!(points_of(&gather(&[record]), "CRM-5.4"), Some(4_38));
}

#[test]
fn not_observed_falls_to_the_next_channel_and_then_to_not_applicable() {
    let with_file = gather(&[review(&[("CRM-5.3", Mark::Half), ("CRM-1.1", Mark::NotObserved)])]);
    assert_eq!(points_of(&with_file, "CRM-5.3"), Some(2_50));
    assert_eq!(default_of(&with_file, "CRM-1.1"), DefaultScore::NotApplicable { by: None });
    let with_both = gather(&[review(&[("CRM-5.3", Mark::Half)]), sheet(1, 0, &[("HRG-05", 20_00)])]);
    assert_eq!(points_of(&with_both, "CRM-5.3"), Some(5_00), "the attendance comes first");
}

#[test]
fn what_a_channel_calls_not_applicable_does_not_fall_on() {
    let evidence = gather(&[review(&[("CRM-1.1", Mark::NotApplicable)])]);
    let by = Some(Channel::FileReview);
    assert_eq!(default_of(&evidence, "CRM-1.1"), DefaultScore::NotApplicable { by });
}

#[test]
fn deductions_come_off_and_stop_at_zero() {
    let with = |deduction| {
        let mut record = file_review(&[("CRM-8.2", Mark::Mostly)]);
        let finding = finding("CRM-8.2", DefectCode::PapersMissing, Severity::Ordinary, deduction);
        record.findings.extend([finding]);
        points_of(&gather(&[sealed(30, 2, Record::FileReview(record))]), "CRM-8.2")
    };
    assert_eq!((with(0), with(1_00), with(9_00)), (Some(3_20), Some(2_20), Some(0)));
}

#[test]
fn a_finding_that_was_taken_back_or_is_about_somebody_else_does_not_count() {
    let mut record = file_review(&[("CRM-8.2", Mark::Full)]);
    let (_, grave) = finding("CRM-8.2", DefectCode::Forgery, Severity::Grave, 1_00);
    let id = |nth| crate::id::EntryId::from_bytes([nth; 16]);
    let withdrawn = crate::record::common::Finding { withdrawn: Some(true), ..grave.clone() };
    let other =
        crate::record::common::Finding { undertaker: Some(UndertakerId::from_bytes([99; 16])), ..grave };
    record.findings.extend([(id(1), withdrawn), (id(2), other)]);
    let evidence = gather(&[sealed(30, 2, Record::FileReview(record))]);
    assert_eq!(points_of(&evidence, "CRM-8.2"), Some(4_00));
    assert!(evidence.allegations.is_empty());
}

#[test]
fn absence_scores_nothing_and_alleges_neglect() {
    let evidence = gather(&[sealed(1, 0, Record::Attendance(attendance(Presence::Absent)))]);
    assert_eq!(points_of(&evidence, "CRM-5.1"), Some(0));
    let key = AllegationKey { code: VetoCode::NeglectedDuty, document: document(1), entry: None };
    assert_eq!(evidence.allegations[0].key, key);
}

#[test]
fn an_addendum_that_states_the_presence_anew_clears_it() {
    let absent = sealed(1, 0, Record::Attendance(attendance(Presence::Absent)));
    let mut record = attendance(Presence::OnTime);
    record.origin.amends = Some(document(1));
    let evidence = gather(&[absent, sealed(2, 1, Record::Attendance(record))]);
    assert_eq!(points_of(&evidence, "CRM-5.1"), Some(4_00));
    assert!(evidence.allegations.is_empty());
    assert!(evidence.sources.iter().all(Source::is_current), "an addendum adds");
}

#[test]
fn a_grave_finding_on_the_sheet_alleges_the_veto_of_the_item_that_it_feeds() {
    let mut record = observer_sheet(&[("HRG-01", 5_00)], &[]);
    record.findings.extend([finding("HRG-01", DefectCode::Manners, Severity::Grave, 0)]);
    let evidence = gather(&[sealed(1, 0, Record::ObserverSheet(record))]);
    assert_eq!(evidence.allegations[0].key.code, VetoCode::NeglectedDuty);
    let beside = evidence.item(&item("CRM-5.1")).expect("an item");
    assert_eq!(beside.pieces[0].findings.len(), 1);
}

#[test]
fn an_amended_sheet_is_replaced_and_both_are_shown() {
    let first = sheet(1, 0, &[("HRG-05", 4_00)]);
    let mut record = observer_sheet(&[("HRG-05", 20_00)], &[]);
    record.origin.amends = Some(document(1));
    let evidence = gather(&[sealed(2, 0, Record::ObserverSheet(record.clone())), first.clone()]);
    assert_eq!(points_of(&evidence, "CRM-5.3"), Some(5_00));
    assert_eq!(evidence.sources[0].state, SourceState::SupersededBy(document(2)));
    assert_eq!(evidence.sources[1].first, document(1));
    // Somebody else's amendment displaces nothing and does not count.
    let foreign = gather(&[sealed(2, 1, Record::ObserverSheet(record)), first]);
    assert_eq!(points_of(&foreign, "CRM-5.3"), Some(1_00));
    assert_eq!(foreign.sources[1].state, SourceState::SetAside(SetAside::ForeignAmendment));
}

#[test]
fn a_transcript_counts_as_the_observers_own() {
    let mut transcript = observer_sheet(&[("HRG-05", 10_00)], &[]);
    transcript.origin.transcribed_for = Some(person(1));
    let own = sheet(1, 1, &[("HRG-05", 20_00)]);
    let other = sheet(2, 0, &[("HRG-05", 5_00)]);
    let evidence = gather(&[own, other, sealed(3, 2, Record::ObserverSheet(transcript))]);
    // One observer's two sheets make 15, the other's makes 5: 10 of 20, of 5 points.
    assert_eq!(points_of(&evidence, "CRM-5.3"), Some(2_50));
}

#[test]
fn a_sheet_made_with_another_rubric_is_set_aside() {
    let mut record = observer_sheet(&[("HRG-05", 20_00)], &[]);
    record.subject.rubric = Some("ff".repeat(32));
    let evidence = gather(&[sealed(1, 0, Record::ObserverSheet(record))]);
    assert_eq!(evidence.sources[0].state, SourceState::SetAside(SetAside::OtherRubric));
    assert_eq!(default_of(&evidence, "CRM-5.3"), DefaultScore::NotApplicable { by: None });
    assert!(evidence.channels.is_empty());
}

#[test]
fn points_above_the_items_count_as_the_items() {
    let evidence = gather(&[sheet(1, 0, &[("HRG-07", 90_00), ("HRG-05", 20_00)])]);
    assert_eq!(points_of(&evidence, "CRM-5.4"), Some(5_00));
}

fn visit(answers: &[(&str, &str)]) -> ReturnVisit {
    let mut visit = ReturnVisit::default();
    (visit.subject.case, visit.subject.undertaker) = (Some(case()), Some(undertaker()));
    visit.facts.stage = Some(VisitStage::After);
    visit.answers.0 = answers.iter().map(|(id, code)| (item(id), AnswerCode((*code).to_owned()))).collect();
    visit
}

#[test]
fn an_answer_is_worth_what_the_questionnaire_says_and_one_outside_of_it_nothing() {
    let told = |code| gather(&[sealed(1, 0, Record::ReturnVisit(visit(&[("RTV-02", code)])))]);
    let feeds = |evidence: &EvidenceSet| {
        evidence.items.iter().find(|item| !item.pieces.is_empty()).and_then(|item| item.pieces[0].share)
    };
    assert_eq!(feeds(&told("satisfied")), Some(Ratio::new(85, 100)));
    let of_item = criminal().item(&item("CRM-6.1")).expect("an item").points.0;
    assert_eq!(points_of(&told("satisfied"), "CRM-6.1"), Some((of_item * 85 + 50) / 100));
    assert_eq!(points_of(&told("dissatisfied"), "CRM-6.1"), Some(0));
    assert_eq!(points_of(&told("not_rated"), "CRM-6.1"), None);
    assert_eq!(feeds(&told("not_rated")), None, "it tells nothing");
    assert!(told("excellent").items.iter().all(|item| item.pieces.is_empty()));
}

#[test]
fn a_question_that_is_not_asked_at_the_stage_does_not_count() {
    let mut early = visit(&[("RTV-12", "no")]);
    early.facts.stage = Some(VisitStage::Before);
    let evidence = gather(&[sealed(1, 0, Record::ReturnVisit(early))]);
    assert_eq!((evidence.channels.len(), evidence.allegations.len()), (0, 0));
    let evidence = gather(&[sealed(1, 0, Record::ReturnVisit(visit(&[("RTV-12", "no")])))]);
    assert_eq!(evidence.channels, [Channel::ReturnVisit]);
    assert_eq!(evidence.allegations.len(), 1);
}

#[test]
fn an_addendum_answers_a_question_anew() {
    let first = sealed(1, 0, Record::ReturnVisit(visit(&[("RTV-02", "dissatisfied")])));
    let mut again = visit(&[("RTV-02", "satisfied")]);
    again.origin.amends = Some(document(1));
    let evidence = gather(&[first, sealed(2, 0, Record::ReturnVisit(again))]);
    let fed = evidence.items.iter().find(|item| !item.pieces.is_empty()).expect("fed");
    let shares: Vec<_> = fed.pieces.iter().map(|piece| piece.share).collect();
    assert_eq!(shares, [Some(Ratio::new(85, 100))]);
}

#[test]
fn an_opinion_line_speaks_of_its_own_undertaker_and_case_only() {
    let line = |undertaker, manners| OpinionLine {
        case: Some(case()),
        undertaker: Some(undertaker),
        manners: Some(manners),
        ..OpinionLine::default()
    };
    let mut record = CourtVisit::default();
    let other = UndertakerId::from_bytes([99; 16]);
    record.lines.insert(EntryId::from_bytes([1; 16]), line(undertaker(), OrganRating::Average));
    record.lines.insert(EntryId::from_bytes([2; 16]), line(other, OrganRating::Good));
    let taken_back = OpinionLine { withdrawn: Some(true), ..line(undertaker(), OrganRating::Poor) };
    record.lines.insert(EntryId::from_bytes([3; 16]), taken_back);
    let evidence = gather(&[sealed(1, 0, Record::CourtVisit(record))]);
    let fed = evidence.items.iter().find(|item| !item.pieces.is_empty()).expect("fed");
    let shares: Vec<_> = fed.pieces.iter().map(|piece| piece.share).collect();
    assert_eq!(shares, [Some(Ratio::new(60, 100))]);
}

#[test]
fn a_report_that_is_put_right_after_it_was_due_is_not_late_by_that() {
    let report = |amends| {
        let mut report = PreHearingReport::default();
        (report.subject.case, report.subject.undertaker) = (Some(case()), Some(undertaker()));
        report.origin.amends = amends;
        Record::PreHearingReport(report)
    };
    let came = sealed(1, 0, report(None)).provenance.sealed.not_after;
    let with_due = |mut record: SealedRecord, later_ms: i64| {
        record.due_at = Some(came);
        let sealed = &mut record.provenance.sealed;
        sealed.not_before = sealed.not_before.map(|at| at.plus_millis(later_ms));
        record
    };
    let answer = |records: &[SealedRecord]| {
        let evidence = gather(records);
        let told =
            evidence.items.iter().flat_map(|item| item.pieces.clone()).find_map(|piece| match piece.answer {
                Answer::Question { question, code, .. } if question == item("PHR-01") => Some(code.0),
                _ => None,
            });
        told.expect("it came, so it is answered")
    };
    let (in_time, put_right) =
        (with_due(sealed(1, 0, report(None)), 0), sealed(2, 0, report(Some(document(1)))));
    let day = 86_400_000;
    assert_eq!(answer(std::slice::from_ref(&in_time)), "met");
    assert_eq!(answer(&[in_time, with_due(put_right, day)]), "met", "the first one came in time");
    assert_eq!(answer(&[with_due(sealed(1, 0, report(None)), day)]), "not_met");
}

#[test]
fn a_report_that_did_not_come_costs_what_reports_feed_and_half_of_it_beside_one_that_came() {
    let missing =
        MissingReport { assignment: AssignmentId::from_bytes([9; 16]), due_at: Moment::from_millis(1) };
    let points = |records: &[SealedRecord]| {
        let evidence = collect(criminal(), sheet_rubric(), case(), undertaker(), records, &[missing]);
        assert_eq!(evidence.missing_reports, [missing]);
        let fed = evidence.item(&item("CRM-7.1")).expect("fed by reports");
        assert!(matches!(fed.default, DefaultScore::Scored { channel: Channel::PreHearingReport, .. }));
        (fed.default.points().map(|points| points.0), fed.points.0)
    };
    assert_eq!(points(&[]).0, Some(0));
    let mut report = PreHearingReport::default();
    (report.subject.case, report.subject.undertaker) = (Some(case()), Some(undertaker()));
    let mut came = sealed(1, 0, Record::PreHearingReport(report));
    came.due_at = Some(came.provenance.sealed.not_after);
    let met = ["PHR-02", "PHR-03", "PHR-04"].map(|question| (item(question), AnswerCode("met".to_owned())));
    came.check = Some(ReportCheck { by: person(1), answers: met.into() });
    let (half, whole) = points(&[came]);
    assert_eq!(half, Some(whole / 2), "one that has all that is asked, and one that is not there");
}

#[test]
fn evidence_travels_as_json() {
    let evidence = gather(&whole_case(Mark::Mostly));
    let json = serde_json::to_string(&evidence).expect("json");
    assert_eq!(serde_json::from_str::<EvidenceSet>(&json).expect("the same"), evidence);
}

proptest! {
    #[test]
    fn the_order_of_the_records_does_not_matter(order in Just((0..4).collect::<Vec<usize>>()).prop_shuffle()) {
        let records = whole_case(Mark::Half);
        let shuffled: Vec<_> = order.iter().map(|place| records[*place].clone()).collect();
        prop_assert_eq!(gather(&shuffled), gather(&records));
    }

    #[test]
    fn a_default_never_leaves_the_items_range(
        points in proptest::collection::vec((1_usize..10, 0_i64..200_00), 0..9),
        deduction in 0_i64..100_00,
    ) {
        let named: Vec<(String, i64)> = points.into_iter().map(|(nth, p)| (format!("HRG-0{nth}"), p)).collect();
        let borrowed: Vec<(&str, i64)> = named.iter().map(|(id, points)| (&**id, *points)).collect();
        let mut record = observer_sheet(&borrowed, &[]);
        record.findings.extend([finding("CRM-5.3", DefectCode::Manners, Severity::Ordinary, deduction)]);
        let evidence = gather(&[sealed(1, 0, Record::ObserverSheet(record))]);
        for item in &evidence.items {
            let points = item.default.points().map_or(0, |points| points.0);
            prop_assert!((0..=item.points.0).contains(&points));
        }
    }
}
