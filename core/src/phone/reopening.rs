//! Reopening a record after a refusal: from its accepted heads, with the later work carried over.
//!
//! A refused change stands in the past of everything that was written after it. So the record is
//! built again without it, and the edits that came later are written anew under a fresh actor. The
//! frames that were signed stay as they are; what they carried is superseded. Nothing that was
//! typed disappears: what cannot be carried over stays listed with its text.

use super::records::{keep_own_changes, touch};
use super::store::change::{self, ChangeRow};
use super::store::setting::{self, Setting};
use super::store::{Tx, document, item};
use super::{Authorship, Phone, PhoneError};
use crate::clock::Moment;
use crate::id::DocumentId;
use crate::record::document::{ChangeHash, Document, RawChange};
use crate::record::edit::Edit;
use crate::sync::actor;
use crate::sync::frame::Item;

/// What becomes of an own change when its record is reopened.
struct Carried {
    old: ChangeHash,
    edits: Vec<Edit>,
    made: Vec<RawChange>,
    at: Moment,
}

impl Phone {
    /// Reopens every record that has a refused change and no change on its way.
    pub(super) fn reopen_where_needed(&mut self) -> Result<usize, PhoneError> {
        let recovering = setting::is_set(self.store.reader(), Setting::Recovering)?;
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

    fn reopen(&mut self, id: DocumentId) -> Result<(), PhoneError> {
        let Some(row) = document::find(self.store.reader(), id)? else { return Ok(()) };
        let changes = change::of_document(self.store.reader(), id)?;
        let accepted = changes.iter().filter(|change| change.status == "accepted");
        let mut reopened = Document::from_changes(accepted.map(|change| change.bytes.as_slice()))
            .map_err(|error| PhoneError::Damaged { reason: error.reason })?;
        let (rebase, now) = (row.rebase + 1, self.now());
        let actor = actor::derive(self.profile.device, id, self.secrets.epoch, rebase);
        let mut carried = Vec::new();
        let mut set_aside = Vec::new();
        for change in changes.iter().filter(|change| change.status != "accepted") {
            match change.status.as_str() {
                "refused" | "malformed" | "held" => set_aside.push(change.hash),
                "draft" | "framed" | "blocked" => {
                    let edits = journal(change);
                    // What rests on a refused entry cannot be written without it.
                    match reopened.edit(actor, &edits) {
                        Ok(made) => carried.push(Carried {
                            old: change.hash,
                            edits,
                            made,
                            at: written_at(change, now),
                        }),
                        Err(_) => set_aside.push(change.hash),
                    }
                }
                _ => {}
            }
        }
        let search = self.search_text(&row, &reopened)?;
        self.store.write("reopening a record", |tx| {
            for hash in &set_aside {
                close_change(tx, id, *hash, "set_aside")?;
            }
            for Carried { old, edits, made, at } in &carried {
                close_change(tx, id, *old, "superseded")?;
                keep_own_changes(tx, id, rebase, made, edits, *at)?;
                if let Some(new) = made.last() {
                    let item = Item::Supersede { document: id, old: *old, new: new.hash };
                    item::enqueue(tx, "supersede", &item)?;
                }
            }
            // A seal over heads that are no more is void; the owner is asked to seal again.
            if item::supersede_seals(tx, id)? {
                document::set_unsealed(tx, id)?;
            }
            document::set_rebase(tx, id, rebase)?;
            touch(tx, &row, now.as_millis(), &search)
        })
    }
}

/// What is written again was written when its owner wrote it.
fn written_at(change: &ChangeRow, otherwise: Moment) -> Moment {
    match change.authorship {
        Some(Authorship::Here { at }) => at,
        _ => otherwise,
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
