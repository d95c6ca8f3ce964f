//! Reopening a record after a refusal: from its accepted heads, with the later work carried over.
//!
//! A refused change stands in the past of everything that was written after it. So the record is
//! built again without it, and the edits that came later are written anew under a fresh actor. The
//! frames that were signed stay as they are; what they carried is superseded. Nothing that was
//! typed disappears: what cannot be carried over stays listed with its text.

use rusqlite::Transaction;

use super::frames::enqueue;
use super::records::{keep_own_changes, touch};
use super::store::{ChangeRow, DocumentRow, change_rows, document_row, drop_setting, failed, setting};
use super::{Phone, PhoneError};
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
}

impl Phone {
    /// Reopens every record that has a refused change and no change on its way.
    pub(super) fn reopen_where_needed(&mut self) -> Result<usize, PhoneError> {
        let recovering = setting(self.store.reader(), "recovering")?.is_some();
        let documents = self.to_reopen(recovering)?;
        for document in &documents {
            self.reopen(*document)?;
        }
        if recovering {
            self.store.write("ending the recovery", |tx| drop_setting(tx, "recovering"))?;
        }
        Ok(documents.len())
    }

    fn to_reopen(&self, recovering: bool) -> Result<Vec<DocumentId>, PhoneError> {
        let doing = "looking for records to reopen";
        let sql = if recovering {
            "select distinct document_id from change
             where status in ('draft', 'framed', 'blocked', 'refused', 'malformed', 'held')"
        } else {
            "select distinct document_id from change c
             where status in ('refused', 'malformed', 'held') and not exists
                 (select 1 from change f where f.document_id = c.document_id and f.status = 'framed')"
        };
        let mut statement = self.store.reader().prepare_cached(sql).map_err(failed(doing))?;
        let rows = statement.query_map([], |row| row.get(0).map(DocumentId::from_bytes));
        rows.and_then(Iterator::collect).map_err(failed(doing))
    }

    fn reopen(&mut self, document: DocumentId) -> Result<(), PhoneError> {
        let Some(row) = document_row(self.store.reader(), document)? else { return Ok(()) };
        let changes = change_rows(self.store.reader(), document)?;
        let accepted = changes.iter().filter(|change| change.status == "accepted");
        let mut reopened = Document::from_changes(accepted.map(|change| change.bytes.as_slice()))
            .map_err(|error| PhoneError::Damaged { reason: error.reason })?;
        let rebase = row.rebase + 1;
        let actor = actor::derive(self.profile.device, document, self.secrets.epoch, rebase);
        let mut carried = Vec::new();
        let mut set_aside = Vec::new();
        for change in changes.iter().filter(|change| change.status != "accepted") {
            match change.status.as_str() {
                "refused" | "malformed" | "held" => set_aside.push(change.hash),
                "draft" | "framed" | "blocked" => {
                    let edits = journal(change);
                    // What rests on a refused entry cannot be written without it.
                    match reopened.edit(actor, &edits) {
                        Ok(made) => carried.push(Carried { old: change.hash, edits, made }),
                        Err(_) => set_aside.push(change.hash),
                    }
                }
                _ => {}
            }
        }
        let search = self.search_text(&row, &reopened)?;
        let now = self.now().as_millis();
        self.store.write("reopening a record", |tx| {
            for hash in &set_aside {
                close_change(tx, document, *hash, "set_aside")?;
            }
            for Carried { old, edits, made } in &carried {
                close_change(tx, document, *old, "superseded")?;
                keep_own_changes(tx, document, rebase, made, edits)?;
                if let Some(new) = made.last() {
                    enqueue(tx, "supersede", &Item::Supersede { document, old: *old, new: new.hash })?;
                }
            }
            void_seal(tx, &row)?;
            tx.execute(
                "update document set rebase = ?2 where document_id = ?1",
                rusqlite::params![document.as_bytes(), rebase],
            )
            .map_err(failed("reopening a record"))?;
            touch(tx, row.number, document, now, &search)
        })
    }
}

fn journal(change: &ChangeRow) -> Vec<Edit> {
    change.journal.as_ref().and_then(|bytes| minicbor::decode(bytes).ok()).unwrap_or_default()
}

/// Takes a change out of the record. Its item keeps the verdict, unless it never had one.
fn close_change(
    tx: &Transaction<'_>,
    document: DocumentId,
    hash: ChangeHash,
    status: &str,
) -> Result<(), PhoneError> {
    let doing = "closing a change";
    let place = rusqlite::params![document.as_bytes(), hash.0, status];
    tx.execute("update change set status = ?3 where document_id = ?1 and hash = ?2", place)
        .map_err(failed(doing))?;
    tx.execute(
        "update item set status = ?3 where document_id = ?1 and hash = ?2
             and status in ('draft', 'framed', 'blocked')",
        place,
    )
    .map(|_| ())
    .map_err(failed(doing))
}

/// A seal over heads that are no more is void; the owner is asked to seal again.
fn void_seal(tx: &Transaction<'_>, row: &DocumentRow) -> Result<(), PhoneError> {
    let doing = "voiding a seal";
    let voided = tx
        .execute(
            "update item set status = 'superseded' where document_id = ?1 and kind = 'seal' and status <> 'accepted'",
            [row.document.as_bytes()],
        )
        .map_err(failed(doing))?;
    if voided == 0 {
        return Ok(());
    }
    tx.execute(
        "update document set state = 'open', needs_seal = 1 where document_id = ?1",
        [row.document.as_bytes()],
    )
    .map(|_| ())
    .map_err(failed(doing))
}
