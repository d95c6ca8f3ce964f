//! How a person stands to a case. Relation wins over role, whatever the role (DESIGN invariant 15).
//!
//! Who undertakes a case, works for the same provider, or is related to it does not supervise or
//! assess it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::id::{PersonId, ProviderId, UndertakerId};

codes! {
    /// A relation, from the weakest to the strongest.
    Relation as "relation" {
        None = "none",
        /// Declared by somebody: party, witness, relative.
        Related = "related",
        SameProvider = "same_provider",
        Undertakes = "undertakes",
    }

    /// Why a person counts as related 关联事由.
    RelationGround as "relation_ground" {
        Party = "party",
        Witness = "witness",
        ExpertWitness = "expert_witness",
        /// Investigated the case, or searched, seized or arrested in it.
        Investigator = "investigator",
        Relative = "relative",
        FormerUndertaker = "former_undertaker",
        /// A name on the person's list of whom to avoid.
        Avoidance = "avoidance",
    }
}

impl Relation {
    /// Whether somebody in this relation must not supervise or assess the case.
    pub const fn bars(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// What ties a person to cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonTies {
    /// Who.
    pub person: PersonId,
    /// The undertaker that they are.
    pub undertaker: Option<UndertakerId>,
    /// The provider that they work for.
    pub provider: Option<ProviderId>,
}

/// What ties a case to people.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseTies {
    /// Who undertakes it.
    pub undertakers: BTreeSet<UndertakerId>,
    /// The providers of those who undertake it, and the provider that the case was assigned to.
    pub providers: BTreeSet<ProviderId>,
    /// Who is related to it by declaration, and why.
    pub related: BTreeMap<PersonId, RelationGround>,
}

/// The strongest relation of a person to a case.
pub fn relation_to_case(person: &PersonTies, case: &CaseTies) -> Relation {
    if person.undertaker.is_some_and(|undertaker| case.undertakers.contains(&undertaker)) {
        Relation::Undertakes
    } else if person.provider.is_some_and(|provider| case.providers.contains(&provider)) {
        Relation::SameProvider
    } else if case.related.contains_key(&person.person) {
        Relation::Related
    } else {
        Relation::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_relation_is_found() {
        let person = PersonId::from_bytes([1; 16]);
        let (own, other) = (UndertakerId::from_bytes([2; 16]), UndertakerId::from_bytes([3; 16]));
        let (firm, elsewhere) = (ProviderId::from_bytes([4; 16]), ProviderId::from_bytes([5; 16]));
        let ties = |undertaker, provider| PersonTies { person, undertaker, provider };
        let case = |related: bool| CaseTies {
            undertakers: BTreeSet::from([own]),
            providers: BTreeSet::from([firm]),
            related: related.then_some((person, RelationGround::Witness)).into_iter().collect(),
        };
        let table = [
            (ties(Some(own), Some(firm)), case(true), Relation::Undertakes),
            (ties(Some(own), Some(elsewhere)), case(false), Relation::Undertakes),
            (ties(Some(other), Some(firm)), case(true), Relation::SameProvider),
            (ties(None, Some(firm)), case(false), Relation::SameProvider),
            (ties(Some(other), Some(elsewhere)), case(true), Relation::Related),
            (ties(None, None), case(true), Relation::Related),
            (ties(Some(other), Some(elsewhere)), case(false), Relation::None),
            (ties(None, None), case(false), Relation::None),
        ];
        for (person, case, relation) in table {
            assert_eq!(relation_to_case(&person, &case), relation, "{person:?}");
            assert_eq!(relation.bars(), relation != Relation::None);
        }
    }
}
