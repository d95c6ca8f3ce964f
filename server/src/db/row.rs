//! One row of an answer.

use super::error::DbError;
use super::postgres::Cell;
use super::sqlite;
use super::value::{FromValue, Value};

/// The cells of the present row, in the engine's own form.
pub(super) enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

impl Cells<'_> {
    fn value(&self, index: usize) -> Option<Value> {
        match self {
            Self::Sqlite(row) => sqlite::value(row, index),
            Self::Postgres(row) => row.try_get::<_, Cell>(index).ok().map(|cell| cell.0),
        }
    }
}

/// One row, read by the names of its columns.
pub struct Row<'r> {
    columns: &'r [String],
    cells: Cells<'r>,
}

impl<'r> Row<'r> {
    pub(super) const fn new(columns: &'r [String], cells: Cells<'r>) -> Self {
        Self { columns, cells }
    }

    /// The names of the columns.
    pub(super) const fn columns(&self) -> &[String] {
        self.columns
    }

    /// The value of a column.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DbError> {
        self.columns
            .iter()
            .position(|name| name == column)
            .and_then(|index| self.cells.value(index))
            .and_then(T::from_value)
            .ok_or_else(|| DbError::Column { column: column.to_owned(), wanted: T::wanted() })
    }

    /// The value behind a code that a column holds, for instance `row.code("kind", CaseKind::from_code)`.
    ///
    /// # Errors
    /// When there is no such column, or its code is unknown.
    pub fn code<T>(&self, column: &str, from_code: impl Fn(&str) -> Option<T>) -> Result<T, DbError> {
        let code: String = self.get(column)?;
        from_code(&code).ok_or_else(|| DbError::Column {
            column: column.to_owned(),
            wanted: format!("a known code, not {code:?}"),
        })
    }

    /// As [`Row::code`], for a column that may be empty.
    ///
    /// # Errors
    /// When there is no such column, or its code is unknown.
    pub fn code_or_null<T>(
        &self,
        column: &str,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, DbError> {
        match self.get::<Option<String>>(column)? {
            None => Ok(None),
            Some(_) => self.code(column, from_code).map(Some),
        }
    }

    /// What the JSON of a column says.
    ///
    /// # Errors
    /// When there is no such column, or its text is not of that form.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, DbError> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| DbError::damaged(column, &error))
    }

    /// As [`Row::json`], for a column that may be empty.
    ///
    /// # Errors
    /// When there is no such column, or its text is not of that form.
    pub fn json_or_null<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<Option<T>, DbError> {
        match self.get::<Option<String>>(column)? {
            None => Ok(None),
            Some(_) => self.json(column).map(Some),
        }
    }
}
