//! Databases for tests: a SQLite file in a temporary folder, or a schema of its own on the PostgreSQL
//! server that `TINGFANG_TEST_POSTGRES` names. So that every test runs on both engines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Db, Place, Tx, postgres};

/// The variable that names a PostgreSQL server for tests, by the URL of a database in which schemas
/// may be made.
pub const VARIABLE: &str = "TINGFANG_TEST_POSTGRES";

static MADE: AtomicU32 = AtomicU32::new(0);

/// Which folder got which place.
static PLACES: Mutex<BTreeMap<PathBuf, Place>> = Mutex::new(BTreeMap::new());

/// The place that belongs to a folder; it holds nothing before somebody opens it for the first time.
///
/// # Panics
/// When the server that the variable names does not answer.
pub fn place(folder: &Path) -> Place {
    let mut places = PLACES.lock().expect("no panic while held");
    let fresh = || match std::env::var(VARIABLE) {
        Ok(url) => on_postgres(&url),
        Err(_) => Place::in_folder(folder),
    };
    places.entry(folder.to_owned()).or_insert_with(fresh).clone()
}

/// Gives a folder a place that was made elsewhere.
///
/// # Panics
/// Never.
pub fn set_place(folder: &Path, place: Place) {
    PLACES.lock().expect("no panic while held").insert(folder.to_owned(), place);
}

/// The URL of a folder's place, when it got one on a PostgreSQL server.
///
/// # Panics
/// Never.
pub fn url_of(folder: &Path) -> Option<String> {
    match PLACES.lock().expect("no panic while held").get(folder) {
        Some(Place::Postgres(url)) => Some(url.clone()),
        _ => None,
    }
}

/// A schema of its own on a PostgreSQL server.
///
/// # Panics
/// When the server does not answer.
pub fn on_postgres(url: &str) -> Place {
    let schema = format!("scratch_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    postgres::make_schema(url, &schema).expect("the server for tests answers");
    let mark = if url.contains('?') { '&' } else { '?' };
    Place::Postgres(format!("{url}{mark}options=-csearch_path%3D{schema}"))
}

/// From now on no row of a table can be removed: whoever tries fails, as if the program had stopped.
///
/// # Panics
/// When the engine refuses.
pub fn keep_rows(db: &Db, table: &str) {
    let sql = match db.place() {
        Place::File(_) => vec![format!(
            "create trigger kept before delete on {table} begin select raise(abort, 'kept'); end"
        )],
        Place::Postgres(_) => vec![
            "create function kept() returns trigger language plpgsql as
                 $$ begin raise exception 'kept'; end $$"
                .to_owned(),
            format!("create trigger kept before delete on {table} for each row execute function kept()"),
        ],
    };
    run(db, sql);
}

/// Ends what [`keep_rows`] began.
///
/// # Panics
/// When the engine refuses.
pub fn keep_rows_no_longer(db: &Db, table: &str) {
    run(
        db,
        match db.place() {
            Place::File(_) => vec!["drop trigger kept".to_owned()],
            Place::Postgres(_) => {
                vec![format!("drop trigger kept on {table}"), "drop function kept".to_owned()]
            }
        },
    );
}

/// From now on no row can be added to a table: whoever tries fails, as on a disk that is full.
///
/// # Panics
/// When the engine refuses.
pub fn take_no_rows(db: &Db, table: &str) {
    let sql = match db.place() {
        Place::File(_) => {
            vec![format!(
                "create trigger full_now before insert on {table} begin select raise(abort, 'full'); end"
            )]
        }
        Place::Postgres(_) => vec![
            "create function is_full() returns trigger language plpgsql as
                 $$ begin raise exception 'full'; end $$"
                .to_owned(),
            format!(
                "create trigger full_now before insert on {table} for each row execute function is_full()"
            ),
        ],
    };
    run(db, sql);
}

/// Ends what [`take_no_rows`] began.
///
/// # Panics
/// When the engine refuses.
pub fn take_rows_again(db: &Db, table: &str) {
    run(
        db,
        match db.place() {
            Place::File(_) => vec!["drop trigger full_now".to_owned()],
            Place::Postgres(_) => {
                vec![format!("drop trigger full_now on {table}"), "drop function is_full".to_owned()]
            }
        },
    );
}

fn run(db: &Db, sql: Vec<String>) {
    let all = move |tx: &Tx| sql.iter().try_for_each(|sql| tx.execute(sql, &[]).map(|_| ()));
    db.write(all).expect("the engine takes it");
}
