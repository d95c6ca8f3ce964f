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

/// The files that a record names.
pub(crate) fn files_of(reader: &Reader, document: DocumentId) -> Result<Vec<[u8; 32]>, PhoneError> {
    let sql = "select distinct digest from attachment_use where document_id = ?1";
    super::all(reader, DOING, sql, [document.as_bytes()], |row| row.get("digest"))
}

/// Those of these files that another record names as well are that record's now, and sent for it: the server may have
/// erased what it had.
pub(crate) fn send_for_others(tx: &Tx<'_>, files: &[[u8; 32]]) -> Result<(), PhoneError> {
    let sql = "update attachment set upload = case is_here when 1 then 'waiting' else 'none' end, url = null,
             sent_bytes = 0, is_unsure = 0, document_id =
                 (select u.document_id from attachment_use u where u.digest = attachment.digest limit 1)
         where digest = ?1";
    files.iter().try_for_each(|digest| super::run(tx, DOING, sql, [digest]).map(|_| ()))
}

/// Removes everything of a record from the outbox, sent or not.
pub(crate) fn remove_items(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    super::run(tx, DOING, "delete from item where document_id = ?1", [document.as_bytes()])?;
    Ok(())
}
