//! From sheets to a grade: the rules of domain 7.5, each as a sentence.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::clock::Moment;
use crate::evidence::sample::*;
use crate::evidence::{EvidenceSet, collect};
use crate::grading::{GradingRule, ReReview, Shown};
use crate::id::{RulingId, VetoId};
use crate::record::file_review::Mark;
use crate::record::scoresheet::VetoCode;
use crate::rubric::{PointBands, templates};

fn scale() -> &'static PointBands {
    templates().scales.point_bands("GT4-100").expect("shipped")
}

fn evidence(mark: Mark) -> EvidenceSet {
    collect(criminal(), sheet_rubric(), case(), undertaker(), &whole_case(mark), &[])
}

/// A sheet that gives every item that has a default this percentage of its points.
fn giving(nth: u8, author: u8, evidence: &EvidenceSet, percent: i64) -> SealedRecord {
    let mut sheet = accepting(evidence);
    for item in evidence.items.iter().filter(|item| item.default.points().is_some()) {
        sheet.decisions.0.insert(item.item.clone(), ItemDecision::Adjusted);
        sheet.points.0.insert(item.item.clone(), PointsHundredths(item.points.0 * percent / 100));
        sheet.reasons.0.insert(item.item.clone(), "核对原卷".to_owned());
    }
    sealed(nth, author, Record::Scoresheet(sheet))
}

/// Everybody was shown the same.
fn no_other() -> &'static Shown {
    static NONE: std::sync::OnceLock<Shown> = std::sync::OnceLock::new();
    NONE.get_or_init(Shown::default)
}

fn input<'a>(evidence: &'a EvidenceSet, sheets: &'a [SealedRecord]) -> GradeInput<'a> {
    GradeInput {
        rubric: criminal(),
        scale: scale(),
        rule: GradingRule::template(),
        evidence,
        shown: no_other(),
        sheets,
        re_review: None,
        rulings: &[],
    }
}

fn codes(result: Result<GradeOutcome, Vec<GradeProblem>>) -> Vec<&'static str> {
    result.expect_err("no grade").iter().map(GradeProblem::code).collect()
}

#[test]
fn two_sheets_that_accept_the_evidence_give_its_grade() {
    let evidence = evidence(Mark::Mostly);
    let sheets = [
        sealed(21, 2, Record::Scoresheet(accepting(&evidence))),
        sealed(22, 3, Record::Scoresheet(accepting(&evidence))),
    ];
    let outcome = grade(&input(&evidence, &sheets)).expect("a grade");
    assert_eq!(outcome.decided_by, DecidedBy::FirstReview);
    assert_eq!(outcome.score, outcome.sheets[0].total.score);
    assert_eq!((outcome.score, outcome.grade), (PointsHundredths(81_18), Grade::Good), "78.74 of 97 points");
    assert!(outcome.may_be_final());
    assert_eq!(outcome.basis.evidence.len(), 4);
}

#[test]
fn the_mean_is_rounded_once() {
    let evidence = evidence(Mark::Full);
    let sheets = [giving(21, 2, &evidence, 90), giving(22, 3, &evidence, 85)];
    let outcome = grade(&input(&evidence, &sheets)).expect("a grade");
    let [one, other] = [outcome.sheets[0].total.exact, outcome.sheets[1].total.exact];
    assert_eq!(outcome.exact, (one + other) / Ratio::whole(2));
    assert_eq!(outcome.score, PointsHundredths(87_50));
}

#[test]
fn all_reasons_against_a_grade_come_together() {
    let mut records = whole_case(Mark::Full);
    records.retain(|sealed| !matches!(sealed.record, Record::FileReview(_)));
    let evidence = collect(criminal(), sheet_rubric(), case(), undertaker(), &records, &[]);
    let sheets = [sealed(21, 2, Record::Scoresheet(accepting(&evidence)))];
    assert_eq!(
        codes(grade(&input(&evidence, &sheets))),
        ["channel_missing", "too_little_applicable", "too_few_sheets"]
    );
}

#[test]
fn the_file_alone_makes_no_grade() {
    let mut records = whole_case(Mark::Full);
    records.retain(|sealed| matches!(sealed.record, Record::FileReview(_)));
    let evidence = collect(criminal(), sheet_rubric(), case(), undertaker(), &records, &[]);
    let sheets = [giving(21, 2, &evidence, 90), giving(22, 3, &evidence, 90)];
    let problems = grade(&input(&evidence, &sheets)).expect_err("no field channel");
    assert_eq!(
        problems[0].text(crate::text::Language::Zh),
        "尚无庭审旁听、回访受援人或征询办案机关的封存记录；请先完成其中一项并封存"
    );
}

#[test]
fn one_assessor_is_not_two() {
    let evidence = evidence(Mark::Full);
    let sheets = [giving(21, 2, &evidence, 90), giving(22, 2, &evidence, 90)];
    assert_eq!(codes(grade(&input(&evidence, &sheets))), ["same_assessor"]);
}

#[test]
fn an_amended_sheet_is_totalled_once() {
    let evidence = evidence(Mark::Full);
    let mut amended = giving(23, 2, &evidence, 95);
    amended.provenance.amends = Some(document(21));
    let sheets = [giving(21, 2, &evidence, 50), giving(22, 3, &evidence, 95), amended];
    let outcome = grade(&input(&evidence, &sheets)).expect("a grade");
    assert_eq!(outcome.score, PointsHundredths(95_00));
    assert_eq!(outcome.sheets.len(), 2);
}

#[test]
fn a_difference_over_one_step_or_an_intended_unqualified_needs_a_re_review() {
    let evidence = evidence(Mark::Full);
    let reason = |one, other| {
        let sheets = [giving(21, 2, &evidence, one), giving(22, 3, &evidence, other)];
        grade(&input(&evidence, &sheets)).expect("a grade").needs_re_review()
    };
    assert_eq!(reason(92, 84), None);
    assert_eq!(reason(92, 70), Some(ReReviewReason::GradesDiffer));
    assert_eq!(reason(84, 50), Some(ReReviewReason::IntendedUnqualified));
    assert_eq!(reason(50, 40), Some(ReReviewReason::IntendedUnqualified));
}

#[test]
fn the_re_review_replaces_the_first_which_stays_on_record() {
    let evidence = evidence(Mark::Full);
    let first = [giving(21, 2, &evidence, 92), giving(22, 3, &evidence, 50)];
    let again = [giving(23, 0, &evidence, 84)];
    let re_review = Some(ReReview { sheets: &again, checked_on_the_spot: false });
    let outcome = grade(&GradeInput { re_review, ..input(&evidence, &first) }).expect("a grade");
    assert_eq!((outcome.grade, outcome.score), (Grade::Good, PointsHundredths(84_00)));
    assert_eq!(outcome.decided_by, DecidedBy::ReReview);
    let counts: Vec<_> = outcome.sheets.iter().map(|sheet| sheet.counts).collect();
    assert_eq!(counts, [false, false, true]);
    assert!(outcome.may_be_final());
}

#[test]
fn evidence_that_came_after_a_replaced_review_binds_the_re_review_alone() {
    let before = evidence(Mark::Little);
    let first = [
        sealed(21, 2, Record::Scoresheet(accepting(&before))),
        sealed(22, 3, Record::Scoresheet(accepting(&before))),
    ];
    let after = evidence(Mark::Full);
    let stale = codes(grade(&input(&after, &first)));
    assert!(stale.contains(&"not_the_default"), "the first review accepted other points: {stale:?}");
    let again = [sealed(23, 0, Record::Scoresheet(accepting(&after)))];
    let re_review = Some(ReReview { sheets: &again, checked_on_the_spot: false });
    let outcome = grade(&GradeInput { re_review, ..input(&after, &first) }).expect("a grade");
    assert_eq!(outcome.grade, Grade::Excellent);
    let own = [sealed(23, 0, Record::Scoresheet(accepting(&before)))];
    let re_review = Some(ReReview { sheets: &own, checked_on_the_spot: false });
    let refused = codes(grade(&GradeInput { re_review, ..input(&after, &first) }));
    assert!(refused.contains(&"not_the_default"), "{refused:?}");
}

#[test]
fn a_sheet_is_held_against_what_its_assessor_was_shown() {
    let (before, after) = (evidence(Mark::Mostly), evidence(Mark::Full));
    let sheets = [
        sealed(21, 2, Record::Scoresheet(accepting(&before))),
        sealed(22, 3, Record::Scoresheet(accepting(&after))),
    ];
    let stale = codes(grade(&input(&after, &sheets)));
    assert!(stale.contains(&"not_the_default"), "{stale:?}");
    let states = [&after, &before].map(|state| Arc::new(state.clone())).to_vec();
    let shown =
        |states: &[Arc<EvidenceSet>]| Shown { by_sheet: BTreeMap::from([(document(21), states.to_vec())]) };
    for states in [&states[1..], &states[..]] {
        let outcome =
            grade(&GradeInput { shown: &shown(states), ..input(&after, &sheets) }).expect("a grade");
        assert_eq!(
            outcome.items[0].default, after.items[0].default,
            "the newest evidence is what it rests on"
        );
        assert!(outcome.sheets[0].total.score < outcome.sheets[1].total.score);
    }
    let newest_only = codes(grade(&GradeInput { shown: &shown(&states[..1]), ..input(&after, &sheets) }));
    assert!(newest_only.contains(&"not_the_default"), "it was sealed after the newest: {newest_only:?}");
}

#[test]
fn an_unqualified_grade_stands_after_others_checked_on_the_spot() {
    let evidence = evidence(Mark::Full);
    let first = [giving(21, 2, &evidence, 50), giving(22, 3, &evidence, 50)];
    let again = [giving(23, 0, &evidence, 55)];
    let with = |checked_on_the_spot| {
        let re_review = Some(ReReview { sheets: &again, checked_on_the_spot });
        grade(&GradeInput { re_review, ..input(&evidence, &first) }).expect("a grade")
    };
    assert_eq!(with(false).stops, [Stop::NeedsSpotCheck]);
    assert!(with(true).may_be_final());
    assert_eq!(with(true).grade, Grade::Unqualified);
    // Nobody reviews their own review.
    let own = [giving(23, 3, &evidence, 55)];
    let re_review = Some(ReReview { sheets: &own, checked_on_the_spot: true });
    let refused = grade(&GradeInput { re_review, ..input(&evidence, &first) });
    assert_eq!(codes(refused), ["same_re_reviewer"]);
}

#[test]
fn an_alleged_veto_stops_and_only_a_verified_one_decides() {
    let evidence = evidence(Mark::Full);
    let mut alleging = giving(21, 2, &evidence, 92);
    let Record::Scoresheet(sheet) = &mut alleging.record else { panic!("a scoresheet") };
    sheet.alleged_vetoes.0.insert(VetoCode::ForgedRecords, "会见笔录签名不符".to_owned());
    let sheets = [alleging, giving(22, 3, &evidence, 92)];
    let key = AllegationKey { code: VetoCode::ForgedRecords, document: document(21), entry: None };
    let with = |state| {
        let ruling = VetoRuling {
            ruling: RulingId::from_bytes([6; 16]),
            veto: VetoId::from_bytes([5; 16]),
            code: key.code,
            state,
            answers: Some(key),
            ground: "核对会见证明".to_owned(),
            ruled_at: Moment::from_millis(1),
        };
        grade(&GradeInput { rulings: &[ruling], ..input(&evidence, &sheets) }).expect("a grade")
    };
    let alleged = grade(&input(&evidence, &sheets)).expect("a grade");
    assert_eq!(alleged.stops, [Stop::PendingVeto { code: key.code }]);
    assert_eq!(alleged.grade, Grade::Excellent, "an allegation decides nothing");
    assert_eq!(with(VetoState::Verifying).stops.len(), 1);
    assert!(with(VetoState::Rejected).may_be_final());
    let verified = with(VetoState::Verified);
    assert_eq!((verified.grade, verified.decided_by), (Grade::Unqualified, DecidedBy::VerifiedVeto));
    assert_eq!(verified.grade_of_score, Grade::Excellent);
    assert!(verified.may_be_final());
}

#[test]
fn an_outcome_reads_back_as_it_was_written() {
    let evidence = evidence(Mark::Mostly);
    let sheets = [giving(21, 2, &evidence, 71), giving(22, 3, &evidence, 77)];
    let outcome = grade(&input(&evidence, &sheets)).expect("a grade");
    let json = serde_json::to_string(&outcome).expect("json");
    assert_eq!(serde_json::from_str::<GradeOutcome>(&json).expect("the same"), outcome);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_score_lies_between_zero_and_a_hundred_and_recomputes(
        one in 0_i64..=100, other in 0_i64..=100, mark in 0_usize..5,
    ) {
        let evidence = evidence(Mark::ALL[mark]);
        let sheets = [giving(21, 2, &evidence, one), giving(22, 3, &evidence, other)];
        let outcome = grade(&input(&evidence, &sheets)).expect("a grade");
        prop_assert!((0..=100_00).contains(&outcome.score.0));
        let turned = [sheets[1].clone(), sheets[0].clone()];
        let again = grade(&input(&evidence, &turned)).expect("a grade");
        prop_assert_eq!(&again, &outcome, "the order of the sheets does not matter");
        prop_assert_eq!(again.basis.hash(), outcome.basis.hash());
    }

    #[test]
    fn raising_an_item_never_lowers_the_score(base in 0_i64..=90, nth in 0_usize..24, more in 1_i64..=10) {
        let evidence = evidence(Mark::Full);
        let sheets = [giving(21, 2, &evidence, base), giving(22, 3, &evidence, 80)];
        let before = grade(&input(&evidence, &sheets)).expect("a grade");
        let mut raised = sheets.clone();
        let Record::Scoresheet(sheet) = &mut raised[0].record else { panic!("a scoresheet") };
        let item = &criminal().items[nth];
        if let Some(points) = sheet.points.0.get_mut(&item.id) {
            points.0 += item.points.0 * more / 100;
        }
        let after = grade(&input(&evidence, &raised)).expect("a grade");
        prop_assert!(after.exact >= before.exact);
        prop_assert!(after.grade_of_score <= before.grade_of_score, "better grades sort first");
    }

    #[test]
    fn setting_items_aside_leaves_the_score_of_the_rest(aside in proptest::collection::btree_set(0_usize..24, 0..6)) {
        let evidence = evidence(Mark::Full);
        let mut sheets = [giving(21, 2, &evidence, 80), giving(22, 3, &evidence, 80)];
        for sealed in &mut sheets {
            let Record::Scoresheet(sheet) = &mut sealed.record else { panic!("a scoresheet") };
            for place in &aside {
                let id = criminal().items[*place].id.clone();
                sheet.decisions.0.insert(id.clone(), ItemDecision::NotApplicable);
                sheet.reasons.0.insert(id, "本案无此环节".to_owned());
            }
        }
        // Every item has four fifths of its points, so any rest of them has too.
        match grade(&input(&evidence, &sheets)) {
            Ok(outcome) => prop_assert_eq!(outcome.score, PointsHundredths(80_00)),
            Err(problems) => prop_assert!(problems.iter().all(|p| p.code == Code::TooLittleApplicable)),
        }
    }
}
