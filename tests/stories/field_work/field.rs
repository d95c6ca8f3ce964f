//! A centre with two supervisors who go out, and what they write.

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role, VisitStage};
use tingfang_core::phone::{About, PhoneError};
use tingfang_core::record::shape_of;
use tingfang_server::planning::NewAssignment;
use tingfang_tests::asked;
use tingfang_tests::fleet::{Fleet, FleetPhone};

use crate::words::edit_of;

/// That the recipient was reached.
pub(super) const CALLED: &str = "+attempts at=2026-11-24T02:00:00Z way=phone outcome=connected";

pub(super) struct Field {
    pub(super) fleet: Fleet,
    pub(super) lead: PersonId,
    pub(super) helper: PersonId,
}

impl Field {
    pub(super) fn new(seed: u64) -> Self {
        let fleet = Fleet::new(seed);
        let (lead, helper) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
        Self { fleet, lead, helper }
    }

    pub(super) fn assign(&self, kind: AssignmentKind, members: &[(PersonId, Duty)]) -> AssignmentId {
        let hearing = (kind == AssignmentKind::PreHearingReport).then_some(self.fleet.world.hearing);
        let stage = (kind == AssignmentKind::ReturnVisit).then_some(VisitStage::After);
        let due_at = Some(self.now().plus_millis(3_600_000));
        let wish = asked::wish(&self.fleet, kind, members);
        asked::assign(&self.fleet, NewAssignment { hearing, stage, due_at, ..wish })
    }

    pub(super) fn visit(&self) -> AssignmentId {
        self.assign(AssignmentKind::ReturnVisit, &[(self.lead, Duty::Lead), (self.helper, Duty::Visitor)])
    }

    pub(super) fn now(&self) -> Moment {
        self.fleet.minter.clock().now()
    }

    pub(super) fn phone(&mut self, person: PersonId) -> FleetPhone {
        let mut phone = self.fleet.phone(person);
        self.fleet.sync(&mut phone);
        phone
    }

    pub(super) fn try_write(
        &self,
        phone: &mut FleetPhone,
        record: DocumentId,
        words: &str,
    ) -> Result<(), PhoneError> {
        let kind = phone.phone.show(record).expect("there").kind;
        let edit = edit_of(shape_of(&kind).expect("a known kind"), words, &self.fleet.minter);
        phone.phone.edit(record, &[edit])
    }

    pub(super) fn write(&self, phone: &mut FleetPhone, record: DocumentId, words: &[&str]) {
        for said in words {
            self.try_write(phone, record, said).unwrap_or_else(|error| panic!("{said}: {error}"));
        }
    }

    /// A talk with all that is asked after the case, in which money was alleged or not.
    pub(super) fn talk(&self, phone: &mut FleetPhone, assignment: AssignmentId, money: &str) -> DocumentId {
        let record = phone.phone.start(assignment, "return_visit", About::default()).expect("a task");
        self.write(phone, record, &[CALLED, "facts/way=phone", "facts/respondent=recipient"]);
        self.write(phone, record, &["facts/notice_read=true", "facts/verification=call_record"]);
        for question in ["01", "02", "03", "05"] {
            self.write(phone, record, &[&format!("answers/RTV-{question}=satisfied")]);
        }
        for question in ["08", "09", "10", "12", "15"] {
            self.write(phone, record, &[&format!("answers/RTV-{question}=yes")]);
        }
        self.write(phone, record, &["answers/RTV-07=in_time", &format!("answers/RTV-06={money}")]);
        record
    }
}
