//! The accepted changes. Never deleted: they are the evidence.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::record::document::{Actor, ChangeHash};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// An accepted change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub position: LogPosition,
    /// The document.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Under which actor it was written.
    pub actor: Actor,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who sent it; nothing for a derived change.
    pub sender: Option<Sender>,
    /// When it was received.
    pub received_at: Moment,
}

/// Who sent a change, in which frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
    /// The device's epoch.
    pub epoch: u32,
    /// The frame.
    pub frame_number: u64,
    /// The server's time in the frame's beacon.
    pub not_before: Option<Moment>,
}

const SELECT: &str = "select seq, document_id, hash, actor, bytes, person_id, device_id, epoch, frame_number,
    not_before, received_at from change_log";

/// Appends a change.
pub fn append(tx: &Tx, entry: &Entry) -> Result<(), DbError> {
    let sender = entry.sender;
    tx.execute(
        "insert into change_log (seq, document_id, hash, actor, bytes, person_id, device_id, epoch,
             frame_number, not_before, received_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            entry.position,
            entry.document,
            &entry.hash.0[..],
            &entry.actor.0[..],
            &entry.bytes,
            sender.map(|sender| sender.person),
            sender.map(|sender| sender.device),
            sender.map_or(0, |sender| sender.epoch),
            sender.map_or(0, |sender| sender.frame_number),
            sender.and_then(|sender| sender.not_before),
            entry.received_at
        ],
    )?;
    Ok(())
}

/// The changes of a document, in log order, which is causal order.
pub fn of_document(tx: &Tx, document: DocumentId) -> Result<Vec<Entry>, DbError> {
    tx.query(&format!("{SELECT} where document_id = ?1 order by seq"), params![document], read)
}

/// Changes between two positions of the documents that a person has seen since before `seen`; none of what was erased by
/// order, also where its leaving stands behind the second.
pub fn of_reader(
    tx: &Tx,
    person: PersonId,
    seen: LogPosition,
    (after, until): (LogPosition, LogPosition),
    limit: u32,
) -> Result<Vec<Entry>, DbError> {
    tx.query(
        "select c.seq as seq, c.document_id as document_id, c.hash as hash, c.actor as actor,
             c.bytes as bytes, c.person_id as person_id, c.device_id as device_id,
             c.epoch as epoch, c.frame_number as frame_number, c.not_before as not_before,
             c.received_at as received_at
         from change_log c join document_reader r on r.document_id = c.document_id
         where r.person_id = ?1 and r.added_seq <= ?5 and (r.removed_seq is null or r.removed_seq > ?3)
             and c.seq > ?2 and c.seq <= ?3
             and not exists (select 1 from erasure e where e.document_id = c.document_id)
         order by c.seq limit ?4",
        params![person, after, until, limit, seen],
        read,
    )
}

/// The hashes of all changes that somebody who has read up to a position has.
pub fn for_each_in_view(
    tx: &Tx,
    person: PersonId,
    read_until: LogPosition,
    mut each: impl FnMut([u8; 32]),
) -> Result<(), DbError> {
    let sql = "select c.hash as hash from change_log c where c.seq <= ?2 and c.document_id in
        (select r.document_id from document_reader r where r.person_id = ?1 and r.added_seq <= ?2
             and (r.removed_seq is null or r.removed_seq > ?2))";
    tx.for_each(sql, params![person, read_until], |row| {
        each(row.get("hash")?);
        Ok(())
    })
}

/// Whether a change is in the log and this device sent it.
pub fn was_sent_by(
    tx: &Tx,
    document: DocumentId,
    hash: ChangeHash,
    device: DeviceId,
) -> Result<bool, DbError> {
    let sql = "select 1 as one from change_log where document_id = ?1 and hash = ?2 and device_id = ?3";
    let found = tx.query_one(sql, params![document, &hash.0[..], device], |row| row.get::<i64>("one"))?;
    Ok(found.is_some())
}

/// Whether a device has sent a change that stands in the log after a position.
pub fn any_sent_after(tx: &Tx, device: DeviceId, position: LogPosition) -> Result<bool, DbError> {
    let sql = "select 1 as one from change_log where device_id = ?1 and seq > ?2 limit 1";
    Ok(tx.query_one(sql, params![device, position], |row| row.get::<i64>("one"))?.is_some())
}

/// Where a change stands in the log.
pub fn position_of(tx: &Tx, document: DocumentId, hash: ChangeHash) -> Result<Option<LogPosition>, DbError> {
    tx.query_one(
        "select seq from change_log where document_id = ?1 and hash = ?2",
        params![document, &hash.0[..]],
        |row| row.get("seq"),
    )
}

/// Every change, in log order, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Entry) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by seq"), &[], |row| each(read(row)?))
}

/// Changes that belong to no document, and derived ones that yet name a sender.
pub fn strays(tx: &Tx) -> Result<Vec<LogPosition>, DbError> {
    tx.query(
        "select seq from change_log
         where document_id not in (select document_id from document)
             or (person_id is null and (device_id is not null or epoch <> 0 or frame_number <> 0
                 or not_before is not null))
         order by seq",
        &[],
        |row| row.get("seq"),
    )
}

fn read(row: &Row) -> Result<Entry, DbError> {
    let person: Option<PersonId> = row.get("person_id")?;
    let sender = person
        .map(|person| {
            Ok::<_, DbError>(Sender {
                person,
                device: row.get("device_id")?,
                epoch: row.get("epoch")?,
                frame_number: row.get("frame_number")?,
                not_before: row.get("not_before")?,
            })
        })
        .transpose()?;
    Ok(Entry {
        position: row.get("seq")?,
        document: row.get("document_id")?,
        hash: ChangeHash(row.get("hash")?),
        actor: Actor(row.get("actor")?),
        bytes: row.get("bytes")?,
        sender,
        received_at: row.get("received_at")?,
    })
}
