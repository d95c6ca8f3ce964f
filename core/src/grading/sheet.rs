//! One scoresheet: checked against rubric and evidence, and totalled.

use serde::{Deserialize, Serialize};

use super::problem::{GradeProblem, GradeProblemCode as Code};
use crate::evidence::words::points_text;
use crate::evidence::{EvidenceSet, ItemEvidence, Ratio};
use crate::record::ItemId;
use crate::record::scoresheet::{ItemDecision, Scoresheet};
use crate::record::shape::PointsHundredths;
use crate::rubric::{Grade, Item, PointBands, Rubric};

/// What a scoresheet comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetTotal {
    /// Points earned on the applicable items.
    pub earned: PointsHundredths,
    /// What the applicable items are worth together.
    pub applicable: PointsHundredths,
    /// Earned ÷ applicable × 100, before rounding.
    pub exact: Ratio,
    /// The same, rounded half up once to the hundredth.
    pub score: PointsHundredths,
    /// The grade of that score.
    pub grade: Grade,
}

/// Checks a scoresheet against the rubric and the evidence that the assessor was shown.
///
/// The phone asks before the seal, the server before a grade. Everything wrong is reported together.
pub fn check_sheet(sheet: &Scoresheet, rubric: &Rubric, evidence: &EvidenceSet) -> Vec<GradeProblem> {
    let mut problems = Vec::new();
    if !fits(evidence, rubric) {
        problems.push(GradeProblem::new(Code::EvidenceOfOtherRubric));
        return problems;
    }
    if sheet.subject.rubric.as_deref() != Some(&*rubric.hash().to_string()) {
        problems.push(GradeProblem::new(Code::OtherRubric).with("rubric", &rubric.id));
    }
    if sheet.subject.case != Some(evidence.case) || sheet.subject.undertaker != Some(evidence.undertaker) {
        problems.push(GradeProblem::new(Code::OtherSubject));
    }
    for (item, evidence) in rubric.items.iter().zip(&evidence.items) {
        problems.extend(check_item(sheet, item, evidence));
    }
    for id in sheet.decisions.keys().filter(|id| rubric.place(id).is_none()) {
        problems.push(GradeProblem::new(Code::UnknownItem).at(id).with("rubric", &rubric.id));
    }
    problems
}

/// Totals a scoresheet. An item that is not applicable or was not observed counts on neither side.
pub fn total(sheet: &Scoresheet, rubric: &Rubric, scale: &PointBands) -> SheetTotal {
    let (mut earned, mut applicable) = (0, 0);
    for item in &rubric.items {
        if let Some(points) = given_points(sheet, &item.id) {
            earned += points.0.clamp(0, item.points.0);
            applicable += item.points.0;
        }
    }
    let (earned, applicable) = (PointsHundredths(earned), PointsHundredths(applicable));
    let (exact, score) = percent(earned, applicable);
    SheetTotal { earned, applicable, exact, score, grade: scale.grade(score) }
}

/// Earned ÷ applicable × 100 (domain 7.5): exactly, and rounded half up once to the hundredth.
pub(crate) fn percent(earned: PointsHundredths, applicable: PointsHundredths) -> (Ratio, PointsHundredths) {
    let exact = Ratio::new(i128::from(earned.0) * 100, applicable.0.into());
    (exact, PointsHundredths((exact * Ratio::whole(100)).round_half_up()))
}

/// Whether a decision on an item needs a reason: an adjustment does, and setting aside what the evidence has
/// scored is one too.
fn needs_reason(decision: ItemDecision, default: Option<PointsHundredths>) -> bool {
    match decision {
        ItemDecision::Adjusted => true,
        ItemDecision::NotApplicable | ItemDecision::NotObserved => default.is_some(),
        ItemDecision::Accepted => false,
    }
}

/// The points that a sheet gives an item; nothing when the item does not count.
pub(crate) fn given_points(sheet: &Scoresheet, id: &ItemId) -> Option<PointsHundredths> {
    match sheet.decisions.get(id)? {
        ItemDecision::Accepted | ItemDecision::Adjusted => sheet.points.get(id).copied(),
        ItemDecision::NotApplicable | ItemDecision::NotObserved => None,
    }
}

/// Whether evidence was collected for this very rubric.
pub(super) fn fits(evidence: &EvidenceSet, rubric: &Rubric) -> bool {
    evidence.rubric == rubric.hash()
        && evidence.items.len() == rubric.items.len()
        && evidence.items.iter().zip(&rubric.items).all(|(evidence, item)| evidence.item == item.id)
}

fn check_item(sheet: &Scoresheet, item: &Item, evidence: &ItemEvidence) -> Option<GradeProblem> {
    let problem = |code| GradeProblem::new(code).at(&item.id);
    let points = sheet.points.get(&item.id).copied();
    let default = evidence.default.points();
    let shown = || default.map(points_text).unwrap_or_default();
    let reasoned = || sheet.reasons.get(&item.id).is_some_and(|reason| !reason.trim().is_empty());
    match sheet.decisions.get(&item.id) {
        None => Some(problem(Code::NotDecided)),
        Some(ItemDecision::Accepted) => match (points, default) {
            (points, Some(default)) if points == Some(default) => None,
            (_, Some(_)) => Some(problem(Code::NotTheDefault).with("default", shown())),
            (Some(_), None) => Some(problem(Code::NothingToAccept)),
            // Accepted that the item does not count.
            (None, None) => None,
        },
        Some(ItemDecision::Adjusted) => match points {
            None => Some(problem(Code::NoPoints).with("most", points_text(item.points))),
            Some(points) if points > item.points || points.0 < 0 => Some(
                problem(Code::AboveItem)
                    .with("points", points_text(points))
                    .with("most", points_text(item.points)),
            ),
            Some(_) if !reasoned() => Some(problem(Code::NoReason).with("default", shown())),
            Some(_) => None,
        },
        Some(decision @ (ItemDecision::NotApplicable | ItemDecision::NotObserved)) => {
            let lacks = needs_reason(*decision, default) && !reasoned();
            lacks.then(|| problem(Code::NoReason).with("default", shown()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sample::*;
    use crate::evidence::{SealedRecord, collect};
    use crate::record::file_review::Mark;
    use crate::rubric::templates;
    use crate::text::Language;

    fn evidence(records: &[SealedRecord]) -> EvidenceSet {
        collect(criminal(), sheet_rubric(), case(), undertaker(), records, &[])
    }

    fn codes(sheet: &Scoresheet, evidence: &EvidenceSet) -> Vec<(Option<String>, &'static str)> {
        let problems = check_sheet(sheet, criminal(), evidence);
        problems.iter().map(|p| (p.item.as_ref().map(ItemId::to_string), p.code())).collect()
    }

    fn at(id: &str, code: &'static str) -> (Option<String>, &'static str) {
        (Some(id.to_owned()), code)
    }

    #[test]
    fn a_sheet_that_accepts_every_default_is_in_order() {
        let evidence = evidence(&whole_case(Mark::Full));
        assert_eq!(codes(&accepting(&evidence), &evidence), []);
    }

    #[test]
    fn every_slip_names_its_item() {
        let evidence = evidence(&whole_case(Mark::Full));
        let mut sheet = accepting(&evidence);
        sheet.decisions.0.remove(&item("CRM-1.1"));
        sheet.points.0.insert(item("CRM-1.2"), PointsHundredths(1_00));
        sheet.decisions.0.insert(item("CRM-1.3"), ItemDecision::Adjusted);
        sheet.decisions.0.insert(item("CRM-1.4"), ItemDecision::Adjusted);
        sheet.points.0.insert(item("CRM-1.4"), PointsHundredths(3_01));
        sheet.decisions.0.insert(item("CRM-2.1"), ItemDecision::Adjusted);
        sheet.points.0.remove(&item("CRM-2.1"));
        sheet.decisions.0.insert(item("CRM-2.2"), ItemDecision::NotApplicable);
        sheet.decisions.0.insert(item("CRM-9.9"), ItemDecision::Accepted);
        sheet.points.0.insert(item("CRM-7.1"), PointsHundredths(3_00));
        assert_eq!(
            codes(&sheet, &evidence),
            [
                at("CRM-1.1", "not_decided"),
                at("CRM-1.2", "not_the_default"),
                at("CRM-1.3", "no_reason"),
                at("CRM-1.4", "above_item"),
                at("CRM-2.1", "no_points"),
                at("CRM-2.2", "no_reason"),
                at("CRM-7.1", "nothing_to_accept"),
                at("CRM-9.9", "unknown_item"),
            ]
        );
        let problems = check_sheet(&sheet, criminal(), &evidence);
        assert_eq!(
            problems[1].text(Language::Zh),
            "CRM-1.2：标明采用默认分，但分值不是所示的 3.00；请改为 3.00 分，或者改为调整并写明理由"
        );
        assert_eq!(
            problems[1].text(Language::En),
            "CRM-1.2: accepted with other points than the default of 3.00; give 3.00, or adjust it with a reason"
        );
    }

    #[test]
    fn what_does_not_apply_counts_on_neither_side() {
        let evidence = evidence(&whole_case(Mark::Half));
        let mut sheet = accepting(&evidence);
        let scale = templates().scales.point_bands("GT4-100").expect("shipped");
        let with_all = total(&sheet, criminal(), scale);
        // Only the pre-hearing report feeds CRM-7.1, and there was none.
        assert_eq!(with_all.applicable, PointsHundredths(97_00));
        for decision in [ItemDecision::NotApplicable, ItemDecision::NotObserved] {
            sheet.decisions.0.insert(item("CRM-8.1"), decision);
            let without = total(&sheet, criminal(), scale);
            assert_eq!(without.applicable, PointsHundredths(94_00));
            assert_eq!(without.earned, PointsHundredths(with_all.earned.0 - 1_50));
        }
    }

    #[test]
    fn a_sheet_for_another_case_or_rubric_is_refused() {
        let evidence = evidence(&whole_case(Mark::Full));
        let mut sheet = accepting(&evidence);
        sheet.subject.rubric = None;
        sheet.subject.case = None;
        assert_eq!(codes(&sheet, &evidence), [(None, "other_rubric"), (None, "other_subject")]);
    }
}
