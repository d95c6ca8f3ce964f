//! Server rows made for this phone's owner: tasks, rubrics, evidence, seals, late verdicts.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};
use crate::sync::row_kind::RowKind;
use crate::sync::wire::Row;

/// The body of a row; nothing for one that the server has taken back.
pub(crate) fn body(reader: &Reader, kind: RowKind, key: &str) -> Result<Option<String>, PhoneError> {
    let sql = "select body from server_row where kind = ?1 and row_key = ?2";
    let found: Option<String> =
        super::first(reader, "reading a row", sql, [kind.code(), key], |row| row.get("body"))?;
    Ok(found.filter(|body| body != "null"))
}

/// Whether the server tells of a row, also after it was put back to an older state.
pub(crate) fn is_told(reader: &Reader, kind: RowKind, key: &str) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from server_row where kind = ?1 and row_key = ?2 and position > 0
               and body <> 'null') as told";
    super::only(reader, "looking for a row", sql, [kind.code(), key], |row| row.get("told"))
}

/// A row that stands in a list.
pub(crate) struct ListedRow {
    /// By what the list is ordered.
    pub(crate) at: i64,
    pub(crate) key: String,
    pub(crate) body: String,
}

/// A page of the rows of a kind that stand in its list, the earliest first.
pub(crate) fn earliest(
    reader: &Reader,
    kind: RowKind,
    after: (i64, &str),
    limit: u32,
) -> Result<Vec<ListedRow>, PhoneError> {
    super::all(
        reader,
        "listing rows",
        "select listed_at, row_key, body from server_row
         where kind = ?1 and listed_at is not null and (listed_at, row_key) > (?2, ?3)
         order by listed_at, row_key limit ?4",
        params![kind.code(), after.0, after.1, limit],
        read_listed,
    )
}

/// A page of the rows of a kind that stand in its list, the latest first.
pub(crate) fn latest(
    reader: &Reader,
    kind: RowKind,
    before: (i64, &str),
    limit: u32,
) -> Result<Vec<ListedRow>, PhoneError> {
    super::all(
        reader,
        "listing rows",
        "select listed_at, row_key, body from server_row
         where kind = ?1 and listed_at is not null and (listed_at, row_key) < (?2, ?3)
         order by listed_at desc, row_key desc limit ?4",
        params![kind.code(), before.0, before.1, limit],
        read_listed,
    )
}

fn read_listed(row: &rusqlite::Row<'_>) -> rusqlite::Result<ListedRow> {
    Ok(ListedRow { at: row.get("listed_at")?, key: row.get("row_key")?, body: row.get("body")? })
}

/// Keys and bodies of all rows of a kind.
pub(crate) fn keyed(reader: &Reader, kind: RowKind) -> Result<Vec<(String, String)>, PhoneError> {
    let sql = "select row_key, body from server_row where kind = ?1 order by row_key";
    super::all(reader, "listing rows", sql, [kind.code()], |row| Ok((row.get("row_key")?, row.get("body")?)))
}

/// Says by what a row is ordered in its list; nothing when it stands in none.
pub(crate) fn set_listed(
    tx: &Tx<'_>,
    kind: RowKind,
    key: &str,
    listed_at: Option<i64>,
) -> Result<(), PhoneError> {
    let sql = "update server_row set listed_at = ?3 where kind = ?1 and row_key = ?2";
    super::run(tx, "listing a row", sql, params![kind.code(), key, listed_at])?;
    Ok(())
}

/// The bodies of all rows of a kind, by key.
pub(crate) fn bodies(reader: &Reader, kind: RowKind) -> Result<Vec<String>, PhoneError> {
    let sql = "select body from server_row where kind = ?1 order by row_key";
    super::all(reader, "listing rows", sql, [kind.code()], |row| row.get("body"))
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

/// Keeps a row in the place of the one under the same key, with what its list is ordered by.
pub(crate) fn save(tx: &Tx<'_>, row: &Row, listed_at: Option<i64>) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a row",
        "insert into server_row (kind, row_key, position, body, listed_at) values (?1, ?2, ?3, ?4, ?5)
         on conflict (kind, row_key) do update set position = excluded.position, body = excluded.body,
             listed_at = excluded.listed_at",
        params![row.kind, row.key, row.position.0, row.body, listed_at],
    )?;
    Ok(())
}
