//! Allegations and rulings on them. Only a verified veto decides a grade.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::codes;
use crate::evidence::{Allegation, AllegationKey};
use crate::id::{RulingId, VetoId};
use crate::record::scoresheet::VetoCode;

codes! {
    /// How a veto stands (domain 10.2).
    VetoState as "veto_state" {
        Alleged = "alleged",
        Verifying = "verifying",
        Verified = "verified",
        Rejected = "rejected",
    }
}

impl VetoState {
    /// Whether it stops a grade from becoming final.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Alleged | Self::Verifying)
    }
}

/// One ruling in the history of a veto: what an authorised person has made of it. A server row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VetoRuling {
    /// The row.
    pub ruling: RulingId,
    /// The veto whose history it continues; every ruling on one veto names the same.
    pub veto: VetoId,
    /// Which veto.
    pub code: VetoCode,
    /// How it stands from this ruling on.
    pub state: VetoState,
    /// The allegation that it answers; nothing when it came in another way, for instance by a complaint.
    pub answers: Option<AllegationKey>,
    /// In words.
    pub ground: String,
    /// When it was made: the newest ruling on a veto says how it stands.
    pub ruled_at: Moment,
}

/// A veto as it stands for a grade: one thing with a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VetoOutcome {
    /// Which veto.
    pub code: VetoCode,
    /// How it stands.
    pub state: VetoState,
    /// What alleges it, where a record does.
    pub allegation: Option<Allegation>,
    /// The rulings on it, the oldest first; the last one is how it stands.
    pub rulings: Vec<VetoRuling>,
}

/// What a ruling is about: the allegation of a record, or a veto that somebody raised by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Allegation(AllegationKey),
    Veto(VetoId),
}

impl VetoRuling {
    fn about(&self) -> About {
        self.answers.map_or(About::Veto(self.veto), About::Allegation)
    }
}

impl VetoOutcome {
    /// The ruling by which it stands as it does; nothing while nobody has ruled.
    pub fn newest(&self) -> Option<&VetoRuling> {
        self.rulings.last()
    }

    fn new(code: VetoCode, allegation: Option<Allegation>, mut rulings: Vec<VetoRuling>) -> Self {
        rulings.sort_by_key(|ruling| (ruling.ruled_at, ruling.ruling));
        let state = rulings.last().map_or(VetoState::Alleged, |ruling| ruling.state);
        Self { code, state, allegation, rulings }
    }
}

/// Brings allegations and rulings together, in a fixed order.
///
/// An allegation that nobody has ruled on is alleged. Of several rulings on one veto the newest
/// counts: what was verified can be taken back, what was rejected can be opened again.
pub(super) fn bring_together(mut allegations: Vec<Allegation>, rulings: &[VetoRuling]) -> Vec<VetoOutcome> {
    allegations.sort_by_key(|allegation| allegation.key);
    allegations.dedup_by_key(|allegation| allegation.key);
    let mut histories: BTreeMap<About, Vec<VetoRuling>> = BTreeMap::new();
    for ruling in rulings {
        histories.entry(ruling.about()).or_default().push(ruling.clone());
    }
    let mut outcomes = Vec::new();
    for allegation in allegations {
        let history = histories.remove(&About::Allegation(allegation.key)).unwrap_or_default();
        outcomes.push(VetoOutcome::new(allegation.key.code, Some(allegation), history));
    }
    for history in histories.into_values() {
        let code = history[0].code;
        outcomes.push(VetoOutcome::new(code, None, history));
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruling(nth: u8, veto: u8, state: VetoState, at: i64) -> VetoRuling {
        VetoRuling {
            ruling: RulingId::from_bytes([nth; 16]),
            veto: VetoId::from_bytes([veto; 16]),
            code: VetoCode::TookBenefit,
            state,
            answers: None,
            ground: "受援人来信".to_owned(),
            ruled_at: Moment::from_millis(at),
        }
    }

    #[test]
    fn the_newest_ruling_says_how_a_veto_stands() {
        let alleged = ruling(9, 1, VetoState::Alleged, 10);
        let verifying = ruling(8, 1, VetoState::Verifying, 20);
        let verified = ruling(7, 1, VetoState::Verified, 30);
        let rejected = ruling(6, 1, VetoState::Rejected, 40);
        let stand = |rulings: &[&VetoRuling]| {
            let rulings: Vec<_> = rulings.iter().map(|ruling| (*ruling).clone()).collect();
            let outcomes = bring_together(Vec::new(), &rulings);
            assert_eq!(outcomes.len(), 1, "one veto, one history");
            outcomes[0].state
        };
        assert_eq!(stand(&[&alleged]), VetoState::Alleged);
        assert_eq!(stand(&[&verifying, &alleged]), VetoState::Verifying);
        assert_eq!(stand(&[&verified, &alleged, &verifying]), VetoState::Verified);
        assert_eq!(stand(&[&verified, &rejected, &alleged]), VetoState::Rejected, "taken back");
    }

    #[test]
    fn two_vetoes_of_one_code_are_two_things() {
        let rulings = [
            ruling(1, 1, VetoState::Alleged, 10),
            ruling(2, 2, VetoState::Alleged, 20),
            ruling(3, 1, VetoState::Rejected, 30),
        ];
        let outcomes = bring_together(Vec::new(), &rulings);
        let states: Vec<_> = outcomes.iter().map(|outcome| outcome.state).collect();
        assert_eq!(states, [VetoState::Rejected, VetoState::Alleged]);
        assert_eq!(outcomes[0].rulings.len(), 2, "the history stays");
    }
}
