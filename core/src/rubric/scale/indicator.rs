//! The holistic scale: each of eight indicators has a grade, and the whole is judged from them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Grade, ScaleHead};

/// Eight indicator grades, judged as a whole (method F27; the rule is the project's proposal).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndicatorGrades {
    /// Id, name, source, hash.
    pub head: ScaleHead,
    /// How many indicators are graded.
    pub indicators: usize,
    /// Indicators of which none may be unqualified in a step that bears an unqualified one.
    pub core: Vec<String>,
    pub(super) steps: Vec<IndicatorStep>,
}

/// What a grade asks of the indicators. The first step that holds decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IndicatorStep {
    /// The grade.
    pub grade: Grade,
    /// At least so many indicators ...
    pub at_least: usize,
    /// ... are this good.
    pub reach: Grade,
    /// No indicator is worse than this, except the unqualified ones that are borne.
    pub none_below: Grade,
    /// At most so many unqualified indicators are borne, none of them core.
    pub most_unqualified: usize,
}

/// Grades of another number of indicators than the scale asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scale {scale} grades {wanted} indicators and {given} were given")]
pub struct WrongIndicators {
    /// The scale.
    pub scale: String,
    /// How many it wants.
    pub wanted: usize,
    /// How many were given.
    pub given: usize,
}

impl IndicatorGrades {
    /// Judges the whole from the grades of the indicators, by group id.
    ///
    /// # Errors
    /// When the number of indicators is another than the scale's.
    pub fn grade(&self, indicators: &BTreeMap<String, Grade>) -> Result<Grade, WrongIndicators> {
        if indicators.len() != self.indicators {
            let (scale, wanted) = (self.head.id.clone(), self.indicators);
            return Err(WrongIndicators { scale, wanted, given: indicators.len() });
        }
        let step = self.steps.iter().find(|step| self.holds(step, indicators));
        Ok(step.map_or(Grade::Unqualified, |step| step.grade))
    }

    fn holds(&self, step: &IndicatorStep, indicators: &BTreeMap<String, Grade>) -> bool {
        let failed = || indicators.iter().filter(|(_, grade)| **grade == Grade::Unqualified);
        let reached = indicators.values().filter(|grade| **grade <= step.reach).count();
        let low = indicators
            .values()
            .filter(|grade| **grade > step.none_below && **grade != Grade::Unqualified)
            .count();
        reached >= step.at_least
            && low == 0
            && failed().count() <= step.most_unqualified
            && failed().all(|(id, _)| !self.core.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::scale::Scale;
    use crate::rubric::templates;

    fn judge(grades: [Grade; 8]) -> Grade {
        let Some(Scale::IndicatorGrades(scale)) = templates().scales.get("GT4-IND") else {
            panic!("shipped")
        };
        let grades =
            grades.iter().enumerate().map(|(nth, grade)| (format!("CRM-{}", nth + 1), *grade)).collect();
        scale.grade(&grades).expect("eight indicators")
    }

    #[test]
    fn eight_indicators_are_judged_as_a_whole() {
        use Grade::{Excellent as E, Good as G, Qualified as Q, Unqualified as U};
        assert_eq!(judge([E, E, E, E, E, E, G, G]), E);
        assert_eq!(judge([E, E, E, E, E, E, G, Q]), G, "one below good spoils excellent");
        assert_eq!(judge([G, G, G, G, G, Q, Q, Q]), Q);
        assert_eq!(judge([G, G, U, G, G, Q, Q, Q]), Q, "one unqualified outside the core is borne");
        assert_eq!(judge([U, G, G, G, G, Q, Q, Q]), U, "a core indicator is not");
        assert_eq!(judge([G, G, U, G, G, U, Q, Q]), U);
    }
}
