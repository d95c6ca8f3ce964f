//! The outbox: what is to be sent, one row per item, from draft to verdict.

use std::collections::BTreeSet;

use rusqlite::{Row, named_params, params};

use super::{PhoneError, Reader, Tx};
use crate::id::{DeviceId, DocumentId};
use crate::people::TaskCommand;
use crate::record::document::ChangeHash;
use crate::sync::copies::Copies;
use crate::sync::frame::Item;

/// An item that is in no frame yet.
pub(crate) struct Draft {
    /// Its number in the outbox.
    pub(crate) number: i64,
    /// The item; nothing when its row is damaged.
    pub(crate) item: Option<Item>,
    /// The plain bytes of its body.
    pub(crate) size: usize,
}

/// Where an item stands in a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemPlace {
    pub(crate) epoch: u32,
    pub(crate) frame: u64,
    pub(crate) index: usize,
}

/// An item that has or awaits a verdict.
pub(crate) struct SentItem {
    pub(crate) number: i64,
    pub(crate) document: DocumentId,
    /// `begin`, `change`, `seal`, `supersede`, `confirm`, `task_report` or `witness`.
    pub(crate) kind: String,
    /// Of a change; other items have none.
    pub(crate) hash: Option<ChangeHash>,
    /// Where it stands.
    pub(crate) status: String,
}

/// An item that was not accepted, with the edits that made it.
pub(crate) struct RefusedRow {
    /// Its number in the outbox.
    pub(crate) number: i64,
    pub(crate) document: DocumentId,
    pub(crate) kind: String,
    /// Of what is in no record: nothing.
    pub(crate) record_kind: Option<String>,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) journal: Option<Vec<u8>>,
    /// Of a report on a task: itself.
    pub(crate) body: Option<Vec<u8>>,
    /// The row by which the server told what a person has decided.
    pub(crate) decision: Option<String>,
}

/// How many items stand where.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) waiting: u64,
    pub(crate) stored: u64,
    pub(crate) not_accepted: u64,
}

/// Queues an item other than a change.
pub(crate) fn enqueue(tx: &Tx<'_>, kind: &str, item: &Item) -> Result<(), PhoneError> {
    let body = minicbor::to_vec(item).expect("encoding into memory cannot fail");
    let sql = "insert into item (document_id, kind, body) values (?1, ?2, ?3)";
    super::run(tx, "queueing an item", sql, params![item.document().as_bytes(), kind, body])?;
    Ok(())
}

/// Queues a change.
pub(crate) fn enqueue_change(tx: &Tx<'_>, document: DocumentId, hash: ChangeHash) -> Result<(), PhoneError> {
    let sql = "insert into item (document_id, kind, hash) values (?1, 'change', ?2)";
    super::run(tx, "queueing a change", sql, params![document.as_bytes(), hash.0])?;
    Ok(())
}

/// The drafts, the oldest first, as long as `fits` takes their sizes; 200 at most.
pub(crate) fn drafts(reader: &Reader, mut fits: impl FnMut(usize) -> bool) -> Result<Vec<Draft>, PhoneError> {
    super::all_while(
        reader,
        "reading drafts",
        "select i.item_no, i.kind, i.document_id, i.body, c.bytes, c.rebase
         from item i left join change c on c.document_id = i.document_id and c.hash = i.hash
         where i.status = 'draft' order by i.item_no limit 200",
        read_draft,
        |draft| fits(draft.size),
    )
}

fn read_draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let number = row.get("item_no")?;
    if row.get::<_, String>("kind")? == "change" {
        let bytes: Vec<u8> = row.get("bytes")?;
        let size = bytes.len();
        let document = DocumentId::from_bytes(row.get("document_id")?);
        return Ok(Draft {
            number,
            item: Some(Item::Change { document, rebase: row.get("rebase")?, bytes }),
            size,
        });
    }
    let body: Vec<u8> = row.get("body")?;
    Ok(Draft { number, item: minicbor::decode(&body).ok(), size: body.len() })
}

/// What the owner has said of tasks and the server has not taken yet, the oldest first. What is held is still said:
/// a person decides on it.
pub(crate) fn own_reports(reader: &Reader) -> Result<Vec<TaskCommand>, PhoneError> {
    let sql = "select body from item where status in ('draft', 'framed', 'blocked', 'held')
         and kind = 'task_report' order by item_no";
    let bodies = super::all(reader, "reading own reports", sql, [], |row| row.get::<_, Vec<u8>>("body"))?;
    let commands = bodies.iter().filter_map(|body| match minicbor::decode(body) {
        Ok(Item::TaskReport { command }) => Some(command),
        _ => None,
    });
    Ok(commands.collect())
}

/// Whether there is any draft.
pub(crate) fn any_draft(reader: &Reader) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from item where status = 'draft') as drafts";
    super::only(reader, "looking for drafts", sql, [], |row| row.get("drafts"))
}

/// How many drafts there are.
pub(crate) fn count_drafts(reader: &Reader) -> Result<u64, PhoneError> {
    let sql = "select count(*) as drafts from item where status = 'draft'";
    super::only(reader, "counting drafts", sql, [], |row| row.get("drafts"))
}

/// Notes that a draft went into a frame.
pub(crate) fn set_framed(tx: &Tx<'_>, number: i64, place: ItemPlace) -> Result<(), PhoneError> {
    super::run(
        tx,
        "marking an item as framed",
        "update item set status = 'framed', epoch = :epoch, frame_number = :frame, frame_index = :at
         where item_no = :item",
        named_params! {
            ":epoch": place.epoch, ":frame": place.frame, ":at": index(place), ":item": number,
        },
    )?;
    Ok(())
}

/// Notes that the items of the frames after a number are sent again.
pub(crate) fn set_framed_after(tx: &Tx<'_>, epoch: u32, number: u64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "sending archived frames again",
        "update item set status = 'framed' where epoch = ?1 and frame_number > ?2
             and status in ('accepted', 'blocked')",
        params![epoch, number],
    )?;
    Ok(())
}

/// The item at a place in a frame.
pub(crate) fn at(reader: &Reader, place: ItemPlace) -> Result<Option<SentItem>, PhoneError> {
    super::first(
        reader,
        "storing a verdict",
        "select item_no, document_id, kind, hash, status from item
         where epoch = ?1 and frame_number = ?2 and frame_index = ?3",
        params![place.epoch, place.frame, index(place)],
        read_sent,
    )
}

/// Takes up an item that was given up: it came in after all.
pub(crate) fn take_up(tx: &Tx<'_>, number: i64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a late verdict",
        "update item set status = 'framed' where item_no = ?1 and status in ('superseded', 'set_aside', 'in_addendum')",
        [number],
    )?;
    Ok(())
}

/// Gives up what is not accepted and says the same as a change that is.
pub(crate) fn give_up_copies(tx: &Tx<'_>, document: DocumentId, hash: ChangeHash) -> Result<(), PhoneError> {
    for copy in copies(tx, document, hash)? {
        super::run(
            tx,
            "giving up a copy",
            "update item set status = 'superseded'
             where document_id = ?1 and hash = ?2 and status in ('refused', 'held')",
            params![document.as_bytes(), copy.0],
        )?;
    }
    Ok(())
}

/// Whether a change that says the same is accepted.
pub(crate) fn came_in_otherwise(
    reader: &Reader,
    document: DocumentId,
    hash: ChangeHash,
) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from change where document_id = ?1 and hash = ?2
             and status = 'accepted') as accepted";
    for copy in copies(reader, document, hash)? {
        let keys = params![document.as_bytes(), copy.0];
        if super::only(reader, "looking for copies", sql, keys, |row| row.get("accepted"))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The changes that say the same as this one, because one was rewritten as the other.
fn copies(
    reader: &Reader,
    document: DocumentId,
    hash: ChangeHash,
) -> Result<BTreeSet<ChangeHash>, PhoneError> {
    let sql = "select body from item where document_id = ?1 and kind = 'supersede'";
    let bodies = super::all(reader, "looking for copies", sql, [document.as_bytes()], |row| {
        row.get::<_, Option<Vec<u8>>>("body")
    })?;
    let pairs = bodies.into_iter().flatten().filter_map(|body| match minicbor::decode(&body) {
        Ok(Item::Supersede { old, new, .. }) => Some((old, new)),
        _ => None,
    });
    Ok(pairs.collect::<Copies>().of(hash))
}

/// Gives up an item: what it says came in otherwise.
pub(crate) fn give_up(tx: &Tx<'_>, number: i64) -> Result<(), PhoneError> {
    super::run(
        tx,
        "giving up a copy",
        "update item set status = 'superseded' where item_no = ?1 and status <> 'set_aside'",
        [number],
    )?;
    Ok(())
}

/// Notes that a person has decided against an item that was held.
pub(crate) fn decide_against(tx: &Tx<'_>, number: i64, rule: &str) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a decision",
        "update item set status = 'refused', reason = ?2 where item_no = ?1 and status = 'held'",
        params![number, rule],
    )?;
    Ok(())
}

fn read_sent(row: &Row<'_>) -> rusqlite::Result<SentItem> {
    Ok(SentItem {
        number: row.get("item_no")?,
        document: DocumentId::from_bytes(row.get("document_id")?),
        kind: row.get("kind")?,
        hash: row.get::<_, Option<[u8; 32]>>("hash")?.map(ChangeHash),
        status: row.get("status")?,
    })
}

fn index(place: ItemPlace) -> i64 {
    i64::try_from(place.index).unwrap_or(i64::MAX)
}

/// Notes a verdict, unless the item was given up meanwhile.
pub(crate) fn settle(
    tx: &Tx<'_>,
    number: i64,
    status: &str,
    reason: &str,
    blocked_by: Option<ChangeHash>,
) -> Result<(), PhoneError> {
    super::run(
        tx,
        "storing a verdict",
        "update item set status = ?2, reason = ?3, blocked_by = ?4
         where item_no = ?1 and status not in ('superseded', 'set_aside', 'in_addendum')",
        params![number, status, reason, blocked_by.map(|hash| hash.0)],
    )?;
    Ok(())
}

/// Gives up the item of a change; one that was not accepted keeps its verdict.
pub(crate) fn close_change(
    tx: &Tx<'_>,
    document: DocumentId,
    hash: ChangeHash,
    status: &str,
) -> Result<(), PhoneError> {
    super::run(
        tx,
        "closing a change",
        "update item set status = ?3 where document_id = ?1 and hash = ?2
             and status in ('draft', 'framed', 'blocked', 'accepted', 'handed_in')",
        params![document.as_bytes(), hash.0, status],
    )?;
    Ok(())
}

/// Gives up the seals of a record that were not accepted. True when there were any.
pub(crate) fn supersede_seals(tx: &Tx<'_>, document: DocumentId) -> Result<bool, PhoneError> {
    let voided = super::run(
        tx,
        "voiding a seal",
        "update item set status = 'superseded'
         where document_id = ?1 and kind = 'seal' and status <> 'accepted'",
        [document.as_bytes()],
    )?;
    Ok(voided > 0)
}

/// Sends the beginning of a record again that was not accepted. What was written since waits for it
/// on the server and is judged with it.
pub(crate) fn begin_again(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    super::run(
        tx,
        "beginning a record again",
        "update item set status = 'draft', reason = '', epoch = 0, frame_number = 0, frame_index = 0
         where document_id = ?1 and kind = 'begin' and status in ('refused', 'held', 'malformed')",
        [document.as_bytes()],
    )?;
    Ok(())
}

/// Whether this phone has said that a record begins.
pub(crate) fn any_beginning(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from item where document_id = ?1 and kind = 'begin') as begun";
    super::only(reader, "looking at a beginning", sql, [document.as_bytes()], |row| row.get("begun"))
}

/// Whether the beginning of a record was not accepted, so that nothing in it can be.
pub(crate) fn begin_not_accepted(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from item where document_id = ?1 and kind = 'begin'
         and status in ('refused', 'held', 'malformed')) as refused";
    super::only(reader, "looking at a beginning", sql, [document.as_bytes()], |row| row.get("refused"))
}

/// Notes that the server holds a record's `seal`, or what was said to `confirm` it: its countersigned
/// word came.
pub(crate) fn settle_statements(tx: &Tx<'_>, document: DocumentId, kind: &str) -> Result<(), PhoneError> {
    let sql = "update item set status = 'accepted' where document_id = ?1 and kind = ?2
             and status in ('framed', 'blocked')";
    super::run(tx, "settling a statement", sql, params![document.as_bytes(), kind])?;
    Ok(())
}

/// Whether a confirmation of a record was given and not turned down.
pub(crate) fn is_confirmed(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from item where document_id = ?1 and kind = 'confirm'
         and status in ('draft', 'framed', 'blocked', 'held', 'accepted')) as confirmed";
    super::only(reader, "looking for a confirmation", sql, [document.as_bytes()], |row| row.get("confirmed"))
}

/// Whether a record has an item that the server did not accept so far.
pub(crate) fn any_unaccepted(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql = "select exists
         (select 1 from item where document_id = ?1 and status not in ('accepted', 'superseded', 'in_addendum')) as unaccepted";
    super::only(reader, "looking for unsent work", sql, [document.as_bytes()], |row| row.get("unaccepted"))
}

/// Queues everything but changes again whose frames were given up: it may be said twice. Changes are
/// rewritten instead.
pub(crate) fn queue_again(tx: &Tx<'_>) -> Result<(), PhoneError> {
    let sql = "update item set status = 'draft' where status = 'framed' and kind <> 'change'";
    super::run(tx, "queueing items again", sql, [])?;
    Ok(())
}

/// The changes of earlier epochs that the server had accepted, and that left this phone with their records. A record
/// may have come back since, from a server that had lost them.
pub(crate) fn accepted_and_not_here(reader: &Reader, epoch: u32) -> Result<BTreeSet<ChangeHash>, PhoneError> {
    let sql = "select hash from item i where kind = 'change' and status = 'accepted' and epoch < ?1
             and not exists (select 1 from change c where c.document_id = i.document_id and c.hash = i.hash)";
    let found = super::all(reader, "looking for what has left", sql, [epoch], |row| row.get("hash"))?;
    Ok(found.into_iter().map(ChangeHash).collect())
}

/// The changes whose frames are on their way once more, and that left this phone with their records. The server had
/// accepted them, and so they stand from here on.
pub(crate) fn sent_again_and_not_here(tx: &Tx<'_>, epoch: u32) -> Result<BTreeSet<ChangeHash>, PhoneError> {
    let doing = "looking for what has left";
    let not_here = "kind = 'change' and status = 'framed' and epoch < ?1 and not exists
             (select 1 from change c where c.document_id = item.document_id and c.hash = item.hash)";
    let found = super::all(tx, doing, &format!("select hash from item where {not_here}"), [epoch], |row| {
        row.get("hash")
    })?;
    super::run(tx, doing, &format!("update item set status = 'accepted' where {not_here}"), [epoch])?;
    Ok(found.into_iter().map(ChangeHash).collect())
}

/// Says again what the server has taken in earlier epochs, and may have lost: all but changes, which are
/// rewritten where it has.
pub(crate) fn say_again(tx: &Tx<'_>, epoch: u32) -> Result<(), PhoneError> {
    let sql =
        "update item set status = 'draft' where status = 'accepted' and kind <> 'change' and epoch < ?1";
    super::run(tx, "saying again what the server may have lost", sql, [epoch])?;
    Ok(())
}

/// Notes that the server holds a change: it came back from there.
pub(crate) fn settle_pulled(tx: &Tx<'_>, document: DocumentId, hash: ChangeHash) -> Result<(), PhoneError> {
    let sql = "update item set status = 'accepted' where document_id = ?1 and hash = ?2 and kind = 'change'
             and status <> 'accepted'";
    if super::run(tx, "settling a pulled change", sql, params![document.as_bytes(), hash.0])? > 0 {
        give_up_copies(tx, document, hash)?;
    }
    Ok(())
}

/// What was not accepted and has a smaller number than this, the newest first. What waits for a record whose
/// beginning was not accepted will wait for ever: it is listed with the reason of the beginning.
pub(crate) fn refused(
    reader: &Reader,
    own: DeviceId,
    before: i64,
    limit: u32,
) -> Result<Vec<RefusedRow>, PhoneError> {
    // Left to itself SQLite would sort all of them for every page.
    super::all(
        reader,
        "listing what was not accepted",
        "select i.item_no, i.document_id, i.kind, d.kind as record_kind, coalesce(b.status, i.status) as status,
             coalesce(b.reason, i.reason) as reason, c.journal,
             case when i.kind = 'task_report' then i.body end as body, r.body as decision
         from item i indexed by item_not_accepted
             left join document d on d.document_id = i.document_id
             left join change c on c.document_id = i.document_id and c.hash = i.hash
             left join item b on i.status = 'blocked' and b.document_id = i.document_id
                 and b.kind = 'begin' and b.status in ('refused', 'held', 'malformed')
             left join server_row r on r.kind = 'verdict'
                 and r.row_key = ?1 || '/' || i.epoch || '/' || i.frame_number || '/' || i.frame_index
         where i.status in ('refused', 'held', 'malformed', 'set_aside', 'blocked') and i.item_no < ?2
             and (i.status <> 'blocked' or b.item_no is not null)
         order by i.item_no desc limit ?3",
        params![own.to_string(), before, limit],
        |row| {
            Ok(RefusedRow {
                number: row.get("item_no")?,
                document: DocumentId::from_bytes(row.get("document_id")?),
                kind: row.get("kind")?,
                record_kind: row.get("record_kind")?,
                status: row.get("status")?,
                reason: row.get("reason")?,
                journal: row.get("journal")?,
                body: row.get("body")?,
                decision: row.get("decision")?,
            })
        },
    )
}

/// Counts the items of all records.
pub(crate) fn counts(reader: &Reader) -> Result<Counts, PhoneError> {
    let sql = "select status, count(*) as items from item group by status";
    Ok(summed(super::all(reader, "counting items", sql, [], read_count)?))
}

/// Counts the items of one record.
pub(crate) fn counts_of(reader: &Reader, document: DocumentId) -> Result<Counts, PhoneError> {
    let sql = "select status, count(*) as items from item where document_id = ?1 group by status";
    Ok(summed(super::all(reader, "counting items", sql, [document.as_bytes()], read_count)?))
}

fn read_count(row: &Row<'_>) -> rusqlite::Result<(String, u64)> {
    Ok((row.get("status")?, row.get("items")?))
}

fn summed(counts: Vec<(String, u64)>) -> Counts {
    counts.into_iter().fold(Counts::default(), |mut sum, (status, items)| {
        match status.as_str() {
            "draft" | "framed" | "blocked" => sum.waiting += items,
            "accepted" => sum.stored += items,
            "refused" | "held" | "malformed" | "set_aside" => sum.not_accepted += items,
            _ => {}
        }
        sum
    })
}
