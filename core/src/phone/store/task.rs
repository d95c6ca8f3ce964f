//! What tasks say, in columns: the lists of the agenda and of cases read these.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};
use crate::id::{AssignmentId, CaseId};

/// A task as the lists need it.
pub(crate) struct TaskEntry<'a> {
    pub(crate) assignment: AssignmentId,
    /// The kind's code.
    pub(crate) kind: &'a str,
    pub(crate) is_open: bool,
    /// When it begins or is due, in milliseconds.
    pub(crate) at: Option<i64>,
    pub(crate) cases: Vec<CaseEntry>,
}

/// A case of a task.
pub(crate) struct CaseEntry {
    pub(crate) case: CaseId,
    pub(crate) case_no: String,
    /// The words by which it is found, folded.
    pub(crate) words: String,
}

/// Where a page of tasks ended, by the time that orders it: tasks without a time come last.
pub(crate) type AfterTask = (i64, AssignmentId);

/// Where the first page begins.
pub(crate) const BEFORE_ALL: AfterTask = (i64::MIN, AssignmentId::from_bytes([0; 16]));

/// What stands in the place of no time.
pub(crate) const NO_TIME: i64 = i64::MAX;

/// Keeps what a task says in the place of what it said before; how it stands has to be looked at.
pub(crate) fn save(tx: &Tx<'_>, task: &TaskEntry<'_>) -> Result<(), PhoneError> {
    let doing = "listing a task";
    super::run(
        tx,
        doing,
        "insert into task (assignment_id, kind, is_open, at) values (?1, ?2, ?3, ?4)
         on conflict (assignment_id) do update set kind = excluded.kind, is_open = excluded.is_open,
             at = excluded.at, is_done = 0, is_stale = 1",
        params![task.assignment.as_bytes(), task.kind, task.is_open, task.at.unwrap_or(NO_TIME)],
    )?;
    super::run(tx, doing, "delete from task_case where assignment_id = ?1", [task.assignment.as_bytes()])?;
    for case in &task.cases {
        super::run(
            tx,
            doing,
            "insert into task_case (case_id, assignment_id, case_no, words) values (?1, ?2, ?3, ?4)
             on conflict (case_id, assignment_id) do update set words = words || excluded.words",
            params![case.case.as_bytes(), task.assignment.as_bytes(), case.case_no, case.words],
        )?;
    }
    Ok(())
}

/// Forgets all; they are listed anew.
pub(crate) fn forget_all(tx: &Tx<'_>) -> Result<(), PhoneError> {
    super::run(tx, "listing tasks anew", "delete from task_case", [])?;
    super::run(tx, "listing tasks anew", "delete from task", [])?;
    Ok(())
}

/// A page of open tasks that are not done and are late at a time, the longest overdue first.
pub(crate) fn overdue_page(
    reader: &Reader,
    as_of: i64,
    after: AfterTask,
    limit: u32,
) -> Result<Vec<AfterTask>, PhoneError> {
    super::all(
        reader,
        "listing the agenda",
        "select due_by, assignment_id from task
         where is_open = 1 and is_done = 0 and due_by < ?1 and (due_by, assignment_id) > (?2, ?3)
         order by due_by, assignment_id limit ?4",
        params![as_of, after.0, after.1.as_bytes(), limit],
        |row| Ok((row.get("due_by")?, AssignmentId::from_bytes(row.get("assignment_id")?))),
    )
}

/// A page of open tasks that are not done and are not late at a time, the earliest first.
pub(crate) fn to_come_page(
    reader: &Reader,
    as_of: i64,
    after: AfterTask,
    limit: u32,
) -> Result<Vec<AfterTask>, PhoneError> {
    super::all(
        reader,
        "listing the agenda",
        "select at, assignment_id from task
         where is_open = 1 and is_done = 0 and (due_by is null or due_by >= ?1)
             and (at, assignment_id) > (?2, ?3)
         order by at, assignment_id limit ?4",
        params![as_of, after.0, after.1.as_bytes(), limit],
        |row| Ok((row.get("at")?, AssignmentId::from_bytes(row.get("assignment_id")?))),
    )
}

/// The tasks that have to be looked at again.
pub(crate) fn stale(reader: &Reader) -> Result<Vec<AssignmentId>, PhoneError> {
    let sql = "select assignment_id from task where is_stale = 1 order by assignment_id";
    super::all(reader, "looking for stale tasks", sql, [], |row| {
        row.get("assignment_id").map(AssignmentId::from_bytes)
    })
}

/// Keeps how a task stands, now that it was looked at: whether it is done, and until when it is not late.
pub(crate) fn set_standing(
    tx: &Tx<'_>,
    assignment: AssignmentId,
    is_done: bool,
    due_by: Option<i64>,
) -> Result<(), PhoneError> {
    let sql = "update task set is_done = ?2, due_by = ?3, is_stale = 0 where assignment_id = ?1";
    super::run(tx, "noting how a task stands", sql, params![assignment.as_bytes(), is_done, due_by])?;
    Ok(())
}

/// The tasks, open or not, that begin or are due from a time on and before another, with their kinds.
pub(crate) fn between(
    reader: &Reader,
    from: i64,
    until: i64,
) -> Result<Vec<(AssignmentId, String, bool)>, PhoneError> {
    super::all(
        reader,
        "counting tasks",
        "select assignment_id, kind, is_open from task where at >= ?1 and at < ?2 order by at",
        [from, until],
        |row| {
            Ok((AssignmentId::from_bytes(row.get("assignment_id")?), row.get("kind")?, row.get("is_open")?))
        },
    )
}

/// A page of cases by number, each once; with words only those that hold them.
pub(crate) fn cases(
    reader: &Reader,
    words: Option<&str>,
    after: Option<(&str, CaseId)>,
    limit: u32,
) -> Result<Vec<CaseId>, PhoneError> {
    let (case_no, case) = after.unwrap_or(("", CaseId::from_bytes([0; 16])));
    super::all(
        reader,
        "listing cases",
        "select distinct case_no, case_id from task_case
         where (case_no, case_id) > (?1, ?2) and (?3 is null or instr(words, ?3) > 0)
         order by case_no, case_id limit ?4",
        params![case_no, case.as_bytes(), words, limit],
        |row| row.get("case_id").map(CaseId::from_bytes),
    )
}

/// How many cases there are.
pub(crate) fn case_count(reader: &Reader) -> Result<u64, PhoneError> {
    let sql = "select count(distinct case_id) as cases from task_case";
    let count: i64 = super::only(reader, "counting cases", sql, [], |row| row.get("cases"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The tasks about a case, the earliest first.
pub(crate) fn of_case(reader: &Reader, case: CaseId) -> Result<Vec<AssignmentId>, PhoneError> {
    super::all(
        reader,
        "reading the tasks of a case",
        "select task.assignment_id as assignment_id from task_case
         join task on task.assignment_id = task_case.assignment_id
         where case_id = ?1 order by at, task.assignment_id",
        [case.as_bytes()],
        |row| row.get("assignment_id").map(AssignmentId::from_bytes),
    )
}

#[cfg(test)]
mod tests {
    use super::super::document::{self, NewDocument};
    use super::super::{Store, item};
    use super::*;
    use crate::clock::Moment;
    use crate::id::DocumentId;
    use crate::people::TaskCommand;
    use crate::sync::frame::Item;

    type Act = fn(&Tx<'_>, DocumentId) -> Result<(), PhoneError>;

    const ASSIGNMENT: AssignmentId = AssignmentId::from_bytes([1; 16]);

    /// A store with one open task that has no time.
    fn store(folder: &std::path::Path) -> Store {
        let mut store = Store::open(&folder.join("phone.db"), &[7; 32]).expect("a fresh store");
        let entry = TaskEntry {
            assignment: ASSIGNMENT,
            kind: "attendance",
            is_open: true,
            at: None,
            cases: Vec::new(),
        };
        store.write("testing", |tx| save(tx, &entry)).expect("listed");
        assert_eq!(stale(store.reader()).expect("readable"), [ASSIGNMENT], "nobody has looked yet");
        store
    }

    fn begin(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
        let new = NewDocument {
            document,
            kind: "attendance",
            assignment: Some(ASSIGNMENT),
            case: None,
            undertaker: None,
            transcribed_for: None,
            own: false,
            touched_at: 0,
        };
        document::insert(tx, &new)
    }

    #[test]
    fn whatever_befalls_a_record_its_task_is_looked_at_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = store(folder.path());
        let record = DocumentId::from_bytes([2; 16]);
        let acts: [(&str, Act); 7] = [
            ("begun", begin),
            ("sealed", document::set_sealed),
            ("its seal is void", document::set_unsealed),
            ("left and kept", document::set_locked),
            ("seen again", document::unlock),
            ("sealed again", document::set_sealed),
            ("gone", document::remove),
        ];
        for (what, act) in acts {
            store.write("testing", |tx| set_standing(tx, ASSIGNMENT, true, None)).expect("done");
            let listed = |store: &Store| to_come_page(store.reader(), 0, BEFORE_ALL, 9).expect("readable");
            assert!(listed(&store).is_empty(), "what is done is not read");
            store.write("testing", |tx| act(tx, record)).expect(what);
            assert_eq!(stale(store.reader()).expect("readable"), [ASSIGNMENT], "{what}");
            assert_eq!(listed(&store), [(NO_TIME, ASSIGNMENT)], "{what}");
        }
    }

    #[test]
    fn what_is_said_of_tasks_has_the_open_ones_looked_at_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = store(folder.path());
        store.write("testing", |tx| set_standing(tx, ASSIGNMENT, false, Some(5))).expect("looked at");
        assert!(overdue_page(store.reader(), 5, BEFORE_ALL, 9).expect("readable").is_empty(), "in time");
        assert_eq!(overdue_page(store.reader(), 6, BEFORE_ALL, 9).expect("readable"), [(5, ASSIGNMENT)]);
        let command = TaskCommand {
            id: DocumentId::from_bytes([3; 16]),
            assignment: ASSIGNMENT,
            kind: "impossible".into(),
            reason: "道路中断".into(),
            until: None,
            absent: None,
            said_at: Moment::default(),
        };
        let said = Item::TaskReport { command };
        store.write("testing", |tx| item::enqueue(tx, "task_report", &said)).expect("said");
        assert_eq!(stale(store.reader()).expect("readable"), [ASSIGNMENT]);
        assert_eq!(item::own_reports(store.reader()).expect("readable").len(), 1);
    }
}
