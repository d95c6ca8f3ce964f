//! 今日 the agenda: what is to be done, the overdue first.

use std::collections::{BTreeMap, BTreeSet};

use super::store::document::{self, RecordPlace};
use super::store::item;
use super::store::task::{self, AfterTask};
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, DocumentId, PersonId};
use crate::people::task::TaskState;
use crate::people::{AssignmentKind, Duty, SubjectCount, Task, TaskReportKind};
use crate::record::shape::Merge;
use crate::record::shape_of;

codes! {
    /// How far a task has come, for the owner of the phone.
    TaskProgress as "task_progress" {
        /// Should have been done, and nothing of it is finished.
        Overdue = "overdue",
        /// A record of it is begun.
        UnderWay = "under_way",
        /// Nothing is begun.
        ToDo = "to_do",
        /// Somebody has said that it cannot be done.
        Impossible = "impossible",
        /// Everything that the owner is to record is sealed; where they write whenever something happens, the
        /// assignment is closed besides.
        Done = "done",
    }
}

/// A task in the agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgendaItem {
    /// The task.
    pub task: Task,
    /// When it begins or is due.
    pub at: Option<Moment>,
    /// How far it has come.
    pub progress: TaskProgress,
    /// The records of it on this phone, in the order in which they were begun.
    pub records: Vec<DocumentId>,
}

/// Where a page of the agenda ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgendaPlace(AfterTask);

/// A page of the agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgendaPage {
    /// The items.
    pub items: Vec<AgendaItem>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<AgendaPlace>,
}

/// How many tasks of a kind fall into a month, and how many of them are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthFigure {
    /// The kind's code: section `assignment_kind`.
    pub kind: String,
    /// How many are done.
    pub done: u64,
    /// How many there are.
    pub all: u64,
}

impl AgendaPlace {
    /// As a text that an app hands back.
    pub fn to_text(self) -> String {
        let (at, assignment) = self.0;
        format!("{at}/{assignment}")
    }

    /// Reads such a text.
    pub fn from_text(text: &str) -> Option<Self> {
        let (at, assignment) = text.split_once('/')?;
        Some(Self((at.parse().ok()?, assignment.parse().ok()?)))
    }
}

impl Phone {
    /// A page of what is to be done, the earliest first, so that what is overdue leads. What is done, and what
    /// nobody asks for any more, is not listed.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn agenda(&self, after: Option<AgendaPlace>, limit: u32) -> Result<AgendaPage, PhoneError> {
        self.check_lease()?;
        let said = item::own_reports(self.store.reader())?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut items, mut place) = (Vec::new(), after.map(|after| after.0));
        while items.len() < wanted {
            let rows = task::open_page(self.store.reader(), place, limit)?;
            let is_last = rows.len() < wanted;
            for row in rows {
                place = Some(row);
                let Some(task) = self.known_task(row.1)? else { continue };
                let item = self.agenda_item(self.with_own_reports(task, &said))?;
                if item.progress != TaskProgress::Done {
                    items.push(item);
                }
                if items.len() == wanted {
                    break;
                }
            }
            if is_last && items.len() < wanted {
                return Ok(AgendaPage { items, next: None });
            }
        }
        Ok(AgendaPage { items, next: place.map(AgendaPlace) })
    }

    /// How much of the month that a time lies in is done, kind by kind. Months are China's.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn month_figures(&self, in_month: Moment) -> Result<Vec<MonthFigure>, PhoneError> {
        self.check_lease()?;
        let (from, until) = in_month.month_in_china();
        let rows = task::between(self.store.reader(), from.as_millis(), until.as_millis())?;
        let mut figures: Vec<MonthFigure> = Vec::new();
        for (assignment, kind, is_open) in rows {
            let Some(task) = self.known_task(assignment)? else { continue };
            let is_done = is_done(&task, self.profile.person, &self.places(assignment)?);
            // What was called off before anybody did it counts on neither side.
            if !is_open && !is_done {
                continue;
            }
            let at = figures.iter().position(|figure| figure.kind == kind).unwrap_or_else(|| {
                figures.push(MonthFigure { kind, done: 0, all: 0 });
                figures.len() - 1
            });
            figures[at].all += 1;
            figures[at].done += u64::from(is_done);
        }
        Ok(figures)
    }

    fn agenda_item(&self, task: Task) -> Result<AgendaItem, PhoneError> {
        let places = self.places(task.assignment)?;
        let at = task.at();
        let progress = if is_done(&task, self.profile.person, &places) {
            TaskProgress::Done
        } else if task.reports.iter().any(|report| report.kind == TaskReportKind::Impossible.code()) {
            TaskProgress::Impossible
        } else if is_overdue(&task, &places, self.now()) {
            TaskProgress::Overdue
        } else if places.is_empty() {
            TaskProgress::ToDo
        } else {
            TaskProgress::UnderWay
        };
        let records = places.into_iter().map(|place| place.document).collect();
        Ok(AgendaItem { task, at, progress, records })
    }

    fn places(&self, assignment: AssignmentId) -> Result<Vec<RecordPlace>, PhoneError> {
        document::places_of_assignment(self.store.reader(), assignment)
    }
}

/// Whether everything that a person is to record in a task is sealed, by them or by others.
fn is_done(task: &Task, person: PersonId, places: &[RecordPlace]) -> bool {
    let duty = task.duty_of(person);
    if duty == Some(Duty::Clerk) {
        return is_all_entered(task, places);
    }
    // An amendment is about the same work as what it amends: each work counts once.
    let sealed = |kind: &str| {
        let own = places.iter().filter(|place| place.transcribed_for.is_none_or(|whose| whose == person));
        let of_kind = own.filter(|place| place.kind == kind && place.is_sealed);
        of_kind.map(|place| place.about).collect::<BTreeSet<_>>().len()
    };
    let Some((&first, others)) = task.kind.record_kinds().split_first() else { return false };
    // The next one may come in as long as somebody waits for it. What nobody has ever written was not done.
    if is_each_time(task) {
        return task.state == TaskState::Closed && sealed(first) > 0;
    }
    let is_shared = shape_of(first).is_some_and(|shape| shape.merge == Merge::Shared);
    let has_first = sealed(first) >= if is_shared { 1 } else { works(task) };
    // An observer's own sheet belongs to the work; what else a task may have need not be.
    let observes = duty.is_some_and(Duty::observes);
    has_first && (!observes || others.iter().all(|kind| sealed(kind) >= works(task)))
}

/// Whether a clerk has entered the whole of every paper that they have begun to enter. Who of the observers writes
/// on paper nobody tells the phone, nor does a clerk receive what the others write.
fn is_all_entered(task: &Task, places: &[RecordPlace]) -> bool {
    let mut papers: BTreeMap<PersonId, BTreeSet<_>> = BTreeMap::new();
    for place in places {
        let Some(observer) = place.transcribed_for else { continue };
        let entered = papers.entry(observer).or_default();
        if place.is_sealed {
            entered.insert(place.about);
        }
    }
    !papers.is_empty() && papers.values().all(|entered| entered.len() >= works(task))
}

/// Whose work a task is about: of each, a record of one writer is its own.
fn works(task: &Task) -> usize {
    match task.kind.subject_count() {
        SubjectCount::Some => task.subjects.len().max(1),
        SubjectCount::None | SubjectCount::One => 1,
    }
}

/// Whether the work is to write a record whenever something happens, as in the reception of complaints.
fn is_each_time(task: &Task) -> bool {
    let first = task.kind.record_kinds().first().and_then(|kind| shape_of(kind));
    first.is_some_and(|shape| shape.each_time)
}

/// Whether a task should have been done by now. A hearing may go on through its day; who has written what came in
/// is not late because more may come.
fn is_overdue(task: &Task, places: &[RecordPlace], now: Moment) -> bool {
    if is_each_time(task) && places.iter().any(|place| place.is_sealed) {
        return false;
    }
    match &task.hearing {
        Some(hearing) if task.kind == AssignmentKind::Attendance => {
            hearing.starts_at.in_china().date() < now.in_china().date()
        }
        _ => task.due_at.is_some_and(|due| due < now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_told() {
        let place = AgendaPlace((42, AssignmentId::from_bytes([7; 16])));
        assert_eq!(AgendaPlace::from_text(&place.to_text()), Some(place));
        assert_eq!(AgendaPlace::from_text("tomorrow"), None);
    }
}
