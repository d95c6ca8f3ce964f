//! The pool of connections that read.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::connection::{Connection, Engine, Step};
use super::error::DbError;
use super::tx::Tx;

/// Connections that read, opened as they are wanted.
pub(super) struct Readers {
    engine: Arc<dyn Engine>,
    state: Mutex<State>,
    returned: Condvar,
}

/// How many connections that read there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// All of them.
    pub open: usize,
    /// Those that nobody uses.
    pub idle: usize,
}

#[derive(Default)]
struct State {
    idle: Vec<Box<dyn Connection>>,
    open: usize,
}

/// A connection on loan; a panic gives it up instead of back.
struct Loan<'p> {
    pool: &'p Readers,
    connection: Option<Box<dyn Connection>>,
}

impl Readers {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, state: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs the closure over one consistent state. When the connection turns out to be dead, because
    /// the server behind it has started anew, say, the closure runs once more over a fresh one.
    pub(super) fn run<T, E: From<DbError>>(
        &self,
        closure: &mut impl FnMut(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut once = || {
            let mut is_alive = true;
            let result = self.with(|connection| {
                let result = read(connection, closure);
                is_alive = connection.is_alive();
                result
            });
            (result, is_alive)
        };
        match once() {
            (Err(_), false) => {
                self.forget_idle();
                once().0
            }
            (result, _) => result,
        }
    }

    /// Lends a connection to the closure.
    pub(super) fn with<T, E: From<DbError>>(
        &self,
        closure: impl FnOnce(&dyn Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut loan = self.lend()?;
        let connection = loan.connection.take().expect("a loan begins with its connection");
        let result = closure(connection.as_ref());
        loan.connection = Some(connection);
        result
    }

    /// How many connections there are.
    pub(super) fn size(&self) -> PoolSize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        PoolSize { open: state.open, idle: state.idle.len() }
    }

    fn lend(&self) -> Result<Loan<'_>, DbError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Loan { pool: self, connection: Some(connection) });
            }
            if state.open < self.engine.most_readers() {
                state.open += 1;
                drop(state);
                let mut loan = Loan { pool: self, connection: None };
                loan.connection = Some(self.engine.open_reader()?);
                return Ok(loan);
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives up the connections that nobody uses: they lead to where the dead one led.
    fn forget_idle(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open -= state.idle.len();
        state.idle.clear();
    }
}

fn read<T, E: From<DbError>>(
    connection: &dyn Connection,
    closure: &mut impl FnMut(&Tx) -> Result<T, E>,
) -> Result<T, E> {
    connection.step(Step::BeginRead)?;
    let result = closure(&Tx::new(connection));
    if !connection.is_outside() {
        let ended = connection.step(Step::Rollback);
        if result.is_ok() {
            ended?;
        }
    }
    result
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            Some(connection) if connection.is_alive() && connection.is_outside() => {
                state.idle.push(connection);
            }
            _ => state.open -= 1,
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}
