//! The one data layer.
//!
//! Repositories are synchronous functions over a [`Tx`], called in retryable closures by
//! [`Db::read`] and [`Db::write`] on blocking threads. Nothing outside this folder names the engine
//! below, so that another one can take its place.
//!
//! Writes share commits: closures queue for one writer thread, several run in one transaction, each
//! inside a savepoint of its own, and every answer waits for the commit. A closure that fails takes
//! back its own work only. What [`Db::write`] has returned is on the disk.

mod bell;
mod connection;
mod copying;
mod error;
pub mod migration;
mod place;
mod pool;
mod postgres;
mod row;
#[cfg(any(test, feature = "scratch"))]
pub mod scratch;
mod sqlite;
mod tenant_wall;
mod tx;
mod value;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use bell::Ear;
pub use copying::TableDigest;
pub use error::DbError;
pub use place::{NoPlace, Place};
pub use pool::PoolSize;
pub use row::Row;
pub use tenant_wall::TenantWallGap;
pub use tx::Tx;
pub use value::{FromValue, Value};

use connection::{Connection, Engine};
use pool::Readers;
use writer::Writer;

/// The values of a statement's `?1`, `?2`, … in this order.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::db::Value] };
    ($($value:expr),+ $(,)?) => { &[$($crate::db::Value::from($value)),+] as &[$crate::db::Value] };
}

/// A database at a place. Cheap to clone; closes with its last clone.
#[derive(Clone)]
pub struct Db {
    place: Place,
    engine: Arc<dyn Engine>,
    readers: Arc<Readers>,
    writer: Arc<Writer>,
}

impl Db {
    /// Opens a database, makes what is missing of it, and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be opened, is damaged, or was written by a newer program.
    pub fn open(place: impl Into<Place>) -> Result<Self, DbError> {
        let place = place.into();
        let engine = engine_at(&place)?;
        let connection = engine.open_writer()?;
        migration::migrate(connection.as_ref(), migration::MIGRATIONS)?;
        Self::over(place, engine, connection, false)
    }

    /// Opens a database that is there and is ours, and brings its schema up to date.
    ///
    /// # Errors
    /// As [`Db::open`], and when there is none or a foreign one; then nothing was made or changed.
    pub fn open_existing(place: impl Into<Place>) -> Result<Self, DbError> {
        let place = place.into();
        ours(&place, engine_at(&place)?.as_ref())?;
        Self::open(place)
    }

    /// Brings the schema of a database that is there and is ours up to date. Gives the numbers of the
    /// newest migration before and after.
    ///
    /// # Errors
    /// As [`Db::open_existing`].
    pub fn migrate(place: impl Into<Place>) -> Result<(u32, u32), DbError> {
        let place = place.into();
        let engine = engine_at(&place)?;
        let before = migration::newest(ours(&place, engine.as_ref())?.as_ref(), migration::MIGRATIONS)?;
        let connection = engine.open_writer()?;
        migration::migrate(connection.as_ref(), migration::MIGRATIONS)?;
        Ok((before, migration::newest(connection.as_ref(), migration::MIGRATIONS)?))
    }

    /// Opens a database that is there and is ours, to read it as it is: every write is refused by the
    /// engine, and an older schema is not brought up to date.
    ///
    /// # Errors
    /// As [`Db::open_existing`], and [`DbError::OlderSchema`].
    pub fn open_to_read(place: impl Into<Place>) -> Result<Self, DbError> {
        let place = place.into();
        let engine = engine_at(&place)?;
        let connection = ours(&place, engine.as_ref())?;
        migration::check(connection.as_ref(), migration::MIGRATIONS)?;
        Self::over(place, engine, connection, true)
    }

    /// Brings a file that nobody has open into one piece, without a log beside it, and onto the disk.
    ///
    /// # Errors
    /// When somebody has it open or it cannot be written.
    pub fn settle(path: &Path) -> Result<(), DbError> {
        sqlite::settle(path)
    }

    fn over(
        place: Place,
        engine: Arc<dyn Engine>,
        connection: Box<dyn Connection>,
        reads_only: bool,
    ) -> Result<Self, DbError> {
        Ok(Self {
            place,
            readers: Arc::new(Readers::new(Arc::clone(&engine))),
            writer: Arc::new(Writer::start(Arc::clone(&engine), connection, reads_only)?),
            engine,
        })
    }

    /// Calls this whenever somebody has rung the bell ([`Tx::ring`]), on this node or on another one, for
    /// as long as the ear lives. It must return at once.
    pub fn listen(&self, heard: impl Fn() + Send + Sync + 'static) -> Ear {
        let ear = Ear::new(heard);
        self.engine.listen(&ear);
        ear
    }

    /// Where the wall between this tenant and others on the same database server is missing.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn tenant_wall_gaps(&self) -> Result<Vec<TenantWallGap>, DbError> {
        self.readers.with(|connection| connection.tenant_wall_gaps())
    }

    /// How many connections that read there are.
    pub fn pool(&self) -> PoolSize {
        self.readers.size()
    }

    /// Where the data lies.
    pub const fn place(&self) -> &Place {
        &self.place
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

    /// Has what was overwritten or removed in these tables leave no trace, as far as the engine can: SQLite empties its
    /// log, PostgreSQL may write over dead rows from now on. Backups that were made are as they were.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn scrub(&self, tables: &[&str]) -> Result<(), DbError> {
        self.engine.scrub(tables)
    }

    /// Copies one consistent state of the database into a new SQLite file while others read and write.
    ///
    /// # Errors
    /// When the target exists already or cannot be written.
    pub fn backup_to(&self, target: &Path) -> Result<(), DbError> {
        self.readers.with(|connection| self.engine.backup(connection, target))
    }

    /// Copies all rows of one consistent state into another database that has none yet, and gives what
    /// stands in every table of both. All or nothing; others may read and write here meanwhile.
    ///
    /// # Errors
    /// When the target has rows, an engine fails, or the copy does not read like the original.
    pub fn copy_into(&self, target: &Self) -> Result<Vec<TableDigest>, DbError> {
        let writer = target.engine.open_writer()?;
        self.readers.with(|reader| copying::copy(reader, writer.as_ref()))
    }

    /// What stands in every table.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn digests(&self) -> Result<Vec<TableDigest>, DbError> {
        self.readers.with(copying::digests)
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Db").field(&self.place).finish()
    }
}

fn engine_at(place: &Place) -> Result<Arc<dyn Engine>, DbError> {
    Ok(match place {
        Place::File(path) => Arc::new(sqlite::Sqlite::new(path)),
        Place::Postgres(url) => Arc::new(postgres::Postgres::new(url, place.to_string())?),
    })
}

/// A connection that only reads a database of ours.
fn ours(place: &Place, engine: &dyn Engine) -> Result<Box<dyn Connection>, DbError> {
    if place.file().is_some_and(|file| !file.exists()) {
        return Err(DbError::Missing { place: place.to_string() });
    }
    let connection = engine.open_reader()?;
    if connection.is_ours()? {
        return Ok(connection);
    }
    Err(match place {
        Place::File(_) => DbError::Foreign { place: place.to_string() },
        // A database server holds an empty schema until somebody initialises it.
        Place::Postgres(_) => DbError::Missing { place: place.to_string() },
    })
}

#[cfg(test)]
mod tests;
