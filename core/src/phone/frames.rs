//! The outbox: cutting drafts into signed frames, and asking the server.

use rusqlite::{OptionalExtension, Transaction, named_params};

use super::store::{failed, setting};
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::record::document::ChangeHash;
use crate::signature::Algorithm;
use crate::sync::frame::{Beacon, Frame, FrameHash, FrameHeader, Item, MAX_FRAME_BYTES, MAX_ITEMS};
use crate::sync::wire::{self, FrameBytes, SyncRequest, Token};

/// The most plain bytes of frames in one request; what remains goes with the next.
const REQUEST_FRAME_BYTES: usize = 800 * 1024;
/// The plain bytes that a page of the answer may have.
const PAGE_BYTES: u32 = 1024 * 1024;
/// What a frame's header and signature may take beside its items.
const FRAME_OVERHEAD_BYTES: usize = 1024;

impl Phone {
    /// The next request to the server, ready to be posted. Drafts are cut into signed frames
    /// first, and are on disk as such when this returns.
    ///
    /// # Errors
    /// When the store or the key store fails.
    pub fn next_request(&mut self) -> Result<Vec<u8>, PhoneError> {
        let recovering = setting(self.store.reader(), "recovering")?.is_some();
        if !recovering {
            while self.cut_frame()? {}
        }
        let connection = self.store.reader();
        let frames = if recovering { Vec::new() } else { self.waiting_frames()? };
        let token = |name| Ok::<_, PhoneError>(setting(connection, name)?.map(Token));
        let request = wire::encode(&SyncRequest {
            tenant: self.profile.tenant,
            device: self.profile.device,
            epoch: self.secrets.epoch,
            cursor: token("cursor")?,
            page: token("page")?,
            frames,
            page_bytes: PAGE_BYTES,
            core_version: env!("CARGO_PKG_VERSION").to_owned(),
        });
        let digest = wire::request_digest(&request);
        self.store
            .write("remembering the request", |tx| super::store::set_setting(tx, "last_request", &digest))?;
        Ok(request)
    }

    fn waiting_frames(&self) -> Result<Vec<FrameBytes>, PhoneError> {
        let doing = "reading the outbox";
        let mut statement = self
            .store
            .reader()
            .prepare_cached("select bytes from frame where state = 'waiting' order by epoch, number")
            .map_err(failed(doing))?;
        let mut rows = statement.query([]).map_err(failed(doing))?;
        let mut frames = Vec::new();
        let mut total = 0;
        while let Some(row) = rows.next().map_err(failed(doing))? {
            let bytes: Vec<u8> = row.get("bytes").map_err(failed(doing))?;
            total += bytes.len();
            if !frames.is_empty() && total > REQUEST_FRAME_BYTES {
                break;
            }
            frames.push(FrameBytes(bytes));
        }
        Ok(frames)
    }

    /// Cuts one frame out of the drafts; false when there are none.
    fn cut_frame(&mut self) -> Result<bool, PhoneError> {
        let doing = "cutting a frame";
        let drafts = self.drafts()?;
        if drafts.is_empty() {
            return Ok(false);
        }
        let number = self.store.newest_frame(self.secrets.epoch)? + 1;
        let frame = self.sign_frame(number, drafts.iter().map(|(_, item)| item.clone()).collect())?;
        // The mark goes first: a crash in between costs an epoch, never a number used twice.
        self.secrets.last_frame = number;
        self.keys.save(&self.secrets)?;
        let epoch = self.secrets.epoch;
        self.store.write(doing, |tx| {
            tx.execute(
                "insert into frame (epoch, number, hash, bytes) values (?1, ?2, ?3, ?4)",
                rusqlite::params![epoch, number, frame.hash().0, frame.to_bytes()],
            )
            .map_err(failed(doing))?;
            drafts
                .iter()
                .enumerate()
                .try_for_each(|(index, (item_no, _))| mark_framed(tx, *item_no, epoch, number, index))
        })?;
        Ok(true)
    }

    fn sign_frame(&self, number: u64, items: Vec<Item>) -> Result<Frame, PhoneError> {
        let connection = self.store.reader();
        let previous: Option<[u8; 32]> = connection
            .query_row(
                "select hash from frame where epoch = ?1 and number = ?2",
                rusqlite::params![self.secrets.epoch, number - 1],
                |row| row.get(0),
            )
            .optional()
            .map_err(failed("reading the frame before"))?;
        let beacon: Option<Beacon> =
            setting(connection, "beacon")?.and_then(|bytes| minicbor::decode(&bytes).ok());
        let header = FrameHeader {
            format: 1,
            algorithm: Algorithm::Ed25519,
            tenant: self.profile.tenant,
            device: self.profile.device,
            epoch: self.secrets.epoch,
            number,
            previous: previous.map_or(FrameHash::NONE, FrameHash),
            policy_version: self.policy.version,
            beacon,
            claimed_at: self.now(),
        };
        Ok(Frame::sign(header, items, &self.key))
    }

    /// The drafts that fit into one frame, in order.
    fn drafts(&self) -> Result<Vec<(i64, Item)>, PhoneError> {
        let doing = "reading drafts";
        let mut statement = self
            .store
            .reader()
            .prepare_cached(
                "select i.item_no, i.kind, i.document_id, i.body, c.bytes, c.rebase
                 from item i left join change c on c.document_id = i.document_id and c.hash = i.hash
                 where i.status = 'draft' order by i.item_no limit 200",
            )
            .map_err(failed(doing))?;
        let mut rows = statement.query([]).map_err(failed(doing))?;
        let mut drafts = Vec::new();
        let mut total = FRAME_OVERHEAD_BYTES;
        while let Some(row) = rows.next().map_err(failed(doing))? {
            let (number, item, size) = read_draft(row).map_err(failed(doing))?;
            total += size;
            if !drafts.is_empty() && (total > MAX_FRAME_BYTES || drafts.len() == MAX_ITEMS) {
                break;
            }
            let item = item.ok_or_else(|| PhoneError::Damaged {
                reason: format!("item {number} of the outbox cannot be read"),
            })?;
            drafts.push((number, item));
        }
        Ok(drafts)
    }
}

/// What every item takes beside its body.
const ITEM_OVERHEAD_BYTES: usize = 32;

fn read_draft(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Option<Item>, usize)> {
    let number = row.get("item_no")?;
    if row.get::<_, String>("kind")? == "change" {
        let bytes: Vec<u8> = row.get("bytes")?;
        let size = bytes.len() + ITEM_OVERHEAD_BYTES;
        let document = DocumentId::from_bytes(row.get("document_id")?);
        return Ok((number, Some(Item::Change { document, rebase: row.get("rebase")?, bytes }), size));
    }
    let body: Vec<u8> = row.get("body")?;
    Ok((number, minicbor::decode(&body).ok(), body.len() + ITEM_OVERHEAD_BYTES))
}

fn mark_framed(
    tx: &Transaction<'_>,
    item_no: i64,
    epoch: u32,
    number: u64,
    index: usize,
) -> Result<(), PhoneError> {
    tx.prepare_cached(
        "update item set status = 'framed', epoch = :epoch, frame_number = :number, frame_index = :at
         where item_no = :item",
    )
    .and_then(|mut statement| {
        statement.execute(named_params! {
            ":epoch": epoch, ":number": number, ":at": i64::try_from(index).unwrap_or(i64::MAX), ":item": item_no,
        })
    })
    .map_err(failed("marking an item as framed"))?;
    tx.prepare_cached(
        "update change set status = 'framed' where status = 'draft' and (document_id, hash) =
         (select document_id, hash from item where item_no = ?1)",
    )
    .and_then(|mut statement| statement.execute([item_no]))
    .map(|_| ())
    .map_err(failed("marking a change as framed"))
}

/// Puts an item other than a change into the outbox.
pub(super) fn enqueue(tx: &Transaction<'_>, kind: &str, item: &Item) -> Result<(), PhoneError> {
    let body = minicbor::to_vec(item).expect("encoding into memory cannot fail");
    tx.prepare_cached("insert into item (document_id, kind, body) values (?1, ?2, ?3)")
        .and_then(|mut statement| {
            statement.execute(rusqlite::params![item.document().as_bytes(), kind, body])
        })
        .map(|_| ())
        .map_err(failed("queueing an item"))
}

/// Puts a change into the outbox.
pub(super) fn enqueue_change(
    tx: &Transaction<'_>,
    document: DocumentId,
    hash: ChangeHash,
) -> Result<(), PhoneError> {
    tx.prepare_cached("insert into item (document_id, kind, hash) values (?1, 'change', ?2)")
        .and_then(|mut statement| statement.execute(rusqlite::params![document.as_bytes(), hash.0]))
        .map(|_| ())
        .map_err(failed("queueing a change"))
}
