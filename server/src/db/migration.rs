//! The numbered migrations and their runner.
//!
//! One list for every engine. A migration that has run is never edited: its hash is kept, and a
//! program that brings another text under the same number is refused.
//!
//! The files hold the SQL that both engines share. Types are `integer` (64 bits), `text` and
//! `blob`; a table ends with `);` on a line of its own.

use super::connection::{Connection, Step};
use super::error::DbError;
use crate::params;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, from 1 without gaps.
    pub number: u32,
    /// What it brings.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $file:literal),+ $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $file,
            sql: include_str!(concat!("../../migrations/", $file, ".sql")),
        }),+]
    };
}

/// Every migration, in order.
pub const MIGRATIONS: &[Migration] = migrations![
    1 "0001_people_and_cases",
    2 "0002_sync",
    3 "0003_grading",
    4 "0004_re_review",
    5 "0005_confirmation",
    6 "0006_record_link",
    7 "0007_lease",
    8 "0008_field_work",
    9 "0009_job",
    10 "0010_lists",
    11 "0011_decisions",
    12 "0012_audit_log",
    13 "0013_attachments",
    14 "0014_wipe_order",
    15 "0015_policy",
    16 "0016_stand_in",
    17 "0017_witness",
    18 "0018_erasure",
];

/// How often the lock is waited for; each time lasts as long as the engine waits for a lock.
const MOST_WAITS: u32 = 30;

/// Asks that the schema is the newest, and changes nothing.
pub(super) fn check(connection: &dyn Connection, migrations: &[Migration]) -> Result<(), DbError> {
    let (found, known) = (newest(connection, migrations)?, number_of(migrations));
    if found < known { Err(DbError::OlderSchema { found, known }) } else { Ok(()) }
}

/// Brings the schema up to date. Everything that is missing runs in one transaction.
pub(super) fn migrate(connection: &dyn Connection, migrations: &[Migration]) -> Result<(), DbError> {
    let mut waited = 0;
    // Another node's migration may take longer than a lock is usually waited for.
    while let Err(error) = connection.step(Step::BeginWrite) {
        waited += 1;
        if !matches!(error, DbError::Conflict { .. }) || waited == MOST_WAITS {
            return Err(error);
        }
        connection.step(Step::Rollback)?;
    }
    let result = run_missing(connection, migrations);
    connection.step(if result.is_ok() { Step::Commit } else { Step::Rollback })?;
    result
}

fn run_missing(connection: &dyn Connection, migrations: &[Migration]) -> Result<(), DbError> {
    connection.execute_schema(
        "create table if not exists schema_version (
            number integer primary key,
            name text not null,
            hash blob not null\n);",
    )?;
    for migration in migrations.iter().skip(newest(connection, migrations)? as usize) {
        connection.execute_schema(migration.sql)?;
        connection.execute(
            "insert into schema_version (number, name, hash) values (?1, ?2, ?3)",
            params![migration.number, migration.name, hash_of(migration)],
        )?;
    }
    Ok(())
}

/// The newest migration that has run. Refuses what this program does not know.
pub(super) fn newest(connection: &dyn Connection, migrations: &[Migration]) -> Result<u32, DbError> {
    let known = number_of(migrations);
    let mut newest = 0;
    connection.walk("select number, name, hash from schema_version order by number", &[], &mut |row| {
        newest = row.get("number")?;
        let (name, hash): (String, Vec<u8>) = (row.get("name")?, row.get("hash")?);
        match migrations.get(newest as usize - 1) {
            Some(migration) if hash_of(migration) == hash => Ok(true),
            Some(_) => Err(DbError::EditedSchema { name }),
            None => Err(DbError::NewerSchema { found: newest, known }),
        }
    })?;
    Ok(newest)
}

fn number_of(migrations: &[Migration]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

fn hash_of(migration: &Migration) -> Vec<u8> {
    blake3::hash(migration.sql.as_bytes()).as_bytes().to_vec()
}

/// The names of our tables, each after those that it refers to.
pub(super) fn tables() -> Vec<&'static str> {
    let lines = MIGRATIONS.iter().flat_map(|migration| migration.sql.lines());
    lines.filter_map(|line| line.strip_prefix("create table ")?.strip_suffix(" (")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::connection::Engine;
    use super::super::sqlite::Sqlite;
    use super::*;

    const FIRST: Migration = Migration {
        number: 1,
        name: "0001_first",
        sql: "create table note (note_id integer primary key\n);",
    };

    fn open(dir: &tempfile::TempDir) -> Box<dyn Connection> {
        Sqlite::new(&dir.path().join("db")).open_writer().expect("a database")
    }

    #[test]
    fn the_numbers_have_no_gaps_and_stand_in_the_file_names() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number as usize, index + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)), "{}", migration.name);
        }
    }

    #[test]
    fn migrating_twice_is_no_work() {
        let dir = tempfile::tempdir().expect("a folder");
        let connection = open(&dir);
        migrate(connection.as_ref(), &[FIRST]).expect("first");
        migrate(connection.as_ref(), &[FIRST]).expect("second");
    }

    #[test]
    fn an_edited_migration_and_a_newer_schema_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let connection = open(&dir);
        let second =
            Migration { number: 2, name: "0002_second", sql: "create table two (two_id integer\n);" };
        migrate(connection.as_ref(), &[FIRST, second]).expect("both");
        let newer = migrate(connection.as_ref(), &[FIRST]).expect_err("newer");
        assert!(newer.to_string().contains("newer program"), "{newer}");
        let edited = Migration { sql: "create table other (other_id integer\n);", ..FIRST };
        let error = migrate(connection.as_ref(), &[edited, second]).expect_err("edited");
        assert!(error.to_string().contains("0001_first was edited"), "{error}");
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let connection = open(&dir);
        let broken = Migration {
            number: 2,
            name: "0002_broken",
            sql: "create table half (half_id integer\n); nonsense",
        };
        migrate(connection.as_ref(), &[FIRST, broken]).expect_err("broken");
        migrate(connection.as_ref(), &[FIRST]).expect("the first runs as if nothing had been");
    }

    #[test]
    fn every_table_is_strict() {
        let dir = tempfile::tempdir().expect("a folder");
        let connection = open(&dir);
        migrate(connection.as_ref(), MIGRATIONS).expect("the schema");
        let mut loose = Vec::new();
        let sql = "select name from pragma_table_list
            where schema = 'main' and type = 'table' and strict = 0 and name not like 'sqlite%'";
        connection
            .walk(sql, &[], &mut |row| {
                loose.push(row.get::<String>("name")?);
                Ok(true)
            })
            .expect("the tables");
        assert_eq!(loose, Vec::<String>::new());
    }
}
