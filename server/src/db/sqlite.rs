//! The SQLite adapter: the only place that names rusqlite.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, Statement};

use super::error::DbError;
use super::row::Row;
use super::value::Value;
use crate::private;

/// A connection to the file.
pub(super) type Connection = rusqlite::Connection;

/// How long a statement waits for a writer in another process (the command line beside a server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const CACHED_STATEMENTS: usize = 256;

/// The cells of the present row.
pub(super) struct Cells<'r>(&'r rusqlite::Row<'r>);

impl Cells<'_> {
    pub(super) fn value(&self, index: usize) -> Option<Value> {
        Some(match self.0.get_ref(index).ok()? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).ok()?.to_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            // Nothing stores floating point numbers.
            ValueRef::Real(_) => return None,
        })
    }
}

/// Opens the one connection that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection, DbError> {
    private::prepare_database(path)
        .map_err(|error| DbError::Open { path: path.to_owned(), source: DbError::cause(error) })?;
    open(path)
        .and_then(|connection| {
            connection.pragma_update(None, "journal_mode", "wal")?;
            Ok(connection)
        })
        .map_err(|error| open_error(path, error))
}

/// Opens a connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, DbError> {
    // A reader of a WAL file needs to write its shared memory, so the file is opened for writing and
    // the connection is told not to.
    open(path)
        .and_then(|connection| {
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        })
        .map_err(|error| open_error(path, error))
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // What is acknowledged has reached the disk.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

fn open_error(path: &Path, error: rusqlite::Error) -> DbError {
    DbError::Open { path: path.to_owned(), source: DbError::cause(error) }
}

/// Runs several statements without values, for migrations.
///
/// Tables become strict, which PostgreSQL's always are.
pub(super) fn execute_schema(connection: &Connection, sql: &str) -> Result<(), DbError> {
    let strict = sql.replace("\n);", "\n) strict;");
    connection.execute_batch(&strict).map_err(|error| statement_error("a migration", error))
}

/// Runs one statement of transaction control.
pub(super) fn control(connection: &Connection, doing: &'static str, sql: &str) -> Result<(), DbError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.raw_execute())
        .map(|_| ())
        .map_err(|error| DbError::Transaction { doing, source: DbError::cause(error) })
}

/// Whether the connection is inside a transaction. The engine itself ends one on a full disk, say.
pub(super) fn in_transaction(connection: &Connection) -> bool {
    !connection.is_autocommit()
}

/// Runs the closure inside a savepoint and takes its work back when it fails.
pub(super) fn savepoint<T, E: From<DbError>>(
    connection: &Connection,
    name: &str,
    closure: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    control(connection, "begin a part of", &format!("savepoint {name}"))?;
    let result = closure();
    if in_transaction(connection) {
        if result.is_err() {
            control(connection, "take back a part of", &format!("rollback to savepoint {name}"))?;
        }
        control(connection, "end a part of", &format!("release savepoint {name}"))?;
    }
    result
}

pub(super) fn execute(connection: &Connection, sql: &str, params: &[Value]) -> Result<usize, DbError> {
    let mut statement = prepare(connection, sql, params)?;
    statement.raw_execute().map_err(|error| statement_error(sql, error))
}

pub(super) fn for_each(
    connection: &Connection,
    sql: &str,
    params: &[Value],
    mut each: impl FnMut(&Row) -> Result<(), DbError>,
) -> Result<(), DbError> {
    walk(connection, sql, params, |row| each(row).map(|()| true))
}

pub(super) fn query_one<T>(
    connection: &Connection,
    sql: &str,
    params: &[Value],
    mut read: impl FnMut(&Row) -> Result<T, DbError>,
) -> Result<Option<T>, DbError> {
    let mut found = None;
    walk(connection, sql, params, |row| {
        found = Some(read(row)?);
        Ok(false)
    })?;
    Ok(found)
}

/// Goes through the rows while the closure says so.
fn walk(
    connection: &Connection,
    sql: &str,
    params: &[Value],
    mut go_on: impl FnMut(&Row) -> Result<bool, DbError>,
) -> Result<(), DbError> {
    let mut statement = prepare(connection, sql, params)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|error| statement_error(sql, error))? {
        if !go_on(&Row::new(&columns, Cells(row)))? {
            break;
        }
    }
    Ok(())
}

fn prepare<'c>(
    connection: &'c Connection,
    sql: &str,
    params: &[Value],
) -> Result<rusqlite::CachedStatement<'c>, DbError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| statement_error(sql, error))?;
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        return Err(DbError::Places { sql: sql.to_owned(), wanted, given: params.len() });
    }
    bind(&mut statement, params).map_err(|error| statement_error(sql, error))?;
    Ok(statement)
}

/// Binds by number: the first value is `?1` wherever it stands in the text.
fn bind(statement: &mut Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    for (index, value) in params.iter().enumerate() {
        let reference = match value {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        };
        statement.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(reference))?;
    }
    Ok(())
}

fn statement_error(sql: &str, error: rusqlite::Error) -> DbError {
    if let rusqlite::Error::SqliteFailure(code, Some(message)) = &error
        && code.code == ErrorCode::ConstraintViolation
        && let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ")
    {
        return DbError::Unique { constraint: columns.to_owned(), source: DbError::cause(error) };
    }
    DbError::Statement { sql: sql.to_owned(), source: DbError::cause(error) }
}

/// Copies a consistent state into a new file.
pub(super) fn backup(connection: &Connection, target: &Path) -> Result<(), DbError> {
    let failed = |source| DbError::Backup { path: target.to_owned(), source };
    if target.exists() {
        return Err(failed(DbError::cause(std::io::Error::from(std::io::ErrorKind::AlreadyExists))));
    }
    private::create(target).map_err(|error| failed(DbError::cause(error)))?;
    let copy = || -> rusqlite::Result<()> {
        let mut file = Connection::open(target)?;
        rusqlite::backup::Backup::new(connection, &mut file)?.run_to_completion(
            i32::MAX,
            Duration::from_millis(5),
            None,
        )?;
        // One plain file, without a log beside it.
        file.pragma_update(None, "journal_mode", "delete")
    };
    copy().map_err(|error| failed(DbError::cause(error)))?;
    std::fs::File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(|error| failed(DbError::cause(error)))
}

/// Brings a file that nobody has open into one piece, without a log beside it.
pub(super) fn settle(path: &Path) -> Result<(), DbError> {
    open(path)
        .and_then(|connection| connection.pragma_update(None, "journal_mode", "delete"))
        .map_err(|error| open_error(path, error))?;
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| DbError::Open { path: path.to_owned(), source: DbError::cause(error) })
}

/// Whether the file holds the table that every database of ours begins with.
pub(super) fn is_ours(connection: &Connection) -> Result<bool, DbError> {
    let mut found = false;
    let sql = "select name from sqlite_master where type = 'table' and name = 'schema_version'";
    for_each(connection, sql, &[], |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

/// What the engine finds wrong with its own file.
pub(super) fn integrity_complaints(connection: &Connection) -> Result<Vec<String>, DbError> {
    let mut complaints = Vec::new();
    for_each(connection, "pragma integrity_check", &[], |row| {
        complaints.push(row.get::<String>("integrity_check")?);
        Ok(())
    })?;
    complaints.retain(|text| text != "ok");
    Ok(complaints)
}
