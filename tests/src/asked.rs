//! Work that is asked for in the world of a fleet, by the planner itself.

use tingfang_core::id::{AssignmentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role, Subject};
use tingfang_server::db::Tx;
use tingfang_server::grading::{self, Actor, NewRound, Rule};
use tingfang_server::planning::{self, NewAssignment};
use tingfang_server::store::person;
use tingfang_server::store::round::Kept;

use crate::fleet::Fleet;

/// A wish about the world's case, without anything that may be left out.
pub fn wish(fleet: &Fleet, kind: AssignmentKind, members: &[(PersonId, Duty)]) -> NewAssignment {
    NewAssignment {
        id: fleet.minter.mint(),
        kind,
        organisation: fleet.world.organisation,
        hearing: None,
        inspected: None,
        stage: None,
        note: None,
        round: None,
        subjects: vec![Subject { case: fleet.world.case, undertaker: fleet.world.undertaker }],
        members: members.to_vec(),
        due_at: None,
        created_by: None,
    }
}

/// Assigns it.
///
/// # Panics
/// When something stands against it.
pub fn assign(fleet: &Fleet, wish: NewAssignment) -> AssignmentId {
    let (id, now) = (wish.id, fleet.minter.clock().now());
    let assign = move |tx: &Tx| planning::assign(tx, wish.clone(), now).map(|_| ());
    fleet.db.try_write(assign).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    id
}

/// Somebody who is the undertaker of the world's case.
pub fn undertaker(fleet: &Fleet, name: &str) -> PersonId {
    let (who, undertaker) = (fleet.person(name, Role::Undertaker), fleet.world.undertaker);
    let save = move |tx: &Tx| {
        let mut row = person::find(tx, who)?.expect("there");
        row.undertaker = Some(undertaker);
        person::save(tx, &row)
    };
    fleet.db.write(save).expect("the undertaker");
    who
}

/// Begins a round with the world's case.
///
/// # Panics
/// When something stands against it.
pub fn round(fleet: &Fleet, manager: Actor) -> Kept {
    let wish = NewRound {
        id: fleet.minter.mint(),
        organisation: fleet.world.organisation,
        name: "2026年第四季度评估".into(),
        rubric: Rule::Template("CRM-TRIAL".into()),
        subsidy_rule: Rule::Template("SUBSIDY-RATIO".into()),
        grading_rule: None,
        cases: vec![Subject { case: fleet.world.case, undertaker: fleet.world.undertaker }],
    };
    let begun = fleet.db.try_write(move |tx| grading::begin(tx, wish.clone(), manager));
    begun.unwrap_or_else(|problem| panic!("{:?}", problem.body()))
}
