//! Raw changes: the truth of every record on this phone.

use rusqlite::{Row, named_params, params};

use super::{PhoneError, Reader, Tx};
use crate::clock::{Interval, LogPosition, Moment};
use crate::id::{DeviceId, DocumentId};
use crate::phone::Authorship;
use crate::record::document::{ChangeHash, RawChange};
use crate::sync::gate::claimed_hash;
use crate::sync::wire::Writer;

/// A change's row.
#[derive(Clone, Debug)]
pub(crate) struct ChangeRow {
    pub(crate) hash: ChangeHash,
    pub(crate) bytes: Vec<u8>,
    /// Where it comes from; nothing for a derived change.
    pub(crate) authorship: Option<Authorship>,
    /// From `draft` over `framed` to a verdict; or `superseded`, `set_aside`. What was accepted is
    /// `unconfirmed` while everything is read anew, and what the server then does not have of others is a
    /// `witness`: kept, and no part of the record.
    pub(crate) status: String,
    /// The edits that made an own change.
    pub(crate) journal: Option<Vec<u8>>,
}

/// What is kept beside a change.
#[derive(Default)]
pub(crate) struct ChangeDetails {
    pub(crate) position: Option<LogPosition>,
    pub(crate) authorship: Option<Authorship>,
    pub(crate) rebase: u32,
    pub(crate) journal: Option<Vec<u8>>,
}

impl ChangeRow {
    /// Whether the change belongs to the record as its owner sees it: accepted or not yet given up.
    pub(crate) fn counts(&self) -> bool {
        COUNTED.contains(&&*self.status)
    }
}

/// The states of changes that belong to their record.
const COUNTED: [&str; 8] =
    ["draft", "framed", "accepted", "unconfirmed", "blocked", "refused", "malformed", "held"];

/// Keeps a change; a second time it only learns its place in the log.
pub(crate) fn save(
    tx: &Tx<'_>,
    document: DocumentId,
    change: &RawChange,
    status: &str,
    details: ChangeDetails,
) -> Result<(), PhoneError> {
    let (mut written_at, mut elsewhere) = (None, None);
    match &details.authorship {
        Some(Authorship::Here { at }) => written_at = Some(at.as_millis()),
        Some(Authorship::Elsewhere { writer, made }) => elsewhere = Some((writer, made)),
        None => {}
    }
    super::run(
        tx,
        "keeping a change",
        "insert into change (document_id, hash, bytes, position, status, rebase, journal, written_at,
             writer, device_id, device_name, not_before, received_at)
         values (:document, :hash, :bytes, :position, :status, :rebase, :journal, :written_at,
             :writer, :device, :device_name, :not_before, :received_at)
         on conflict (document_id, hash) do update set
             position = coalesce(excluded.position, position),
             status = case when excluded.status = 'accepted' then 'accepted' else status end",
        named_params! {
            ":document": document.as_bytes(),
            ":hash": change.hash.0,
            ":bytes": change.bytes,
            ":position": details.position.map(|position| position.0),
            ":status": status,
            ":rebase": details.rebase,
            ":journal": details.journal,
            ":written_at": written_at,
            ":writer": elsewhere.map(|(writer, _)| &writer.name),
            ":device": elsewhere.map(|(writer, _)| *writer.device.as_bytes()),
            ":device_name": elsewhere.map(|(writer, _)| &writer.device_name),
            ":not_before": elsewhere.and_then(|(_, made)| made.not_before).map(Moment::as_millis),
            ":received_at": elsewhere.map(|(_, made)| made.not_after.as_millis()),
        },
    )?;
    Ok(())
}

/// How many bytes the changes that belong to a record have together.
pub(crate) fn bytes_of(reader: &Reader, document: DocumentId) -> Result<usize, PhoneError> {
    let sql = format!(
        "select coalesce(sum(length(bytes)), 0) as bytes from change where document_id = ?1 and status in ('{}')",
        COUNTED.join("', '")
    );
    super::only(reader, "measuring a record", &sql, [document.as_bytes()], |row| row.get("bytes"))
}

/// The changes of a record, in the order in which this phone learnt of them.
pub(crate) fn of_document(reader: &Reader, document: DocumentId) -> Result<Vec<ChangeRow>, PhoneError> {
    let sql = "select hash, bytes, status, journal, written_at, writer, device_id, device_name, not_before,
             received_at
         from change where document_id = ?1 order by change_no";
    super::all(reader, "reading a record's changes", sql, [document.as_bytes()], |row| {
        Ok(ChangeRow {
            hash: ChangeHash(row.get("hash")?),
            bytes: row.get("bytes")?,
            authorship: authorship(row)?,
            status: row.get("status")?,
            journal: row.get("journal")?,
        })
    })
}

fn authorship(row: &Row<'_>) -> rusqlite::Result<Option<Authorship>> {
    let moment = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(Moment::from_millis));
    if let Some(at) = moment("written_at")? {
        return Ok(Some(Authorship::Here { at }));
    }
    let Some(not_after) = moment("received_at")? else { return Ok(None) };
    let writer = Writer {
        name: row.get("writer")?,
        device: row.get("device_id").map(DeviceId::from_bytes)?,
        device_name: row.get("device_name")?,
    };
    let made = Interval { not_before: moment("not_before")?, not_after };
    Ok(Some(Authorship::Elsewhere { writer, made }))
}

/// What is not accepted is found by an index of its own, which a statement must ask for in these words.
const WITH_REFUSALS: &str = "select distinct document_id from change c
     where status <> 'accepted' and status in ('refused', 'malformed', 'held', 'unconfirmed') and not exists
         (select 1 from change f where f.document_id = c.document_id and f.status = 'framed' and f.status <> 'accepted')";
const WITH_UNACCEPTED: &str = "select distinct document_id from change where status <> 'accepted'
     and status in ('draft', 'framed', 'blocked', 'refused', 'malformed', 'held', 'unconfirmed')";
const ANY_UNCONFIRMED: &str =
    "select exists (select 1 from change where status = 'unconfirmed' and status <> 'accepted') as some";

/// The records that have a change which was not accepted or which the server does not have any more, and
/// none that is on its way.
pub(crate) fn documents_with_refusals(reader: &Reader) -> Result<Vec<DocumentId>, PhoneError> {
    documents(reader, WITH_REFUSALS)
}

/// The records that have a change which the server is not known to have.
pub(crate) fn documents_with_unaccepted(reader: &Reader) -> Result<Vec<DocumentId>, PhoneError> {
    documents(reader, WITH_UNACCEPTED)
}

fn documents(reader: &Reader, sql: &str) -> Result<Vec<DocumentId>, PhoneError> {
    super::all(reader, "looking for records to reopen", sql, [], |row| {
        row.get("document_id").map(DocumentId::from_bytes)
    })
}

/// Notes that the draft of an item went into a frame.
pub(crate) fn set_framed(tx: &Tx<'_>, item_no: i64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "marking a change as framed",
        "update change set status = 'framed' where status = 'draft' and (document_id, hash) =
         (select document_id, hash from item where item_no = ?1)",
        [item_no],
    )?;
    Ok(())
}

/// Notes that accepted changes of the frames after a number are sent again.
pub(crate) fn set_framed_after(tx: &Tx<'_>, epoch: u32, number: u64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "sending archived frames again",
        "update change set status = 'framed' where status in ('accepted', 'unconfirmed') and (document_id, hash) in
         (select document_id, hash from item where epoch = ?1 and frame_number > ?2 and status = 'framed')",
        params![epoch, number],
    )?;
    Ok(())
}

/// Everything is read anew: what the server has is confirmed by it. It does not send what this device has
/// sent in its epoch, for which its verdicts stand; and the beginning of a record is derived.
pub(crate) fn unconfirm(tx: &Tx<'_>, epoch: u32) -> Result<(), PhoneError> {
    let sql = "update change set status = 'unconfirmed' where status = 'accepted'
             and (written_at is not null or received_at is not null)
             and not exists (select 1 from item i where i.document_id = change.document_id
                 and i.hash = change.hash and i.epoch = ?1)";
    super::run(tx, "reading anew", sql, [epoch])?;
    // A beginning that is derived has its place from the server alone.
    let sql = "update change set position = null where written_at is null and received_at is null";
    super::run(tx, "reading anew", sql, [])?;
    Ok(())
}

/// Whether there is anything that the server may not have any more.
pub(crate) fn any_unconfirmed(reader: &Reader) -> Result<bool, PhoneError> {
    super::only(reader, "looking for what is not confirmed", ANY_UNCONFIRMED, [], |row| row.get("some"))
}

/// The same of one record.
pub(crate) fn any_unconfirmed_of(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql =
        "select exists (select 1 from change where document_id = ?1 and status = 'unconfirmed') as some";
    super::only(reader, "looking for what is not confirmed", sql, [document.as_bytes()], |row| {
        row.get("some")
    })
}

/// Notes a verdict, unless the change was given up meanwhile.
pub(crate) fn settle(
    tx: &Tx<'_>,
    document: DocumentId,
    hash: ChangeHash,
    status: &str,
    position: Option<LogPosition>,
) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a verdict",
        "update change set status = ?3, position = coalesce(?4, position)
         where document_id = ?1 and hash = ?2 and status not in ('superseded', 'set_aside')",
        params![document.as_bytes(), hash.0, status, position.map(|position| position.0)],
    )?;
    Ok(())
}

/// Whether a change was taken out of its record.
pub(crate) fn is_given_up(
    reader: &Reader,
    document: DocumentId,
    hash: ChangeHash,
) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from change where document_id = ?1 and hash = ?2
             and status in ('superseded', 'set_aside')) as given_up";
    let keys = params![document.as_bytes(), hash.0];
    super::only(reader, "looking for a change", sql, keys, |row| row.get("given_up"))
}

/// Takes up a change that was taken out of its record: it came in after all.
pub(crate) fn take_up(tx: &Tx<'_>, document: DocumentId, hash: ChangeHash) -> Result<bool, PhoneError> {
    let taken = super::run(
        tx,
        "storing a late verdict",
        "update change set status = 'framed'
         where document_id = ?1 and hash = ?2 and status in ('superseded', 'set_aside')",
        params![document.as_bytes(), hash.0],
    )?;
    Ok(taken > 0)
}

/// Takes a change out of its record: `superseded` or `set_aside`.
pub(crate) fn close(
    tx: &Tx<'_>,
    document: DocumentId,
    hash: ChangeHash,
    status: &str,
) -> Result<(), PhoneError> {
    let sql = "update change set status = ?3 where document_id = ?1 and hash = ?2";
    super::run(tx, "closing a change", sql, params![document.as_bytes(), hash.0, status])?;
    Ok(())
}

/// Whether the server is known to have the beginning of a record.
pub(crate) fn has_begun(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from change where document_id = ?1 and written_at is null
             and received_at is null and position is not null) as begun";
    super::only(reader, "looking for a beginning", sql, [document.as_bytes()], |row| row.get("begun"))
}

/// Every change that the server has accepted, with its bytes.
pub(crate) fn for_each_accepted(
    reader: &Reader,
    mut each: impl FnMut(ChangeHash, &[u8]),
) -> Result<(), PhoneError> {
    // A record that is locked here is not in view any more. One that never came into view was begun here: its
    // beginning is derived, and has its place in the log only when the server has sent it; what a person has
    // let in of who takes part no more is in the log all the same.
    let sql = "select c.hash, c.bytes from change c join document d on d.document_id = c.document_id
               where c.status = 'accepted' and c.position is not null and d.state <> 'locked'
                   and exists (select 1 from change b where b.document_id = c.document_id
                       and b.written_at is null and b.received_at is null and b.position is not null)";
    super::each(reader, "reading changes", sql, |row| {
        each(ChangeHash(row.get("hash")?), row.get_ref("bytes")?.as_blob()?);
        Ok(())
    })
}

/// Removes accepted changes whose bytes are not what their hash says, so that they can come again.
pub(crate) fn remove_damaged(tx: &Tx<'_>) -> Result<(), PhoneError> {
    let mut damaged = Vec::new();
    let sql = "select change_no, hash, bytes from change where status = 'accepted'";
    super::each(tx, "looking for damaged changes", sql, |row| {
        let hash = ChangeHash(row.get("hash")?);
        if claimed_hash(row.get_ref("bytes")?.as_blob()?) != Some(hash) {
            damaged.push(row.get::<_, i64>("change_no")?);
        }
        Ok(())
    })?;
    for number in damaged {
        super::run(tx, "removing a damaged change", "delete from change where change_no = ?1", [number])?;
    }
    Ok(())
}

/// Removes the changes of a record.
pub(crate) fn remove_of(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "delete from change where document_id = ?1";
    super::run(tx, "removing a record that left", sql, [document.as_bytes()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::store::Store;

    #[test]
    fn what_is_not_settled_is_found_without_reading_what_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("phone.db"), &[7; 32]).expect("a fresh store");
        for sql in [
            WITH_REFUSALS,
            WITH_UNACCEPTED,
            ANY_UNCONFIRMED,
            "delete from server_row where position = 0",
            "select document_id from document where state = 'locked' order by document_no",
            "select document_id from document where newly_linked = 1 order by document_no",
        ] {
            let mut plan = store.reader().prepare(&format!("explain query plan {sql}")).expect("a statement");
            let steps = plan.query_map([], |row| row.get::<_, String>("detail")).expect("a plan");
            let steps: Vec<String> = steps.map(|step| step.expect("a step")).collect();
            let reads_all = |step: &String| {
                step.starts_with("SCAN") && !step.contains("INDEX") && step != "SCAN CONSTANT ROW"
            };
            assert!(!steps.iter().any(reads_all), "{sql}: {steps:?}");
        }
    }
}
