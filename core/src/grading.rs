//! 评估定级 grading: scoresheets and evidence become a grade, or the reasons why they do not yet.
//!
//! Pure: a grade is a function of sealed heads, rubric, scale, rule and rulings on vetoes.
//! Recomputing gives the same grade, to the hundredth of a point.
//!
//! - [`rule`]: how many sheets, what re-review, what least share (data); [`sheet`]: one scoresheet,
//!   checked and totalled; [`input`], [`outcome`], [`grade`](grade()): from sheets to a grade;
//! - [`veto`]: allegations and rulings; [`decision`]: the states of a grade decision, and whose
//!   step each is; [`problem`]: why there is no grade;
//! - [`explanation`]: the tree from the grade down to the records, as text.

pub mod decision;
pub mod explanation;
pub mod grade;
pub mod input;
pub mod outcome;
pub mod problem;
pub mod rule;
pub mod sheet;
pub mod veto;

pub use crate::evidence::Ratio;
pub use decision::{
    DecisionAct, DecisionFacts, DecisionRefusal, DecisionState, RepresentationState, StepRefused, step,
};
pub use explanation::{ExplainInput, Explanation, View, explain};
pub use grade::grade;
pub use input::{GradeInput, ReReview, Shown};
pub use outcome::{Basis, GradeOutcome, ReReviewReason, Stop};
pub use problem::{GradeProblem, GradeProblemCode};
pub use rule::GradingRule;
pub use sheet::{SheetTotal, check_sheet, total};
#[cfg(feature = "phone")]
pub(crate) use sheet::{given_points, percent};
pub use veto::{VetoOutcome, VetoRuling, VetoState};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::SetAside;
    use crate::rubric::item::{Purpose, Status};
    use crate::rubric::{Channel, DataProblemCode, Grade, VetoFact};
    use crate::text::{Language, label};

    #[test]
    fn every_code_of_these_chapters_has_a_label_in_both_languages() {
        let enumerations: &[(&str, &[&str])] = &[
            (Channel::NAME, Channel::CODES),
            (Grade::NAME, Grade::CODES),
            (Status::NAME, Status::CODES),
            (Purpose::NAME, Purpose::CODES),
            (VetoFact::NAME, VetoFact::CODES),
            (DataProblemCode::NAME, DataProblemCode::CODES),
            ("data_fix", DataProblemCode::CODES),
            (SetAside::NAME, SetAside::CODES),
            (rule::ReReviewResult::NAME, rule::ReReviewResult::CODES),
            (VetoState::NAME, VetoState::CODES),
            (outcome::Phase::NAME, outcome::Phase::CODES),
            (ReReviewReason::NAME, ReReviewReason::CODES),
            (outcome::DecidedBy::NAME, outcome::DecidedBy::CODES),
            ("stop", &["needs_re_review", "needs_spot_check", "pending_veto"]),
            (DecisionState::NAME, DecisionState::CODES),
            (DecisionAct::NAME, DecisionAct::CODES),
            (RepresentationState::NAME, RepresentationState::CODES),
            (DecisionRefusal::NAME, DecisionRefusal::CODES),
            (View::NAME, View::CODES),
            ("rounding_mode", crate::consequence::subsidy::RoundingMode::CODES),
            ("rounding_unit", crate::consequence::subsidy::RoundingUnit::CODES),
            ("subsidy_problem", &["no_row", "no_sum", "not_yet_valid"]),
            (GradeProblemCode::NAME, GradeProblemCode::CODES),
            ("grade_fix", GradeProblemCode::CODES),
        ];
        for language in [Language::Zh, Language::En] {
            for (section, codes) in enumerations {
                for code in *codes {
                    assert!(label(language, section, code).is_some(), "{language:?} lacks {section}.{code}");
                }
            }
        }
    }
}
