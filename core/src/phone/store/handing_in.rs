//! Changes that are handed in as copies, because nothing is read anew by which they could be rewritten.

use super::{PhoneError, Reader, Tx};
use crate::id::DocumentId;

/// A change that is handed in as a copy.
pub(crate) struct Unknown {
    pub(crate) number: i64,
    pub(crate) document: DocumentId,
    pub(crate) bytes: Vec<u8>,
}

/// The changes that the server is not known to have, while an epoch has ended and nothing is read anew by which they
/// could be rewritten: drafts, those whose frames were given up, and those that a server which was put back had taken.
pub(crate) fn unknown_to_server(reader: &Reader, epoch: u32) -> Result<Vec<Unknown>, PhoneError> {
    let sql = "select i.item_no, i.document_id, c.bytes from item i
             join change c on c.document_id = i.document_id and c.hash = i.hash
         where i.kind = 'change' and (i.status = 'draft' or i.epoch < ?1
             and (i.status = 'framed' or i.status = 'accepted' and c.status = 'unconfirmed'))
         order by i.item_no";
    super::all(reader, "looking for what is to be handed in", sql, [epoch], |row| {
        let document: [u8; 16] = row.get("document_id")?;
        Ok(Unknown {
            number: row.get("item_no")?,
            document: DocumentId::from_bytes(document),
            bytes: row.get("bytes")?,
        })
    })
}

/// Notes that a copy of a change is handed in. Should everything be read anew after all, it is rewritten as ever.
pub(crate) fn set_handed_in(tx: &Tx<'_>, number: i64) -> Result<(), PhoneError> {
    super::run(tx, "handing in", "update item set status = 'handed_in' where item_no = ?1", [number])?;
    Ok(())
}
