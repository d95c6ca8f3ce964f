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

/// Where a page of tasks ended: tasks without a time come last.
pub(crate) type AfterTask = (i64, AssignmentId);

/// What stands in the place of no time.
pub(crate) const NO_TIME: i64 = i64::MAX;

/// Keeps what a task says in the place of what it said before.
pub(crate) fn save(tx: &Tx<'_>, task: &TaskEntry<'_>) -> Result<(), PhoneError> {
    let doing = "listing a task";
    super::run(
        tx,
        doing,
        "insert into task (assignment_id, kind, is_open, at) values (?1, ?2, ?3, ?4)
         on conflict (assignment_id) do update set kind = excluded.kind, is_open = excluded.is_open,
             at = excluded.at",
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

/// A page of open tasks, the earliest first.
pub(crate) fn open_page(
    reader: &Reader,
    after: Option<AfterTask>,
    limit: u32,
) -> Result<Vec<AfterTask>, PhoneError> {
    let (at, assignment) = after.unwrap_or((i64::MIN, AssignmentId::from_bytes([0; 16])));
    super::all(
        reader,
        "listing the agenda",
        "select at, assignment_id from task where is_open = 1 and (at, assignment_id) > (?1, ?2)
         order by at, assignment_id limit ?3",
        params![at, assignment.as_bytes(), limit],
        |row| Ok((row.get("at")?, AssignmentId::from_bytes(row.get("assignment_id")?))),
    )
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
