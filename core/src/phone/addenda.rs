//! What came too late for a seal: it becomes an addendum by itself, a record of its own that is linked to the
//! sealed one (DESIGN section 5). Only what several people seal together can be sealed before all has come.

use std::collections::BTreeSet;

use super::opening::Beginning;
use super::permission::whole;
use super::store::document::DocumentRow;
use super::store::setting::{self, Setting};
use super::store::{Tx, change, document, late_work};
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::policy::Act;
use crate::record::amendment;
use crate::record::document::{ChangeHash, Document};
use crate::record::identity::Identity;
use crate::record::shape::Merge;
use crate::sync::actor;
use crate::sync::frame::Claim;
use crate::sync::rebase::{self, Later};
use crate::text::{Language, label};

impl Phone {
    /// Begins an addendum for each sealed record that work came too late for. Says how many.
    pub(super) fn add_late_work(&mut self) -> Result<usize, PhoneError> {
        let reader = self.store.reader();
        // What the server has is not known before everything was read anew.
        if !setting::is_set(reader, Setting::Cursor)? || setting::is_set(reader, Setting::Recovering)? {
            return Ok(0);
        }
        let mut begun = 0;
        for sealed in late_work::documents(reader)? {
            begun += usize::from(self.add_late_work_of(sealed)?);
        }
        Ok(begun)
    }

    fn add_late_work_of(&mut self, sealed: DocumentId) -> Result<bool, PhoneError> {
        let Some(row) = document::find(self.store.reader(), sealed)? else { return Ok(false) };
        let facts = self.facts(&row)?;
        // Who takes part no more has it listed, to be copied.
        if self.check_allowed(&facts, &row.kind, Act::AddLate, &whole(), None).is_err() {
            return Ok(false);
        }
        let late: BTreeSet<_> = late_work::changes(self.store.reader(), sealed)?.into_iter().collect();
        let changes = change::of_document(self.store.reader(), sealed)?;
        let accepted = changes.iter().filter(|change| change.status == "accepted");
        let (accepted, _) = Document::from_what_fits(accepted.map(|change| change.bytes.as_slice()))
            .map_err(|error| PhoneError::Damaged { reason: error.reason })?;
        let shape = accepted.shape()?;
        if shape.merge != Merge::Shared {
            return Ok(false);
        }
        let written = changes.iter().filter(|change| !matches!(&*change.status, "accepted" | "superseded"));
        let written: Vec<Later<'_>> = written
            .map(|change| Later { bytes: &change.bytes, is_left_out: !late.contains(&change.hash) })
            .collect();
        let actor = actor::derive(self.profile.device, sealed, self.epoch(), row.rebase + 1);
        // What cannot be read without the seal stays listed.
        let Ok(with_late) = rebase::rebase(&accepted, &written, actor) else { return Ok(false) };
        let said = amendment::late(shape, &accepted.content(), &with_late.document.content());
        if said.is_empty() {
            // A mark, for instance: there is nothing to add, and it stays listed.
            self.store.write("setting late work aside", |tx| close(tx, &row, &late, "set_aside"))?;
            return Ok(false);
        }
        let reason = label(Language::Zh, "late_work", "reason").unwrap_or_default();
        let mut edits = amendment::begin(shape, &accepted.content(), sealed, reason);
        edits.extend(said);
        let beginning = Beginning {
            shape,
            id: self.minter.mint(),
            claim: Claim::LateWork { of: sealed },
            assignment: row.assignment,
            identity: Identity::default(),
            edits: &edits,
        };
        self.begin_and(beginning, |tx| close(tx, &row, &late, "in_addendum"))?;
        Ok(true)
    }
}

/// Takes late work out of the sealed record.
fn close(
    tx: &Tx<'_>,
    row: &DocumentRow,
    late: &BTreeSet<ChangeHash>,
    status: &str,
) -> Result<(), PhoneError> {
    late.iter().try_for_each(|hash| change::close(tx, row.document, *hash, "set_aside"))?;
    late_work::settle(tx, row.document, status)?;
    document::set_rebase(tx, row.document, row.rebase + 1)?;
    document::set_stale(tx, row.document, row.touched_at)
}
