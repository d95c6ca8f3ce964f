//! Server rows made for this phone's owner: tasks, rubrics, evidence, seals, late verdicts.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};
use crate::sync::wire::Row;

/// The body of a row; nothing for one that the server has taken back.
pub(crate) fn body(reader: &Reader, kind: &str, key: &str) -> Result<Option<String>, PhoneError> {
    let sql = "select body from server_row where kind = ?1 and row_key = ?2";
    let found: Option<String> =
        super::first(reader, "reading a row", sql, [kind, key], |row| row.get("body"))?;
    Ok(found.filter(|body| body != "null"))
}

/// The bodies of all rows of a kind, by key.
pub(crate) fn bodies(reader: &Reader, kind: &str) -> Result<Vec<String>, PhoneError> {
    let sql = "select body from server_row where kind = ?1 order by row_key";
    super::all(reader, "listing rows", sql, [kind], |row| row.get("body"))
}

/// Every row.
pub(crate) fn for_each(reader: &Reader, mut each: impl FnMut(&str, &str, &str)) -> Result<(), PhoneError> {
    super::each(reader, "reading rows", "select kind, row_key, body from server_row", |row| {
        each(
            row.get_ref("kind")?.as_str()?,
            row.get_ref("row_key")?.as_str()?,
            row.get_ref("body")?.as_str()?,
        );
        Ok(())
    })
}

/// The server sends every row again. Until all have come, those that are here stay.
pub(crate) fn doubt_all(tx: &Tx<'_>) -> Result<(), PhoneError> {
    super::run(tx, "reading rows anew", "update server_row set position = 0", [])?;
    Ok(())
}

/// Removes the rows that did not come again; gives whether there were any.
pub(crate) fn remove_doubted(tx: &Tx<'_>) -> Result<bool, PhoneError> {
    let sql = "delete from server_row where position = 0";
    super::run(tx, "removing rows that are no more", sql, []).map(|removed| removed > 0)
}

/// Keeps a row in the place of the one under the same key.
pub(crate) fn save(tx: &Tx<'_>, row: &Row) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a row",
        "insert into server_row (kind, row_key, position, body) values (?1, ?2, ?3, ?4)
         on conflict (kind, row_key) do update set position = excluded.position, body = excluded.body",
        params![row.kind, row.key, row.position.0, row.body],
    )?;
    Ok(())
}
