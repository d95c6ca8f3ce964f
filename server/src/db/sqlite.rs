//! The SQLite adapter: the only place that names rusqlite.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, Statement};

use super::bell::{Bell, Ear};
use super::connection::{Connection, Engine, GoOn, Step};
use super::error::DbError;
use super::row::{Cells, Row};
use super::tenant_wall::TenantWallGap;
use super::value::Value;
use crate::private;

/// How long a statement waits for a writer in another process (the command line beside a server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const CACHED_STATEMENTS: usize = 256;
/// More readers would only wait for each other on the file's cache.
const READERS: usize = 8;

/// A SQLite file.
#[derive(Debug)]
pub(super) struct Sqlite {
    path: PathBuf,
    /// Of this process: no other one serves the same file.
    bell: Arc<Bell>,
}

/// A connection to the file.
struct Session {
    file: rusqlite::Connection,
    bell: Arc<Bell>,
    /// Whether to ring after the commit.
    rung: Cell<bool>,
}

/// The value of a column in the present row.
pub(super) fn value(row: &rusqlite::Row<'_>, index: usize) -> Option<Value> {
    Some(match row.get_ref(index).ok()? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).ok()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        // Nothing stores floating point numbers.
        ValueRef::Real(_) => return None,
    })
}

impl Sqlite {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), bell: Arc::default() }
    }

    fn session(&self, file: rusqlite::Connection) -> Box<dyn Connection> {
        Box::new(Session { file, bell: Arc::clone(&self.bell), rung: Cell::new(false) })
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> DbError {
        DbError::Open { place: self.path.display().to_string(), source: DbError::cause(error) }
    }
}

impl Engine for Sqlite {
    fn open_writer(&self) -> Result<Box<dyn Connection>, DbError> {
        private::prepare_database(&self.path).map_err(|error| self.failed(error))?;
        let connection = open(&self.path)
            .and_then(|connection| {
                connection.pragma_update(None, "journal_mode", "wal")?;
                Ok(connection)
            })
            .map_err(|error| self.failed(error))?;
        Ok(self.session(connection))
    }

    fn open_reader(&self) -> Result<Box<dyn Connection>, DbError> {
        // A reader of a WAL file needs to write its shared memory, so the file is opened for writing
        // and the connection is told not to.
        let connection = open(&self.path)
            .and_then(|connection| {
                connection.pragma_update(None, "query_only", true)?;
                Ok(connection)
            })
            .map_err(|error| self.failed(error))?;
        Ok(self.session(connection))
    }

    fn most_readers(&self) -> usize {
        READERS
    }

    fn listen(&self, ear: &Ear) {
        self.bell.add(ear);
    }

    fn scrub(&self, _: &[&str]) -> Result<(), DbError> {
        let emptied = open(&self.path).and_then(|connection| {
            connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>("busy"))
        });
        if emptied.map_err(|error| self.failed(error))? != 0 {
            tracing::warn!("the log of the database was in use; it is emptied with a later checkpoint");
        }
        Ok(())
    }

    fn backup(&self, _: &dyn Connection, target: &Path) -> Result<(), DbError> {
        backup(&self.path, target)
    }
}

fn open(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // What is acknowledged has reached the disk.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is erased by order is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

impl Session {
    /// Tables become strict, which PostgreSQL's always are.
    fn strict(sql: &str) -> String {
        sql.replace("\n);", "\n) strict;")
    }
}

impl Connection for Session {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<usize, DbError> {
        let mut statement = prepare(&self.file, sql, params)?;
        statement.raw_execute().map_err(|error| statement_error(sql, error))
    }

    fn walk(&self, sql: &str, params: &[Value], go_on: GoOn<'_>) -> Result<(), DbError> {
        let mut statement = prepare(&self.file, sql, params)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| statement_error(sql, error))? {
            if !go_on(&Row::new(&columns, Cells::Sqlite(row)))? {
                break;
            }
        }
        Ok(())
    }

    fn stream(&self, sql: &str, params: &[Value], go_on: GoOn<'_>) -> Result<(), DbError> {
        self.walk(sql, params, go_on)
    }

    fn execute_schema(&self, sql: &str) -> Result<(), DbError> {
        self.file.execute_batch(&Self::strict(sql)).map_err(|error| statement_error("a migration", error))
    }

    fn defer_references(&self) -> Result<(), DbError> {
        let sql = "pragma defer_foreign_keys = true";
        self.file.execute_batch(sql).map_err(|error| statement_error(sql, error))
    }

    fn ring(&self) -> Result<(), DbError> {
        self.rung.set(true);
        Ok(())
    }

    fn step(&self, step: Step) -> Result<(), DbError> {
        let named;
        let sql = match step {
            Step::BeginRead => "begin deferred",
            Step::BeginWrite => "begin immediate",
            Step::Commit => "commit",
            Step::Rollback => "rollback",
            Step::Savepoint(name) => {
                named = format!("savepoint {name}");
                &named
            }
            Step::RollbackTo(name) => {
                named = format!("rollback to savepoint {name}");
                &named
            }
            Step::Release(name) => {
                named = format!("release savepoint {name}");
                &named
            }
        };
        self.file
            .prepare_cached(sql)
            .and_then(|mut statement| statement.raw_execute())
            .map_err(|error| DbError::Transaction { doing: step.doing(), source: DbError::cause(error) })?;
        if matches!(step, Step::Commit | Step::Rollback) && self.rung.take() && step == Step::Commit {
            self.bell.ring();
        }
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        !self.file.is_autocommit()
    }

    fn is_outside(&self) -> bool {
        self.file.is_autocommit()
    }

    fn be_patient(&self) -> Result<(), DbError> {
        Ok(())
    }

    fn is_alive(&self) -> bool {
        true
    }

    fn is_ours(&self) -> Result<bool, DbError> {
        let mut found = false;
        let sql = "select name from sqlite_master where type = 'table' and name = 'schema_version'";
        self.walk(sql, &[], &mut |_| {
            found = true;
            Ok(true)
        })?;
        Ok(found)
    }

    fn tenant_wall_gaps(&self) -> Result<Vec<TenantWallGap>, DbError> {
        // A tenant is a file of its own.
        Ok(Vec::new())
    }

    fn integrity_complaints(&self) -> Result<Vec<String>, DbError> {
        let mut complaints = Vec::new();
        self.walk("pragma integrity_check", &[], &mut |row| {
            complaints.push(row.get::<String>("integrity_check")?);
            Ok(true)
        })?;
        complaints.retain(|text| text != "ok");
        Ok(complaints)
    }
}

fn prepare<'c>(
    connection: &'c rusqlite::Connection,
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
fn backup(path: &Path, target: &Path) -> Result<(), DbError> {
    let failed = |source| DbError::Backup { place: target.display().to_string(), source };
    if target.exists() {
        return Err(failed(DbError::cause(std::io::Error::from(std::io::ErrorKind::AlreadyExists))));
    }
    private::create(target).map_err(|error| failed(DbError::cause(error)))?;
    let copy = || -> rusqlite::Result<()> {
        let (source, mut file) = (open(path)?, rusqlite::Connection::open(target)?);
        rusqlite::backup::Backup::new(&source, &mut file)?.run_to_completion(
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
    let failed = |source| DbError::Open { place: path.display().to_string(), source };
    open(path)
        .and_then(|connection| connection.pragma_update(None, "journal_mode", "delete"))
        .map_err(|error| failed(DbError::cause(error)))?;
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(|error| failed(DbError::cause(error)))
}
