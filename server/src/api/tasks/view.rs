//! A task as the API shows it: as the phone gets it, field by field.

use serde::Serialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, HearingId, OrganisationId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::task::{
    Task, TaskHearing, TaskMember, TaskOrganisation, TaskRound, TaskState, TaskSubject,
};
use tingfang_core::people::{AssignmentKind, Duty, TaskReport, VisitStage};
use utoipa::ToSchema;

use crate::api::schema;

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    /// The assignment.
    #[schema(schema_with = schema::id)]
    pub assignment: AssignmentId,
    /// What is to be done.
    #[schema(schema_with = schema::assignment_kind)]
    pub kind: AssignmentKind,
    /// When it should be done.
    #[schema(schema_with = schema::moment, required = false)]
    pub due_at: Option<Moment>,
    /// The hearing to attend.
    pub hearing: Option<TaskHearingView>,
    /// The evaluation round.
    pub round: Option<TaskRoundView>,
    /// Whose work in which case it is about.
    pub subjects: Vec<TaskSubjectView>,
    /// Who takes part.
    pub members: Vec<TaskMemberView>,
    /// The point of the case at which a recipient is to be asked.
    #[schema(schema_with = schema::visit_stage, required = false)]
    pub stage: Option<VisitStage>,
    /// The workstation or centre to inspect.
    pub inspected: Option<TaskOrganisationView>,
    /// What is to be known beside.
    pub note: Option<String>,
    /// What members have said of it.
    pub reports: Vec<TaskReportView>,
    /// Whether it is still to be done.
    #[schema(schema_with = schema::task_state)]
    pub state: TaskState,
}

/// The organisation that a task inspects.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskOrganisationView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: OrganisationId,
    /// The name.
    pub name: String,
}

/// What a member has said of a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskReportView {
    /// The code of what is reported: `impossible`, `postponed`, `member_absent`.
    pub kind: String,
    /// Why, in words.
    pub reason: String,
    /// Until when it is put off.
    #[schema(schema_with = schema::moment, required = false)]
    pub until: Option<Moment>,
    /// The name of who did not come.
    pub absent: Option<String>,
    /// The name of who said so.
    pub by: String,
    /// When it was said, by the phone's clock.
    #[schema(schema_with = schema::moment)]
    pub said_at: Moment,
}

/// The hearing of a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskHearingView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: HearingId,
    /// The court, by name.
    pub court: String,
    /// The court room.
    pub courtroom: Option<String>,
    /// When it begins.
    #[schema(schema_with = schema::moment)]
    pub starts_at: Moment,
    /// The code of its kind.
    pub kind: String,
    /// The code of the procedure.
    pub procedure: Option<String>,
    /// The code of the instance.
    pub instance: Option<String>,
    /// The code of the openness.
    pub openness: String,
    /// What the court said beforehand about devices.
    pub device_rule: Option<String>,
}

/// The evaluation round of a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskRoundView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: RoundId,
    /// The name.
    pub name: String,
    /// The content hash of its rubric.
    pub rubric: String,
}

/// What a task is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskSubjectView {
    /// The case.
    #[schema(schema_with = schema::id)]
    pub case: CaseId,
    /// The centre's number of the case.
    pub case_no: String,
    /// The code of the case's kind.
    pub case_kind: String,
    /// The cause of action or the charge.
    pub cause: String,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
    /// The undertaker's name.
    pub undertaker_name: String,
    /// The provider's name.
    pub provider_name: String,
}

/// Somebody who takes part.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskMemberView {
    /// Who.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// As what.
    #[schema(schema_with = schema::duty)]
    pub duty: Duty,
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        Self {
            assignment: task.assignment,
            kind: task.kind,
            due_at: task.due_at,
            hearing: task.hearing.map(hearing),
            round: task.round.map(|TaskRound { id, name, rubric }| TaskRoundView { id, name, rubric }),
            subjects: task.subjects.into_iter().map(subject).collect(),
            members: task
                .members
                .into_iter()
                .map(|TaskMember { person, name, duty }| TaskMemberView { person, name, duty })
                .collect(),
            stage: task.stage,
            inspected: task.inspected.map(|TaskOrganisation { id, name }| TaskOrganisationView { id, name }),
            note: task.note,
            reports: task.reports.into_iter().map(report).collect(),
            state: task.state,
        }
    }
}

fn report(report: TaskReport) -> TaskReportView {
    TaskReportView {
        kind: report.kind,
        reason: report.reason,
        until: report.until,
        absent: report.absent,
        by: report.by,
        said_at: report.said_at,
    }
}

fn hearing(hearing: TaskHearing) -> TaskHearingView {
    TaskHearingView {
        id: hearing.id,
        court: hearing.court,
        courtroom: hearing.courtroom,
        starts_at: hearing.starts_at,
        kind: hearing.kind,
        procedure: hearing.procedure,
        instance: hearing.instance,
        openness: hearing.openness,
        device_rule: hearing.device_rule,
    }
}

fn subject(subject: TaskSubject) -> TaskSubjectView {
    TaskSubjectView {
        case: subject.case,
        case_no: subject.case_no,
        case_kind: subject.case_kind,
        cause: subject.cause,
        undertaker: subject.undertaker,
        undertaker_name: subject.undertaker_name,
        provider_name: subject.provider_name,
    }
}
