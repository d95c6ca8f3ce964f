//! 评分表 scoresheet: one assessor × one case in an evaluation round.
//!
//! Evidence gives each item a default score. The assessor accepts it or adjusts it with a reason;
//! both are stored: the points here, the default in the evidence of the decision.

use super::common::Origin;
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, ItemId, Keyed, Narrative, PointsHundredths, ShortText};
use crate::id::{CaseId, PersonId, RoundId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What the assessor did with an item's default score.
    ItemDecision as "item_decision" {
        Accepted = "accepted",
        /// Other points, with a reason.
        Adjusted = "adjusted",
        NotApplicable = "not_applicable",
        NotObserved = "not_observed",
    }

    /// The one-vote vetoes 一票否决 (domain 11.1).
    VetoCode as "veto" {
        TookBenefit = "VETO-01",
        NeglectedDuty = "VETO-02",
        EndedWithoutLeave = "VETO-03",
        DisclosedSecrets = "VETO-04",
        ForgedRecords = "VETO-05",
        CausedLoss = "VETO-06",
    }
}

impl ItemDecision {
    /// Whether the seal asks why: of whatever is other than the default.
    pub fn wants_reason(self) -> bool {
        self != Self::Accepted
    }
}

field_group! {
    /// What is assessed.
    ScoresheetSubject {
        /// The evaluation round.
        round: RoundId,
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
        /// The content hash of the rubric that the round has frozen.
        rubric: ShortText,
    }
}

record_kind! {
    /// One assessor's sheet on one case.
    Scoresheet = "scoresheet" version 1 SingleWriter {
        /// What is assessed.
        subject: ScoresheetSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// What was done with each item.
        decisions: Keyed<ItemId, ItemDecision>, since 1;
        /// Points given per item, in hundredths; for an accepted item the default that was shown.
        points: Keyed<ItemId, PointsHundredths>, since 1;
        /// Why an item was adjusted or set aside.
        reasons: Keyed<ItemId, ShortText>, since 1;
        /// Vetoes that the assessor alleges, with the ground.
        alleged_vetoes: Keyed<VetoCode, ShortText>, since 1;
        /// The assessor's comment.
        comment: Narrative, since 1;
    }
}

impl Complete for Scoresheet {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        let required = [
            ("subject/round", self.subject.round.is_none()),
            ("subject/case", self.subject.case.is_none()),
            ("subject/undertaker", self.subject.undertaker.is_none()),
            ("subject/rubric", self.subject.rubric.is_none()),
            ("decisions", self.decisions.is_empty()),
        ];
        let mut missing = unfilled(&required);
        let unreasoned = self
            .decisions
            .iter()
            .filter(|(item, decision)| decision.wants_reason() && !self.reasons.contains_key(*item));
        missing.extend(unreasoned.map(|(item, _)| FieldPath::new(["reasons", item.as_str()])));
        missing
    }
}
