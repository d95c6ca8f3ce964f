//! The grading rule: how scoresheets become a grade. Data with a version and a source.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::record::shape::PointsHundredths;
use crate::rubric::problem::Problems;
use crate::rubric::{Channel, ContentHash, DataProblem, DataProblemCode, Status};

codes! {
    /// What the result of a re-review does to the first review.
    ReReviewResult as "re_review_result" {
        /// It alone decides.
        Replaces = "replaces",
        /// The mean of all sheets decides.
        Joins = "joins",
    }
}

/// How scoresheets become a grade (domain 7.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GradingRule {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whose rule it is.
    pub status: Status,
    /// Where it comes from.
    pub source: String,
    /// How many independent sheets make the first review.
    pub sheets: usize,
    /// How many make a re-review, by others.
    pub re_review_sheets: usize,
    /// The least points that must be applicable in every sheet.
    pub least_applicable: PointsHundredths,
    /// Each must be met by evidence of one of its channels.
    pub needs: Vec<Vec<Channel>>,
    /// Sheets whose grades lie more steps apart need a re-review.
    pub most_steps_apart: usize,
    /// Whether an intended unqualified needs a re-review.
    pub re_review_when_unqualified: bool,
    /// Whether an unqualified grade that rests on points needs a check on the spot 实地核实.
    pub spot_check_when_unqualified: bool,
    /// What a re-review does to the first review.
    pub re_review_result: ReReviewResult,
    /// How long the undertaker has for a representation, in working days; none is asked for when 0.
    pub representation_working_days: u32,
    hash: ContentHash,
    #[serde(skip)]
    text: Arc<str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    version: String,
    status: String,
    source: String,
    sheets: i64,
    re_review_sheets: i64,
    least_applicable: i64,
    needs: Vec<Vec<String>>,
    most_steps_apart: i64,
    re_review_when_unqualified: bool,
    spot_check_when_unqualified: bool,
    re_review_result: String,
    representation_working_days: i64,
}

impl GradingRule {
    /// Reads and checks a rule.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<DataProblem>> {
        let mut problems = Problems::of(file);
        let (raw, tree): (RuleFile, _) = problems.read(text)?;
        problems.wants_text("id", &[&raw.id]);
        problems.wants_text("version", &[&raw.version]);
        problems.wants_text("source", &[&raw.source]);
        let status = problems.code("status", &raw.status, Status::from_code, Status::CODES);
        let result = problems.code(
            "re_review_result",
            &raw.re_review_result,
            ReReviewResult::from_code,
            ReReviewResult::CODES,
        );
        problems.wants_range("sheets", raw.sheets, 1, 9);
        problems.wants_range("re_review_sheets", raw.re_review_sheets, 1, 9);
        // Below a point nothing would be left to divide by.
        problems.wants_range("least_applicable", raw.least_applicable, 1_00, 100_00);
        problems.wants_range("most_steps_apart", raw.most_steps_apart, 0, 3);
        problems.wants_range("representation_working_days", raw.representation_working_days, 0, 365);
        let needs = check_needs(&raw.needs, &mut problems);
        let hash = ContentHash::of("tingfang-grading-rule/1", &tree);
        let rule = status.zip(result).map(|(status, re_review_result)| Self {
            id: raw.id,
            version: raw.version,
            status,
            source: raw.source,
            sheets: usize::try_from(raw.sheets).unwrap_or(usize::MAX),
            re_review_sheets: usize::try_from(raw.re_review_sheets).unwrap_or(usize::MAX),
            least_applicable: PointsHundredths(raw.least_applicable),
            needs,
            most_steps_apart: usize::try_from(raw.most_steps_apart).unwrap_or(0),
            re_review_when_unqualified: raw.re_review_when_unqualified,
            spot_check_when_unqualified: raw.spot_check_when_unqualified,
            re_review_result,
            representation_working_days: u32::try_from(raw.representation_working_days).unwrap_or(0),
            hash,
            text: text.into(),
        });
        problems.finish(rule)
    }

    /// The template: the project's proposal.
    pub fn template() -> &'static Self {
        static RULE: OnceLock<GradingRule> = OnceLock::new();
        RULE.get_or_init(|| {
            let text = include_str!("../../data/grading_rule.toml");
            Self::parse("grading_rule.toml", text).expect("a test reads the template")
        })
    }

    /// The content hash.
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// The file's text, as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn check_needs(needs: &[Vec<String>], problems: &mut Problems) -> Vec<Vec<Channel>> {
    let mut checked = Vec::new();
    for (nth, line) in needs.iter().enumerate() {
        let place = format!("needs.{nth}");
        if line.is_empty() {
            problems.add(&place, DataProblemCode::NoChannel, &[]);
        }
        let channels =
            line.iter().filter_map(|code| problems.code(&place, code, Channel::from_code, Channel::CODES));
        checked.push(channels.collect());
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_the_design() {
        let rule = GradingRule::template();
        assert_eq!(rule.least_applicable, PointsHundredths(60_00));
        assert_eq!(rule.needs[0], [Channel::FileReview]);
        assert!(
            !rule.needs[1].contains(&Channel::PreHearingReport),
            "the undertaker's own report opens no grade"
        );
        assert_eq!(rule.re_review_result, ReReviewResult::Replaces);
        // Golden: a released template keeps its hash.
        let hash = "d5d1ade79bd7305c475485ab49a063f00c835d33f5224b2fa3c37d075c3f8974";
        assert_eq!(rule.hash().to_string(), hash);
    }

    #[test]
    fn numbers_out_of_range_are_reported_together() {
        let text = include_str!("../../data/grading_rule.toml")
            .replace("\nsheets = 2", "\nsheets = 0")
            .replace("60_00", "0")
            .replace("\"file_review\"", "\"file\"");
        let problems = GradingRule::parse("g.toml", &text).expect_err("three");
        let places: Vec<_> = problems.iter().map(|problem| problem.item.as_str()).collect();
        assert_eq!(places, ["sheets", "least_applicable", "needs.0"]);
    }
}
