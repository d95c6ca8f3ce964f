//! The PostgreSQL adapter: the only place that names its client.
//!
//! Writing transactions of one database run one after the other on all nodes: each begins by taking
//! a lock that lasts until its commit. So they see what those before them did, like on SQLite, and
//! order in the log is order of visibility. They are short: whatever takes long, such as judging a
//! frame, happens before. A node that stops in the middle of one is cut off after
//! [`IDLE_IN_TRANSACTION`], and its work is taken back.

mod dialect;
mod listener;
mod tls;
mod value;

pub(super) use value::Cell;

use std::cell::{Cell as Slot, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::{Severity, SqlState};
use postgres::types::{ToSql, Type};
use postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::bell::Ear;
use super::connection::{Connection, Engine, GoOn, Step};
use super::error::DbError;
use super::row::{Cells, Row};
use super::tenant_wall::TenantWallGap;
use super::value::Value;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a server may not confirm what it was sent before it counts as gone.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a transaction waits for another's lock before it gives up, unless the URL says otherwise.
const LOCK: &str = "10s";
/// How long a transaction may do nothing before the server ends it: its node has been stopped.
const IDLE_IN_TRANSACTION: &str = "10s";
/// How many statements a connection keeps prepared.
const PREPARED: usize = 256;
/// How many rows of a large answer are fetched at once.
const FETCHED: usize = 500;
/// Connections that read, for each node.
const READERS: usize = 8;

/// The lock that every writing transaction of this database takes first.
const WRITE_LOCK: &str = "select pg_advisory_xact_lock(hashtextextended(current_schema(), 20230901))";

/// A PostgreSQL server.
#[derive(Clone)]
pub(super) struct Postgres {
    config: postgres::Config,
    /// Only where the URL asks for it.
    tls: Option<MakeRustlsConnect>,
    /// As it is shown, without a password.
    place: String,
}

impl Postgres {
    pub(super) fn new(url: &str, place: String) -> Result<Self, DbError> {
        let mut config: postgres::Config = url
            .parse()
            .map_err(|error| DbError::Open { place: place.clone(), source: DbError::cause(error) })?;
        config.connect_timeout(CONNECT).application_name("tingfang");
        // A server that vanishes without a word is noticed in time, unless the URL knows better.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
        let tls = match config.get_ssl_mode() {
            SslMode::Require => {
                let failed = |error| DbError::Open { place: place.clone(), source: DbError::cause(error) };
                Some(tls::connector().map_err(failed)?)
            }
            _ => None,
        };
        Ok(Self { config, tls, place })
    }

    fn connect(&self) -> Result<Session, DbError> {
        let failed = |error| DbError::Open { place: self.place.clone(), source: DbError::cause(error) };
        let connected = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        let mut client = connected.map_err(failed)?;
        client
            .batch_execute(&format!(
                "select set_config(name, wanted, false)
                 from (values ('lock_timeout', '{LOCK}'),
                     ('idle_in_transaction_session_timeout', '{IDLE_IN_TRANSACTION}')) as limits (name, wanted)
                 where current_setting(name) = '0';
                 set client_min_messages = 'warning'"
            ))
            .map_err(failed)?;
        Ok(Session {
            client: RefCell::new(client),
            prepared: RefCell::default(),
            state: Slot::new(State::Outside),
            cursors: Slot::new(0),
        })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.place).finish()
    }
}

impl Engine for Postgres {
    fn open_writer(&self) -> Result<Box<dyn Connection>, DbError> {
        Ok(Box::new(self.connect()?))
    }

    fn open_reader(&self) -> Result<Box<dyn Connection>, DbError> {
        let session = self.connect()?;
        session.execute("set default_transaction_read_only = on", &[])?;
        Ok(Box::new(session))
    }

    fn most_readers(&self) -> usize {
        READERS
    }

    fn listen(&self, ear: &Ear) {
        let server = self.clone();
        listener::listen(move || Ok(server.connect()?.client.into_inner()), ear.held_loosely());
    }

    fn scrub(&self, tables: &[&str]) -> Result<(), DbError> {
        let mut client = self.connect()?.client.into_inner();
        // Dead rows can be overwritten from now on; they are when the room is needed.
        tables
            .iter()
            .try_for_each(|table| client.batch_execute(&format!("vacuum {table}")))
            .map_err(|error| DbError::Open { place: self.place.clone(), source: DbError::cause(error) })
    }

    fn backup(&self, reader: &dyn Connection, target: &Path) -> Result<(), DbError> {
        super::copying::into_file(reader, target)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    /// Nothing can be done but to take it back.
    Lost,
}

/// A statement with the types of its values.
type Asked = (String, Vec<Type>);

/// A prepared statement.
struct Prepared {
    statement: postgres::Statement,
    columns: Vec<String>,
}

/// A connection.
struct Session {
    client: RefCell<Client>,
    prepared: RefCell<HashMap<Asked, Arc<Prepared>>>,
    state: Slot<State>,
    cursors: Slot<u64>,
}

impl Session {
    fn prepared(&self, sql: &str, params: &[Value]) -> Result<Arc<Prepared>, DbError> {
        let types: Vec<Type> = params.iter().map(value::type_of).collect();
        let key = (sql.to_owned(), types);
        if let Some(known) = self.prepared.borrow().get(&key) {
            return Ok(Arc::clone(known));
        }
        let prepared = self.client.borrow_mut().prepare_typed(&dialect::statement(sql), &key.1);
        let statement = prepared.map_err(|error| self.failed(sql, error))?;
        let wanted = statement.params().len();
        if wanted != params.len() {
            return Err(DbError::Places { sql: sql.to_owned(), wanted, given: params.len() });
        }
        let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let made = Arc::new(Prepared { statement, columns });
        let mut known = self.prepared.borrow_mut();
        if known.len() >= PREPARED {
            known.clear();
        }
        known.insert(key, Arc::clone(&made));
        Ok(made)
    }

    /// Our error for the server's, and what it means for the transaction.
    fn failed(&self, sql: &str, error: postgres::Error) -> DbError {
        let code = error.code().cloned();
        let lost = self.client.borrow().is_closed() || ends_the_connection(&error);
        let conflict = code.as_ref().is_some_and(|code| {
            [
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::LOCK_NOT_AVAILABLE,
            ]
            .contains(code)
        });
        if (lost || conflict) && self.state.get() == State::Inside {
            self.state.set(State::Lost);
        }
        if let (Some(SqlState::UNIQUE_VIOLATION), Some(said)) = (code, error.as_db_error()) {
            let constraint =
                unique_columns(said.table().unwrap_or_default(), said.detail().unwrap_or_default());
            return DbError::Unique { constraint, source: DbError::cause(error) };
        }
        if lost {
            return DbError::Lost { source: DbError::cause(error) };
        }
        if conflict {
            return DbError::Conflict { source: DbError::cause(error) };
        }
        DbError::Statement { sql: sql.to_owned(), source: DbError::cause(error) }
    }

    /// Goes through rows that were fetched; says whether the closure wants more.
    fn pass(rows: &[postgres::Row], columns: &[String], go_on: GoOn<'_>) -> Result<bool, DbError> {
        for row in rows {
            if !go_on(&Row::new(columns, Cells::Postgres(row)))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn control(&self, step: Step, sql: &str) -> Result<(), DbError> {
        let done = self.client.borrow_mut().batch_execute(sql);
        done.map_err(|error| match self.failed(sql, error) {
            passing @ (DbError::Lost { .. } | DbError::Conflict { .. }) => passing,
            other => DbError::Transaction { doing: step.doing(), source: DbError::cause(other) },
        })
    }
}

/// Whether an error is the last word of a connection, even if its end has not been noticed yet.
fn ends_the_connection(error: &postgres::Error) -> bool {
    let Some(said) = error.as_db_error() else { return true };
    let fatal = matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    let code = said.code().code();
    fatal || code.starts_with("08") || code.starts_with("57P") || code == "40003"
}

/// Makes a schema that is not there yet.
#[cfg(any(test, feature = "scratch"))]
pub(super) fn make_schema(url: &str, schema: &str) -> Result<(), postgres::Error> {
    Client::connect(url, NoTls)?.batch_execute(&format!("create schema {schema}"))
}

/// The columns of a unique row in SQLite's words: `account.login`. The server names them in the
/// detail of its message, in front of the values: `Key (login)=(...) already exists.`
fn unique_columns(table: &str, detail: &str) -> String {
    let columns =
        detail.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(columns, _)| columns);
    let named = columns.unwrap_or_default().split(", ").map(|column| format!("{table}.{column}"));
    named.collect::<Vec<_>>().join(", ")
}

fn bound(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Connection for Session {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<usize, DbError> {
        let prepared = self.prepared(sql, params)?;
        let done = self.client.borrow_mut().execute(&prepared.statement, &bound(params));
        done.map_err(|error| self.failed(sql, error)).map(|rows| usize::try_from(rows).unwrap_or(usize::MAX))
    }

    fn walk(&self, sql: &str, params: &[Value], go_on: GoOn<'_>) -> Result<(), DbError> {
        let prepared = self.prepared(sql, params)?;
        // The rows are all here before the first is read, so that the closure may ask for more.
        let found = self.client.borrow_mut().query(&prepared.statement, &bound(params));
        let rows = found.map_err(|error| self.failed(sql, error))?;
        Self::pass(&rows, &prepared.columns, go_on).map(|_| ())
    }

    fn stream(&self, sql: &str, params: &[Value], go_on: GoOn<'_>) -> Result<(), DbError> {
        if self.state.get() != State::Inside {
            return self.walk(sql, params, go_on);
        }
        let number = self.cursors.get() + 1;
        self.cursors.set(number);
        let (cursor, fetch) = (format!("rows_{number}"), format!("fetch {FETCHED} from rows_{number}"));
        let declare = format!("declare {cursor} no scroll cursor for {sql}");
        let types: Vec<Type> = params.iter().map(value::type_of).collect();
        let opened = {
            let mut client = self.client.borrow_mut();
            client
                .prepare_typed(&dialect::statement(&declare), &types)
                .and_then(|statement| client.execute(&statement, &bound(params)))
        };
        opened.map_err(|error| self.failed(sql, error))?;
        let result = loop {
            let fetched = self.client.borrow_mut().query(&fetch, &[]);
            let rows = fetched.map_err(|error| self.failed(sql, error))?;
            let columns: Vec<String> = rows
                .first()
                .map(|row| row.columns().iter().map(|column| column.name().to_owned()).collect())
                .unwrap_or_default();
            match Self::pass(&rows, &columns, go_on) {
                Ok(true) if rows.len() == FETCHED => {}
                Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if self.state.get() == State::Inside {
            // After a failed statement the cursor goes with the part that is taken back.
            let closed = self.client.borrow_mut().batch_execute(&format!("close {cursor}"));
            if result.is_ok() {
                closed.map_err(|error| self.failed(sql, error))?;
            }
        }
        result
    }

    fn execute_schema(&self, sql: &str) -> Result<(), DbError> {
        let done = self.client.borrow_mut().batch_execute(&dialect::schema(sql));
        done.map_err(|error| self.failed("a migration", error))
    }

    fn defer_references(&self) -> Result<(), DbError> {
        self.execute("set constraints all deferred", &[]).map(|_| ())
    }

    fn ring(&self) -> Result<(), DbError> {
        self.execute(listener::RING, &[]).map(|_| ())
    }

    fn step(&self, step: Step) -> Result<(), DbError> {
        match step {
            Step::BeginRead => {
                self.control(step, "begin isolation level repeatable read read only")?;
                self.state.set(State::Inside);
            }
            Step::BeginWrite => {
                self.control(step, "begin isolation level read committed")?;
                self.state.set(State::Inside);
                self.control(step, WRITE_LOCK)?;
            }
            Step::Commit => {
                let done = self.control(step, "commit");
                self.state.set(State::Outside);
                done?;
            }
            Step::Rollback => {
                self.state.set(State::Outside);
                self.control(step, "rollback")?;
            }
            Step::Savepoint(name) => self.control(step, &format!("savepoint {name}"))?,
            Step::RollbackTo(name) => self.control(step, &format!("rollback to savepoint {name}"))?,
            Step::Release(name) => self.control(step, &format!("release savepoint {name}"))?,
        }
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        self.state.get() == State::Inside
    }

    fn is_outside(&self) -> bool {
        self.state.get() == State::Outside
    }

    fn be_patient(&self) -> Result<(), DbError> {
        self.execute("set local idle_in_transaction_session_timeout = 0", &[]).map(|_| ())
    }

    fn is_alive(&self) -> bool {
        !self.client.borrow().is_closed()
    }

    fn is_ours(&self) -> Result<bool, DbError> {
        let mut found = false;
        let sql = "select 1 as one from pg_tables where schemaname = current_schema()
                 and tablename = 'schema_version'";
        self.walk(sql, &[], &mut |_| {
            found = true;
            Ok(true)
        })?;
        Ok(found)
    }

    fn tenant_wall_gaps(&self) -> Result<Vec<TenantWallGap>, DbError> {
        let sql =
            "select has_database_privilege('public', current_database(), 'connect')::int::bigint as anybody,
                 rolsuper::int::bigint as superuser
             from pg_roles where rolname = current_user";
        let mut gaps = Vec::new();
        self.walk(sql, &[], &mut |row| {
            let named =
                [("anybody", TenantWallGap::AnybodyConnects), ("superuser", TenantWallGap::Superuser)];
            for (column, gap) in named {
                if row.get::<i64>(column)? != 0 {
                    gaps.push(gap);
                }
            }
            Ok(true)
        })?;
        Ok(gaps)
    }

    fn integrity_complaints(&self) -> Result<Vec<String>, DbError> {
        // The server watches over its own files (checksums, `pg_amcheck`).
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_row_is_named_as_on_sqlite() {
        assert_eq!(unique_columns("account", "Key (login)=(chen) already exists."), "account.login");
        assert_eq!(unique_columns("t", "Key (a, b)=(1, 2) already exists."), "t.a, t.b");
    }
}
