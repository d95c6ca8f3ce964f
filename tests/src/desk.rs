//! Paper first: two observers of one hearing, and the clerk who enters what the chair wrote on paper.

use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;

use crate::fleet::{Fleet, FleetPhone};

/// A chair, an observer and a clerk of one hearing, and the clerk's transcript of the chair's paper.
pub struct Desk {
    /// The fleet.
    pub fleet: Fleet,
    /// The chair's phone.
    pub chair: FleetPhone,
    /// The other observer's phone.
    pub observer: FleetPhone,
    /// The clerk's phone.
    pub clerk: FleetPhone,
    /// Their assignment.
    pub assignment: AssignmentId,
    /// The transcript, complete and not sealed.
    pub transcript: DocumentId,
}

/// Such a desk; all three phones have their task.
pub fn desk(seed: u64) -> Desk {
    let mut fleet = Fleet::new(seed);
    let (a, b) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
    let c = fleet.person("录入员", Role::Supervisor);
    let members = [(a, "安娜", Duty::Chair), (b, "本", Duty::Observer), (c, "录入员", Duty::Clerk)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let (mut chair, mut observer, mut clerk) = (fleet.phone(a), fleet.phone(b), fleet.phone(c));
    for phone in [&mut chair, &mut observer, &mut clerk] {
        fleet.sync(phone);
    }
    let about = About { for_observer: Some(a), ..About::default() };
    let transcript = clerk.phone.start(assignment, "observer_sheet", about).expect("a clerk's work");
    let rubric = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    let points = Edit::set(["points", "HRG-01"], Scalar::Integer(800));
    clerk.phone.edit(transcript, &[rubric, points]).expect("fits");
    Desk { fleet, chair, observer, clerk, assignment, transcript }
}

impl Desk {
    /// The clerk seals the transcript, and everybody hears of it.
    pub fn seal(&mut self) {
        self.clerk.phone.seal(self.transcript).expect("complete");
        assert_eq!(self.fleet.sync(&mut self.clerk).not_accepted, 0);
        self.fleet.sync(&mut self.chair);
        self.fleet.sync(&mut self.observer);
    }
}
