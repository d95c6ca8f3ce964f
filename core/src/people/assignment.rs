//! 任务指派 assignments: who is to make which record about what.
//!
//! Who may write a record follows from these rows, never from the record's own fields (DESIGN
//! section 5). An assignment of an attendance is a hidden thing: neither undertaker nor provider
//! learns of it (DESIGN invariant 14).

use serde::{Deserialize, Serialize};

use crate::clock::{LogPosition, Moment, Span};
use crate::codes;
use crate::id::{AssignmentId, CaseId, HearingId, OrganisationId, PersonId, RoundId, UndertakerId};

codes! {
    /// What is to be done 任务类型.
    AssignmentKind as "assignment_kind" {
        Attendance = "attendance",
        FileReview = "file_review",
        Assessment = "assessment",
        /// 复评: the same assessment again, by others.
        ReReview = "re_review",
        ReturnVisit = "return_visit",
        CourtVisit = "court_visit",
        /// 庭前报告: asked of the undertaker.
        PreHearingReport = "pre_hearing_report",
        /// 办案跟踪: following a running case with notices, contacts and the tracking card.
        FollowUp = "follow_up",
        /// 接待登记: taking down complaints, whatever case they are about.
        Reception = "reception",
        Discussion = "discussion",
        Inspection = "inspection",
        /// 答复: asked of the undertaker or the provider.
        Response = "response",
    }

    /// What a member does in an assignment 分工.
    Duty as "duty" {
        /// Leads the observers or the discussion, and seals the shared record.
        Chair = "chair",
        Observer = "observer",
        Reviewer = "reviewer",
        Assessor = "assessor",
        /// Enters an observer's paper sheet as a true copy.
        Clerk = "clerk",
        /// Leads visitors, inspectors or who follows a case, and seals the shared record.
        Lead = "lead",
        /// Visits recipients or organs.
        Visitor = "visitor",
        /// Follows a case, or takes down complaints.
        Staff = "staff",
        /// Takes part in a discussion.
        Participant = "participant",
        Inspector = "inspector",
        /// The undertaker who is to report.
        Reporter = "reporter",
        /// The undertaker, or one of the provider, who is to answer.
        Respondent = "respondent",
    }
}

codes! {
    /// At which point of the case the recipient is asked 回访时点 (domain 10.2).
    VisitStage as "visit_stage" {
        Before = "before",
        During = "during",
        After = "after",
        Enforcement = "enforcement",
    }
}

/// How many cases an assignment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectCount {
    /// It is about no case.
    None,
    /// One undertaker's work in one case.
    One,
    /// At least one.
    Some,
}

impl Duty {
    /// Whether it is an observer's: who has it sees the hearing.
    pub const fn observes(self) -> bool {
        matches!(self, Self::Chair | Self::Observer)
    }

    /// Whether who has it writes the shared record of the assignment, and so receives it.
    pub const fn shares(self) -> bool {
        matches!(
            self,
            Self::Chair
                | Self::Observer
                | Self::Lead
                | Self::Visitor
                | Self::Staff
                | Self::Participant
                | Self::Inspector
        )
    }

    /// Whether who has it leads the others and seals what they share.
    pub const fn leads(self) -> bool {
        matches!(self, Self::Chair | Self::Lead)
    }
}

impl AssignmentKind {
    /// The codes of the record kinds that answer an assignment of this kind; at most one is shared.
    pub const fn record_kinds(self) -> &'static [&'static str] {
        match self {
            Self::Attendance => &["attendance", "observer_sheet"],
            Self::FileReview => &["file_review"],
            Self::Assessment | Self::ReReview => &["scoresheet"],
            Self::ReturnVisit => &["return_visit"],
            Self::CourtVisit => &["court_visit"],
            Self::PreHearingReport => &["pre_hearing_report", "notice"],
            Self::FollowUp => &["tracking_card", "progress_contact", "notice", "complaint_intake"],
            Self::Reception => &["complaint_intake"],
            Self::Discussion => &["discussion"],
            Self::Inspection => &["inspection"],
            Self::Response => &["response"],
        }
    }

    /// The duties that its members may have. Where one of them leads, there is exactly one who does.
    pub const fn duties(self) -> &'static [Duty] {
        match self {
            Self::Attendance => &[Duty::Chair, Duty::Observer, Duty::Clerk],
            Self::FileReview => &[Duty::Reviewer],
            Self::Assessment | Self::ReReview => &[Duty::Assessor],
            Self::ReturnVisit | Self::CourtVisit => &[Duty::Lead, Duty::Visitor],
            Self::PreHearingReport => &[Duty::Reporter],
            Self::FollowUp => &[Duty::Lead, Duty::Staff],
            Self::Reception => &[Duty::Staff],
            Self::Discussion => &[Duty::Chair, Duty::Participant],
            Self::Inspection => &[Duty::Lead, Duty::Inspector],
            Self::Response => &[Duty::Respondent],
        }
    }

    /// How many cases it is about.
    pub const fn subject_count(self) -> SubjectCount {
        match self {
            Self::Attendance | Self::FileReview | Self::Assessment | Self::ReReview | Self::CourtVisit => {
                SubjectCount::Some
            }
            Self::ReturnVisit
            | Self::PreHearingReport
            | Self::FollowUp
            | Self::Discussion
            | Self::Response => SubjectCount::One,
            Self::Reception | Self::Inspection => SubjectCount::None,
        }
    }

    /// Whether it may name a hearing. Only an attendance must, and only there the law is asked.
    pub const fn may_name_hearing(self) -> bool {
        matches!(self, Self::Attendance | Self::PreHearingReport | Self::CourtVisit)
    }

    /// Whether it is asked of the side that is watched over: the undertaker and the provider.
    pub const fn asks_the_undertaker(self) -> bool {
        matches!(self, Self::PreHearingReport | Self::Response)
    }

    /// Whether its members need to reach the recipient, and so are shown how.
    pub const fn reaches_the_recipient(self) -> bool {
        matches!(self, Self::ReturnVisit | Self::FollowUp)
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
    /// The hearing to attend, the one that a report comes before, or the one after which the court is asked.
    pub hearing: Option<HearingId>,
    /// The evaluation round that it belongs to.
    pub round: Option<RoundId>,
    /// The workstation or centre to inspect.
    pub inspected: Option<OrganisationId>,
    /// The point of the case at which a recipient is to be asked.
    pub stage: Option<VisitStage>,
    /// What the one who assigns it wants to be known, for instance which organ to visit.
    pub note: Option<String>,
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

    /// The one subject of an assignment that is about one undertaker's work in one case.
    pub fn only_subject(&self) -> Option<Subject> {
        match (self.kind.subject_count(), self.subjects.as_slice()) {
            (SubjectCount::One, [subject]) => Some(*subject),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::shape::Merge;
    use crate::record::{KINDS, shape_of};

    #[test]
    fn every_record_kind_is_asked_for_and_an_assignment_shares_one_record_at_most() {
        for kind in AssignmentKind::ALL {
            let shapes = kind.record_kinds().iter().map(|code| shape_of(code).expect("a known kind"));
            let shared = shapes.filter(|shape| shape.merge == Merge::Shared).count();
            assert!(shared <= 1, "{kind} would give two shared records one id");
            let leads = kind.duties().iter().filter(|duty| duty.leads()).count();
            assert_eq!(leads, shared, "{kind}: somebody seals what is shared");
        }
        for shape in KINDS {
            let asked = AssignmentKind::ALL.iter().any(|kind| kind.record_kinds().contains(&shape.code));
            assert!(asked, "no assignment asks for {}", shape.code);
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
            inspected: None,
            stage: None,
            note: None,
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
