//! The one data layer.
//!
//! Repositories are synchronous functions over a [`Tx`], called in retryable closures by
//! [`Db::read`] and [`Db::write`] on blocking threads. Nothing outside this folder names the engine
//! below, so that another one can take its place.
//!
//! Writes share commits: closures queue for one writer thread, several run in one transaction, each
//! inside a savepoint of its own, and every answer waits for the commit. A closure that fails takes
//! back its own work only. What [`Db::write`] has returned is on the disk.

mod error;
pub mod migration;
mod readers;
mod row;
mod sqlite;
mod tx;
mod value;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use error::DbError;
pub use row::Row;
pub use tx::Tx;
pub use value::{FromValue, Value};

use readers::Readers;
use writer::Writer;

/// The values of a statement's `?1`, `?2`, … in this order.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::db::Value] };
    ($($value:expr),+ $(,)?) => { &[$($crate::db::Value::from($value)),+] as &[$crate::db::Value] };
}

/// The database of a data folder. Cheap to clone; closes with its last clone.
#[derive(Clone, Debug)]
pub struct Db {
    readers: Arc<Readers>,
    writer: Arc<Writer>,
}

impl Db {
    /// Opens the file, makes it where it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or was written by a newer program.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let connection = sqlite::open_writer(path)?;
        migration::migrate(&connection, migration::MIGRATIONS)?;
        Self::over(path, connection)
    }

    /// Opens a file that is there and is ours, and brings its schema up to date.
    ///
    /// # Errors
    /// As [`Db::open`], and when there is no file or a foreign one; then nothing was made or changed.
    pub fn open_existing(path: &Path) -> Result<Self, DbError> {
        sqlite_of_ours(path)?;
        Self::open(path)
    }

    /// Opens a file that is there and is ours, to read it as it is: every write is refused by the
    /// engine, and an older schema is not brought up to date.
    ///
    /// # Errors
    /// As [`Db::open_existing`], and [`DbError::OlderSchema`].
    pub fn open_to_read(path: &Path) -> Result<Self, DbError> {
        let connection = sqlite_of_ours(path)?;
        migration::check(&connection, migration::MIGRATIONS)?;
        Self::over(path, connection)
    }

    /// Brings a file that nobody has open into one piece, without a log beside it, and onto the disk.
    ///
    /// # Errors
    /// When somebody has it open or it cannot be written.
    pub fn settle(path: &Path) -> Result<(), DbError> {
        sqlite::settle(path)
    }

    fn over(path: &Path, connection: sqlite::Connection) -> Result<Self, DbError> {
        Ok(Self {
            readers: Arc::new(Readers::new(path.to_owned())),
            writer: Arc::new(Writer::start(connection)?),
        })
    }

    /// Reads one consistent state. The closure may be called again and must not act outside.
    ///
    /// # Errors
    /// What the closure or the engine says.
    pub fn read<T>(&self, mut closure: impl FnMut(&Tx) -> Result<T, DbError>) -> Result<T, DbError> {
        self.readers.run(&mut closure)
    }

    /// Writes in one transaction, all or nothing. Returns after the commit has reached the disk.
    /// The closure may be called again and must not act outside.
    ///
    /// # Errors
    /// What the closure or the engine says; then nothing of it was written.
    pub fn write<T: Send + 'static>(
        &self,
        closure: impl FnMut(&Tx) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.try_write(closure)
    }

    /// As [`Db::read`], for a closure with refusals of its own.
    ///
    /// # Errors
    /// What the closure or the engine says.
    pub fn try_read<T, E: From<DbError>>(
        &self,
        mut closure: impl FnMut(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.run(&mut closure)
    }

    /// As [`Db::write`], for a closure with refusals of its own. A refusal writes nothing.
    ///
    /// # Errors
    /// What the closure or the engine says; then nothing of it was written.
    pub fn try_write<T, E>(&self, closure: impl FnMut(&Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.writer.run(closure)
    }

    /// Copies one consistent state of the database into a new file while others read and write.
    ///
    /// # Errors
    /// When the target exists already or cannot be written.
    pub fn backup_to(&self, target: &Path) -> Result<(), DbError> {
        self.readers.with(|connection| sqlite::backup(connection, target))
    }
}

/// A connection that only reads a file of ours.
fn sqlite_of_ours(path: &Path) -> Result<sqlite::Connection, DbError> {
    if !path.exists() {
        return Err(DbError::Missing { path: path.to_owned() });
    }
    let connection = sqlite::open_reader(path)?;
    if sqlite::is_ours(&connection)? {
        Ok(connection)
    } else {
        Err(DbError::Foreign { path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests;
