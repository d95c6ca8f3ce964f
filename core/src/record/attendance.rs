//! 庭审旁听 hearing attendance: one hearing, many subjects, several observers, one shared record.
//!
//! Facts, outcome and deliberation; no personal notes (those stand in each observer's own
//! [observer sheet](super::observer_sheet)). Fields: domain 3.1 and 10.1.

use super::attachment::PaperScan;
use super::common::{Finding, Origin};
use super::edit::FieldPath;
use super::shape::{Complete, Entries, Keyed, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{HearingId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What came of it 旁听结果 (domain 10.2).
    AttendanceOutcome as "attendance_outcome" {
        Attended = "attended",
        Adjourned = "adjourned",
        Cancelled = "cancelled",
        BecameClosed = "became_closed",
        RefusedEntry = "refused_entry",
        UndertakerAbsent = "undertaker_absent",
        ObserverAbsent = "observer_absent",
    }

    /// What the court lets an observer do with a device 设备许可 (domain 10.2).
    DevicePermission as "device_permission" {
        NotAllowed = "not_allowed",
        StoredAtSecurity = "stored_at_security",
        InBagOff = "in_bag_off",
        TextAllowed = "text_allowed",
    }

    /// How an undertaker appeared at the hearing.
    Presence as "presence" {
        OnTime = "on_time",
        Late = "late",
        LeftEarly = "left_early",
        /// Not there. Raises VETO-02 as alleged.
        Absent = "absent",
    }

    /// Where an observer stands. The record can be sealed when nobody is still at it.
    ObserverState as "observer_state" {
        Present = "present",
        Done = "done",
        Absent = "absent",
        /// Was there without a phone and wrote on paper, which a clerk enters.
        OnPaper = "on_paper",
    }
}

field_group! {
    /// What the attendance is of.
    AttendanceSubject {
        /// The hearing.
        hearing: HearingId,
    }

    /// Facts that every observer can see; a second opinion is a conflict to be shown.
    AttendanceFacts {
        /// When the observers came in.
        arrived_at: Moment,
        /// When they left.
        left_at: Moment,
        /// What came of it.
        outcome: AttendanceOutcome,
        /// What the court allowed.
        device_permission: DevicePermission,
        /// What the bench said about the undertakers, without the judge's name.
        court_remark: ShortText,
        /// To whom feedback was given.
        feedback_to: ShortText,
        /// When it was given.
        feedback_at: Moment,
    }
}

record_kind! {
    /// The shared record of one attended hearing.
    Attendance = "attendance" version 1 Shared {
        /// What it is of.
        subject: AttendanceSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The facts.
        facts: AttendanceFacts, since 1;
        /// Each undertaker's presence.
        presence: Keyed<UndertakerId, Presence>, since 1;
        /// Each observer's state.
        observers: Keyed<PersonId, ObserverState>, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// What happened, in words.
        narrative: Narrative, since 1;
        /// The joint deliberation after the hearing 合议.
        deliberation: Narrative, since 1;
        /// Sheets of paper, scanned after the observers have left.
        attachments: Entries<PaperScan>, since 1;
    }
}

impl Complete for Attendance {
    fn missing(&self, assigned: &[PersonId]) -> Vec<FieldPath> {
        let mut missing = Vec::new();
        if self.subject.hearing.is_none() {
            missing.push(FieldPath::new(["subject", "hearing"]));
        }
        if self.facts.outcome.is_none() {
            missing.push(FieldPath::new(["facts", "outcome"]));
        }
        let finished = |person: &PersonId| {
            self.observers.get(person).is_some_and(|state| *state != ObserverState::Present)
        };
        missing.extend(
            assigned
                .iter()
                .filter(|person| !finished(person))
                .map(|person| FieldPath::new(["observers", &person.to_string()])),
        );
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::shape::Keyed;

    #[test]
    fn it_can_be_sealed_when_nobody_is_still_at_it() {
        let person = |nth: u8| PersonId::from_bytes([nth; 16]);
        let people = [person(1), person(2), person(3)];
        let told = |states: &[(u8, ObserverState)]| {
            let mut attendance = Attendance::default();
            attendance.subject.hearing = Some(HearingId::from_bytes([9; 16]));
            attendance.facts.outcome = Some(AttendanceOutcome::Attended);
            attendance.observers = Keyed(states.iter().map(|(nth, state)| (person(*nth), *state)).collect());
            attendance.missing(&people).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let (done, absent, paper) = (ObserverState::Done, ObserverState::Absent, ObserverState::OnPaper);
        assert_eq!(told(&[(1, done), (2, absent), (3, paper)]), Vec::<String>::new());
        let third = format!("observers/{}", person(3));
        assert_eq!(
            told(&[(1, done), (2, absent), (3, ObserverState::Present)]),
            std::slice::from_ref(&third)
        );
        assert_eq!(told(&[(1, done), (2, absent)]), [third]);
    }
}
