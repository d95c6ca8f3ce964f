//! One-time codes that enrol a phone. Only their hashes are kept.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, PersonId};

use crate::db::{DbError, Tx};
use crate::params;

/// Issues a code for a person.
pub fn insert(
    tx: &Tx,
    code_hash: &[u8; 32],
    person: PersonId,
    issued_by: Option<PersonId>,
    now: Moment,
    expires_at: Moment,
) -> Result<(), DbError> {
    tx.execute(
        "insert into enrolment_code (code_hash, person_id, created_by, created_at, expires_at)
         values (?1, ?2, ?3, ?4, ?5)",
        params![code_hash, person, issued_by, now, expires_at],
    )?;
    Ok(())
}

/// For whom a code that was neither used nor ran out was issued, and by whom.
pub fn find(
    tx: &Tx,
    code_hash: &[u8; 32],
    now: Moment,
) -> Result<Option<(PersonId, Option<PersonId>)>, DbError> {
    tx.query_one(
        "select person_id, created_by from enrolment_code
         where code_hash = ?1 and used_at is null and expires_at > ?2",
        params![code_hash, now],
        |row| Ok((row.get("person_id")?, row.get("created_by")?)),
    )
}

/// The device that a code was spent on, while the code has not run out.
pub fn spent_on(tx: &Tx, code_hash: &[u8; 32], now: Moment) -> Result<Option<DeviceId>, DbError> {
    tx.query_one(
        "select device_id from enrolment_code
         where code_hash = ?1 and used_at is not null and device_id is not null and expires_at > ?2",
        params![code_hash, now],
        |row| row.get("device_id"),
    )
}

/// Spends a code. False when it was spent already.
pub fn spend(tx: &Tx, code_hash: &[u8; 32], device: DeviceId, now: Moment) -> Result<bool, DbError> {
    let spent = tx.execute(
        "update enrolment_code set used_at = ?2, device_id = ?3 where code_hash = ?1 and used_at is null",
        params![code_hash, now, device],
    )?;
    Ok(spent > 0)
}
