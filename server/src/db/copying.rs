//! Copying all rows from one place to another, whatever the engines, and proving that they are alike.

use std::path::Path;

use super::connection::{Connection, Engine, Step};
use super::error::DbError;
use super::migration;
use super::sqlite::{self, Sqlite};
use super::value::Value;

/// What stands in a table: how many rows, and a digest of all of them in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    /// The table.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// The digest of the rows.
    pub digest: [u8; 32],
}

/// Copies one consistent state into a new SQLite file.
pub(super) fn into_file(reader: &dyn Connection, target: &Path) -> Result<(), DbError> {
    let failed = |source| DbError::Backup { place: target.display().to_string(), source };
    if target.exists() {
        return Err(failed(DbError::cause(std::io::Error::from(std::io::ErrorKind::AlreadyExists))));
    }
    let copied = Sqlite::new(target).open_writer().and_then(|writer| {
        migration::migrate(writer.as_ref(), migration::MIGRATIONS)?;
        copy(reader, writer.as_ref())
    });
    copied.and_then(|_| sqlite::settle(target)).inspect_err(|_| {
        // Half a copy is none.
        let _ = std::fs::remove_file(target);
    })
}

/// Copies all rows of one consistent state into a place with the same schema and no rows, in one
/// transaction, and reads them back: gives what stands in every table of both.
///
/// # Errors
/// When the target is not empty, an engine fails, or the copy differs; then nothing was written.
pub(super) fn copy(from: &dyn Connection, to: &dyn Connection) -> Result<Vec<TableDigest>, DbError> {
    from.step(Step::BeginRead)?;
    let result = from.be_patient().and_then(|()| to.step(Step::BeginWrite)).and_then(|()| {
        let copied = to.be_patient().and_then(|()| copy_tables(from, to));
        to.step(if copied.is_ok() { Step::Commit } else { Step::Rollback })?;
        copied
    });
    // It only read; however it ends, the copy is what it is.
    let _ = from.step(Step::Rollback);
    result
}

fn copy_tables(from: &dyn Connection, to: &dyn Connection) -> Result<Vec<TableDigest>, DbError> {
    to.defer_references()?;
    let mut copied = Vec::new();
    for table in migration::tables() {
        if digest_of(to, table)?.rows > 0 {
            return Err(DbError::NotEmpty { table: table.to_owned() });
        }
        copy_table(from, to, table)?;
        copied.push(digest_of(from, table)?);
    }
    for wanted in &copied {
        if digest_of(to, wanted.table)? != *wanted {
            return Err(DbError::Damaged(format!("the copy of table {} differs", wanted.table)));
        }
    }
    Ok(copied)
}

fn copy_table(from: &dyn Connection, to: &dyn Connection, table: &str) -> Result<(), DbError> {
    let mut insert = String::new();
    from.stream(&format!("select * from {table}"), &[], &mut |row| {
        if insert.is_empty() {
            let columns = row.columns();
            let places: Vec<String> = (1..=columns.len()).map(|number| format!("?{number}")).collect();
            insert = format!("insert into {table} ({}) values ({})", columns.join(", "), places.join(", "));
        }
        to.execute(&insert, &values(row)?)?;
        Ok(true)
    })
}

fn values(row: &super::row::Row<'_>) -> Result<Vec<Value>, DbError> {
    row.columns().iter().map(|column| row.get(column)).collect()
}

/// What stands in every table.
pub(super) fn digests(connection: &dyn Connection) -> Result<Vec<TableDigest>, DbError> {
    migration::tables().into_iter().map(|table| digest_of(connection, table)).collect()
}

fn digest_of(connection: &dyn Connection, table: &'static str) -> Result<TableDigest, DbError> {
    let mut rows = Vec::new();
    connection.stream(&format!("select * from {table}"), &[], &mut |row| {
        let mut columns = row.columns().to_vec();
        columns.sort_unstable();
        let mut hasher = blake3::Hasher::new();
        for column in &columns {
            take(&mut hasher, column.as_bytes());
            match row.get(column)? {
                Value::Null => take(&mut hasher, b"n"),
                Value::Integer(number) => take(&mut hasher, format!("i{number}").as_bytes()),
                Value::Text(text) => take(&mut hasher, format!("t{text}").as_bytes()),
                Value::Blob(bytes) => take(&mut hasher, &[b"b", bytes.as_slice()].concat()),
            }
        }
        rows.push(*hasher.finalize().as_bytes());
        Ok(true)
    })?;
    rows.sort_unstable();
    let digest = *blake3::hash(&rows.concat()).as_bytes();
    Ok(TableDigest { table, rows: rows.len() as u64, digest })
}

fn take(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
