//! The pool of connections that read.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use super::error::DbError;
use super::sqlite::{self, Connection};
use super::tx::Tx;

/// More would only wait for each other on the file's cache.
const MOST: usize = 8;

/// Connections that read, opened as they are wanted.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

/// A connection on loan; a panic gives it up instead of back.
struct Loan<'p> {
    pool: &'p Readers,
    connection: Option<Connection>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs the closure over one consistent state.
    pub(super) fn run<T, E: From<DbError>>(
        &self,
        closure: &mut impl FnMut(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with(|connection| {
            sqlite::control(connection, "begin", "begin deferred")?;
            let result = closure(&Tx::new(connection));
            if sqlite::in_transaction(connection) {
                sqlite::control(connection, "end", "rollback")?;
            }
            result
        })
    }

    /// Lends a connection to the closure.
    pub(super) fn with<T, E: From<DbError>>(
        &self,
        closure: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut loan = self.lend()?;
        let connection = loan.connection.take().expect("a loan begins with its connection");
        let result = closure(&connection);
        loan.connection = Some(connection);
        result
    }

    fn lend(&self) -> Result<Loan<'_>, DbError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Loan { pool: self, connection: Some(connection) });
            }
            if state.open < MOST {
                state.open += 1;
                drop(state);
                let mut loan = Loan { pool: self, connection: None };
                loan.connection = Some(sqlite::open_reader(&self.path)?);
                return Ok(loan);
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            Some(connection) if !sqlite::in_transaction(&connection) => state.idle.push(connection),
            _ => state.open -= 1,
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}
