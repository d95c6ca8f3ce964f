//! The head of the log, and the rows that go to phones.
//!
//! Order in the log is order of visibility: a position is taken inside the transaction that shows
//! what stands there, and there is one writer, so no cursor can skip anything.

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{LogEpoch, PersonId};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::sync::wire::Row;

use crate::db::{DbError, Tx};
use crate::params;

/// The only shard so far; counties become shards of their own.
pub const SHARD: u32 = 0;

/// Begins the log of a fresh data folder.
pub fn begin(tx: &Tx, epoch: LogEpoch) -> Result<(), DbError> {
    tx.execute("insert into log_head (shard, seq, log_epoch) values (?1, 0, ?2)", params![SHARD, epoch])?;
    Ok(())
}

/// Begins a new history of a restored log. Positions go on; phones notice and send again what the
/// backup does not hold.
pub fn begin_epoch(tx: &Tx, epoch: LogEpoch) -> Result<(), DbError> {
    tx.execute("update log_head set log_epoch = ?2 where shard = ?1", params![SHARD, epoch])?;
    Ok(())
}

/// Takes the next position.
///
/// # Errors
/// Also when the data folder was never initialised.
pub fn next_position(tx: &Tx) -> Result<LogPosition, DbError> {
    let sql = "update log_head set seq = seq + 1 where shard = ?1 returning seq";
    tx.query_one(sql, params![SHARD], |row| row.get("seq"))?
        .ok_or_else(|| DbError::Damaged("the log has no head".to_owned()))
}

/// The newest position, and the epoch of the log.
///
/// # Errors
/// Also when the data folder was never initialised.
pub fn head(tx: &Tx) -> Result<(LogPosition, LogEpoch), DbError> {
    tx.query_one("select seq, log_epoch from log_head where shard = ?1", params![SHARD], |row| {
        Ok((row.get("seq")?, row.get("log_epoch")?))
    })?
    .ok_or_else(|| DbError::Damaged("the log has no head".to_owned()))
}

/// Whether something stands after the head ([`POSITIONS`]): its place would be taken a second time.
///
/// # Errors
/// When the database fails.
pub fn is_behind(tx: &Tx) -> Result<bool, DbError> {
    let newest = head(tx)?.0;
    for (table, column) in POSITIONS {
        let sql = format!("select exists (select 1 from {table} where {column} > ?1) as behind");
        if tx.query_one(&sql, params![newest], |row| row.get("behind"))?.unwrap_or(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Every column that holds a position of this log; that of a beacon may be of a history that was put back.
pub const POSITIONS: &[(&str, &str)] = &[
    ("assignment", "closed_seq"),
    ("assignment", "added_seq"),
    ("assignment_member", "added_seq"),
    ("assignment_member", "removed_seq"),
    ("case_relation", "added_seq"),
    ("change_log", "seq"),
    ("complaint", "opened_seq"),
    ("confirmation", "seq"),
    ("document", "begun_seq"),
    ("document", "sealed_seq"),
    ("document_reader", "added_seq"),
    ("document_reader", "removed_seq"),
    ("grade_decision", "evidence_seq"),
    ("phone_row", "seq"),
    ("policy", "from_seq"),
    ("quarantine", "accepted_seq"),
    ("record_return", "seq"),
    ("record_return", "answered_seq"),
    ("report_check", "seq"),
    ("role_grant", "added_seq"),
    ("role_grant", "removed_seq"),
    ("seal", "seq"),
    ("task_report", "seq"),
];

/// Publishes a row to a person's phones. It takes the place of the row under the same key; one that
/// says nothing new stays where it is.
///
/// Returns the position of a row that was written.
pub fn publish(
    tx: &Tx,
    person: PersonId,
    kind: RowKind,
    key: &str,
    body: &serde_json::Value,
) -> Result<Option<LogPosition>, DbError> {
    let text = body.to_string();
    let known = tx.query_one(
        "select body from phone_row where person_id = ?1 and kind = ?2 and row_key = ?3",
        params![person, kind.code(), key],
        |row| row.get::<String>("body"),
    )?;
    if known.as_deref() == Some(&text) {
        return Ok(None);
    }
    let position = next_position(tx)?;
    tx.execute(
        "delete from phone_row where person_id = ?1 and kind = ?2 and row_key = ?3",
        params![person, kind.code(), key],
    )?;
    tx.execute(
        "insert into phone_row (seq, person_id, kind, row_key, body) values (?1, ?2, ?3, ?4, ?5)",
        params![position, person, kind.code(), key, text],
    )?;
    Ok(Some(position))
}

/// Takes back a row: it says nothing any more. Nothing happens where there is none.
///
/// # Errors
/// When the database fails.
pub fn withdraw(tx: &Tx, person: PersonId, kind: RowKind, key: &str) -> Result<(), DbError> {
    if is_published(tx, person, kind, key)? {
        publish(tx, person, kind, key, &serde_json::Value::Null)?;
    }
    Ok(())
}

/// Whether somebody's phones are told of a row.
///
/// # Errors
/// When the database fails.
pub fn is_published(tx: &Tx, person: PersonId, kind: RowKind, key: &str) -> Result<bool, DbError> {
    let sql = "select 1 as one from phone_row where person_id = ?1 and kind = ?2 and row_key = ?3";
    Ok(tx.query_one(sql, params![person, kind.code(), key], |row| row.get::<i64>("one"))?.is_some())
}

/// Takes back a row from everybody who has it.
///
/// # Errors
/// When the database fails.
pub fn withdraw_all(tx: &Tx, kind: RowKind, key: &str) -> Result<(), DbError> {
    let sql = "select person_id from phone_row where kind = ?1 and row_key = ?2 order by person_id";
    let told: Vec<PersonId> = tx.query(sql, params![kind.code(), key], |row| row.get("person_id"))?;
    told.into_iter().try_for_each(|person| withdraw(tx, person, kind, key))
}

/// Every row of a person as it is now.
///
/// # Errors
/// When the database fails.
pub fn for_each_row(
    tx: &Tx,
    person: PersonId,
    mut each: impl FnMut(LogPosition, &str, &str, &str),
) -> Result<(), DbError> {
    let sql = "select seq, kind, row_key, body from phone_row where person_id = ?1";
    tx.for_each(sql, params![person], |row| {
        let (kind, key, body): (String, String, String) =
            (row.get("kind")?, row.get("row_key")?, row.get("body")?);
        each(row.get("seq")?, &kind, &key, &body);
        Ok(())
    })
}

/// The rows of a person between two positions.
///
/// # Errors
/// When the database fails.
pub fn rows(
    tx: &Tx,
    person: PersonId,
    (after, until): (LogPosition, LogPosition),
    limit: u32,
) -> Result<Vec<Row>, DbError> {
    tx.query(
        "select seq, kind, row_key, body from phone_row
         where person_id = ?1 and seq > ?2 and seq <= ?3 order by seq limit ?4",
        params![person, after, until, limit],
        |row| {
            Ok(Row {
                position: row.get("seq")?,
                kind: row.get("kind")?,
                key: row.get("row_key")?,
                body: row.get("body")?,
            })
        },
    )
}
