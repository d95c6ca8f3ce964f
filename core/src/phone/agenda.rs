//! 今日 the agenda: what is to be done, the overdue first.

use std::collections::{BTreeMap, BTreeSet};

use super::store::document::{self, RecordPlace};
use super::store::item;
use super::store::task::{self, AfterTask};
use super::{Phone, PhoneError, RecordRow, tasks};
use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, PersonId};
use crate::people::task::TaskState;
use crate::people::{AssignmentKind, Duty, SubjectCount, Task, TaskCommand, TaskReportKind};
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
        /// Somebody has said that it cannot be done; the owner's own word counts before the server knows of it.
        Impossible = "impossible",
        /// Everything that the owner is to record is sealed. A clerk is done when each transcript that they have begun
        /// is sealed; who takes down what comes in, when something was and the task is closed.
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
    /// The records of it on this phone, in the order in which they came onto it.
    pub records: Vec<RecordRow>,
}

/// Where a page of the agenda ended.
///
/// It knows the moment of the first page: what becomes overdue while somebody turns the pages stays in its place, so
/// that nothing is missed and nothing comes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgendaPlace {
    as_of: Moment,
    part: AgendaPart,
    after: AfterTask,
}

/// The agenda has two parts, each in an order of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AgendaPart {
    /// By the moment since which it is late.
    Overdue,
    /// By the time at which it begins or is due.
    ToCome,
}

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
        let (at, assignment) = self.after;
        format!("{}/{}/{at}/{assignment}", self.as_of.as_millis(), self.part.code())
    }

    /// Reads such a text.
    pub fn from_text(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split('/').collect();
        let [as_of, part, at, assignment] = words[..] else { return None };
        Some(Self {
            as_of: Moment::from_millis(as_of.parse().ok()?),
            part: AgendaPart::from_code(part)?,
            after: (at.parse().ok()?, assignment.parse().ok()?),
        })
    }

    const fn before_all(as_of: Moment) -> Self {
        Self { as_of, part: AgendaPart::Overdue, after: task::BEFORE_ALL }
    }
}

impl AgendaPart {
    const fn code(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::ToCome => "to_come",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Overdue, Self::ToCome].into_iter().find(|part| part.code() == code)
    }
}

impl Phone {
    /// A page of what is to be done: the longest overdue first, then by time. What is done, and what nobody asks for
    /// any more, is not listed.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn agenda(&self, after: Option<AgendaPlace>, limit: u32) -> Result<AgendaPage, PhoneError> {
        self.check_lease()?;
        let reader = self.store.reader();
        let said = item::own_reports(reader)?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut place = after.unwrap_or_else(|| AgendaPlace::before_all(self.now()));
        let mut items = Vec::new();
        loop {
            // One more than is still wanted: whether anything follows is known by it.
            let missing = u32::try_from(wanted - items.len()).unwrap_or(u32::MAX).saturating_add(1);
            let as_of = place.as_of.as_millis();
            let rows = match place.part {
                AgendaPart::Overdue => task::overdue_page(reader, as_of, place.after, missing)?,
                AgendaPart::ToCome => task::to_come_page(reader, as_of, place.after, missing)?,
            };
            let is_last = u32::try_from(rows.len()).is_ok_and(|rows| rows < missing);
            for row in rows {
                let item = self.agenda_item(row.1, place.as_of, &said)?;
                // A task that was not looked at again since it was finished may be among them.
                if let Some(item) = item.filter(|item| item.progress != TaskProgress::Done) {
                    if items.len() == wanted {
                        return Ok(AgendaPage { items, next: Some(place) });
                    }
                    items.push(item);
                }
                place.after = row;
            }
            match place.part {
                _ if !is_last => {}
                AgendaPart::Overdue => {
                    place.part = AgendaPart::ToCome;
                    place.after = task::BEFORE_ALL;
                }
                AgendaPart::ToCome => return Ok(AgendaPage { items, next: None }),
            }
        }
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

    fn agenda_item(
        &self,
        assignment: AssignmentId,
        as_of: Moment,
        said: &[TaskCommand],
    ) -> Result<Option<AgendaItem>, PhoneError> {
        let (owner, Some(task)) = (self.profile.person, self.known_task(assignment)?) else {
            return Ok(None);
        };
        let task = tasks::with_own_reports(task, owner, said);
        let rows = document::rows_of_assignment(self.store.reader(), assignment)?;
        let places: Vec<RecordPlace> = rows.iter().map(RecordPlace::from).collect();
        let at = task.at();
        let progress = if is_done(&task, owner, &places) {
            TaskProgress::Done
        } else if is_impossible(&task) {
            TaskProgress::Impossible
        } else if due_by(&task, &places).is_some_and(|due_by| due_by < as_of) {
            TaskProgress::Overdue
        } else if places.is_empty() {
            TaskProgress::ToDo
        } else {
            TaskProgress::UnderWay
        };
        let records = rows.into_iter().map(|row| self.record_row(row)).collect::<Result<_, _>>()?;
        Ok(Some(AgendaItem { task, at, progress, records }))
    }

    fn places(&self, assignment: AssignmentId) -> Result<Vec<RecordPlace>, PhoneError> {
        document::places_of_assignment(self.store.reader(), assignment)
    }
}

/// Whether everything that a person is to record in a task is sealed, by them or by others.
pub(super) fn is_done(task: &Task, person: PersonId, places: &[RecordPlace]) -> bool {
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

/// Whether somebody has said that a task cannot be done.
pub(super) fn is_impossible(task: &Task) -> bool {
    task.reports.iter().any(|report| report.kind == TaskReportKind::Impossible.code())
}

/// The last moment at which a task is not late; nothing when it cannot be. A hearing may go on through its day; who
/// has written what came in is not late because more may come.
pub(super) fn due_by(task: &Task, places: &[RecordPlace]) -> Option<Moment> {
    if is_each_time(task) && places.iter().any(|place| place.is_sealed) {
        return None;
    }
    match &task.hearing {
        Some(hearing) if task.kind == AssignmentKind::Attendance => end_of_day(hearing.starts_at),
        _ => task.due_at,
    }
}

/// The last moment of the day in China that a time lies in.
fn end_of_day(at: Moment) -> Option<Moment> {
    let next = at.in_china().date().tomorrow().ok()?;
    Some(Moment::from_china(next.at(0, 0, 0, 0))?.plus_millis(-1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_told() {
        for part in [AgendaPart::Overdue, AgendaPart::ToCome] {
            let after = (42, AssignmentId::from_bytes([7; 16]));
            let place = AgendaPlace { as_of: Moment::from_millis(7), part, after };
            assert_eq!(AgendaPlace::from_text(&place.to_text()), Some(place));
        }
        assert_eq!(AgendaPlace::from_text("tomorrow"), None);
    }

    #[test]
    fn a_hearing_may_go_on_until_the_day_ends_in_china() {
        let time = |text: &str| Moment::parse(text).expect("a time");
        let end = end_of_day(time("2026-11-24T23:30:00+08:00")).expect("a day");
        assert_eq!(end.plus_millis(1), time("2026-11-25T00:00:00+08:00"));
    }
}
