//! Writes that were sent under an idempotency key, and their answers.

use tingfang_core::clock::Moment;

use crate::db::{DbError, Tx};
use crate::params;

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    /// The HTTP status.
    pub status: u16,
    /// What the body is.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has used it; it is claimed now.
    Fresh,
    /// The same request is under way.
    UnderWay,
    /// The same request was answered.
    Answered(GivenAnswer),
    /// Another request has used it.
    OtherRequest,
}

/// Claims a key for a request. Keys claimed before `forget_before` count no more, nor do requests
/// under way since before `give_up_before`.
pub fn claim(
    tx: &Tx,
    key_hash: &[u8; 32],
    request_hash: &[u8; 32],
    now: Moment,
    forget_before: Moment,
    give_up_before: Moment,
) -> Result<Claim, DbError> {
    tx.execute(
        "delete from idempotency where created_at < ?1 or (status is null and created_at < ?2)",
        params![forget_before, give_up_before],
    )?;
    let found = tx.query_one(
        "select request_hash, status, content_type, body from idempotency where key_hash = ?1",
        params![key_hash],
        |row| {
            if row.get::<[u8; 32]>("request_hash")? != *request_hash {
                return Ok(Claim::OtherRequest);
            }
            Ok(match row.get::<Option<u16>>("status")? {
                None => Claim::UnderWay,
                Some(status) => Claim::Answered(GivenAnswer {
                    status,
                    content_type: row.get("content_type")?,
                    body: row.get::<Option<Vec<u8>>>("body")?.unwrap_or_default(),
                }),
            })
        },
    )?;
    if let Some(claim) = found {
        return Ok(claim);
    }
    tx.execute(
        "insert into idempotency (key_hash, request_hash, created_at) values (?1, ?2, ?3)",
        params![key_hash, request_hash, now],
    )?;
    Ok(Claim::Fresh)
}

/// Keeps the answer to a claimed request.
pub fn keep(tx: &Tx, key_hash: &[u8; 32], answer: &GivenAnswer) -> Result<(), DbError> {
    tx.execute(
        "update idempotency set status = ?2, content_type = ?3, body = ?4 where key_hash = ?1",
        params![key_hash, answer.status, answer.content_type.as_deref(), &answer.body],
    )?;
    Ok(())
}

/// Gives a claim up: the request may be sent again.
pub fn release(tx: &Tx, key_hash: &[u8; 32]) -> Result<(), DbError> {
    tx.execute("delete from idempotency where key_hash = ?1 and status is null", params![key_hash])?;
    Ok(())
}
