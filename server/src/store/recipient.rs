//! How the recipients of a case can be reached.

use tingfang_core::id::CaseId;
use tingfang_core::people::RecipientContact;

use super::legal_case::json;
use crate::db::{DbError, Tx};
use crate::params;

/// Sets the contacts of a case, in their order; those that were there are gone.
pub fn set(tx: &Tx, case: CaseId, contacts: &[RecipientContact]) -> Result<(), DbError> {
    tx.execute("delete from recipient_contact where legal_case_id = ?1", params![case])?;
    for (place, contact) in contacts.iter().enumerate() {
        tx.execute(
            "insert into recipient_contact (legal_case_id, place, body) values (?1, ?2, ?3)",
            params![case, place, json(contact)?],
        )?;
    }
    Ok(())
}

/// The contacts of a case, in their order.
pub fn of_case(tx: &Tx, case: CaseId) -> Result<Vec<RecipientContact>, DbError> {
    tx.query(
        "select body from recipient_contact where legal_case_id = ?1 order by place",
        params![case],
        |row| row.json("body"),
    )
}
