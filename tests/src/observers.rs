//! Two observers of one hearing, the chair first: the beginning of many stories.

use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::ScalarType;
use tingfang_core::record::value::Scalar;

use crate::fleet::{Fleet, FleetPhone};

/// The policy that a changed app would carry: everything is allowed in an attendance. The server judges by its
/// own.
pub const NO_RULES: &str = r#"
version = 1
deny = []
[[allow]]
rule = "anything"
kind = "attendance"
roles = ["supervisor"]
duties = ["chair", "observer"]
acts = ["begin", "set", "clear", "add", "insert_text", "delete_text", "seal", "amend"]
paths = ["**"]
"#;

/// A fleet of two.
pub struct Two {
    /// The fleet.
    pub fleet: Fleet,
    /// The chair's phone.
    pub anna: FleetPhone,
    /// The other observer's phone.
    pub ben: FleetPhone,
    /// Their assignment to one hearing.
    pub assignment: AssignmentId,
}

/// Two observers with phones that have their task.
pub fn two_observers(seed: u64) -> Two {
    let mut fleet = Fleet::new(seed);
    let (a, b) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
    let assignment = fleet.world.assign(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::Attendance,
        &[(a, "安娜", Duty::Chair), (b, "本", Duty::Observer)],
    );
    let (mut anna, mut ben) = (fleet.phone(a), fleet.phone(b));
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    Two { fleet, anna, ben, assignment }
}

/// Says what came of the hearing.
pub fn outcome(value: AttendanceOutcome) -> Edit {
    Edit::set(["facts", "outcome"], value.to_scalar())
}

/// Writes at the beginning of the narrative.
pub fn narrative(text: &str) -> Edit {
    Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: text.into() }
}

/// Says that an observer is done.
pub fn done(person: PersonId) -> Edit {
    Edit::set(["observers", &person.to_string()], Scalar::Text("done".into()))
}

/// Starts a record of the assignment.
pub fn start(phone: &mut FleetPhone, assignment: AssignmentId, kind: &str) -> DocumentId {
    phone.phone.start(assignment, kind, About::default()).expect("a task of this phone")
}
