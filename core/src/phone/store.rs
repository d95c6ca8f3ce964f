//! The phone's SQLite file: opening, migrating, and one repository for each noun.
//!
//! All SQL of the phone stands here and below. The repositories are functions over a [`Reader`] or
//! a transaction [`Tx`]; what belongs together is written in one [`Store::write`].

pub(crate) mod attachment;
pub(crate) mod change;
pub(crate) mod document;
pub(crate) mod erased;
pub(crate) mod frame;
pub(crate) mod handing_in;
pub(crate) mod item;
pub(crate) mod late_work;
pub(crate) mod search;
pub(crate) mod server_row;
pub(crate) mod setting;
pub(crate) mod task;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior};

use super::PhoneError;

/// What reads: the connection, or a transaction.
pub(crate) type Reader = Connection;
/// What writes.
pub(crate) type Tx<'c> = rusqlite::Transaction<'c>;

/// Never edited after a release; a new one is appended.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_first.sql"),
    include_str!("schema/0002_attachments.sql"),
    include_str!("schema/0003_agenda.sql"),
    include_str!("schema/0004_open_work.sql"),
    include_str!("schema/0005_pages.sql"),
    include_str!("schema/0006_left_records.sql"),
    include_str!("schema/0007_transcripts.sql"),
    include_str!("schema/0008_stale.sql"),
    include_str!("schema/0009_settled.sql"),
];

/// How many statements are kept prepared: about as many as there are below.
const STATEMENTS: usize = 64;

/// What the store said when it failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreError(rusqlite::Error);

/// The open database. The phone has one connection that writes; whoever reads beside it has another.
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the file at this path, or makes it; with SQLCipher under this key.
    pub(crate) fn open(path: &Path, key: &[u8; 32]) -> Result<Self, PhoneError> {
        let doing = "opening the store";
        let connection = Connection::open(path).map_err(failed(doing))?;
        unlock(&connection, key)?;
        connection
            .execute_batch(
                "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
                 pragma temp_store = memory; pragma busy_timeout = 5000; pragma secure_delete = on;
                 pragma cache_size = -4096;",
            )
            .map_err(failed(doing))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut store = Self { connection };
        store.migrate()?;
        Ok(store)
    }

    /// The same store over another connection, which can only read.
    pub(crate) fn beside(&self, key: &[u8; 32]) -> Result<Self, PhoneError> {
        let doing = "opening the store beside itself";
        let no_path = || failed(doing)(rusqlite::Error::InvalidPath("of no UTF-8".into()));
        let path = self.connection.path().filter(|path| !path.is_empty()).ok_or_else(no_path)?;
        let connection = Connection::open(path).map_err(failed(doing))?;
        unlock(&connection, key)?;
        connection
            .execute_batch(
                "pragma query_only = on; pragma temp_store = memory; pragma busy_timeout = 5000;
                 pragma cache_size = -4096;",
            )
            .map_err(failed(doing))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection })
    }

    fn migrate(&mut self) -> Result<(), PhoneError> {
        let doing = "migrating the store";
        let version: usize = self
            .connection
            .query_row("pragma user_version", [], |row| row.get::<_, i64>(0))
            .map(|version| usize::try_from(version).unwrap_or(0))
            .map_err(failed(doing))?;
        for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
            let transaction = self.connection.transaction().map_err(failed(doing))?;
            transaction.execute_batch(migration).map_err(failed(doing))?;
            transaction.pragma_update(None, "user_version", index + 1).map_err(failed(doing))?;
            transaction.commit().map_err(failed(doing))?;
        }
        Ok(())
    }

    /// Runs one transaction. What it wrote is on disk when this returns.
    pub(crate) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Tx<'_>) -> Result<T, PhoneError>,
    ) -> Result<T, PhoneError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed(doing))?;
        let result = work(&transaction)?;
        transaction.commit().map_err(failed(doing))?;
        Ok(result)
    }

    /// Reads at one moment: what is written meanwhile over another connection is not seen.
    pub(crate) fn at_one_moment<T>(
        &self,
        work: impl FnOnce() -> Result<T, PhoneError>,
    ) -> Result<T, PhoneError> {
        let _moment = self.connection.unchecked_transaction().map_err(failed("reading the store"))?;
        work()
    }

    /// Takes every row out of every table.
    pub(crate) fn empty(tx: &Tx<'_>) -> Result<(), PhoneError> {
        let doing = "wiping the phone";
        let sql = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'
                   and name not like 'search%'";
        let tables: Vec<String> = all(tx, doing, sql, [], |row| row.get("name"))?;
        // The index of texts is emptied by its own word.
        run(tx, doing, "insert into search (search) values ('delete-all')", [])?;
        for table in tables {
            run(tx, doing, &format!("delete from {table}"), [])?;
        }
        Ok(())
    }

    /// Leaves no trace of removed rows: in the file they were overwritten when they went, in its log they go now. False
    /// when somebody has been reading for so long that the log could not be emptied.
    pub(crate) fn settle(&self) -> Result<bool, PhoneError> {
        let doing = "erasing what has left";
        // The index marks what is gone, and forgets its words when it is written anew.
        run(&self.connection, doing, "insert into search (search) values ('optimize')", [])?;
        let is_busy =
            self.connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        is_busy.map(|is_busy| !is_busy).map_err(failed(doing))
    }

    /// The same of a store that is empty, which is made small.
    pub(crate) fn shrink(&self) -> Result<(), PhoneError> {
        self.connection.execute_batch("vacuum;").map_err(failed("wiping the phone"))?;
        // The keys are gone: what a reader keeps in the log opens for nobody.
        self.settle().map(drop)
    }

    /// How many bytes the file has, without what is still in its log.
    pub(crate) fn size_bytes(&self) -> Result<u64, PhoneError> {
        let sql = "select page_count * page_size as bytes from pragma_page_count, pragma_page_size";
        let bytes: i64 = only(&self.connection, "measuring the store", sql, [], |row| row.get("bytes"))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// The connection, for reading.
    pub(crate) fn reader(&self) -> &Reader {
        &self.connection
    }
}

/// Hands the key in. A store under another key, or under none, is refused here.
#[cfg(feature = "sqlcipher")]
fn unlock(connection: &Connection, key: &[u8; 32]) -> Result<(), PhoneError> {
    let doing = "unlocking the store";
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute_batch(&format!("pragma key = \"x'{digits}'\";")).map_err(failed(doing))?;
    let sql = "select count(*) as tables from sqlite_schema";
    connection.query_row(sql, [], |row| row.get::<_, i64>("tables")).map(drop).map_err(failed(doing))
}

/// Without SQLCipher there is nothing to unlock.
#[cfg(not(feature = "sqlcipher"))]
#[allow(clippy::unnecessary_wraps, reason = "it can fail where there is a key")]
fn unlock(_: &Connection, _: &[u8; 32]) -> Result<(), PhoneError> {
    Ok(())
}

/// Turns a SQLite error into ours, saying what was being done.
fn failed(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> PhoneError {
    move |source| PhoneError::Store { doing, source: StoreError(source) }
}

/// Runs a statement; gives how many rows it changed.
fn run(reader: &Reader, doing: &'static str, sql: &str, values: impl Params) -> Result<usize, PhoneError> {
    reader.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(failed(doing))
}

/// The first row of a query.
fn first<T>(
    reader: &Reader,
    doing: &'static str,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, PhoneError> {
    reader
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(values, read).optional())
        .map_err(failed(doing))
}

/// The one row of a query that always has one: a count, a sum, a question.
fn only<T>(
    reader: &Reader,
    doing: &'static str,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, PhoneError> {
    reader
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(values, read))
        .map_err(failed(doing))
}

/// Every row of a query.
fn all<T>(
    reader: &Reader,
    doing: &'static str,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, PhoneError> {
    reader
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map(values, read).and_then(Iterator::collect))
        .map_err(failed(doing))
}

/// Goes through the rows of a query without holding them.
fn each(
    reader: &Reader,
    doing: &'static str,
    sql: &str,
    mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), PhoneError> {
    let mut statement = reader.prepare_cached(sql).map_err(failed(doing))?;
    let mut rows = statement.query([]).map_err(failed(doing))?;
    while let Some(row) = rows.next().map_err(failed(doing))? {
        each(row).map_err(failed(doing))?;
    }
    Ok(())
}

/// The rows of a query up to the first that is not wanted; what follows is not read.
fn all_while<T>(
    reader: &Reader,
    doing: &'static str,
    sql: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    mut wanted: impl FnMut(&T) -> bool,
) -> Result<Vec<T>, PhoneError> {
    let mut statement = reader.prepare_cached(sql).map_err(failed(doing))?;
    let mut rows = statement.query([]).map_err(failed(doing))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed(doing))? {
        let row = read(row).map_err(failed(doing))?;
        if !wanted(&row) {
            break;
        }
        found.push(row);
    }
    Ok(found)
}

#[cfg(all(test, feature = "sqlcipher"))]
mod tests {
    use super::setting::{self, Setting};
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn written(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("phone.db");
        let mut store = Store::open(&path, &KEY).expect("a fresh store");
        let words = "受援人不愿意在家里谈".as_bytes();
        store.write("testing", |tx| setting::write(tx, Setting::Terms, words)).expect("written");
        store.settle().expect("in the file");
        path
    }

    #[test]
    fn nothing_that_was_written_can_be_read_from_the_file_and_no_other_key_opens_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let bytes = std::fs::read(&path).expect("a file");
        assert!(bytes.len() > 4096 && !bytes.starts_with(b"SQLite format 3"));
        let words = "受援人".as_bytes();
        assert!(!bytes.windows(words.len()).any(|window| window == words));
        assert!(matches!(Store::open(&path, &[8; 32]), Err(PhoneError::Store { .. })));
        let store = Store::open(&path, &KEY).expect("the right key");
        assert!(setting::is_set(store.reader(), Setting::Terms).expect("readable"));
    }

    #[test]
    fn a_plain_store_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("phone.db");
        let plain = Connection::open(&path).expect("plain SQLite");
        plain.execute_batch("create table t (x integer); insert into t values (1);").expect("written");
        drop(plain);
        let before = std::fs::read(&path).expect("a file");
        assert!(matches!(Store::open(&path, &KEY), Err(PhoneError::Store { .. })));
        assert_eq!(std::fs::read(&path).expect("a file"), before);
    }
}
