//! The states of a grade decision, and whose step each is.
//!
//! proposed → (re-review → proposed) → representation → final → superseded. The manager proposes,
//! the director finalises. A row in the ledger never changes: a step adds one.

use serde::{Deserialize, Serialize};

use super::outcome::Stop;
use super::rule::GradingRule;
use crate::codes;
use crate::people::Role;

codes! {
    /// Where a grade decision stands (domain 10.2).
    DecisionState as "decision_state" {
        Proposed = "proposed",
        ReReview = "re_review",
        Representation = "representation",
        Final = "final",
        Superseded = "superseded",
    }

    /// A step.
    DecisionAct as "decision_act" {
        /// Proposes a grade: at first, after a re-review, or anew after a representation.
        Propose = "propose",
        /// Hands the case to others.
        SendToReReview = "send_to_re_review",
        /// Tells the undertaker, who may answer.
        OpenRepresentation = "open_representation",
        Finalise = "finalise",
        /// A newer decision takes its place; the ledger reverses what followed from it.
        Supersede = "supersede",
    }

    /// How a representation stands.
    RepresentationState as "representation_state" {
        NotOpened = "not_opened",
        /// The undertaker may still answer.
        Open = "open",
        /// Answered by the centre, or the time is over without one.
        Closed = "closed",
    }

    /// Why a step is refused.
    DecisionRefusal as "decision_refusal" {
        RoleMayNot = "role_may_not",
        NotFromHere = "not_from_here",
        ReReviewFirst = "re_review_first",
        VetoPending = "veto_pending",
        RepresentationFirst = "representation_first",
        RepresentationOpen = "representation_open",
    }
}

/// What a step depends on besides state and role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionFacts<'a> {
    /// What stops the grade from becoming final.
    pub stops: &'a [Stop],
    /// How the representation stands.
    pub representation: RepresentationState,
    /// Whether the rule asks for one.
    pub representation_wanted: bool,
}

/// A refused step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{act} is refused: {refusal}")]
pub struct StepRefused {
    /// The step.
    pub act: DecisionAct,
    /// Why.
    pub refusal: DecisionRefusal,
}

impl<'a> DecisionFacts<'a> {
    /// The facts of an outcome under a rule.
    pub const fn new(stops: &'a [Stop], representation: RepresentationState, rule: &GradingRule) -> Self {
        Self { stops, representation, representation_wanted: rule.representation_working_days > 0 }
    }
}

impl DecisionAct {
    /// The roles that may do it.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Propose | Self::SendToReReview | Self::OpenRepresentation => &[Role::Manager],
            Self::Finalise | Self::Supersede => &[Role::Director],
        }
    }
}

/// The state after a step; `None` stands before the first proposal.
///
/// # Errors
/// When the role may not do it, the state does not allow it, or a fact stands against it.
pub fn step(
    from: Option<DecisionState>,
    act: DecisionAct,
    role: Role,
    facts: &DecisionFacts<'_>,
) -> Result<DecisionState, StepRefused> {
    let refuse = |refusal| Err(StepRefused { act, refusal });
    if !act.roles().contains(&role) {
        return refuse(DecisionRefusal::RoleMayNot);
    }
    let review_stop = facts.stops.iter().any(|stop| !matches!(stop, Stop::PendingVeto { .. }));
    use DecisionAct as Act;
    use DecisionState as State;
    match (from, act) {
        (None | Some(State::ReReview | State::Representation), Act::Propose) => Ok(State::Proposed),
        (Some(State::Proposed | State::Representation), Act::SendToReReview) => Ok(State::ReReview),
        // An intended unqualified is reviewed again before the undertaker hears of it.
        (Some(State::Proposed), Act::OpenRepresentation) if review_stop => {
            refuse(DecisionRefusal::ReReviewFirst)
        }
        (Some(State::Proposed), Act::OpenRepresentation) => Ok(State::Representation),
        (Some(State::Proposed | State::Representation), Act::Finalise) => {
            let told = from == Some(State::Representation);
            if review_stop {
                refuse(DecisionRefusal::ReReviewFirst)
            } else if !facts.stops.is_empty() {
                refuse(DecisionRefusal::VetoPending)
            } else if facts.representation_wanted && !told {
                refuse(DecisionRefusal::RepresentationFirst)
            } else if told && facts.representation != RepresentationState::Closed {
                refuse(DecisionRefusal::RepresentationOpen)
            } else {
                Ok(State::Final)
            }
        }
        (Some(State::Final), Act::Supersede) => Ok(State::Superseded),
        _ => refuse(DecisionRefusal::NotFromHere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grading::ReReviewReason;
    use crate::record::scoresheet::VetoCode;

    fn facts(stops: &[Stop], representation: RepresentationState) -> DecisionFacts<'_> {
        DecisionFacts::new(stops, representation, GradingRule::template())
    }

    #[test]
    fn the_plain_way_goes_through_a_representation() {
        let open = facts(&[], RepresentationState::Open);
        let closed = facts(&[], RepresentationState::Closed);
        let proposed = step(None, DecisionAct::Propose, Role::Manager, &open).expect("allowed");
        let told =
            step(Some(proposed), DecisionAct::OpenRepresentation, Role::Manager, &open).expect("allowed");
        let early = step(Some(told), DecisionAct::Finalise, Role::Director, &open);
        assert_eq!(early.map_err(|refused| refused.refusal), Err(DecisionRefusal::RepresentationOpen));
        let end = step(Some(told), DecisionAct::Finalise, Role::Director, &closed).expect("allowed");
        assert_eq!(end, DecisionState::Final);
        let reversed = step(Some(end), DecisionAct::Supersede, Role::Director, &closed);
        assert_eq!(reversed, Ok(DecisionState::Superseded));
    }

    #[test]
    fn a_manager_does_not_finalise_and_a_director_does_not_propose() {
        let facts = facts(&[], RepresentationState::Closed);
        for (from, act, role) in [
            (Some(DecisionState::Representation), DecisionAct::Finalise, Role::Manager),
            (None, DecisionAct::Propose, Role::Director),
            (None, DecisionAct::Propose, Role::Admin),
        ] {
            let refused = step(from, act, role, &facts).expect_err("not theirs");
            assert_eq!(refused.refusal, DecisionRefusal::RoleMayNot);
        }
    }

    #[test]
    fn a_stop_holds_the_grade_back() {
        let reason = ReReviewReason::IntendedUnqualified;
        let again = [Stop::NeedsReReview { reason }];
        let veto = [Stop::PendingVeto { code: VetoCode::TookBenefit }];
        let at = |from, act, role, stops| {
            step(Some(from), act, role, &facts(stops, RepresentationState::Closed)).map_err(|r| r.refusal)
        };
        use DecisionState::{Proposed, Representation};
        let tell = DecisionAct::OpenRepresentation;
        assert_eq!(at(Proposed, tell, Role::Manager, &again), Err(DecisionRefusal::ReReviewFirst));
        assert_eq!(at(Proposed, tell, Role::Manager, &veto), Ok(Representation), "a veto stops only the end");
        let end = DecisionAct::Finalise;
        assert_eq!(at(Representation, end, Role::Director, &veto), Err(DecisionRefusal::VetoPending));
        assert_eq!(at(Proposed, end, Role::Director, &[]), Err(DecisionRefusal::RepresentationFirst));
    }

    #[test]
    fn nothing_leads_out_of_superseded() {
        let facts = facts(&[], RepresentationState::Closed);
        for act in DecisionAct::ALL {
            let role = act.roles()[0];
            assert!(step(Some(DecisionState::Superseded), *act, role, &facts).is_err());
        }
    }
}
