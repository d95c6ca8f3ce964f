//! What a member says of a task without making a record: it cannot be done, it is put off, somebody
//! did not come. Signed like everything that leaves a phone, and kept as a server row.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, DocumentId, PersonId};

codes! {
    /// What is reported 任务报告.
    TaskReportKind as "task_report_kind" {
        /// It cannot be done; a reason is given.
        Impossible = "impossible",
        /// It is put off until a time that is given.
        Postponed = "postponed",
        /// A member did not come.
        MemberAbsent = "member_absent",
    }
}

/// What a member says of a task, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct TaskCommand {
    /// Its own id, fresh: it is named like a document, so that it is kept and shown like one.
    #[n(0)]
    pub id: DocumentId,
    /// The task.
    #[n(1)]
    pub assignment: AssignmentId,
    /// What is reported, by its code; a newer phone may know more of them.
    #[n(2)]
    pub kind: String,
    /// Why, in words.
    #[n(3)]
    pub reason: String,
    /// Until when it is put off.
    #[n(4)]
    pub until: Option<Moment>,
    /// Who did not come.
    #[n(5)]
    pub absent: Option<PersonId>,
    /// When it was said, by the phone's clock.
    #[n(6)]
    pub said_at: Moment,
}

/// The same as every member's phone gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskReport {
    /// The code of what is reported.
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

/// The longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 500;

impl TaskCommand {
    /// The field that does not hold, with the code of the rule that refuses it; nothing when all does.
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        let kind = TaskReportKind::from_code(&self.kind);
        if self.reason.trim().is_empty() {
            return Some(("reason", "report_without_reason"));
        }
        if self.reason.chars().count() > MAX_REASON_CHARS {
            return Some(("reason", "report_too_long"));
        }
        match kind {
            Some(TaskReportKind::Postponed) if self.until.is_none() => Some(("until", "report_without_time")),
            Some(TaskReportKind::MemberAbsent) if self.absent.is_none() => {
                Some(("absent", "report_without_member"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_it_lacks() {
        let mut command = TaskCommand {
            id: DocumentId::from_bytes([2; 16]),
            assignment: AssignmentId::from_bytes([1; 16]),
            kind: "postponed".into(),
            reason: "法院改期".into(),
            until: None,
            absent: None,
            said_at: Moment::default(),
        };
        assert_eq!(command.problem(), Some(("until", "report_without_time")));
        command.until = Some(Moment::from_millis(1));
        assert_eq!(command.problem(), None);
        command.reason.clear();
        assert_eq!(command.problem(), Some(("reason", "report_without_reason")));
    }
}
