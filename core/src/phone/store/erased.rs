//! What goes with a record that is erased by order: its place in the outbox, and its words in frames that are kept.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};
use crate::id::DocumentId;
use crate::sync::frame::Frame;

const DOING: &str = "erasing a record";

/// Epoch and number of every frame that is kept: what was sent again later stands in an earlier one too.
pub(crate) fn frames(reader: &Reader) -> Result<Vec<(u32, u64)>, PhoneError> {
    let sql = "select epoch, number from frame order by epoch, number";
    super::all(reader, DOING, sql, [], |row| Ok((row.get("epoch")?, row.get("number")?)))
}

/// Keeps what is left of a frame in its place. Its hash is the same.
pub(crate) fn keep_rest(tx: &Tx<'_>, epoch: u32, number: u64, rest: &Frame) -> Result<(), PhoneError> {
    let sql = "update frame set bytes = ?3 where epoch = ?1 and number = ?2";
    super::run(tx, DOING, sql, params![epoch, number, rest.to_bytes()])?;
    Ok(())
}

/// Removes everything of a record from the outbox, sent or not.
pub(crate) fn remove_items(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    super::run(tx, DOING, "delete from item where document_id = ?1", [document.as_bytes()])?;
    Ok(())
}
