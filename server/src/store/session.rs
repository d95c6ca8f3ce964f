//! Sessions: somebody signed in at a console. Only the hash of the token is kept.

use tingfang_core::clock::Moment;
use tingfang_core::id::PersonId;

use crate::db::{DbError, Tx};
use crate::params;

/// Begins a session, and clears away those that have run out.
pub fn insert(
    tx: &Tx,
    token_hash: &[u8; 32],
    person: PersonId,
    now: Moment,
    expires_at: Moment,
) -> Result<(), DbError> {
    tx.execute("delete from session where expires_at <= ?1", params![now])?;
    tx.execute(
        "insert into session (token_hash, person_id, created_at, expires_at) values (?1, ?2, ?3, ?4)",
        params![token_hash, person, now, expires_at],
    )?;
    Ok(())
}

/// Whose session it is, while it lasts.
pub fn person(tx: &Tx, token_hash: &[u8; 32], now: Moment) -> Result<Option<PersonId>, DbError> {
    tx.query_one(
        "select person_id from session where token_hash = ?1 and expires_at > ?2",
        params![token_hash, now],
        |row| row.get("person_id"),
    )
}

/// Ends a session.
pub fn end(tx: &Tx, token_hash: &[u8; 32]) -> Result<(), DbError> {
    tx.execute("delete from session where token_hash = ?1", params![token_hash])?;
    Ok(())
}

/// Ends every session of a person, for instance after a new password.
pub fn end_all(tx: &Tx, person: PersonId) -> Result<(), DbError> {
    tx.execute("delete from session where person_id = ?1", params![person])?;
    Ok(())
}
