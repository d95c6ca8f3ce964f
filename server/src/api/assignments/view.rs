//! Assignments as the API shows and takes them.

use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, HearingId, OrganisationId, PersonId, UndertakerId};
use tingfang_core::people::task::{Task, TaskState};
use tingfang_core::people::{AssignmentKind, Duty, Subject, VisitStage};
use utoipa::ToSchema;

use super::organisation_of;
use crate::api::schema;
use crate::api::tasks::TaskView;
use crate::db::Tx;
use crate::planning::NewAssignment;
use crate::problem::Problem;
use crate::store::assignment::Kept;
use crate::store::hearing;

/// An assignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: AssignmentId,
    /// The organisation that assigned it.
    #[schema(schema_with = schema::id)]
    pub organisation: OrganisationId,
    /// Whether it is still to be done.
    #[schema(schema_with = schema::task_state)]
    pub state: TaskState,
    /// The rule that closed it before it was done.
    pub closed_reason: Option<String>,
    /// The same in words, when somebody called it off.
    pub closed_note: Option<String>,
    /// What its members get.
    pub task: TaskView,
}

/// Work to assign.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignmentView {
    /// What is to be done.
    #[schema(schema_with = schema::assignment_kind)]
    kind: AssignmentKind,
    /// The hearing to attend.
    #[schema(schema_with = schema::id, required = false)]
    hearing: Option<HearingId>,
    /// What it is about. Left out, it is about everybody who undertakes the hearing's case.
    #[serde(default)]
    subjects: Vec<SubjectView>,
    /// Who takes part.
    members: Vec<MemberView>,
    /// When it should be done.
    #[schema(schema_with = schema::moment, required = false)]
    due_at: Option<Moment>,
    /// The organisation that assigns it, for work that is about no case.
    #[schema(schema_with = schema::id, required = false)]
    organisation: Option<OrganisationId>,
    /// The workstation or centre to inspect.
    #[schema(schema_with = schema::id, required = false)]
    inspected: Option<OrganisationId>,
    /// The point of the case at which a recipient is to be asked.
    #[schema(schema_with = schema::visit_stage, required = false)]
    stage: Option<VisitStage>,
    /// What is to be known beside, for instance which organ to visit.
    note: Option<String>,
}

/// The work of one undertaker in one case.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectView {
    /// The case.
    #[schema(schema_with = schema::id)]
    case: CaseId,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    undertaker: UndertakerId,
}

/// Somebody who is to take part.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberView {
    /// Who.
    #[schema(schema_with = schema::id)]
    person: PersonId,
    /// As what.
    #[schema(schema_with = schema::duty)]
    duty: Duty,
}

/// Everybody who is to take part.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersWish {
    /// Who, as what.
    members: Vec<MemberView>,
}

impl MembersWish {
    pub(super) fn members(&self) -> Vec<(PersonId, Duty)> {
        self.members.iter().map(|member| (member.person, member.duty)).collect()
    }
}

impl AssignmentView {
    /// The view of an assignment with its task.
    pub fn new(task: Task, kept: &Kept) -> Self {
        Self {
            id: kept.assignment.id,
            organisation: kept.assignment.organisation,
            state: kept.state,
            closed_reason: kept.closed_reason.clone(),
            closed_note: kept.closed_note.clone(),
            task: task.into(),
        }
    }
}

impl NewAssignmentView {
    /// The organisation whose case this is about.
    pub(super) fn organisation(&self, tx: &Tx) -> Result<OrganisationId, Problem> {
        let case = match (self.hearing, self.subjects.first()) {
            (Some(id), _) => hearing::find(tx, id)?.ok_or(Problem::NotFound { what: "hearing" })?.case,
            (None, Some(subject)) => subject.case,
            (None, None) => {
                return self.organisation.ok_or_else(|| Problem::field("organisation", "empty"));
            }
        };
        organisation_of(tx, case)
    }

    /// The noun of what it names first.
    pub(super) const fn named(&self) -> &'static str {
        match (self.hearing, self.subjects.is_empty()) {
            (Some(_), _) => "hearing",
            (None, false) => "case",
            (None, true) => "organisation",
        }
    }

    /// The wish for the planner.
    pub(super) fn wish(
        &self,
        id: AssignmentId,
        organisation: OrganisationId,
        created_by: PersonId,
    ) -> NewAssignment {
        NewAssignment {
            id,
            kind: self.kind,
            organisation,
            hearing: self.hearing,
            inspected: self.inspected,
            stage: self.stage,
            note: self.note.clone(),
            round: None,
            subjects: self
                .subjects
                .iter()
                .map(|subject| Subject { case: subject.case, undertaker: subject.undertaker })
                .collect(),
            members: self.members.iter().map(|member| (member.person, member.duty)).collect(),
            due_at: self.due_at,
            created_by: Some(created_by),
        }
    }
}
