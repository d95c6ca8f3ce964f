//! What members say of tasks: impossible, postponed, somebody absent.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{AssignmentId, DeviceId, DocumentId, PersonId};
use tingfang_core::people::TaskCommand;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What was said.
    pub command: TaskCommand,
    /// Its place in the log.
    pub position: LogPosition,
    /// Who said it.
    pub person: PersonId,
    /// The device that signed it.
    pub device: DeviceId,
    /// When the server received it.
    pub received_at: Moment,
}

const SELECT: &str =
    "select task_report_id, assignment_id, seq, person_id, device_id, kind, reason, until_at,
    absent_id, said_at, received_at from task_report";

/// Keeps a report.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    let command = &kept.command;
    tx.execute(
        "insert into task_report (task_report_id, assignment_id, seq, person_id, device_id, kind, reason,
             until_at, absent_id, said_at, received_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            command.id,
            command.assignment,
            kept.position,
            kept.person,
            kept.device,
            &command.kind,
            &command.reason,
            command.until,
            command.absent,
            command.said_at,
            kept.received_at
        ],
    )?;
    Ok(())
}

/// The report with this id.
pub fn find(tx: &Tx, id: DocumentId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where task_report_id = ?1"), params![id], read)
}

/// The reports on a task, the oldest first.
pub fn of_assignment(tx: &Tx, assignment: AssignmentId) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} where assignment_id = ?1 order by seq"), params![assignment], read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        command: TaskCommand {
            id: row.get("task_report_id")?,
            assignment: row.get("assignment_id")?,
            kind: row.get("kind")?,
            reason: row.get("reason")?,
            until: row.get("until_at")?,
            absent: row.get("absent_id")?,
            said_at: row.get("said_at")?,
        },
        position: row.get("seq")?,
        person: row.get("person_id")?,
        device: row.get("device_id")?,
        received_at: row.get("received_at")?,
    })
}
