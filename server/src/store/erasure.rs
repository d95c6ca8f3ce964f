//! Orders to erase what a record says, and what they do to the rows: bytes go, hash, position and order stay.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::erasure::ErasureOrder;
use tingfang_core::id::{DocumentId, OrganisationId, PersonId};
use tingfang_core::record::document::ChangeHash;
use tingfang_core::signature::{Signature, digest};
use tingfang_core::sync::frame::{Frame, Item, ItemHash};

use super::filter::Filter;
use super::frame::Kept as KeptFrame;
use super::proved::hex;
use super::{frame, frame_conflict};
use crate::db::{DbError, Row, Tx};
use crate::params;

const SELECT: &str =
    "select order_no, document_id, organisation_id, ordered_by, ordered_at, reason, signature from erasure";

/// Keeps an order.
pub fn insert(tx: &Tx, order: &ErasureOrder) -> Result<(), DbError> {
    tx.execute(
        "insert into erasure (order_no, document_id, organisation_id, ordered_by, ordered_at, reason, signature)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            order.number,
            order.document,
            order.organisation,
            order.ordered_by,
            order.ordered_at,
            &order.reason,
            &order.signature.0[..]
        ],
    )?;
    Ok(())
}

/// The order on a record.
pub fn of_document(tx: &Tx, document: DocumentId) -> Result<Option<ErasureOrder>, DbError> {
    tx.query_one(&format!("{SELECT} where document_id = ?1"), params![document], read)
}

/// Every order, the first one first.
pub fn all(tx: &Tx) -> Result<Vec<ErasureOrder>, DbError> {
    tx.query(&format!("{SELECT} order by order_no"), &[], read)
}

/// A page of the orders of these organisations, the first one first.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<ErasureOrder>, DbError> {
    let mut filter = Filter::default();
    let places = filter.places(organisations.iter().copied());
    filter.condition(format!("organisation_id in ({places})"));
    filter.compare("order_no", ">", after);
    tx.query(&filter.select(SELECT, "order_no", limit), filter.values(), read)
}

/// The records that are erased.
pub fn documents(tx: &Tx) -> Result<BTreeSet<DocumentId>, DbError> {
    let found = tx.query("select document_id from erasure", &[], |row| row.get("document_id"))?;
    Ok(found.into_iter().collect())
}

/// The number that the next order takes.
pub fn next_number(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select coalesce(max(order_no), 0) as last from erasure";
    Ok(tx.query_one(sql, &[], |row| row.get::<u64>("last"))?.unwrap_or_default() + 1)
}

/// Everybody who has or had the record, or has written in it.
pub fn concerned(tx: &Tx, document: DocumentId) -> Result<Vec<PersonId>, DbError> {
    tx.query(
        "select person_id from document_reader where document_id = ?1
         union select person_id from change_log where document_id = ?1 and person_id is not null
         order by person_id",
        params![document],
        |row| row.get("person_id"),
    )
}

/// What is left of a record in the frames that the server had when it was erased. The ledger names it, so that no other
/// words can be taken out under the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftovers {
    /// The last of these frames, by the number in which it came.
    pub until: u64,
    /// By frame and item: the hash of the item, and of the change that it was.
    items: BTreeMap<(u64, usize), (ItemHash, Option<ChangeHash>)>,
}

impl Leftovers {
    /// Nothing yet, of the frames up to this one.
    pub const fn until(until: u64) -> Self {
        Self { until, items: BTreeMap::new() }
    }

    /// Takes in what is left of a record in a frame.
    pub fn take(&mut self, intake_number: u64, frame: &Frame, record: DocumentId) {
        for (index, item) in frame.items.iter().enumerate().filter(|_| intake_number <= self.until) {
            if let Item::Erased { document, hash, change } = item
                && *document == record
            {
                self.items.insert((intake_number, index), (*hash, *change));
            }
        }
    }

    /// The digest over all of it, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut bytes = Vec::new();
        for ((frame, index), (item, change)) in &self.items {
            bytes.extend(frame.to_le_bytes());
            bytes.extend((*index as u64).to_le_bytes());
            bytes.extend(item.0);
            bytes.extend(change.map_or([0; 32], |change| change.0));
        }
        hex(&digest("tingfang-leftovers/1", &[&bytes]))
    }
}

/// Takes the bytes of a record out of every row that holds them; gives what is left in the frames.
pub fn erase_bytes(tx: &Tx, document: DocumentId) -> Result<Leftovers, DbError> {
    let sql = "update change_log set bytes = ?2 where document_id = ?1 and person_id is not null";
    tx.execute(sql, params![document, Vec::<u8>::new()])?;
    // The words of a manager on fields of the record say again what stood in them.
    tx.execute("update record_return set notes = '[]' where document_id = ?1", params![document])?;
    // When somebody was to be back from a home the record has said.
    tx.execute("delete from home_visit where document_id = ?1", params![document])?;
    let rest = |frame: &Frame| frame.without(|other| other == document);
    let mut leftovers = Leftovers::until(frame::next_intake_number(tx)? - 1);
    let (mut frames, mut conflicts) = (Vec::new(), Vec::new());
    // Nobody knows all who have handed in copies of it, so every frame is looked at. It is done once in years.
    let names_it = |bytes: &[u8]| bytes.windows(16).any(|part| part == document.as_bytes());
    frame::for_each(tx, |kept: KeptFrame| {
        if !names_it(&kept.bytes) {
            return Ok(());
        }
        let Ok(whole) = Frame::from_bytes(&kept.bytes) else { return Ok(()) };
        let rest = rest(&whole);
        leftovers.take(kept.intake_number, rest.as_ref().unwrap_or(&whole), document);
        let place = (kept.device, kept.epoch, kept.number);
        frames.extend(rest.map(|rest| (place, rest.to_bytes())));
        Ok(())
    })?;
    frame_conflict::for_each(tx, |kept| {
        let parsed = Frame::from_bytes(&kept.bytes).ok();
        conflicts.extend(parsed.and_then(|whole| rest(&whole)).map(|rest| (kept.id, rest.to_bytes())));
        Ok(())
    })?;
    for ((device, epoch, number), bytes) in frames {
        let sql = "update frame set bytes = ?4 where device_id = ?1 and epoch = ?2 and number = ?3";
        tx.execute(sql, params![device, epoch, number, bytes])?;
    }
    for (id, bytes) in conflicts {
        let sql = "update frame_conflict set bytes = ?2 where frame_conflict_id = ?1";
        tx.execute(sql, params![id, bytes])?;
    }
    Ok(leftovers)
}

fn read(row: &Row) -> Result<ErasureOrder, DbError> {
    let signature: Vec<u8> = row.get("signature")?;
    let signature = <[u8; 64]>::try_from(signature)
        .map_err(|_| DbError::Damaged("the signature of an order has not 64 bytes".to_owned()))?;
    Ok(ErasureOrder {
        number: row.get("order_no")?,
        document: row.get("document_id")?,
        organisation: row.get("organisation_id")?,
        ordered_by: row.get("ordered_by")?,
        ordered_at: row.get("ordered_at")?,
        reason: row.get("reason")?,
        signature: Signature(signature),
    })
}
