//! 任务指派 assignments: who is to make which record about what.
//!
//! Who may write a record follows from these rows, never from the record's own fields (DESIGN
//! section 5). An assignment of an attendance is a hidden thing: neither undertaker nor provider
//! learns of it (DESIGN invariant 14).

use serde::{Deserialize, Serialize};

use crate::clock::{LogPosition, Moment, Span};
use crate::codes;
use crate::id::{
    AssignmentId, CaseId, DocumentId, HearingId, OrganisationId, PersonId, RoundId, TenantId, UndertakerId,
};

codes! {
    /// What is to be done 任务类型.
    AssignmentKind as "assignment_kind" {
        Attendance = "attendance",
        FileReview = "file_review",
        Assessment = "assessment",
        /// 复评: the same assessment again, by others.
        ReReview = "re_review",
    }

    /// What a member does in an assignment 分工.
    Duty as "duty" {
        /// Leads the observers and seals the shared record.
        Chair = "chair",
        Observer = "observer",
        Reviewer = "reviewer",
        Assessor = "assessor",
        /// Enters an observer's paper sheet as a true copy.
        Clerk = "clerk",
    }
}

impl Duty {
    /// Whether it is an observer's: who has it sees the hearing.
    pub const fn observes(self) -> bool {
        matches!(self, Self::Chair | Self::Observer)
    }
}

impl AssignmentKind {
    /// The codes of the record kinds that answer an assignment of this kind.
    pub const fn record_kinds(self) -> &'static [&'static str] {
        match self {
            Self::Attendance => &["attendance", "observer_sheet"],
            Self::FileReview => &["file_review"],
            Self::Assessment | Self::ReReview => &["scoresheet"],
        }
    }

    /// The duties that its members may have.
    pub const fn duties(self) -> &'static [Duty] {
        match self {
            Self::Attendance => &[Duty::Chair, Duty::Observer, Duty::Clerk],
            Self::FileReview => &[Duty::Reviewer],
            Self::Assessment | Self::ReReview => &[Duty::Assessor],
        }
    }

    /// Whether its members are shown the evidence and score by it.
    pub const fn scores(self) -> bool {
        matches!(self, Self::Assessment | Self::ReReview)
    }
}

/// What an assignment is about: the work of one undertaker in one case. One hearing may have
/// several (practice F39).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The case.
    pub case: CaseId,
    /// The undertaker.
    pub undertaker: UndertakerId,
}

/// Somebody who takes part in an assignment, and from when until when in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub duty: Duty,
    /// While.
    pub span: Span,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its id: random, so that nobody can probe for a planned attendance.
    pub id: AssignmentId,
    /// What is to be done.
    pub kind: AssignmentKind,
    /// The organisation that assigned it.
    pub organisation: OrganisationId,
    /// The hearing to attend.
    pub hearing: Option<HearingId>,
    /// The evaluation round that it belongs to.
    pub round: Option<RoundId>,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// Who takes part.
    pub members: Vec<Member>,
    /// When it should be done.
    pub due_at: Option<Moment>,
}

impl Assignment {
    /// The duty of a person at a position of the log; nothing for somebody who takes no part then.
    pub fn duty_at(&self, person: PersonId, at: LogPosition) -> Option<Duty> {
        self.members
            .iter()
            .find(|member| member.person == person && member.span.contains(at))
            .map(|member| member.duty)
    }

    /// Who takes part at a position of the log.
    pub fn members_at(&self, at: LogPosition) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.span.contains(at))
    }

    /// Whether the case and the undertaker are among its subjects.
    pub fn covers(&self, subject: Subject) -> bool {
        self.subjects.contains(&subject)
    }

    /// The id of the shared attendance record that answers it; nothing for the other kinds.
    pub fn shared_document(&self, tenant: TenantId) -> Option<DocumentId> {
        (self.kind == AssignmentKind::Attendance).then(|| DocumentId::shared(tenant, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::shape_of;

    #[test]
    fn every_record_kind_of_an_assignment_exists() {
        for kind in AssignmentKind::ALL {
            for code in kind.record_kinds() {
                assert!(shape_of(code).is_some(), "{kind} asks for {code}");
            }
        }
    }

    #[test]
    fn a_member_who_left_has_no_duty_any_more() {
        let person = PersonId::from_bytes([7; 16]);
        let assignment = Assignment {
            id: AssignmentId::from_bytes([1; 16]),
            kind: AssignmentKind::Attendance,
            organisation: OrganisationId::from_bytes([2; 16]),
            hearing: None,
            round: None,
            subjects: Vec::new(),
            members: vec![Member {
                person,
                duty: Duty::Chair,
                span: Span { from: LogPosition(3), until: Some(LogPosition(8)) },
            }],
            due_at: None,
        };
        assert_eq!(assignment.duty_at(person, LogPosition(7)), Some(Duty::Chair));
        assert_eq!(assignment.duty_at(person, LogPosition(8)), None);
        assert_eq!(assignment.members_at(LogPosition(2)).count(), 0);
    }
}
