//! What the owner says of a task without making a record, and what others say of the owner's records.

use super::permission::task_facts;
use super::store::item;
use super::{Page, Phone, PhoneError, Place, tasks, told};
use crate::clock::Moment;
use crate::id::{AssignmentId, DocumentId, PersonId};
use crate::people::{TaskCommand, TaskReportKind};
use crate::policy::RecordState;
use crate::record::edit::FieldPath;
use crate::sync::frame::Item;
use crate::sync::row_kind::RowKind;

/// A sealed record that a manager has returned, with what is to be put right. The answer is an
/// amendment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReturnedRecord {
    /// The record.
    pub document: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// The notes, by field.
    pub notes: Vec<FieldNote>,
    /// Who returned it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// The amendment that answers it, once it is sealed.
    pub answered_by: Option<DocumentId>,
}

/// A note on a field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldNote {
    /// The field; the record as a whole when it is empty.
    pub path: String,
    /// What is to be put right.
    pub text: String,
}

impl FieldNote {
    /// The field that is meant.
    pub fn field(&self) -> FieldPath {
        self.path.parse().expect("any text is a path")
    }
}

impl Phone {
    /// Says that a task cannot be done, is put off, or that somebody did not come. It is on disk when
    /// this returns, and leaves with the next frame.
    ///
    /// # Errors
    /// When there is no such task, the owner takes no part in it, it is closed, something that the
    /// report needs is missing, or the phone is locked.
    pub fn report_on_task(
        &mut self,
        assignment: AssignmentId,
        kind: TaskReportKind,
        reason: &str,
        until: Option<Moment>,
        absent: Option<PersonId>,
    ) -> Result<DocumentId, PhoneError> {
        let task = self.task(assignment)?.ok_or(PhoneError::NoSuchTask(assignment))?;
        let refused = |rule: &str| PhoneError::NotAllowed { rule: rule.to_owned() };
        let facts = task_facts(&task, self.profile.person);
        if facts.duty.is_none() {
            return Err(refused("not_assigned"));
        }
        if facts.state == RecordState::Closed {
            return Err(refused("assignment_closed"));
        }
        if absent.is_some_and(|absent| task.duty_of(absent).is_none()) {
            return Err(refused("report_of_no_member"));
        }
        let command = TaskCommand {
            id: self.minter.mint(),
            assignment,
            kind: kind.code().to_owned(),
            reason: reason.trim().to_owned(),
            until,
            absent,
            said_at: self.now(),
        };
        if let Some((_, rule)) = command.problem() {
            return Err(refused(rule));
        }
        let id = command.id;
        self.store.write("reporting on a task", |tx| {
            item::enqueue(tx, "task_report", &Item::TaskReport { command })?;
            tasks::look_again(tx, self.profile.person)
        })?;
        Ok(id)
    }

    /// All of the owner's records that were returned and not answered yet, the oldest first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn returned(&self) -> Result<Vec<ReturnedRecord>, PhoneError> {
        Ok(self.returned_page(None, u32::MAX)?.items)
    }

    /// A page of the owner's records that were returned and not answered yet: what waits longest comes first, as in
    /// the agenda.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn returned_page(
        &self,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Page<ReturnedRecord>, PhoneError> {
        self.check_lease()?;
        told::earliest(self.store.reader(), RowKind::Returned, after, limit)
    }
}
