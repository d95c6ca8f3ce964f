//! Jobs: what is asked for now and done by some node later. A job is taken for a while; when the node that
//! took it has died, another one takes it. Whatever a node that was stopped in the middle says when it
//! wakes up is not heard: a result counts from its holder only.

use tingfang_core::clock::Moment;
use tingfang_core::codes;
use tingfang_core::id::{JobId, PersonId};

use super::lease::NodeId;
use crate::db::{DbError, Row, Tx};
use crate::params;

codes! {
    /// What is to be done.
    JobKind as "job_kind" {
        /// Everything is proved anew.
        Verify = "verify",
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// Who asked for it; nothing when it was time for it.
    pub asked_by: Option<PersonId>,
    /// When.
    pub asked_at: Moment,
    /// How often a node has taken it.
    pub attempts: u32,
    /// When it was done.
    pub finished_at: Option<Moment>,
    /// What came of it.
    pub result: Option<serde_json::Value>,
}

const SELECT: &str = "select job_id, kind, asked_by, asked_at, attempts, finished_at, result from job";

/// Asks for a job.
pub fn ask(
    tx: &Tx,
    id: JobId,
    kind: JobKind,
    asked_by: Option<PersonId>,
    asked_at: Moment,
) -> Result<(), DbError> {
    tx.execute(
        "insert into job (job_id, kind, asked_by, asked_at, attempts) values (?1, ?2, ?3, ?4, 0)",
        params![id, kind.code(), asked_by, asked_at],
    )?;
    Ok(())
}

/// Takes the oldest job that nobody is at, for a node and until a moment.
pub fn take(tx: &Tx, node: NodeId, now: Moment, until: Moment) -> Result<Option<Kept>, DbError> {
    let sql = format!(
        "{SELECT} where finished_at is null and (until_at is null or until_at <= ?1)
         order by asked_at, job_id limit 1"
    );
    let Some(mut found) = tx.query_one(&sql, params![now], read)? else { return Ok(None) };
    tx.execute(
        "update job set holder = ?2, until_at = ?3, attempts = attempts + 1 where job_id = ?1",
        params![found.id, node, until],
    )?;
    found.attempts += 1;
    Ok(Some(found))
}

/// Goes on with a job until a later moment. False when it is another node's by now, or done.
pub fn hold(tx: &Tx, id: JobId, node: NodeId, until: Moment) -> Result<bool, DbError> {
    let held = tx.execute(
        "update job set until_at = ?3 where job_id = ?1 and holder = ?2 and finished_at is null",
        params![id, node, until],
    )?;
    Ok(held == 1)
}

/// Keeps what came of a job. False when it is another node's by now, or done.
pub fn finish(
    tx: &Tx,
    id: JobId,
    node: NodeId,
    now: Moment,
    result: &serde_json::Value,
) -> Result<bool, DbError> {
    let finished = tx.execute(
        "update job set finished_at = ?3, result = ?4, until_at = null
         where job_id = ?1 and holder = ?2 and finished_at is null",
        params![id, node, now, result.to_string()],
    )?;
    Ok(finished == 1)
}

/// The job with this id.
pub fn find(tx: &Tx, id: JobId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where job_id = ?1"), params![id], read)
}

/// The jobs of a kind, the newest first.
pub fn newest(tx: &Tx, kind: JobKind, limit: u32) -> Result<Vec<Kept>, DbError> {
    let sql = format!("{SELECT} where kind = ?1 order by asked_at desc, job_id desc limit ?2");
    tx.query(&sql, params![kind.code(), limit], read)
}

/// How many jobs nobody has done yet.
pub fn waiting_count(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select count(*) as many from job where finished_at is null";
    Ok(tx.query_one(sql, &[], |row| row.get("many"))?.unwrap_or_default())
}

/// What came of the newest job of a kind that was done.
pub fn last_result(tx: &Tx, kind: JobKind) -> Result<Option<serde_json::Value>, DbError> {
    let sql = format!(
        "{SELECT} where kind = ?1 and finished_at is not null order by asked_at desc, job_id desc limit 1"
    );
    Ok(tx.query_one(&sql, params![kind.code()], read)?.and_then(|kept| kept.result))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("job_id")?,
        kind: row.code("kind", JobKind::from_code)?,
        asked_by: row.get("asked_by")?,
        asked_at: row.get("asked_at")?,
        attempts: row.get("attempts")?,
        finished_at: row.get("finished_at")?,
        result: row.json_or_null("result")?,
    })
}
