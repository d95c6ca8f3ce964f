//! 任务 tasks: an assignment as one member's phone gets it, with everything needed to do it
//! without a network.
//!
//! The server makes one for each member and publishes it as a row. Fields that a newer server adds
//! are passed over, and codes of cases and hearings stay texts, so that an older phone still lists
//! the task. It holds no name of a recipient and none of a judge (domain 6.1, DESIGN invariant 14); how
//! a recipient is reached is a row of its own, for who has to reach them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::assignment::{AssignmentKind, Duty, Subject, SubjectCount, VisitStage};
use super::task_report::TaskReport;
use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, CaseId, HearingId, OrganisationId, PersonId, RoundId, UndertakerId};

codes! {
    /// Whether a task is still to be done.
    TaskState as "task_state" {
        Open = "open",
        Closed = "closed",
    }
}

/// A task: one assignment × member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Who takes part, the receiver included.
    pub members: Vec<TaskMember>,
    /// The point of the case at which a recipient is to be asked.
    #[serde(default)]
    pub stage: Option<VisitStage>,
    /// The workstation or centre to inspect.
    #[serde(default)]
    pub inspected: Option<TaskOrganisation>,
    /// What the one who assigned it wants to be known.
    #[serde(default)]
    pub note: Option<String>,
    /// What members have said of it: impossible, postponed, somebody absent.
    #[serde(default)]
    pub reports: Vec<TaskReport>,
    /// Whether it is still to be done.
    pub state: TaskState,
    /// The codes of the roles that its receiver holds where the assignment belongs; nothing from an older server.
    #[serde(default)]
    pub roles: Option<Vec<String>>,
}

/// The organisation that a task inspects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskOrganisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

/// The hearing of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskHearing {
    /// Its id.
    pub id: HearingId,
    /// The court, by name.
    pub court: String,
    /// The court room.
    pub courtroom: Option<String>,
    /// When it begins.
    pub starts_at: Moment,
    /// The code of the hearing's kind.
    pub kind: String,
    /// The code of the procedure.
    pub procedure: Option<String>,
    /// The code of the instance.
    pub instance: Option<String>,
    /// The code of the openness; `public` for every task that the legal gate let pass.
    pub openness: String,
    /// What the court said beforehand about devices.
    pub device_rule: Option<String>,
    /// The codes of the rules by which the law forbids to attend, as the facts are known; none when it may be
    /// attended. A new fact can close a hearing that was open when it was assigned.
    #[serde(default)]
    pub refused_by: Vec<String>,
}

/// The evaluation round of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRound {
    /// Its id.
    pub id: RoundId,
    /// Its name.
    pub name: String,
    /// The content hash of the rubric that it has frozen.
    pub rubric: String,
}

/// What a task is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSubject {
    /// The case.
    pub case: CaseId,
    /// The centre's number of the case.
    pub case_no: String,
    /// The code of the case's kind.
    pub case_kind: String,
    /// The cause of action or the charge 案由.
    pub cause: String,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// The undertaker's name.
    pub undertaker_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// The day on which the case was assigned to an undertaker: nothing in it can have happened before.
    #[serde(default)]
    pub assigned_on: Option<Date>,
}

/// Somebody who takes part in a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskMember {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// As what.
    pub duty: Duty,
}

impl Task {
    /// The one subject of a task that is about one undertaker's work in one case.
    pub fn only_subject(&self) -> Option<Subject> {
        match (self.kind.subject_count(), self.subjects.as_slice()) {
            (SubjectCount::One, [TaskSubject { case, undertaker, .. }]) => {
                Some(Subject { case: *case, undertaker: *undertaker })
            }
            _ => None,
        }
    }

    /// When it begins or is due: an attendance with its hearing, everything else when it should be done.
    pub fn at(&self) -> Option<Moment> {
        let starts_at = self.hearing.as_ref().map(|hearing| hearing.starts_at);
        match self.kind {
            AssignmentKind::Attendance => starts_at.or(self.due_at),
            _ => self.due_at.or(starts_at),
        }
    }

    /// The duty of a person in it.
    pub fn duty_of(&self, person: PersonId) -> Option<Duty> {
        self.members.iter().find(|member| member.person == person).map(|member| member.duty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_of_a_newer_server_is_still_read() {
        let id = "019a2b3c-0000-7000-8000-000000000000";
        let text = format!(
            r#"{{"assignment":"{id}","kind":"attendance","due_at":null,"state":"open","later":1,"round":null,
            "hearing":{{"id":"{id}","court":"c","courtroom":null,"starts_at":"2026-12-01T01:00:00Z",
              "kind":"of a later version","procedure":null,"instance":null,"openness":"public","device_rule":null}},
            "subjects":[],"members":[{{"person":"{id}","name":"n","duty":"chair"}}]}}"#
        );
        let task: Task = serde_json::from_str(&text).expect("a task");
        assert_eq!(task.duty_of(id.parse().expect("an id")), Some(Duty::Chair));
        let again: Task =
            serde_json::from_value(serde_json::to_value(&task).expect("json")).expect("a task again");
        assert_eq!(again, task);
    }
}
