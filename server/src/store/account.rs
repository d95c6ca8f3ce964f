//! Accounts: the password of a person, and the failed sign-ins that slow guessing down.

use tingfang_core::clock::Moment;
use tingfang_core::id::PersonId;

use crate::db::{DbError, Tx};
use crate::params;

/// Sets the password of a person, given as an Argon2id hash in PHC form.
pub fn set_password(tx: &Tx, person: PersonId, password_hash: &str, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into account (person_id, password_hash, changed_at) values (?1, ?2, ?3)
         on conflict (person_id) do update set
             password_hash = excluded.password_hash, changed_at = excluded.changed_at",
        params![person, password_hash, now],
    )?;
    Ok(())
}

/// The person behind a login with their password hash; nothing where either is missing.
pub fn by_login(tx: &Tx, login: &str) -> Result<Option<(PersonId, String)>, DbError> {
    tx.query_one(
        "select account.person_id as person_id, account.password_hash as password_hash
         from account join person on person.person_id = account.person_id
         where person.login = ?1",
        params![login],
        |row| Ok((row.get("person_id")?, row.get("password_hash")?)),
    )
}

/// Whether the person has a password.
pub fn exists(tx: &Tx, person: PersonId) -> Result<bool, DbError> {
    let found =
        tx.query_one("select changed_at from account where person_id = ?1", params![person], |row| {
            row.get::<Moment>("changed_at")
        })?;
    Ok(found.is_some())
}

/// Notes a failed sign-in and forgets those that no longer count.
pub fn note_failure(tx: &Tx, login: &str, now: Moment, forget_before: Moment) -> Result<(), DbError> {
    tx.execute("delete from sign_in_failure where failed_at < ?1", params![forget_before])?;
    tx.execute("insert into sign_in_failure (login, failed_at) values (?1, ?2)", params![login, now])?;
    Ok(())
}

/// How many sign-ins of this login have failed since, and when the oldest of them did.
pub fn failures_since(tx: &Tx, login: &str, since: Moment) -> Result<(u32, Option<Moment>), DbError> {
    let found = tx.query_one(
        "select count(*) as failures, min(failed_at) as oldest from sign_in_failure
         where login = ?1 and failed_at >= ?2",
        params![login, since],
        |row| Ok((row.get("failures")?, row.get("oldest")?)),
    )?;
    Ok(found.unwrap_or((0, None)))
}

/// Forgets the failures of a login, after a success or a new password.
pub fn forget_failures(tx: &Tx, login: &str) -> Result<(), DbError> {
    tx.execute("delete from sign_in_failure where login = ?1", params![login])?;
    Ok(())
}
