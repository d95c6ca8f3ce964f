//! Tasks, and the other rows that the server made for the phone's owner.

use super::search::folded;
use super::store::setting::{self, Setting};
use super::store::task::{self, CaseEntry, TaskEntry};
use super::store::{Store, Tx, document, item, server_row};
use super::{Phone, PhoneError, agenda};
use crate::clock::Moment;
use crate::id::{AssignmentId, PersonId};
use crate::people::task::TaskState;
use crate::people::{Task, TaskCommand, TaskReport};
use crate::sync::row_kind::RowKind;

impl Phone {
    /// The tasks, the earliest due first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn tasks(&self) -> Result<Vec<Task>, PhoneError> {
        self.check_lease()?;
        let bodies = server_row::bodies(self.store.reader(), RowKind::Task)?;
        let said = item::own_reports(self.store.reader())?;
        let tasks = bodies.iter().filter_map(|body| serde_json::from_str::<Task>(body).ok());
        let person = self.profile.person;
        let mut tasks: Vec<Task> = tasks.map(|task| with_own_reports(task, person, &said)).collect();
        tasks.sort_by_key(|task| (task.at().unwrap_or(Moment::from_millis(i64::MAX)), task.assignment));
        Ok(tasks)
    }

    /// One task, with what its members have said of it; the owner's own word stands in it at once.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn task(&self, assignment: AssignmentId) -> Result<Option<Task>, PhoneError> {
        self.check_lease()?;
        let said = item::own_reports(self.store.reader())?;
        Ok(self.known_task(assignment)?.map(|task| with_own_reports(task, self.profile.person, &said)))
    }

    /// The body of a server row.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn server_row(&self, kind: RowKind, key: &str) -> Result<Option<String>, PhoneError> {
        self.check_lease()?;
        self.known_row(kind, key)
    }

    /// One task, also while the phone is locked: a sync works on, and shows nothing to anybody.
    pub(super) fn known_task(&self, assignment: AssignmentId) -> Result<Option<Task>, PhoneError> {
        let body = self.known_row(RowKind::Task, &assignment.to_string())?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// The body of a server row, also while the phone is locked.
    pub(super) fn known_row(&self, kind: RowKind, key: &str) -> Result<Option<String>, PhoneError> {
        server_row::body(self.store.reader(), kind, key)
    }

    /// The content hash of the rubric for observer sheets, once the server has sent it.
    pub(super) fn observer_rubric(&self) -> Result<Option<String>, PhoneError> {
        let body = self.known_row(RowKind::Rubric, "observer_sheet")?;
        let rubric: Option<serde_json::Value> = body.and_then(|body| serde_json::from_str(&body).ok());
        Ok(rubric.and_then(|rubric| Some(rubric.get("hash")?.as_str()?.to_owned())))
    }
}

/// A task with what its owner has said of it and the server has not told back yet.
pub(super) fn with_own_reports(mut task: Task, owner: PersonId, said: &[TaskCommand]) -> Task {
    for command in said.iter().filter(|command| command.assignment == task.assignment) {
        // The server's row may be here before its verdict.
        let is_told = task.reports.iter().any(|told| {
            (&told.kind, &told.reason, told.said_at) == (&command.kind, &command.reason, command.said_at)
        });
        if is_told {
            continue;
        }
        let name = |person: PersonId| {
            let member = task.members.iter().find(|member| member.person == person);
            member.map(|member| member.name.clone())
        };
        let report = TaskReport {
            kind: command.kind.clone(),
            reason: command.reason.clone(),
            until: command.until,
            absent: command.absent.and_then(name),
            by: name(owner).unwrap_or_default(),
            said_at: command.said_at,
        };
        task.reports.push(report);
    }
    task
}

/// Lists a task where the agenda and the cases look.
pub(super) fn list(tx: &Tx<'_>, task: &Task) -> Result<(), PhoneError> {
    let cases = task.subjects.iter().map(|subject| {
        let words = [&subject.case_no, &subject.cause, &subject.undertaker_name, &subject.provider_name];
        // Between two words stands a sign that nobody searches for.
        let words: String = words.iter().map(|word| format!("{}\u{1}", folded(word))).collect();
        CaseEntry { case: subject.case, case_no: subject.case_no.clone(), words }
    });
    let entry = TaskEntry {
        assignment: task.assignment,
        kind: task.kind.code(),
        is_open: task.state == TaskState::Open,
        at: task.at().map(Moment::as_millis),
        cases: cases.collect(),
    };
    task::save(tx, &entry)
}

/// Lists all tasks anew, from their rows.
pub(super) fn list_all(tx: &Tx<'_>) -> Result<(), PhoneError> {
    task::forget_all(tx)?;
    for body in server_row::bodies(tx, RowKind::Task)? {
        if let Ok(task) = serde_json::from_str(&body) {
            list(tx, &task)?;
        }
    }
    setting::write(tx, Setting::TasksListed, b"1")
}

/// Looks again at the tasks that something has happened to, and keeps how they stand.
pub(super) fn look_again(tx: &Tx<'_>, owner: PersonId) -> Result<(), PhoneError> {
    let stale = task::stale(tx)?;
    if stale.is_empty() {
        return Ok(());
    }
    let said = item::own_reports(tx)?;
    for assignment in stale {
        let body = server_row::body(tx, RowKind::Task, &assignment.to_string())?;
        let known: Option<Task> = body.and_then(|body| serde_json::from_str(&body).ok());
        let (mut is_done, mut due_by) = (false, None);
        if let Some(known) = known {
            let known = with_own_reports(known, owner, &said);
            let places = document::places_of_assignment(tx, assignment)?;
            is_done = agenda::is_done(&known, owner, &places);
            due_by = agenda::due_by(&known, &places).filter(|_| !agenda::is_impossible(&known));
        }
        task::set_standing(tx, assignment, is_done, due_by.map(Moment::as_millis))?;
    }
    Ok(())
}

/// Lists the tasks of a store that was made before there were lists, and looks at those that were left stale.
pub(super) fn catch_up(store: &mut Store, owner: PersonId) -> Result<(), PhoneError> {
    if !setting::is_set(store.reader(), Setting::TasksListed)? {
        store.write("listing tasks", list_all)?;
    }
    if task::stale(store.reader())?.is_empty() {
        return Ok(());
    }
    store.write("looking at tasks again", |tx| look_again(tx, owner))
}
