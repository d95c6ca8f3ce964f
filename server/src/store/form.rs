//! Forms that rounds have frozen beside their rubrics: vetoes, scales, questionnaires, the observer's
//! sheet.

use tingfang_core::clock::Moment;
use tingfang_core::id::RoundId;
use tingfang_core::rubric::{FormKind, FormText};

use crate::db::{DbError, Tx};
use crate::params;

/// Freezes the forms of a round under their hashes. A form that was frozen before stays as it is.
///
/// # Errors
/// When the data layer fails.
pub fn freeze(tx: &Tx, round: RoundId, forms: &[FormText], now: Moment) -> Result<(), DbError> {
    for form in forms {
        let hash = form.hash().to_string();
        tx.execute(
            "insert into form (form_hash, kind, file, body, frozen_at) values (?1, ?2, ?3, ?4, ?5)
             on conflict (form_hash) do nothing",
            params![&hash, form.kind.code(), &form.file, &form.text, now],
        )?;
        tx.execute("insert into round_form (round_id, form_hash) values (?1, ?2)", params![round, &hash])?;
    }
    Ok(())
}

/// The hashes of a round's forms, in their order.
///
/// # Errors
/// When the data layer fails.
pub fn hashes(tx: &Tx, round: RoundId) -> Result<Vec<String>, DbError> {
    tx.query(
        "select form_hash from round_form where round_id = ?1 order by form_hash",
        params![round],
        |row| row.get("form_hash"),
    )
}

/// The forms of a round.
///
/// # Errors
/// When the data layer fails, or a text is not the one that its hash names.
pub fn of_round(tx: &Tx, round: RoundId) -> Result<Vec<FormText>, DbError> {
    tx.query(
        "select form.form_hash as form_hash, form.kind as kind, form.file as file, form.body as body
         from form join round_form on round_form.form_hash = form.form_hash
         where round_form.round_id = ?1 order by form.form_hash",
        params![round],
        |row| {
            let form = FormText {
                kind: row.code("kind", FormKind::from_code)?,
                file: row.get("file")?,
                text: row.get("body")?,
            };
            let named: String = row.get("form_hash")?;
            if form.hash().to_string() == named {
                Ok(form)
            } else {
                Err(DbError::Damaged(format!("the form {named} is not what its hash names")))
            }
        },
    )
}
