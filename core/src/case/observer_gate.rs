//! The observer gate: may this person observe the hearing (domain 7.1, step 3).
//!
//! Pure, and without an override. It is asked once for each person who is to be assigned, after
//! the [legal gate](super::legal_gate) let the hearing pass.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::gate_rule::{GateArticle, GateRefusal, GateRule};
use super::hearing::Hearing;
use crate::people::person::Person;
use crate::people::relation::{CaseTies, Relation, RelationGround, relation_to_case};

/// What the gate asks about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObserverFacts {
    /// The strongest relation to any case of the hearing.
    pub relation: Relation,
    /// Why the person counts as related, where it was declared. It counts beside a stronger
    /// relation: an undertaker who is also a witness is both.
    pub ground: Option<RelationGround>,
    /// Whether the person is of age.
    pub adult: bool,
    /// The last day on which their training as an observer counts.
    pub trained_until: Option<Date>,
}

impl ObserverFacts {
    /// The facts of a person toward the cases of a hearing.
    pub fn of<'a>(person: &Person, cases: impl IntoIterator<Item = &'a CaseTies>) -> Self {
        let ties = person.ties();
        let mut facts = Self {
            relation: Relation::None,
            ground: None,
            adult: person.adult,
            trained_until: person.trained_until,
        };
        for case in cases {
            facts.relation = facts.relation.max(relation_to_case(&ties, case));
            // Grounds stand in the order of weight: party and witness before the others.
            facts.ground = facts.ground.into_iter().chain(case.related.get(&person.id).copied()).min();
        }
        facts
    }
}

/// Whether this person may observe the hearing.
///
/// # Errors
/// Every rule that refuses, all together, in the order of [`GateRule`].
pub fn may_observe(observer: &ObserverFacts, hearing: &Hearing) -> Result<(), Vec<GateRefusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |rule, article| refusals.push(GateRefusal { rule, article });

    match observer.relation {
        Relation::Undertakes => refuse(GateRule::ObserverUndertakes, GateArticle::Avoidance),
        Relation::SameProvider => refuse(GateRule::ObserverSameProvider, GateArticle::Avoidance),
        Relation::Related | Relation::None => {}
    }
    match observer.ground {
        Some(RelationGround::Party) => refuse(GateRule::ObserverIsParty, GateArticle::Avoidance),
        Some(RelationGround::Witness | RelationGround::ExpertWitness | RelationGround::Investigator) => {
            refuse(GateRule::ObserverIsWitness, GateArticle::Witness);
        }
        Some(RelationGround::Relative | RelationGround::FormerUndertaker | RelationGround::Avoidance) => {
            refuse(GateRule::ObserverRelated, GateArticle::Avoidance);
        }
        // Said to be related, but nobody said why: refused all the same.
        None if observer.relation == Relation::Related => {
            refuse(GateRule::ObserverRelated, GateArticle::Avoidance);
        }
        None => {}
    }
    if !observer.adult {
        refuse(GateRule::ObserverMinor, GateArticle::MinorObserver);
    }
    let day = hearing.starts_at.in_china().date();
    if observer.trained_until.is_none_or(|until| until < day) {
        refuse(GateRule::ObserverUntrained, GateArticle::Training);
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::civil::date;

    use super::*;
    use crate::case::test_data::hearing;
    use crate::id::{PersonId, ProviderId, UndertakerId};

    fn facts() -> ObserverFacts {
        ObserverFacts {
            relation: Relation::None,
            ground: None,
            adult: true,
            trained_until: Some(date(2026, 12, 1)),
        }
    }

    fn rules(facts: ObserverFacts) -> Vec<GateRule> {
        may_observe(&facts, &hearing()).err().unwrap_or_default().into_iter().map(|r| r.rule).collect()
    }

    #[test]
    fn a_trained_adult_without_a_tie_may_observe() {
        assert_eq!(may_observe(&facts(), &hearing()), Ok(()));
    }

    #[test]
    fn each_rule_refuses() {
        let related = |ground| ObserverFacts { relation: Relation::Related, ground, ..facts() };
        let table = [
            (ObserverFacts { relation: Relation::Undertakes, ..facts() }, GateRule::ObserverUndertakes),
            (ObserverFacts { relation: Relation::SameProvider, ..facts() }, GateRule::ObserverSameProvider),
            (related(Some(RelationGround::Party)), GateRule::ObserverIsParty),
            (related(Some(RelationGround::Witness)), GateRule::ObserverIsWitness),
            (related(Some(RelationGround::ExpertWitness)), GateRule::ObserverIsWitness),
            (related(Some(RelationGround::Investigator)), GateRule::ObserverIsWitness),
            (related(Some(RelationGround::Relative)), GateRule::ObserverRelated),
            (related(None), GateRule::ObserverRelated),
            (ObserverFacts { adult: false, ..facts() }, GateRule::ObserverMinor),
            (ObserverFacts { trained_until: None, ..facts() }, GateRule::ObserverUntrained),
            (
                ObserverFacts { trained_until: Some(date(2026, 11, 30)), ..facts() },
                GateRule::ObserverUntrained,
            ),
        ];
        for (facts, rule) in table {
            assert_eq!(rules(facts), [rule], "{facts:?}");
        }
    }

    #[test]
    fn the_facts_of_a_person_take_the_strongest_tie_over_all_cases() {
        let firm = ProviderId::from_bytes([3; 16]);
        let person = Person {
            id: PersonId::from_bytes([1; 16]),
            name: "somebody".to_owned(),
            login: None,
            phone: None,
            provider: Some(firm),
            undertaker: Some(UndertakerId::from_bytes([2; 16])),
            observer_kind: None,
            adult: true,
            trained_until: None,
        };
        let witness = CaseTies {
            related: BTreeMap::from([(person.id, RelationGround::Witness)]),
            ..CaseTies::default()
        };
        let colleague = CaseTies { providers: BTreeSet::from([firm]), ..CaseTies::default() };
        let facts = ObserverFacts::of(&person, [&witness, &colleague, &CaseTies::default()]);
        assert_eq!((facts.relation, facts.ground), (Relation::SameProvider, Some(RelationGround::Witness)));
        assert_eq!(
            rules(facts),
            [GateRule::ObserverSameProvider, GateRule::ObserverIsWitness, GateRule::ObserverUntrained]
        );
    }
}
