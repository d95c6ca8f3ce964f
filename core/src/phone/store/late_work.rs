//! Work that comes too late for the seal of a shared record: what of it waits to become an addendum.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};
use crate::id::DocumentId;
use crate::policy::RECORD_SEALED;
use crate::record::document::ChangeHash;

/// The sealed records of several writers that a change came too late for, and that have none on its way.
pub(crate) fn documents(reader: &Reader) -> Result<Vec<DocumentId>, PhoneError> {
    let sql = "select distinct i.document_id from item i join document d on d.document_id = i.document_id
         where i.kind = 'change' and i.status in ('held', 'refused') and i.reason = ?1
             and d.state = 'sealed' and not d.own and not exists
                 (select 1 from change f where f.document_id = i.document_id and f.status = 'framed')";
    super::all(reader, "looking for late work", sql, [RECORD_SEALED], |row| {
        Ok(DocumentId::from_bytes(row.get("document_id")?))
    })
}

/// What a change of a sealed record is that came too late for the seal, or will; `?2` is the rule.
const IS_LATE: &str = "kind = 'change' and (status in ('draft', 'blocked')
    or (status in ('held', 'refused') and reason = ?2))";

/// The changes that come too late for the seal of a record.
pub(crate) fn changes(reader: &Reader, document: DocumentId) -> Result<Vec<ChangeHash>, PhoneError> {
    let sql = format!("select hash from item where document_id = ?1 and {IS_LATE}");
    super::all(reader, "reading late work", &sql, params![document.as_bytes(), RECORD_SEALED], |row| {
        row.get("hash").map(ChangeHash)
    })
}

/// Notes what became of all that comes too late for the seal of a record: it is `in_addendum`, or `set_aside`,
/// listed, where nothing of it can be said otherwise.
pub(crate) fn settle(tx: &Tx<'_>, document: DocumentId, status: &str) -> Result<(), PhoneError> {
    let sql = format!("update item set status = ?3, reason = ?2 where document_id = ?1 and {IS_LATE}");
    super::run(tx, "settling late work", &sql, params![document.as_bytes(), RECORD_SEALED, status])?;
    Ok(())
}
