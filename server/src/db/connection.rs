//! What the layer asks of an engine: a place to connect to, and what a connection can do. Both engines
//! stand side by side behind these two traits; nothing above knows which one runs.

use std::fmt;
use std::path::Path;

use super::bell::Ear;
use super::error::DbError;
use super::row::Row;
use super::tenant_wall::TenantWallGap;
use super::value::Value;

/// Says whether to go on after a row.
pub(super) type GoOn<'g> = &'g mut dyn FnMut(&Row<'_>) -> Result<bool, DbError>;

/// An engine at a place.
pub(super) trait Engine: fmt::Debug + Send + Sync {
    /// A connection that may write.
    fn open_writer(&self) -> Result<Box<dyn Connection>, DbError>;

    /// A connection that only reads.
    fn open_reader(&self) -> Result<Box<dyn Connection>, DbError>;

    /// How many connections that read are open at most.
    fn most_readers(&self) -> usize;

    /// Lets an ear hear the bell.
    fn listen(&self, ear: &Ear);

    /// Has what was overwritten or removed in these tables leave no trace in the engine's own log and pages, as far
    /// as it can.
    fn scrub(&self, tables: &[&str]) -> Result<(), DbError>;

    /// Copies one consistent state into a new SQLite file, whatever the engine: what `backup` writes
    /// is one format.
    fn backup(&self, reader: &dyn Connection, target: &Path) -> Result<(), DbError>;
}

/// A step of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Begins one that sees one consistent state and writes nothing.
    BeginRead,
    /// Begins one that writes. Those of one database run one after the other, on every node, so that
    /// the order of the log is the order in which readers come to see it.
    BeginWrite,
    /// Makes its work durable.
    Commit,
    /// Takes its work back.
    Rollback,
    /// Begins a part of this name.
    Savepoint(&'static str),
    /// Takes back what happened since the part began.
    RollbackTo(&'static str),
    /// Ends the part.
    Release(&'static str),
}

/// A connection. Statements use `?1`, `?2`, … and the SQL that both engines share.
pub(super) trait Connection: Send {
    /// Runs a statement and says how many rows it changed.
    fn execute(&self, sql: &str, params: &[Value]) -> Result<usize, DbError>;

    /// Goes through the rows of an answer that is small, as long as the closure says so.
    fn walk(&self, sql: &str, params: &[Value], go_on: GoOn<'_>) -> Result<(), DbError>;

    /// The same for an answer of any size. The closure may run other statements meanwhile.
    fn stream(&self, sql: &str, params: &[Value], go_on: GoOn<'_>) -> Result<(), DbError>;

    /// Runs several statements without values that make tables and indexes.
    fn execute_schema(&self, sql: &str) -> Result<(), DbError>;

    /// Puts off the check of references until the commit of the present transaction.
    fn defer_references(&self) -> Result<(), DbError>;

    /// Rings the bell as soon as the present transaction is committed.
    fn ring(&self) -> Result<(), DbError>;

    /// Makes a step of a transaction.
    fn step(&self, step: Step) -> Result<(), DbError>;

    /// Whether a transaction is under way and can go on. The engine itself may end one: on a full
    /// disk, a deadlock, or a lost connection.
    fn in_transaction(&self) -> bool;

    /// Whether no transaction is under way, not even one that can only be taken back.
    fn is_outside(&self) -> bool;

    /// Lets the present transaction wait for another connection as long as it takes.
    fn be_patient(&self) -> Result<(), DbError>;

    /// Whether the connection can still be used.
    fn is_alive(&self) -> bool;

    /// Whether the place holds the table that every database of ours begins with.
    fn is_ours(&self) -> Result<bool, DbError>;

    /// Where the wall between this tenant and others is missing.
    fn tenant_wall_gaps(&self) -> Result<Vec<TenantWallGap>, DbError>;

    /// What the engine finds wrong with its own files.
    fn integrity_complaints(&self) -> Result<Vec<String>, DbError>;
}

/// Runs the closure inside a savepoint and takes its work back when it fails.
pub(super) fn savepoint<T, E: From<DbError>>(
    connection: &dyn Connection,
    name: &'static str,
    closure: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    connection.step(Step::Savepoint(name))?;
    let result = closure();
    if connection.in_transaction() {
        if result.is_err() {
            connection.step(Step::RollbackTo(name))?;
        }
        if let Err(error) = connection.step(Step::Release(name)) {
            // The closure took no notice of a statement that failed: its part is taken back after all.
            if connection.in_transaction() {
                connection.step(Step::RollbackTo(name))?;
                connection.step(Step::Release(name))?;
            }
            return Err(error.into());
        }
    }
    result
}

impl Step {
    /// What is being done, for messages.
    pub(super) const fn doing(self) -> &'static str {
        match self {
            Self::BeginRead | Self::BeginWrite => "begin",
            Self::Commit => "commit",
            Self::Rollback => "take back",
            Self::Savepoint(_) => "begin a part of",
            Self::RollbackTo(_) => "take back a part of",
            Self::Release(_) => "end a part of",
        }
    }
}
