//! Tampering with a copy of a database: every column that the schema has, row by row.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params};
use tingfang_server::db::Db;
use tingfang_server::verify::verify;

use crate::fleet::Fleet;

/// Opens a copy so that nothing but the tampering itself is refused.
pub fn open(path: &Path) -> Connection {
    let file = Connection::open(path).expect("opens");
    file.execute_batch("pragma foreign_keys = off; pragma ignore_check_constraints = on").expect("set");
    file
}

/// Whether `verify` finds what is done to a copy of the server's database.
pub fn is_found(fleet: &Fleet, tamper: impl FnOnce(&Connection)) -> bool {
    let path = fleet.backup();
    tamper(&open(&path));
    let report = verify(&Db::open(&path).expect("opens")).expect("readable");
    std::fs::remove_file(&path).expect("removed");
    !report.is_clean()
}

/// Every table that the schema lists, by name.
pub fn tables(file: &Connection) -> Vec<String> {
    let sql =
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name";
    let mut names = file.prepare(sql).expect("a schema");
    let rows = names.query_map([], |row| row.get(0)).expect("readable");
    rows.map(|name| name.expect("a name")).collect()
}

/// The columns of a table, as the schema lists them.
pub fn columns(file: &Connection, table: &str) -> Vec<String> {
    let mut names = file.prepare("select name from pragma_table_info(?1)").expect("a schema");
    let rows = names.query_map([table], |row| row.get(0)).expect("readable");
    rows.map(|name| name.expect("a name")).collect()
}

/// The row ids of a table.
pub fn rows(file: &Connection, table: &str) -> Vec<i64> {
    let mut ids = file.prepare(&format!("select rowid from {table} order by rowid")).expect("a table");
    let rows = ids.query_map([], |row| row.get(0)).expect("readable");
    rows.map(|id| id.expect("an id")).collect()
}

/// What `verify` does not find of a table when it is changed column by column, in its first and its last row.
///
/// # Panics
/// When the table has no row.
pub fn escaped(fleet: &Fleet, table: &str) -> Vec<String> {
    let path = fleet.backup();
    let schema = open(&path);
    let (rows, columns) = (rows(&schema, table), columns(&schema, table));
    drop(schema);
    std::fs::remove_file(&path).expect("removed");
    let mut ends = vec![*rows.first().unwrap_or_else(|| panic!("no row in {table}")), rows[rows.len() - 1]];
    ends.dedup();
    let mut escaped = Vec::new();
    for (nth, (column, row)) in
        columns.iter().flat_map(|column| ends.iter().map(move |row| (column, *row))).enumerate()
    {
        let mut what = String::new();
        if !is_found(fleet, |file| what = change(file, table, column, row, nth * 7 + 3)) {
            escaped.push(what);
        }
    }
    escaped
}

/// Changes one column of one row to something else of its kind; says what it was and what it is.
pub fn change(file: &Connection, table: &str, column: &str, row: i64, draw: usize) -> String {
    let was: Value = file
        .query_row(&format!("select {column} from {table} where rowid = ?1"), [row], |row| row.get(0))
        .expect("a row");
    let kind: String = file
        .query_row("select type from pragma_table_info(?1) where name = ?2", [table, column], |row| {
            row.get(0)
        })
        .expect("a column");
    let is = if was == Value::Null { something(&kind) } else { other(&was, draw) };
    let sql = format!("update {table} set {column} = ?1 where rowid = ?2");
    let is = match (file.execute(&sql, params![is, row]), &was) {
        (Ok(_), _) => is,
        // Taken by another row, which the schema refuses by itself.
        (Err(_), Value::Integer(number)) => {
            let far = Value::Integer(number + 1_000);
            file.execute(&sql, params![far, row]).expect("written");
            far
        }
        (Err(error), _) => panic!("{table}.{column}: {error}"),
    };
    format!("{table}.{column} of row {row}: {} became {}", short(&was), short(&is))
}

/// A value for a column of this type that held nothing.
fn something(kind: &str) -> Value {
    match kind.to_lowercase().as_str() {
        "integer" => Value::Integer(7),
        "text" => Value::Text("a".to_owned()),
        _ => Value::Blob(vec![7; 16]),
    }
}

fn other(was: &Value, draw: usize) -> Value {
    match was {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Integer(number ^ 1),
        Value::Real(number) => Value::Real(number + 1.0),
        Value::Text(text) => {
            let at = draw % text.chars().count().max(1);
            let turn = |(place, sign)| match (place == at, sign) {
                (false, sign) => sign,
                (true, 'a') => 'b',
                (true, _) => 'a',
            };
            let turned: String = text.chars().enumerate().map(turn).collect();
            Value::Text(if turned.is_empty() { "a".to_owned() } else { turned })
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            if bytes.is_empty() {
                return Value::Blob(vec![1]);
            }
            let bit = draw % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            Value::Blob(bytes)
        }
    }
}

fn short(value: &Value) -> String {
    let mut text = format!("{value:?}");
    if text.chars().count() > 60 {
        text = text.chars().take(60).collect::<String>() + "…";
    }
    text
}
