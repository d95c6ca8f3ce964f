//! What the server tells the owner of their own work, in lists: returned records and grades.
//!
//! By what such a row is ordered stands inside of it, so it is taken out as the row comes in: a page reads the rows
//! that it shows, and no others.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::store::server_row::{self, ListedRow};
use super::store::setting::{self, Setting};
use super::store::{Reader, Store};
use super::{Page, PhoneError, Place};
use crate::clock::Moment;
use crate::id::DocumentId;
use crate::sync::row_kind::RowKind;

/// Of a returned record, what its list needs: what else stands in it, a later version may have changed.
#[derive(Deserialize)]
struct ListedReturn {
    at: Moment,
    answered_by: Option<DocumentId>,
}

/// Of a grade, what its list needs.
#[derive(Deserialize)]
struct ListedResult {
    decided_at: Moment,
}

/// By what a row is ordered in the list of its kind, in milliseconds; nothing when it stands in none: it is of
/// another kind, was taken back, or is a return that was answered.
pub(super) fn listed_at(kind: RowKind, body: &str) -> Option<i64> {
    let at = match kind {
        RowKind::Returned => {
            let returned: ListedReturn = serde_json::from_str(body).ok()?;
            returned.answered_by.is_none().then_some(returned.at)
        }
        RowKind::Result => serde_json::from_str(body).ok().map(|result: ListedResult| result.decided_at),
        _ => None,
    };
    at.map(Moment::as_millis)
}

/// A page of the list of a kind, the earliest first.
pub(super) fn earliest<T: DeserializeOwned>(
    reader: &Reader,
    kind: RowKind,
    after: Option<Place>,
    limit: u32,
) -> Result<Page<T>, PhoneError> {
    let from = after.unwrap_or(Place::LOWEST);
    let rows = server_row::earliest(reader, kind, (from.at, &from.key), Page::<T>::rows_for(limit))?;
    Ok(page(from, rows, limit))
}

/// A page of the list of a kind, the latest first.
pub(super) fn latest<T: DeserializeOwned>(
    reader: &Reader,
    kind: RowKind,
    after: Option<Place>,
    limit: u32,
) -> Result<Page<T>, PhoneError> {
    let from = after.unwrap_or(Place::HIGHEST);
    let rows = server_row::latest(reader, kind, (from.at, &from.key), Page::<T>::rows_for(limit))?;
    Ok(page(from, rows, limit))
}

fn page<T: DeserializeOwned>(from: Place, rows: Vec<ListedRow>, limit: u32) -> Page<T> {
    let rows = rows.into_iter().map(|row| (Place { at: row.at, key: row.key }, row.body));
    let Page { items, next } = Page::<String>::of(from, rows.collect(), limit);
    // What a later version wrote and this one cannot read leaves a gap, and what follows is still found.
    let items = items.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
    Page { items, next }
}

/// Lists the rows of a store that was made before there were pages.
pub(super) fn catch_up(store: &mut Store) -> Result<(), PhoneError> {
    if setting::is_set(store.reader(), Setting::RowsListed)? {
        return Ok(());
    }
    store.write("listing rows", |tx| {
        for kind in [RowKind::Returned, RowKind::Result] {
            for (key, body) in server_row::keyed(tx, kind)? {
                server_row::set_listed(tx, kind, &key, listed_at(kind, &body))?;
            }
        }
        setting::write(tx, Setting::RowsListed, b"1")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::LogPosition;
    use crate::sync::wire::Row;

    fn store(folder: &std::path::Path) -> Store {
        Store::open(&folder.join("phone.db"), &[7; 32]).expect("a fresh store")
    }

    /// A record that was returned in this second.
    fn returned(key: &str, second: u32, answered_by: Option<DocumentId>) -> Row {
        let at = format!("2026-11-24T01:00:{second:02}Z");
        let body = json!({ "document": key, "at": at, "answered_by": answered_by, "of_a_later_version": 1 });
        let (kind, key, position) = (RowKind::Returned.code().to_owned(), key.to_owned(), LogPosition(1));
        Row { kind, key, position, body: body.to_string() }
    }

    fn come(store: &mut Store, row: &Row) {
        let listed_at = RowKind::from_code(&row.kind).and_then(|kind| listed_at(kind, &row.body));
        store.write("testing", |tx| server_row::save(tx, row, listed_at)).expect("stored");
    }

    /// The keys of all rows in the list, page by page.
    fn turned(store: &Store, limit: u32) -> Vec<String> {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page: Page<Value> =
                earliest(store.reader(), RowKind::Returned, after, limit).expect("readable");
            keys.extend(page.items.iter().map(|body| body["document"].as_str().expect("a key").to_owned()));
            after = page.next;
            if after.is_none() {
                return keys;
            }
        }
    }

    #[test]
    fn pages_hold_what_is_open_in_its_order_each_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = store(folder.path());
        for (key, second) in [("c", 1), ("b", 2), ("a", 2), ("d", 3), ("e", 4)] {
            come(&mut store, &returned(key, second, None));
        }
        for limit in [1, 2, 3, 5, 50] {
            assert_eq!(turned(&store, limit), ["c", "a", "b", "d", "e"]);
        }
        // One is answered and one taken back after the first page was read.
        let page: Page<Value> = earliest(store.reader(), RowKind::Returned, None, 2).expect("readable");
        come(&mut store, &returned("a", 2, Some(DocumentId::from_bytes([9; 16]))));
        come(&mut store, &Row { body: "null".to_owned(), ..returned("d", 3, None) });
        let rest: Page<Value> = earliest(store.reader(), RowKind::Returned, page.next, 9).expect("readable");
        assert_eq!(rest.items.iter().map(|body| &body["document"]).collect::<Vec<_>>(), ["b", "e"]);
        assert_eq!(turned(&store, 1), ["c", "b", "e"]);
    }

    #[test]
    fn a_store_that_was_made_before_there_were_pages_has_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = store(folder.path());
        let row = returned("a", 1, None);
        store.write("testing", |tx| server_row::save(tx, &row, None)).expect("as before");
        assert!(turned(&store, 9).is_empty());
        catch_up(&mut store).expect("listed");
        assert_eq!(turned(&store, 9), ["a"]);
    }

    #[test]
    fn the_last_grade_comes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = store(folder.path());
        for (key, second) in [("a", 1), ("b", 3), ("c", 2)] {
            let at = format!("2026-11-24T01:00:{second:02}Z");
            let body = json!({ "decision": key, "decided_at": at }).to_string();
            let position = LogPosition(1);
            come(
                &mut store,
                &Row { kind: RowKind::Result.code().to_owned(), key: key.to_owned(), position, body },
            );
        }
        let page: Page<Value> = latest(store.reader(), RowKind::Result, None, 2).expect("readable");
        assert_eq!(page.items.iter().map(|body| &body["decision"]).collect::<Vec<_>>(), ["b", "c"]);
        let rest: Page<Value> = latest(store.reader(), RowKind::Result, page.next, 2).expect("readable");
        assert_eq!(rest.items.iter().map(|body| &body["decision"]).collect::<Vec<_>>(), ["a"]);
        assert_eq!(rest.next, None);
    }
}
