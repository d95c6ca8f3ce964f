//! Tasks, mirrored.

use jiff::civil::Date;
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, HearingId, OrganisationId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::task::{
    TaskHearing, TaskMember, TaskOrganisation, TaskRound, TaskState, TaskSubject,
};
use tingfang_core::people::{AssignmentKind, Duty, Task, TaskReport, VisitStage};
use tingfang_core::text::Language;

/// A language of the product.
#[uniffi::remote(Enum)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// What is to be done. Labels: section `assignment_kind`.
#[uniffi::remote(Enum)]
pub enum AssignmentKind {
    /// Attend a hearing: one shared `attendance`, and an `observer_sheet` of one's own on each case.
    Attendance,
    /// Check a closed file: a `file_review`.
    FileReview,
    /// Assess a case in a round: a `scoresheet`.
    Assessment,
    /// The same assessment again, by others.
    ReReview,
    /// Ask a recipient: one shared `return_visit`.
    ReturnVisit,
    /// Ask a court or another organ: one shared `court_visit`.
    CourtVisit,
    /// Report before a hearing: a `pre_hearing_report`, and `notice`s.
    PreHearingReport,
    /// Follow a running case: `tracking_card`, `progress_contact`, `notice`, `complaint_intake`.
    FollowUp,
    /// Take down complaints: a `complaint_intake` each.
    Reception,
    /// Discuss a difficult case: one shared `discussion`.
    Discussion,
    /// Inspect a workstation or centre: one shared `inspection`.
    Inspection,
    /// Answer an order or a proposed grade: a `response`.
    Response,
}

/// What a member does in an assignment. Labels: section `duty`.
#[uniffi::remote(Enum)]
pub enum Duty {
    /// Leads the observers and seals the shared record.
    Chair,
    /// Observes.
    Observer,
    /// Checks the file.
    Reviewer,
    /// Fills in a scoresheet.
    Assessor,
    /// Enters an observer's paper sheet as a true copy.
    Clerk,
    /// Leads visitors, inspectors or who follows a case, and seals what they share.
    Lead,
    /// Visits recipients or organs.
    Visitor,
    /// Follows a case, or takes down complaints.
    Staff,
    /// Takes part in a discussion.
    Participant,
    /// Inspects.
    Inspector,
    /// The undertaker who is to report.
    Reporter,
    /// The undertaker, or one of the provider, who is to answer.
    Respondent,
}

/// The point of the case at which a recipient is asked. Labels: section `visit_stage`.
#[uniffi::remote(Enum)]
pub enum VisitStage {
    /// Before the case is handled.
    Before,
    /// While it runs.
    During,
    /// After it ended.
    After,
    /// When the judgment is enforced.
    Enforcement,
}

/// Whether a task is still to be done. Labels: section `task_state`.
#[uniffi::remote(Enum)]
pub enum TaskState {
    /// To be done.
    Open,
    /// Done, or not needed any more.
    Closed,
}

/// A task: an assignment with everything that is needed to do it without a network.
#[uniffi::remote(Record)]
pub struct Task {
    /// The assignment.
    pub assignment: AssignmentId,
    /// What is to be done.
    pub kind: AssignmentKind,
    /// When it should be done.
    pub due_at: Option<Moment>,
    /// The hearing to attend.
    pub hearing: Option<TaskHearing>,
    /// The evaluation round.
    pub round: Option<TaskRound>,
    /// Whose work in which case it is about.
    pub subjects: Vec<TaskSubject>,
    /// Who takes part, the owner of this phone included.
    pub members: Vec<TaskMember>,
    /// The point of the case at which a recipient is to be asked.
    pub stage: Option<VisitStage>,
    /// The workstation or centre to inspect.
    pub inspected: Option<TaskOrganisation>,
    /// What the one who assigned it wants to be known.
    pub note: Option<String>,
    /// What members have said of it.
    pub reports: Vec<TaskReport>,
    /// Whether it is still to be done.
    pub state: TaskState,
    /// The codes of the roles that the owner of this phone holds for it; nothing from an older server. Labels:
    /// section `role`.
    pub roles: Option<Vec<String>>,
}

/// The organisation that a task inspects.
#[uniffi::remote(Record)]
pub struct TaskOrganisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

/// What a member has said of a task.
#[uniffi::remote(Record)]
pub struct TaskReport {
    /// The code of what is reported. Labels: section `task_report_kind`.
    pub kind: String,
    /// Why, in words.
    pub reason: String,
    /// Until when it is put off.
    pub until: Option<Moment>,
    /// The name of who did not come.
    pub absent: Option<String>,
    /// The name of who said so.
    pub by: String,
    /// When it was said, by the phone's clock.
    pub said_at: Moment,
}

/// The hearing of a task.
#[uniffi::remote(Record)]
pub struct TaskHearing {
    /// Its id.
    pub id: HearingId,
    /// The court, by name.
    pub court: String,
    /// The court room.
    pub courtroom: Option<String>,
    /// When it begins.
    pub starts_at: Moment,
    /// The code of the hearing's kind. Labels: section `hearing_kind`.
    pub kind: String,
    /// The code of the procedure. Labels: section `procedure`.
    pub procedure: Option<String>,
    /// The code of the instance. Labels: section `instance`.
    pub instance: Option<String>,
    /// The code of the openness. Labels: section `openness`.
    pub openness: String,
    /// What the court said beforehand about devices.
    pub device_rule: Option<String>,
    /// The codes of the rules by which the law forbids to attend, as the facts are known; none when it may be
    /// attended. Labels: section `gate_rule`.
    pub refused_by: Vec<String>,
}

/// The evaluation round of a task.
#[uniffi::remote(Record)]
pub struct TaskRound {
    /// Its id.
    pub id: RoundId,
    /// Its name.
    pub name: String,
    /// The content hash of the rubric that it has frozen.
    pub rubric: String,
}

/// What a task is about: the work of one undertaker in one case.
#[uniffi::remote(Record)]
pub struct TaskSubject {
    /// The case.
    pub case: CaseId,
    /// The centre's number of the case.
    pub case_no: String,
    /// The code of the case's kind. Labels: section `case_kind`.
    pub case_kind: String,
    /// The cause of action or the charge.
    pub cause: String,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// The undertaker's name.
    pub undertaker_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// The day on which the case was assigned to an undertaker.
    pub assigned_on: Option<Date>,
}

/// Somebody who takes part in a task.
#[uniffi::remote(Record)]
pub struct TaskMember {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// As what.
    pub duty: Duty,
}
