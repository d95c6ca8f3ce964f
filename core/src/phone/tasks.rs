//! Tasks, and the other rows that the server made for the phone's owner.

use super::store::server_row;
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::id::AssignmentId;
use crate::people::Task;

impl Phone {
    /// The tasks, the earliest due first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tasks(&self) -> Result<Vec<Task>, PhoneError> {
        self.check_lease()?;
        let bodies = server_row::bodies(self.store.reader(), "task")?;
        let mut tasks: Vec<Task> = bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
        tasks.sort_by_key(|task| {
            let starts_at = task.hearing.as_ref().map(|hearing| hearing.starts_at);
            (starts_at.or(task.due_at).unwrap_or(Moment::from_millis(i64::MAX)), task.assignment)
        });
        Ok(tasks)
    }

    /// One task.
    ///
    /// # Errors
    /// When the store fails.
    pub fn task(&self, assignment: AssignmentId) -> Result<Option<Task>, PhoneError> {
        let body = self.server_row("task", &assignment.to_string())?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// The body of a server row.
    ///
    /// # Errors
    /// When the store fails.
    pub fn server_row(&self, kind: &str, key: &str) -> Result<Option<String>, PhoneError> {
        server_row::body(self.store.reader(), kind, key)
    }

    /// The content hash of the rubric for observer sheets, once the server has sent it.
    pub(super) fn observer_rubric(&self) -> Result<Option<String>, PhoneError> {
        let body = self.server_row("rubric", "observer_sheet")?;
        let rubric: Option<serde_json::Value> = body.and_then(|body| serde_json::from_str(&body).ok());
        Ok(rubric.and_then(|rubric| Some(rubric.get("hash")?.as_str()?.to_owned())))
    }
}
