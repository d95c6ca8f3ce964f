//! The search index: for each record the pairs of neighbouring characters in its text.

use rusqlite::params;

use super::document::{DocumentRow, SELECT, read};
use super::{PhoneError, Reader, Tx};
use crate::id::DocumentId;

/// Puts a record's pairs into the index, in the place of those that are there.
pub(crate) fn index(tx: &Tx<'_>, document_no: i64, pairs: &str) -> Result<(), PhoneError> {
    let sql = "insert or replace into search (rowid, pairs) values (?1, ?2)";
    super::run(tx, "indexing a record", sql, params![document_no, pairs])?;
    Ok(())
}

/// Takes a record out of the index.
pub(crate) fn remove(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "delete from search where rowid = (select document_no from document where document_id = ?1)";
    super::run(tx, "removing a record from the index", sql, [document.as_bytes()])?;
    Ok(())
}

/// The records whose text holds `folded` and that have a smaller number than this, the last learnt of first: the order of the index, so that
/// a common word need not be sorted. `query` narrows them by the index; without it texts are read.
pub(crate) fn find(
    reader: &Reader,
    query: Option<&str>,
    folded: &str,
    before: i64,
    limit: u32,
) -> Result<Vec<DocumentRow>, PhoneError> {
    let doing = "searching";
    match query {
        Some(query) => {
            let sql = format!(
                "{SELECT} join search on search.rowid = document_no
                 where search match ?1 and search.rowid < ?3 and instr(search_text, ?2) > 0
                 order by search.rowid desc limit ?4"
            );
            super::all(reader, doing, &sql, params![query, folded, before, limit], read)
        }
        None => {
            let sql = format!(
                "{SELECT} where document_no < ?2 and instr(search_text, ?1) > 0
                 order by document_no desc limit ?3"
            );
            super::all(reader, doing, &sql, params![folded, before, limit], read)
        }
    }
}
