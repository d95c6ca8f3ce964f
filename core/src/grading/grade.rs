//! From sealed sheets and evidence to a grade.

use super::input::GradeInput;
use super::outcome::{
    Basis, DecidedBy, Given, GradeOutcome, ItemOutcome, Phase, ReReviewReason, RecordRef, RulingRef,
    SheetOutcome, Stop,
};
use super::problem::{GradeProblem, GradeProblemCode as Code};
use super::rule::ReReviewResult;
use super::sheet::{check_sheet, given_points, total};
use super::veto::{VetoOutcome, VetoRuling, VetoState, bring_together};
use crate::evidence::source::{Source, stand};
use crate::evidence::words::points_text;
use crate::evidence::{Allegation, AllegationGround, AllegationKey, Ratio, SealedRecord};
use crate::record::Record;
use crate::record::scoresheet::{ItemDecision, Scoresheet};
use crate::record::shape::PointsHundredths;
use crate::rubric::{Channel, Grade};

/// Makes the grade of one case and undertaker.
///
/// The mean of the deciding sheets, computed exactly and rounded half up once, gives the grade by
/// the scale; only a verified veto overrides it. What stops the grade from becoming final stands
/// in [`GradeOutcome::stops`].
///
/// # Errors
/// Every reason why there is no grade: sheets that are not in order, too few of them, channels
/// that the rule needs and nobody has recorded, too little that applies.
pub fn grade(input: &GradeInput<'_>) -> Result<GradeOutcome, Vec<GradeProblem>> {
    let mut problems = Vec::new();
    check_frame(input, &mut problems);
    let re_review = input.re_review.map(|re_review| re_review.sheets).unwrap_or_default();
    let mut sheets = read_sheets(input, Phase::First, input.sheets, &mut problems);
    let first = sheets.len();
    sheets.extend(read_sheets(input, Phase::ReReview, re_review, &mut problems));
    check_numbers(input, &sheets, first, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let joins = input.rule.re_review_result == ReReviewResult::Joins;
    for (place, sheet) in sheets.iter_mut().enumerate() {
        sheet.counts = input.re_review.is_none() || joins || place >= first;
    }
    Ok(outcome(input, sheets, first))
}

/// A current scoresheet.
struct Sheet<'a> {
    source: Source,
    sheet: &'a Scoresheet,
    phase: Phase,
    counts: bool,
    total: super::sheet::SheetTotal,
}

fn check_frame(input: &GradeInput<'_>, problems: &mut Vec<GradeProblem>) {
    if input.rubric.scale.as_deref() != Some(&*input.scale.head.id) {
        let wanted = input.rubric.scale.as_deref().unwrap_or("-");
        problems.push(GradeProblem::new(Code::OtherScale).with("scale", wanted));
    }
    for channels in &input.rule.needs {
        if !channels.iter().any(|channel| input.evidence.channels.contains(channel)) {
            let codes: Vec<_> = channels.iter().map(|channel| channel.code()).collect();
            problems.push(GradeProblem::new(Code::ChannelMissing).with("channels", codes.join(",")));
        }
    }
}

fn read_sheets<'a>(
    input: &GradeInput<'a>,
    phase: Phase,
    records: &'a [SealedRecord],
    problems: &mut Vec<GradeProblem>,
) -> Vec<Sheet<'a>> {
    let scoresheets = records.iter().filter(|sealed| matches!(sealed.record, Record::Scoresheet(_)));
    let mut sheets = Vec::new();
    for (sealed, source) in stand(scoresheets).into_iter().filter(|(_, source)| source.is_current()) {
        let Record::Scoresheet(sheet) = &sealed.record else { continue };
        let document = source.provenance.document;
        let wrong = check_sheet(sheet, input.rubric, input.evidence);
        problems.extend(wrong.into_iter().map(|problem| problem.of_sheet(document)));
        let total = total(sheet, input.rubric, input.scale);
        if total.applicable < input.rule.least_applicable {
            problems.push(
                GradeProblem::new(Code::TooLittleApplicable)
                    .of_sheet(document)
                    .with("applicable", points_text(total.applicable))
                    .with("least", points_text(input.rule.least_applicable)),
            );
        }
        sheets.push(Sheet { source, sheet, phase, counts: true, total });
    }
    sheets
}

fn check_numbers(
    input: &GradeInput<'_>,
    sheets: &[Sheet<'_>],
    first: usize,
    problems: &mut Vec<GradeProblem>,
) {
    let few = |code, given: usize, wanted: usize| {
        GradeProblem::new(code).with("given", given).with("wanted", wanted)
    };
    if first < input.rule.sheets {
        problems.push(few(Code::TooFewSheets, first, input.rule.sheets));
    }
    let again = sheets.len() - first;
    if input.re_review.is_some() && again < input.rule.re_review_sheets {
        problems.push(few(Code::TooFewReReviewSheets, again, input.rule.re_review_sheets));
    }
    for (place, sheet) in sheets.iter().enumerate() {
        let voice = sheet.source.provenance.voice();
        if let Some(other) = sheets[..place].iter().find(|other| other.source.provenance.voice() == voice) {
            let code = if other.phase == sheet.phase { Code::SameAssessor } else { Code::SameReReviewer };
            let name = &sheet.source.provenance.author_name;
            problems
                .push(GradeProblem::new(code).of_sheet(sheet.source.provenance.document).with("name", name));
        }
    }
}

fn outcome(input: &GradeInput<'_>, sheets: Vec<Sheet<'_>>, first: usize) -> GradeOutcome {
    let deciding = sheets.iter().filter(|sheet| sheet.counts);
    let count = i64::try_from(deciding.clone().count()).unwrap_or(i64::MAX);
    let exact = deciding.map(|sheet| sheet.total.exact).sum::<Ratio>() / Ratio::whole(count);
    let score = PointsHundredths((exact * Ratio::whole(100)).round_half_up());
    let grade_of_score = input.scale.grade(score);
    let vetoes = bring_together(allegations(input, &sheets), input.rulings);
    let verified = vetoes.iter().any(|veto| veto.state == VetoState::Verified);
    let decided_by = match (verified, input.re_review, input.rule.re_review_result) {
        (true, ..) => DecidedBy::VerifiedVeto,
        (_, None, _) => DecidedBy::FirstReview,
        (_, Some(_), ReReviewResult::Replaces) => DecidedBy::ReReview,
        (_, Some(_), ReReviewResult::Joins) => DecidedBy::AllSheets,
    };
    let mut stops = pending(&vetoes);
    if !verified {
        stops.extend(review_stop(input, &sheets, first, grade_of_score));
    }
    let items = input.rubric.items.iter().zip(&input.evidence.items).map(|(item, evidence)| ItemOutcome {
        item: item.id.clone(),
        points: item.points,
        default: evidence.default,
        given: sheets.iter().map(|sheet| given(sheet.sheet, &item.id)).collect(),
    });
    GradeOutcome {
        case: input.evidence.case,
        undertaker: input.evidence.undertaker,
        grade: if verified { Grade::Unqualified } else { grade_of_score },
        decided_by,
        score,
        exact,
        grade_of_score,
        items: items.collect(),
        vetoes,
        stops,
        basis: basis(input, &sheets),
        sheets: sheets.into_iter().map(sheet_outcome).collect(),
    }
}

/// What the records and the assessors allege.
fn allegations(input: &GradeInput<'_>, sheets: &[Sheet<'_>]) -> Vec<Allegation> {
    let of_sheet = |sheet: &Sheet<'_>| {
        let document = sheet.source.first;
        let allege = move |(code, text): (&_, &String)| Allegation {
            key: AllegationKey { code: *code, document, entry: None },
            channel: Channel::FileReview,
            ground: AllegationGround::Assessor { text: text.clone() },
        };
        sheet.sheet.alleged_vetoes.iter().map(allege).collect::<Vec<_>>()
    };
    input.evidence.allegations.iter().cloned().chain(sheets.iter().flat_map(of_sheet)).collect()
}

fn pending(vetoes: &[VetoOutcome]) -> Vec<Stop> {
    let mut codes: Vec<_> =
        vetoes.iter().filter(|veto| veto.state.is_pending()).map(|veto| veto.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().map(|code| Stop::PendingVeto { code }).collect()
}

/// Whether the case must be reviewed again, or checked on the spot.
///
/// A re-review that confirms unqualified stands once the case was checked on the spot; one whose
/// own sheets lie too far apart is not the end of it.
fn review_stop(
    input: &GradeInput<'_>,
    sheets: &[Sheet<'_>],
    first: usize,
    grade_of_score: Grade,
) -> Option<Stop> {
    let differ = |sheets: &[Sheet<'_>]| {
        sheets.iter().any(|one| {
            sheets.iter().any(|other| {
                input.scale.steps_between(one.total.grade, other.total.grade) > input.rule.most_steps_apart
            })
        })
    };
    let unqualified = |grade: Grade| grade == Grade::Unqualified;
    let reason = match input.re_review {
        None if input.rule.re_review_when_unqualified
            && (unqualified(grade_of_score) || sheets.iter().any(|sheet| unqualified(sheet.total.grade))) =>
        {
            Some(ReReviewReason::IntendedUnqualified)
        }
        None => differ(sheets).then_some(ReReviewReason::GradesDiffer),
        Some(_) => differ(&sheets[first..]).then_some(ReReviewReason::GradesDiffer),
    };
    let unchecked = !input.re_review.is_some_and(|re_review| re_review.checked_on_the_spot);
    match reason {
        Some(reason) => Some(Stop::NeedsReReview { reason }),
        None if input.rule.spot_check_when_unqualified && unqualified(grade_of_score) && unchecked => {
            Some(Stop::NeedsSpotCheck)
        }
        None => None,
    }
}

fn given(sheet: &Scoresheet, id: &crate::record::ItemId) -> Given {
    Given {
        decision: sheet.decisions.get(id).copied().unwrap_or(ItemDecision::NotObserved),
        points: given_points(sheet, id),
        reason: sheet.reasons.get(id).filter(|reason| !reason.trim().is_empty()).cloned(),
    }
}

fn basis(input: &GradeInput<'_>, sheets: &[Sheet<'_>]) -> Basis {
    let ruling = |ruling: &VetoRuling| RulingRef { veto: ruling.veto, state: ruling.state };
    let mut rulings: Vec<_> = input.rulings.iter().map(ruling).collect();
    rulings.sort_unstable();
    Basis {
        rubric: input.rubric.hash(),
        leans_on: input.rubric.leans_on.clone(),
        sheet_rubric: input.evidence.sheet_rubric,
        scale: input.scale.head.hash,
        rule: input.rule.hash(),
        evidence: input.evidence.sources.iter().map(record_ref).collect(),
        sheets: sheets.iter().map(|sheet| record_ref(&sheet.source)).collect(),
        rulings,
        checked_on_the_spot: input.re_review.is_some_and(|re_review| re_review.checked_on_the_spot),
    }
}

fn record_ref(source: &Source) -> RecordRef {
    RecordRef { document: source.provenance.document, heads: source.provenance.heads.clone() }
}

fn sheet_outcome(sheet: Sheet<'_>) -> SheetOutcome {
    let provenance = sheet.source.provenance;
    let assessor = provenance.voice();
    SheetOutcome {
        record: RecordRef { document: provenance.document, heads: provenance.heads },
        assessor,
        assessor_name: provenance.author_name,
        phase: sheet.phase,
        counts: sheet.counts,
        total: sheet.total,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::sample::*;
    use crate::evidence::{EvidenceSet, collect};
    use crate::grading::{GradingRule, ReReview};
    use crate::id::VetoId;
    use crate::record::file_review::Mark;
    use crate::record::scoresheet::VetoCode;
    use crate::rubric::{PointBands, templates};

    fn scale() -> &'static PointBands {
        templates().scales.point_bands("GT4-100").expect("shipped")
    }

    fn evidence(mark: Mark) -> EvidenceSet {
        collect(criminal(), sheet_rubric(), case(), undertaker(), &whole_case(mark))
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

    fn input<'a>(evidence: &'a EvidenceSet, sheets: &'a [SealedRecord]) -> GradeInput<'a> {
        GradeInput {
            rubric: criminal(),
            scale: scale(),
            rule: GradingRule::template(),
            evidence,
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
        assert_eq!(
            (outcome.score, outcome.grade),
            (PointsHundredths(81_18), Grade::Good),
            "78.74 of 97 points"
        );
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
        let evidence = collect(criminal(), sheet_rubric(), case(), undertaker(), &records);
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
        let evidence = collect(criminal(), sheet_rubric(), case(), undertaker(), &records);
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
        let Record::Scoresheet(sheet) = &mut amended.record else { panic!("a scoresheet") };
        sheet.origin.amends = Some(document(21));
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
                veto: VetoId::from_bytes([5; 16]),
                code: key.code,
                state,
                answers: Some(key),
                ground: "核对会见证明".to_owned(),
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
}
