//! From sealed sheets and evidence to a grade.

use std::collections::BTreeSet;

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
use crate::evidence::{Allegation, AllegationGround, AllegationKey, EvidenceSet, Ratio, SealedRecord};
use crate::id::DocumentId;
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
    Ok(outcome(input, sheets, first))
}

/// Whether the sheets of a phase make the score. Once a re-review replaces the first review, that
/// stays on record as it was sealed: evidence that came since need not fit it any more.
fn counts(input: &GradeInput<'_>, phase: Phase) -> bool {
    phase == Phase::ReReview
        || input.re_review.is_none()
        || input.rule.re_review_result == ReReviewResult::Joins
}

/// A current scoresheet.
struct Sheet<'a> {
    source: Source,
    sheet: &'a Scoresheet,
    phase: Phase,
    counts: bool,
    total: super::sheet::SheetTotal,
    unseen: Vec<DocumentId>,
}

/// What a sheet's assessor was shown, as far as can be told, and what is wrong with the sheet by it.
struct ShownTo<'a> {
    evidence: &'a EvidenceSet,
    problems: Vec<GradeProblem>,
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
        let counts = counts(input, phase);
        let total = total(sheet, input.rubric, input.scale);
        let shown = fitting(input, sheet, document);
        if counts {
            problems.extend(shown.problems.into_iter().map(|problem| problem.of_sheet(document)));
        }
        if counts && total.applicable < input.rule.least_applicable {
            problems.push(
                GradeProblem::new(Code::TooLittleApplicable)
                    .of_sheet(document)
                    .with("applicable", points_text(total.applicable))
                    .with("least", points_text(input.rule.least_applicable)),
            );
        }
        let unseen = unseen(input.evidence, shown.evidence);
        sheets.push(Sheet { source, sheet, phase, counts, total, unseen });
    }
    sheets
}

/// The newest state of the evidence that a sheet fits; the newest of all when it fits none.
fn fitting<'a>(input: &'a GradeInput<'_>, sheet: &Scoresheet, document: DocumentId) -> ShownTo<'a> {
    let mut newest = None;
    for evidence in input.shown_for(document) {
        let problems = check_sheet(sheet, input.rubric, evidence);
        let shown = ShownTo { evidence, problems };
        if shown.problems.is_empty() {
            return shown;
        }
        newest.get_or_insert(shown);
    }
    newest.unwrap_or(ShownTo { evidence: input.evidence, problems: Vec::new() })
}

/// The records that the grade rests on and an assessor was not shown.
fn unseen(newest: &EvidenceSet, shown: &EvidenceSet) -> Vec<DocumentId> {
    let seen: BTreeSet<DocumentId> = shown.sources.iter().map(|source| source.provenance.document).collect();
    let all = newest.sources.iter().map(|source| source.provenance.document);
    all.filter(|document| !seen.contains(document)).collect()
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
    let ruling = |ruling: &VetoRuling| RulingRef { ruling: ruling.ruling, state: ruling.state };
    let mut rulings: Vec<_> = input.rulings.iter().map(ruling).collect();
    rulings.sort_unstable();
    Basis {
        rubric: input.rubric.hash(),
        leans_on: input.rubric.leans_on.clone(),
        sheet_rubric: input.evidence.sheet_rubric,
        scale: input.scale.head.hash,
        rule: input.rule.hash(),
        evidence: input.evidence.sources.iter().map(record_ref).collect(),
        missing_reports: input.evidence.missing_reports.clone(),
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
        unseen: sheet.unseen,
    }
}

#[cfg(test)]
mod tests;
