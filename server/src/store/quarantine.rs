//! What was refused, held or malformed: why, and whether it was written anew.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{DeviceId, DocumentId, PersonId, QuarantineId};
use tingfang_core::policy::RECORD_SEALED;

use super::filter::Filter;
use super::frame::ItemPlace;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// An item that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: QuarantineId,
    /// Where its bytes are: device, epoch, frame number, index.
    pub place: ItemPlace,
    /// Who sent it.
    pub person: PersonId,
    /// The document that it is about.
    pub document: DocumentId,
    /// The change's hash, when it is a change that can be read.
    pub hash: Option<[u8; 32]>,
    /// `refused`, `held` or `malformed`.
    pub verdict: String,
    /// The rule or code behind the verdict.
    pub rule: String,
    /// Of a copy of what another device had written: that device.
    pub writer: Option<DeviceId>,
    /// The change that took its place.
    pub superseded_by: Option<[u8; 32]>,
    /// Where the log shows it, once what stood against it was gone and it was accepted after all.
    pub accepted_position: Option<LogPosition>,
    /// When it was received.
    pub received_at: Moment,
}

const SELECT: &str =
    "select quarantine_id, device_id, person_id, epoch, frame_number, frame_index, document_id,
    hash, verdict, rule, writer_device_id, accepted_seq, received_at,
    (select new_hash from rewritten_change r
        where r.device_id = coalesce(quarantine.writer_device_id, quarantine.device_id)
        and r.document_id = quarantine.document_id and r.old_hash = quarantine.hash
        order by new_hash limit 1) as superseded_by
    from quarantine";

/// Keeps an item.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into quarantine (quarantine_id, device_id, person_id, epoch, frame_number, frame_index,
             document_id, hash, verdict, rule, received_at, writer_device_id)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            kept.id,
            kept.place.0,
            kept.person,
            kept.place.1,
            kept.place.2,
            kept.place.3,
            kept.document,
            kept.hash.map(|hash| hash.to_vec()),
            &kept.verdict,
            &kept.rule,
            kept.received_at,
            kept.writer
        ],
    )?;
    Ok(())
}

/// The item with this id.
pub fn find(tx: &Tx, id: QuarantineId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where quarantine_id = ?1"), params![id], read)
}

/// Notes that an item was accepted after all; nothing happens to one that was never kept here.
pub fn accept(tx: &Tx, place: ItemPlace, position: LogPosition) -> Result<(), DbError> {
    tx.execute(
        "update quarantine set accepted_seq = ?5
         where device_id = ?1 and epoch = ?2 and frame_number = ?3 and frame_index = ?4",
        params![place.0, place.1, place.2, place.3, position],
    )?;
    Ok(())
}

/// The beginnings of records that a rule still holds, the oldest first; of one record when it is named.
pub fn held_beginnings(tx: &Tx, rule: &str, document: Option<DocumentId>) -> Result<Vec<Kept>, DbError> {
    tx.query(
        &format!(
            "{SELECT} where verdict = 'held' and rule = ?1 and accepted_seq is null
                 and (document_id = ?2 or ?2 is null)
             order by received_at, frame_number, frame_index, quarantine_id"
        ),
        params![rule, document],
        read,
    )
}

/// What else a device has sent for the same record after an item, that the same rule still holds and
/// nobody has decided on, in the order of sending.
pub fn held_after(tx: &Tx, item: &Kept) -> Result<Vec<Kept>, DbError> {
    let later = format!(
        "{SELECT} where device_id = ?1 and epoch = ?2 and document_id = ?3 and rule = ?4 and verdict = 'held'
             and accepted_seq is null
             and (frame_number > ?5 or (frame_number = ?5 and frame_index > ?6))
             and not exists (select 1 from held_decision d where d.quarantine_id = quarantine.quarantine_id)
         order by frame_number, frame_index"
    );
    let (device, epoch, number, index) = item.place;
    tx.query(&later, params![device, epoch, item.document, &item.rule, number, index], read)
}

/// What was sent for a record and is not in the log; by one device when it is named.
pub fn not_accepted(tx: &Tx, device: Option<DeviceId>, document: DocumentId) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "{SELECT} where (device_id = ?1 or ?1 is null) and document_id = ?2 and accepted_seq is null
         order by device_id, epoch, frame_number, frame_index"
    );
    tx.query(&sql, params![device, document], read)
}

/// Copies of what was written in a record and is not in the log, in the order in which they came.
pub fn witnesses(tx: &Tx, document: DocumentId) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "{SELECT} where document_id = ?1 and writer_device_id is not null and not exists
             (select 1 from change_log l where l.document_id = quarantine.document_id
                 and l.hash = quarantine.hash)
         order by received_at, device_id, epoch, frame_number, frame_index"
    );
    tx.query(&sql, params![document], read)
}

/// Whether something that a person has written came too late for the seal of a record.
pub fn has_late_work(tx: &Tx, document: DocumentId, person: PersonId) -> Result<bool, DbError> {
    let sql =
        "select 1 as one from quarantine where document_id = ?1 and person_id = ?2 and rule = ?3 limit 1";
    let values = params![document, person, RECORD_SEALED];
    Ok(tx.query_one(sql, values, |row| row.get::<i64>("one"))?.is_some())
}

/// How many items wait for a person.
pub fn held_count(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select count(*) as many from quarantine q
         where verdict = 'held' and accepted_seq is null
             and not exists (select 1 from held_decision d where d.quarantine_id = q.quarantine_id)
             and not exists (select 1 from rewritten_change r join change_log l
                     on l.document_id = r.document_id and l.hash = r.new_hash
                 where r.device_id = coalesce(q.writer_device_id, q.device_id)
                     and r.document_id = q.document_id and r.old_hash = q.hash)
             and not exists (select 1 from change_log l where q.writer_device_id is not null
                 and l.document_id = q.document_id and l.hash = q.hash)";
    Ok(tx.query_one(sql, &[], |row| row.get("many"))?.unwrap_or_default())
}

/// Every item, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by quarantine_id"), &[], |row| each(read(row)?))
}

/// One page, the oldest first.
pub fn page(
    tx: &Tx,
    person: Option<PersonId>,
    document: Option<DocumentId>,
    after: Option<&(Moment, QuarantineId)>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.equals("person_id", person);
    filter.equals("document_id", document);
    filter.after("received_at", "quarantine_id", after.map(|(at, id)| ((*at).into(), (*id).into())));
    tx.query(&filter.select(SELECT, "received_at, quarantine_id", limit), filter.values(), read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("quarantine_id")?,
        place: (row.get("device_id")?, row.get("epoch")?, row.get("frame_number")?, row.get("frame_index")?),
        person: row.get("person_id")?,
        document: row.get("document_id")?,
        hash: row.get("hash")?,
        verdict: row.get("verdict")?,
        rule: row.get("rule")?,
        writer: row.get("writer_device_id")?,
        superseded_by: row.get("superseded_by")?,
        accepted_position: row.get("accepted_seq")?,
        received_at: row.get("received_at")?,
    })
}
