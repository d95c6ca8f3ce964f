//! A transaction as repositories see it.

use super::connection::{self, Connection};
use super::error::DbError;
use super::row::Row;
use super::value::Value;

/// A running transaction. Statements use `?1`, `?2`, … and the SQL that SQLite and PostgreSQL share.
#[derive(Clone, Copy)]
pub struct Tx<'c> {
    connection: &'c dyn Connection,
}

impl<'c> Tx<'c> {
    pub(super) const fn new(connection: &'c dyn Connection) -> Self {
        Self { connection }
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// When the statement fails.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<usize, DbError> {
        self.connection.execute(sql, params)
    }

    /// All rows of an answer, each read by the closure.
    ///
    /// # Errors
    /// When the statement fails, or a row cannot be read.
    pub fn query<T>(
        &self,
        sql: &str,
        params: &[Value],
        mut read: impl FnMut(&Row) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut found = Vec::new();
        self.connection.walk(sql, params, &mut |row| {
            found.push(read(row)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// The first row of an answer, where there is one.
    ///
    /// # Errors
    /// When the statement fails, or the row cannot be read.
    pub fn query_one<T>(
        &self,
        sql: &str,
        params: &[Value],
        mut read: impl FnMut(&Row) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let mut found = None;
        self.connection.walk(sql, params, &mut |row| {
            found = Some(read(row)?);
            Ok(false)
        })?;
        Ok(found)
    }

    /// Goes through the rows of an answer one by one, without holding them all. The closure may run
    /// other statements.
    ///
    /// # Errors
    /// When the statement fails, or the closure does.
    pub fn for_each(
        &self,
        sql: &str,
        params: &[Value],
        mut each: impl FnMut(&Row) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        self.connection.stream(sql, params, &mut |row| each(row).map(|()| true))
    }

    /// Wakes those who listen ([`Db::listen`](super::Db::listen)), on every node, after the commit.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn ring(&self) -> Result<(), DbError> {
        self.connection.ring()
    }

    /// What the engine finds wrong with its own file; nothing when all is well.
    ///
    /// # Errors
    /// When the engine cannot even look.
    pub fn integrity_complaints(&self) -> Result<Vec<String>, DbError> {
        self.connection.integrity_complaints()
    }

    /// Runs a part that may fail alone: when it does, only its own work is taken back.
    ///
    /// # Errors
    /// What the part says.
    pub fn part<T, E: From<DbError>>(&self, part: impl FnOnce(&Tx) -> Result<T, E>) -> Result<T, E> {
        connection::savepoint(self.connection, "part", || part(self))
    }
}
