//! What is new for a phone, page by page.
//!
//! The first page fixes a horizon; all pages read at or below it, and the cursor moves there with
//! the last one. A document that comes into view is sent whole, so one cursor is enough.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::sync::wire::{PulledChange, PulledDocument, Row, SyncRequest, Token, Writer};

use super::cursor::{PagePlace, Phase, Place};
use super::{Sender, SyncDoor};
use crate::db::{DbError, Tx};
use crate::log;
use crate::store::{change_log, device, document, frame, person};

/// The least and the most plain bytes of a page, whatever the phone asks for.
const PAGE_BYTES: std::ops::RangeInclusive<usize> = 16 * 1024..=4 * 1024 * 1024;
/// How many rows are read at once.
const BATCH: u32 = 500;

/// One page.
#[derive(Default)]
pub(super) struct Page {
    pub(super) restart: bool,
    pub(super) rows: Vec<Row>,
    pub(super) documents: Vec<PulledDocument>,
    pub(super) leave: Vec<DocumentId>,
    pub(super) writers: Vec<Writer>,
    pub(super) next: Option<Token>,
    pub(super) cursor: Option<Token>,
}

impl SyncDoor {
    pub(super) fn pull(
        &self,
        sender: Sender<'_>,
        request: &SyncRequest,
        taken: &[u64],
        horizon: LogPosition,
    ) -> Result<Page, DbError> {
        self.db.read(|tx| {
            let (_, log_epoch) = log::head(tx)?;
            let token = request.page.as_ref().or(request.cursor.as_ref());
            let place = match token {
                None => Place { log_epoch, person: sender.person, read: LogPosition(0), page: None },
                Some(token) => {
                    let place = Place::from_token(token, &self.key);
                    match place.filter(|at| at.log_epoch == log_epoch && at.person == sender.person) {
                        Some(place) => place,
                        // The server was restored, or the token is another's: read anew.
                        None => return Ok(Page { restart: true, ..Page::default() }),
                    }
                }
            };
            let budget = usize::try_from(request.page_bytes).unwrap_or(usize::MAX);
            let mut reader = Reader {
                tx,
                sender,
                epoch: request.epoch,
                own: own(tx, sender, request, taken)?,
                read: place.read,
                budget: budget.clamp(*PAGE_BYTES.start(), *PAGE_BYTES.end()),
                used: 0,
                page: Page::default(),
                writers: BTreeMap::new(),
            };
            let start = place.page.unwrap_or(PagePlace { horizon, phase: Phase::Rows, after: place.read });
            let next = reader.fill(start)?;
            let mut page = reader.finish()?;
            match next {
                Some(next) => page.next = Some(Place { page: Some(next), ..place }.to_token(&self.key)),
                None => {
                    let done = Place { read: start.horizon, page: None, ..place };
                    page.cursor = Some(done.to_token(&self.key));
                }
            }
            Ok(page)
        })
    }
}

/// The frames of its epoch of which a phone has what it has sent: those that were taken with this request, and those
/// up to the one that it names, when the server knows the same. Who names none has lost
/// something, or records have left it: it has the frames of this request alone.
fn own(
    tx: &Tx,
    sender: Sender<'_>,
    request: &SyncRequest,
    taken: &[u64],
) -> Result<RangeInclusive<u64>, DbError> {
    let (first, last) = (taken.iter().min().copied().unwrap_or(1), taken.iter().max().copied().unwrap_or(0));
    let Some(answered) = &request.answered else { return Ok(first..=last) };
    let known = frame::find(tx, sender.device.id, request.epoch, answered.number)?;
    let is_the_same = known.is_some_and(|known| known.hash == answered.hash.0);
    Ok(if is_the_same { 1..=answered.number.max(last) } else { 1..=last })
}

/// Fills one page.
struct Reader<'t, 'c, 'd> {
    tx: &'t Tx<'c>,
    sender: Sender<'d>,
    epoch: u32,
    /// The frames of the epoch of which the phone has what it has sent.
    own: RangeInclusive<u64>,
    read: LogPosition,
    budget: usize,
    used: usize,
    page: Page,
    writers: BTreeMap<(PersonId, DeviceId), u32>,
}

impl Reader<'_, '_, '_> {
    /// Reads on from a place; gives the place of the next page, or nothing when all was read.
    fn fill(&mut self, start: PagePlace) -> Result<Option<PagePlace>, DbError> {
        let mut place = start;
        loop {
            let more = match place.phase {
                Phase::Rows => self.rows(&mut place)?,
                Phase::Enter => self.enter(&mut place)?,
                Phase::Changes => self.changes(&mut place)?,
            };
            if more {
                return Ok(Some(place));
            }
            place.phase = match place.phase {
                Phase::Rows => Phase::Enter,
                Phase::Enter => Phase::Changes,
                Phase::Changes => {
                    self.page.leave = self.leaving(place.horizon)?;
                    return Ok(None);
                }
            };
            place.after = self.read;
        }
    }

    const fn is_full(&self) -> bool {
        self.used >= self.budget
    }

    fn rows(&mut self, place: &mut PagePlace) -> Result<bool, DbError> {
        loop {
            let between = (place.after, place.horizon);
            let batch = log::rows(self.tx, self.sender.person, between, BATCH)?;
            if batch.is_empty() {
                return Ok(false);
            }
            for row in batch {
                if self.is_full() {
                    return Ok(true);
                }
                place.after = row.position;
                self.used += row.body.len() + row.key.len() + 32;
                self.page.rows.push(row);
            }
        }
    }

    fn enter(&mut self, place: &mut PagePlace) -> Result<bool, DbError> {
        loop {
            // A person takes part from one position on in documents that began there or earlier;
            // the documents of one position go together, so the position alone is the place.
            let between = (place.after, place.horizon);
            let batch = document::entering(self.tx, self.sender.person, between, BATCH)?;
            let Some(&(last, _)) = batch.last() else { return Ok(false) };
            // A batch may cut a position in two; the cut part is read again with the next batch.
            let full_batch = batch.len() == BATCH as usize;
            let mut at = None;
            for (position, id) in batch {
                if full_batch && position == last && at.is_some() && at != Some(position) {
                    break;
                }
                if self.is_full() && at != Some(position) {
                    return Ok(true);
                }
                at = Some(position);
                self.whole_document(id, place.horizon)?;
                place.after = position;
            }
        }
    }

    fn whole_document(&mut self, id: DocumentId, horizon: LogPosition) -> Result<(), DbError> {
        // Whoever was in the middle of pages when it was erased hears of that with the next cursor.
        let found = document::find(self.tx, id)?.filter(|row| row.erased_by.is_none());
        let Some(row) = found else { return Ok(()) };
        let entries = change_log::of_document(self.tx, id)?;
        let mut changes = Vec::new();
        let comes_back = document::has_left(self.tx, id, self.sender.person)?;
        for entry in entries.into_iter().filter(|entry| entry.position <= horizon) {
            if comes_back || !self.is_own(&entry) {
                changes.push(self.pulled(entry));
            }
        }
        self.page.documents.push(PulledDocument {
            document: id,
            kind: Some(row.kind),
            changes,
            assignment: row.assignment,
            case: row.case,
            undertaker: row.undertaker,
            transcribed_for: row.transcribed_for,
            own: row.writer == Some(self.sender.person),
            sealed: row.sealed_position.is_some_and(|sealed| sealed <= horizon),
        });
        Ok(())
    }

    fn changes(&mut self, place: &mut PagePlace) -> Result<bool, DbError> {
        loop {
            let between = (place.after, place.horizon);
            let batch = change_log::of_reader(self.tx, self.sender.person, self.read, between, BATCH)?;
            if batch.is_empty() {
                return Ok(false);
            }
            for entry in batch {
                if self.is_full() {
                    return Ok(true);
                }
                place.after = entry.position;
                if !self.is_own(&entry) {
                    let document = entry.document;
                    let change = self.pulled(entry);
                    self.add_change(document, change);
                }
            }
        }
    }

    fn add_change(&mut self, document: DocumentId, change: PulledChange) {
        if let Some(last) = self.page.documents.last_mut()
            && last.document == document
        {
            last.changes.push(change);
            return;
        }
        let changes = vec![change];
        let pulled = PulledDocument {
            document,
            kind: None,
            changes,
            assignment: None,
            case: None,
            own: false,
            undertaker: None,
            transcribed_for: None,
            sealed: false,
        };
        self.page.documents.push(pulled);
    }

    fn leaving(&self, horizon: LogPosition) -> Result<Vec<DocumentId>, DbError> {
        document::leaving(self.tx, self.sender.person, (self.read, horizon))
    }

    /// Whether the phone has the change because it made it in its present life.
    fn is_own(&self, entry: &change_log::Entry) -> bool {
        entry.sender.is_some_and(|by| {
            (by.device, by.epoch) == (self.sender.device.id, self.epoch)
                && self.own.contains(&by.frame_number)
        })
    }

    fn pulled(&mut self, entry: change_log::Entry) -> PulledChange {
        self.used += entry.bytes.len() + 64;
        let next = u32::try_from(self.writers.len()).unwrap_or(u32::MAX);
        let writer = entry.sender.map(|by| *self.writers.entry((by.person, by.device)).or_insert(next));
        PulledChange {
            position: entry.position,
            bytes: entry.bytes,
            writer,
            not_before: entry.sender.and_then(|by| by.not_before),
            received_at: entry.received_at,
        }
    }

    fn finish(mut self) -> Result<Page, DbError> {
        let mut by_index: Vec<_> = self.writers.iter().map(|(writer, index)| (*index, *writer)).collect();
        by_index.sort_unstable();
        for (_, (person, device)) in by_index {
            let name = person::find(self.tx, person)?.map(|person| person.name).unwrap_or_default();
            let device_name = device::find(self.tx, device)?.map(|device| device.name).unwrap_or_default();
            self.page.writers.push(Writer { name, device, device_name });
        }
        Ok(self.page)
    }
}
