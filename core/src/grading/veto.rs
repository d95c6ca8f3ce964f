//! Allegations and rulings on them. Only a verified veto decides a grade.

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::evidence::{Allegation, AllegationKey};
use crate::id::VetoId;
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

/// What an authorised person has made of a veto: a server row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VetoRuling {
    /// The row.
    pub veto: VetoId,
    /// Which veto.
    pub code: VetoCode,
    /// How it stands.
    pub state: VetoState,
    /// The allegation that it answers; nothing when it came in another way, for instance by a complaint.
    pub answers: Option<AllegationKey>,
    /// In words.
    pub ground: String,
}

/// A veto as it stands for a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VetoOutcome {
    /// Which veto.
    pub code: VetoCode,
    /// How it stands.
    pub state: VetoState,
    /// What alleges it, where a record does.
    pub allegation: Option<Allegation>,
    /// The ruling, where there is one.
    pub ruling: Option<VetoRuling>,
}

/// Brings allegations and rulings together, in a fixed order.
///
/// An allegation that nobody has ruled on is alleged. Of several rulings on one allegation a
/// verified one counts before a pending one, and that before a rejected one.
pub(super) fn bring_together(mut allegations: Vec<Allegation>, rulings: &[VetoRuling]) -> Vec<VetoOutcome> {
    allegations.sort_by_key(|allegation| allegation.key);
    allegations.dedup_by_key(|allegation| allegation.key);
    let mut rulings: Vec<&VetoRuling> = rulings.iter().collect();
    rulings.sort_by_key(|ruling| (weight(ruling.state), ruling.veto));
    let mut outcomes = Vec::new();
    for allegation in allegations {
        let ruling = rulings.iter().find(|ruling| ruling.answers == Some(allegation.key)).copied().cloned();
        let state = ruling.as_ref().map_or(VetoState::Alleged, |ruling| ruling.state);
        outcomes.push(VetoOutcome { code: allegation.key.code, state, allegation: Some(allegation), ruling });
    }
    for ruling in rulings {
        let answered = outcomes.iter().any(|outcome| {
            outcome.allegation.as_ref().is_some_and(|allegation| Some(allegation.key) == ruling.answers)
        });
        if !answered {
            let (code, state) = (ruling.code, ruling.state);
            outcomes.push(VetoOutcome { code, state, allegation: None, ruling: Some(ruling.clone()) });
        }
    }
    outcomes
}

const fn weight(state: VetoState) -> u8 {
    match state {
        VetoState::Verified => 0,
        VetoState::Verifying => 1,
        VetoState::Alleged => 2,
        VetoState::Rejected => 3,
    }
}
