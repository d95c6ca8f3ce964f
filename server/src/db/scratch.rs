//! Databases for tests: a SQLite file in a temporary folder, or a schema of its own on the PostgreSQL
//! server that `TINGFANG_TEST_POSTGRES` names. So that every test runs on both engines.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Place, postgres};

/// The variable that names a PostgreSQL server for tests, by the URL of a database in which schemas
/// may be made.
pub const VARIABLE: &str = "TINGFANG_TEST_POSTGRES";

static MADE: AtomicU32 = AtomicU32::new(0);

/// A place that holds nothing yet. Whoever opens it makes what is missing.
///
/// # Panics
/// When the server that the variable names does not answer.
pub fn place(folder: &Path) -> Place {
    match std::env::var(VARIABLE) {
        Ok(url) => on_postgres(&url),
        Err(_) => Place::in_folder(folder),
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
