//! The agenda, mirrored.

use tingfang_core::clock::Moment;
use tingfang_core::people::Task;
use tingfang_core::phone::{self, MonthFigure, TaskProgress};

use super::record::RecordRow;

/// How far a task has come, for the owner of the phone. Labels: section `task_progress`.
#[uniffi::remote(Enum)]
pub enum TaskProgress {
    /// Should have been done, and nothing of it is finished.
    Overdue,
    /// A record of it is begun.
    UnderWay,
    /// Nothing is begun.
    ToDo,
    /// Somebody has said that it cannot be done; the owner's own word counts at once, before it is sent.
    Impossible,
    /// Everything that the owner is to record is sealed. A clerk is done when each transcript that they have begun is
    /// sealed; who takes down complaints, when one is sealed and the task is closed. The agenda lists none of these.
    Done,
}

/// A page of what is to be done.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Agenda {
    /// The items.
    pub items: Vec<AgendaItem>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<String>,
}

/// A task in the agenda.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AgendaItem {
    /// The task.
    pub task: Task,
    /// When it begins or is due.
    pub at: Option<Moment>,
    /// How far it has come.
    pub progress: TaskProgress,
    /// The records of it on this phone, in the order in which they came onto it.
    pub records: Vec<RecordRow>,
}

/// How many tasks of a kind fall into a month, and how many of them are done.
#[uniffi::remote(Record)]
pub struct MonthFigure {
    /// The kind's code. Labels: section `assignment_kind`.
    pub kind: String,
    /// How many are done.
    pub done: u64,
    /// How many there are.
    pub all: u64,
}

impl From<phone::AgendaPage> for Agenda {
    fn from(page: phone::AgendaPage) -> Self {
        let phone::AgendaPage { items, next } = page;
        let items = items.into_iter().map(|item| {
            let phone::AgendaItem { task, at, progress, records } = item;
            let records = records.into_iter().map(RecordRow::from).collect();
            AgendaItem { task, at, progress, records }
        });
        Self { items: items.collect(), next: next.map(phone::AgendaPlace::to_text) }
    }
}
