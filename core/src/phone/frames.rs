//! The outbox: cutting drafts into signed frames, and asking the server.

use super::reopening::hand_in_what_was_sent_again;
use super::settling::WITNESS;
use super::store::handing_in::{self, Unknown};
use super::store::item::{Draft, ItemPlace};
use super::store::setting::{self, Setting};
use super::store::{change, document, frame, item};
use super::{Phone, PhoneError, Secrets, auditing};
use crate::sync::frame::{Beacon, Frame, FrameHash, FrameHeader, Item, MAX_FRAME_BYTES, MAX_ITEMS};
use crate::sync::wire::{self, FrameBytes, SyncRequest, Token};

/// The most plain bytes of frames in one request; what remains goes with the next.
const REQUEST_FRAME_BYTES: usize = 800 * 1024;
/// The plain bytes that a page of the answer may have.
const PAGE_BYTES: u32 = 1024 * 1024;
/// What a frame's header and signature may take beside its items.
const FRAME_OVERHEAD_BYTES: usize = 1024;
/// What every item takes beside its body.
const ITEM_OVERHEAD_BYTES: usize = 32;

impl Phone {
    /// Whether anything is sent at the moment: not while everything is read anew.
    pub(super) fn sends(&self) -> Result<bool, PhoneError> {
        Ok(!setting::is_set(self.store.reader(), Setting::Recovering)? || self.never_reads_anew()?)
    }

    /// What a phone wrote before its epoch ended is rewritten once everything was read anew. Where nothing will be, it
    /// cannot, and under the new epoch nobody would take it: copies are handed in, which a manager has carried over.
    pub(super) fn hand_in_copies(&mut self) -> Result<(), PhoneError> {
        if !self.never_reads_anew()? {
            return Ok(());
        }
        let (own, epoch) = (self.profile.device, self.epoch());
        self.store.write("handing in copies", |tx| {
            hand_in_what_was_sent_again(tx, own, epoch)?;
            for Unknown { number, document, bytes } in handing_in::unknown_to_server(tx, epoch)? {
                item::enqueue(tx, WITNESS, &Item::Witness { document, writer: own, bytes })?;
                handing_in::set_handed_in(tx, number)?;
            }
            Ok(())
        })
    }

    /// A phone that is revoked, or is to wipe itself, is given nothing: what it doubts since a server was put back it
    /// doubts for ever.
    fn never_reads_anew(&self) -> Result<bool, PhoneError> {
        let reader = self.store.reader();
        let is_given_nothing = setting::is_set(reader, Setting::WipeOrder)? || self.is_revoked()?;
        Ok(is_given_nothing && !setting::is_set(reader, Setting::Cursor)? && change::any_unconfirmed(reader)?)
    }

    /// The next request to the server, ready to be posted. Drafts are cut into signed frames
    /// first, and are on disk as such when this returns.
    ///
    /// # Errors
    /// When the store or the key store fails.
    pub fn next_request(&mut self) -> Result<Vec<u8>, PhoneError> {
        self.check_outside()?;
        self.hand_in_copies()?;
        let sends = self.sends()?;
        if sends {
            self.cut_frames()?;
        }
        let is_wiping = self.may_wipe()?;
        let digest = self.digest_to_compare()?;
        let reader = self.store.reader();
        let frames = if sends { self.waiting_frames()? } else { Vec::new() };
        let token = |name| Ok::<_, PhoneError>(setting::read(reader, name)?.map(Token));
        let request = wire::encode(&SyncRequest {
            tenant: self.profile.tenant,
            device: self.profile.device,
            epoch: self.epoch(),
            cursor: token(Setting::Cursor)?,
            page: token(Setting::Page)?,
            frames,
            page_bytes: PAGE_BYTES,
            core_version: env!("CARGO_PKG_VERSION").to_owned(),
            // Who reads anew because something is damaged wants its own work too; so does who has had records that
            // left: they may come back, and a server that was put back does not know that they were gone.
            answered: if setting::is_set(reader, Setting::Repairing)? || document::any_has_left(reader)? {
                None
            } else {
                frame::last_answered(reader, self.epoch())?
            },
            audit_sizes: auditing::sizes(reader)?,
            is_wiping,
            digest,
            policy_version: self.given_policy_version()?,
        });
        let digest = wire::request_digest(&request);
        self.store.write("remembering the request", |tx| {
            setting::write(tx, Setting::LastRequest, &digest)?;
            if is_wiping {
                setting::write(tx, Setting::Wiping, b"1")
            } else {
                setting::forget(tx, Setting::Wiping)
            }
        })?;
        Ok(request)
    }

    pub(super) fn waiting_frames(&self) -> Result<Vec<FrameBytes>, PhoneError> {
        let mut total = 0;
        let waiting = frame::waiting(self.store.reader(), |size| {
            let is_first = total == 0;
            total += size;
            is_first || total <= REQUEST_FRAME_BYTES
        })?;
        Ok(waiting.into_iter().map(FrameBytes).collect())
    }

    /// Cuts one frame out of the drafts; false when there are none.
    pub(super) fn cut_frame(&mut self) -> Result<bool, PhoneError> {
        let drafts = self.drafts()?;
        if drafts.is_empty() {
            return Ok(false);
        }
        let number = frame::newest(self.store.reader(), self.epoch())? + 1;
        let signed = self.sign_frame(number, drafts.iter().map(|(_, item)| item.clone()).collect())?;
        // The mark goes first: a crash in between costs an epoch, never a number used twice.
        self.keep(Secrets { last_frame: number, ..Secrets::clone(&self.secrets.get()) })?;
        let epoch = self.epoch();
        self.store.write("cutting a frame", |tx| {
            frame::insert(tx, epoch, number, &signed)?;
            drafts.iter().enumerate().try_for_each(|(index, (draft, _))| {
                item::set_framed(tx, *draft, ItemPlace { epoch, frame: number, index })?;
                change::set_framed(tx, *draft)
            })
        })?;
        Ok(true)
    }

    fn sign_frame(&self, number: u64, items: Vec<Item>) -> Result<Frame, PhoneError> {
        let reader = self.store.reader();
        let previous = frame::hash(reader, self.epoch(), number - 1)?;
        let beacon: Option<Beacon> =
            setting::read(reader, Setting::Beacon)?.and_then(|bytes| minicbor::decode(&bytes).ok());
        let header = FrameHeader {
            format: 1,
            algorithm: self.signs_with(),
            tenant: self.profile.tenant,
            device: self.profile.device,
            epoch: self.epoch(),
            number,
            previous: previous.unwrap_or(FrameHash::NONE),
            policy_version: self.rules.get().policy.version,
            beacon,
            claimed_at: self.now(),
        };
        Frame::sign_with(header, items, |digest| self.sign(digest))
    }

    /// The drafts that fit into one frame, in order, with their numbers in the outbox.
    fn drafts(&self) -> Result<Vec<(i64, Item)>, PhoneError> {
        let (mut total, mut count) = (FRAME_OVERHEAD_BYTES, 0);
        let drafts = item::drafts(self.store.reader(), |size| {
            let is_first = count == 0;
            total += size + ITEM_OVERHEAD_BYTES;
            count += 1;
            is_first || (total <= MAX_FRAME_BYTES && count <= MAX_ITEMS)
        })?;
        let readable = drafts.into_iter().map(|Draft { number, item, .. }| {
            let reason = || format!("item {number} of the outbox cannot be read");
            Ok((number, item.ok_or_else(|| PhoneError::Damaged { reason: reason() })?))
        });
        readable.collect()
    }
}
