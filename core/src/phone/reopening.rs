//! Reopening a record after a refusal: from its accepted heads, with the later work carried over.
//!
//! A refused change stands in the past of everything that was written after it. So the record is
//! built again without it, and the changes that came later are rewritten under a fresh actor
//! ([`rebase`]). The frames that were signed stay as they are; what they carried is superseded.
//! Nothing that was typed disappears: what cannot be carried over stays listed with its text.
//!
//! So it goes too when a server was put back to an older state and does not have any more what others had
//! written: their own phones say it again, and one's own work does not wait for that. Where they cannot, because
//! a phone is gone, the copies here bear witness: they are handed in, and a manager decides.

use std::collections::BTreeSet;

use super::records::{keep_own_changes, touch};
use super::settling::WITNESS;
use super::store::change::{self, ChangeRow};
use super::store::document::DocumentRow;
use super::store::setting::{self, Setting};
use super::store::{Tx, document, frame, item};
use super::{Authorship, Phone, PhoneError, tasks};
use crate::clock::Moment;
use crate::id::{DeviceId, DocumentId};
use crate::record::document::{ChangeHash, Document};
use crate::record::edit::Edit;
use crate::record::size;
use crate::sync::actor;
use crate::sync::frame::{Claim, Frame, Item};
use crate::sync::rebase::{self, Later, Rebased};

impl Phone {
    /// Reopens every record that has a refused change and no change on its way.
    pub(super) fn reopen_where_needed(&mut self) -> Result<usize, PhoneError> {
        let reader = self.store.reader();
        // What the server has is not known before everything was read anew.
        if !setting::is_set(reader, Setting::Cursor)? && change::any_unconfirmed(reader)? {
            return Ok(0);
        }
        let recovering = setting::is_set(reader, Setting::Recovering)?;
        let documents = if recovering {
            change::documents_with_unaccepted(self.store.reader())?
        } else {
            change::documents_with_refusals(self.store.reader())?
        };
        for document in &documents {
            self.reopen(*document)?;
        }
        if recovering {
            self.store.write("ending the recovery", |tx| setting::forget(tx, Setting::Recovering))?;
        }
        Ok(documents.len())
    }

    /// The beginning of a shared record that another device had begun, and that the server does not have any
    /// more: whoever takes part may begin it.
    fn beginning_to_say_again(
        &self,
        row: &DocumentRow,
        document: &Document,
    ) -> Result<Option<Item>, PhoneError> {
        let reader = self.store.reader();
        let (Some(assignment), Some(schema)) = (row.assignment, document.schema()) else { return Ok(None) };
        if DocumentId::shared(self.profile.tenant, assignment) != row.document
            || self.known_task(assignment)?.is_none()
            || change::has_begun(reader, row.document)?
            || item::any_beginning(reader, row.document)?
        {
            return Ok(None);
        }
        let (kind, claim) = (row.kind.clone(), Claim::Shared { assignment });
        Ok(Some(Item::Begin { document: row.document, kind, version: schema.version, claim }))
    }

    fn reopen(&mut self, id: DocumentId) -> Result<(), PhoneError> {
        let Some(row) = document::find(self.store.reader(), id)? else { return Ok(()) };
        let changes = change::of_document(self.store.reader(), id)?;
        let accepted = changes.iter().filter(|change| change.status == "accepted");
        let (accepted, unresting) = Document::from_what_fits(accepted.map(|change| change.bytes.as_slice()))
            .map_err(|error| PhoneError::Damaged { reason: error.reason })?;
        let own = self.profile.device;
        let later: Vec<&ChangeRow> = changes.iter().filter(|change| is_later(own, change)).collect();
        // Into a full record nothing is written again that makes it longer, so that it is held once and not for ever;
        // what waits here is handed in first.
        let is_full = size::is_full(&accepted, change::bytes_of(self.store.reader(), id)?, true);
        let waits = later.iter().any(|change| change.status == "draft");
        if is_full && waits && !setting::is_set(self.store.reader(), Setting::Recovering)? {
            return Ok(());
        }
        // The later parts of a long text have no edits of their own.
        let lengthens = |edits: Vec<Edit>| edits.is_empty() || edits.iter().any(Edit::lengthens);
        let is_left_out = |change: &ChangeRow| {
            is_left_out(own, change) || is_full && is_later(own, change) && lengthens(journal(change))
        };
        let beginning = self.beginning_to_say_again(&row, &accepted)?;
        if later.iter().all(|change| is_of_another(own, change)) {
            // Nothing of one's own rests on it.
            return self.store.write("handing in copies", |tx| {
                hand_in(tx, own, &row, beginning.as_ref(), &later)?;
                document::set_stale(tx, id, row.touched_at)
            });
        }
        let now = self.now();
        // Data that was put back does not remember the last actors, and what they wrote may have come back since.
        let used: BTreeSet<_> =
            changes.iter().filter_map(|change| Document::actor_of(&change.bytes)).collect();
        let fresh = |rebase: &u32| !used.contains(&actor::derive(own, id, self.epoch(), *rebase));
        let rebase = (row.rebase + 1..).find(fresh).unwrap_or(u32::MAX);
        let actor = actor::derive(own, id, self.epoch(), rebase);
        // What is accepted and rests on what is not here yet is no part of the record yet.
        let past = changes.iter().filter_map(|change| {
            let is_left_out = is_left_out(change) || unresting.contains(&change.hash);
            (is_left_out || is_later(own, change)).then_some(Later { bytes: &change.bytes, is_left_out })
        });
        let rewritten = rebase::rebase(&accepted, &past.collect::<Vec<_>>(), actor);
        // A change that the library cannot rewrite is a bug; what was written stays listed, to be copied.
        let rebased = rewritten.unwrap_or(Rebased { document: accepted, carried: Vec::new() });
        let gist = self.gist(&row, &rebased.document)?;
        self.store.write("reopening a record", |tx| {
            hand_in(tx, own, &row, beginning.as_ref(), &later)?;
            for change in later.iter().filter(|change| !is_of_another(own, change)) {
                let carried = rebased.carried.iter().find(|carried| carried.old == change.hash);
                let is_whole = carried.is_some_and(|carried| carried.left_out == 0);
                close_change(tx, id, change.hash, if is_whole { "superseded" } else { "set_aside" })?;
                let Some(new) = carried.and_then(|carried| carried.new.as_ref()) else { continue };
                // First what it takes the place of: when that came in after all, this one does not.
                let item = Item::Supersede { document: id, old: change.hash, new: new.hash };
                item::enqueue(tx, "supersede", &item)?;
                let at = written_at(change, now);
                keep_own_changes(tx, id, rebase, std::slice::from_ref(new), &journal(change), at)?;
            }
            // A seal over heads that are no more is void; the owner is asked to seal again.
            if item::supersede_seals(tx, id)? {
                document::set_unsealed(tx, id)?;
            }
            document::set_rebase(tx, id, rebase)?;
            touch(tx, &row, now.as_millis(), &gist)?;
            tasks::look_again(tx, self.profile.person)
        })
    }
}

/// Hands in copies of what other devices had written, each after the beginning that it rests on, and takes
/// them out of the record. With them what was written here in an earlier epoch: it is written anew and not sent
/// again as it was, but what others had written on top of it rests on that.
fn hand_in(
    tx: &Tx<'_>,
    own: DeviceId,
    row: &DocumentRow,
    beginning: Option<&Item>,
    later: &[&ChangeRow],
) -> Result<(), PhoneError> {
    if let Some(beginning) = beginning {
        item::enqueue(tx, "begin", beginning)?;
    }
    for change in later {
        let writer = if is_of_another(own, change) {
            change::close(tx, row.document, change.hash, WITNESS)?;
            let Some(Authorship::Elsewhere { writer, .. }) = &change.authorship else { continue };
            writer.device
        } else if change.status == "unconfirmed" {
            own
        } else {
            continue;
        };
        let (document, bytes) = (row.document, change.bytes.clone());
        item::enqueue(tx, WITNESS, &Item::Witness { document, writer, bytes })?;
    }
    Ok(())
}

/// The server was put back to an older state, and may have lost what this phone wrote, in an earlier epoch, in records
/// that have left it since. Nothing but its archived frames says that any more; copies are handed in from there,
/// and a manager decides on what the server does not have.
pub(super) fn hand_in_what_has_left(tx: &Tx<'_>, own: DeviceId, epoch: u32) -> Result<(), PhoneError> {
    let gone = item::accepted_and_not_here(tx, epoch)?;
    hand_in_from_frames(tx, own, epoch, gone)
}

/// An epoch ends while frames are sent again to such a server: of what they carried and is here no more, copies are
/// handed in instead.
pub(super) fn hand_in_what_was_sent_again(tx: &Tx<'_>, own: DeviceId, epoch: u32) -> Result<(), PhoneError> {
    let gone = item::sent_again_and_not_here(tx, epoch)?;
    hand_in_from_frames(tx, own, epoch, gone)
}

/// Hands in copies of these changes, from the archived frames of the epochs before this one.
fn hand_in_from_frames(
    tx: &Tx<'_>,
    own: DeviceId,
    epoch: u32,
    mut gone: BTreeSet<ChangeHash>,
) -> Result<(), PhoneError> {
    if gone.is_empty() {
        return Ok(());
    }
    for (earlier, number) in frame::before_epoch(tx, epoch)? {
        let Some(bytes) = frame::bytes(tx, earlier, number)? else { continue };
        let Ok(frame) = Frame::from_bytes(&bytes) else { continue };
        for sent in frame.items {
            let Item::Change { document, bytes, .. } = sent else { continue };
            if rebase::hash_of(&bytes).is_some_and(|hash| gone.remove(&hash)) {
                item::enqueue(tx, WITNESS, &Item::Witness { document, writer: own, bytes })?;
            }
        }
    }
    Ok(())
}

/// Whether a change stands in the record and not in the server's.
fn is_later(own: DeviceId, change: &ChangeRow) -> bool {
    is_left_out(own, change)
        || matches!(change.status.as_str(), "draft" | "framed" | "blocked" | "unconfirmed")
}

fn is_left_out(own: DeviceId, change: &ChangeRow) -> bool {
    matches!(change.status.as_str(), "refused" | "malformed" | "held") || is_of_another(own, change)
}

/// Whether it is another device's, which the server had and has no more: it was put back to an older
/// state. Its own writer says it again; until then it is kept aside. What left this phone with its record and
/// came back from the server is this phone's own all the same, and nobody else says it. The edits that made it went with
/// the record: where it is not accepted once more, it is listed without its words, and the server has the bytes.
fn is_of_another(own: DeviceId, change: &ChangeRow) -> bool {
    let is_own = match &change.authorship {
        Some(Authorship::Here { .. }) => true,
        Some(Authorship::Elsewhere { writer, .. }) => writer.device == own,
        None => false,
    };
    change.status == "unconfirmed" && !is_own
}

/// What is written again was written when its owner wrote it; of what came back from the server, when that had it at the
/// latest.
fn written_at(change: &ChangeRow, otherwise: Moment) -> Moment {
    match &change.authorship {
        Some(Authorship::Here { at }) => *at,
        Some(Authorship::Elsewhere { made, .. }) => made.not_after,
        None => otherwise,
    }
}

fn journal(change: &ChangeRow) -> Vec<Edit> {
    change.journal.as_ref().and_then(|bytes| minicbor::decode(bytes).ok()).unwrap_or_default()
}

/// Takes a change out of the record. Its item keeps the verdict, unless it never had one.
fn close_change(tx: &Tx<'_>, document: DocumentId, hash: ChangeHash, status: &str) -> Result<(), PhoneError> {
    change::close(tx, document, hash, status)?;
    item::close_change(tx, document, hash, status)
}
