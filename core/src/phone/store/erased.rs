//! What goes with a record that is erased by order: its place in the outbox, and its words in frames that are kept.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};
use crate::id::DocumentId;
use crate::sync::frame::Frame;

const DOING: &str = "erasing a record";

/// Epoch and number of the frames in which something of a record was sent.
pub(crate) fn frames_of(reader: &Reader, document: DocumentId) -> Result<Vec<(u32, u64)>, PhoneError> {
    let sql = "select distinct epoch, frame_number from item where document_id = ?1 and frame_number > 0
         order by epoch, frame_number";
    super::all(reader, DOING, sql, [document.as_bytes()], |row| {
        Ok((row.get("epoch")?, row.get("frame_number")?))
    })
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
