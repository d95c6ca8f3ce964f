//! The documents that a frame touches, as they stand while its items are judged one after the
//! other. Nothing here is durable; the commit checks that nobody was faster.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::record::document::{Actor, ChangeHash, Document};
use tingfang_core::record::shape::KindShape;
use tingfang_core::record::shape_of;

use super::facts::{Context, Writer};
use crate::db::{DbError, Tx};
use crate::store::{change_log, document};

/// One document while it is worked on.
pub(super) struct Working {
    pub(super) row: document::Kept,
    pub(super) shape: &'static KindShape,
    pub(super) document: Document,
    pub(super) context: Option<Context>,
    /// Whose actors wrote in it.
    pub(super) people: BTreeMap<Actor, PersonId>,
    /// The changes that are in it.
    pub(super) changes: BTreeSet<ChangeHash>,
    /// The revision in the database; nothing for a document that this frame begins.
    pub(super) base_revision: Option<u64>,
}

/// Every document that was touched so far.
#[derive(Default)]
pub(super) struct WorkingSet {
    pub(super) documents: BTreeMap<DocumentId, Working>,
    missing: BTreeSet<DocumentId>,
}

impl WorkingSet {
    /// The document, read on first use; nothing when the server does not have it.
    pub(super) fn get(
        &mut self,
        tx: &Tx,
        writer: &Writer,
        id: DocumentId,
    ) -> Result<Option<&mut Working>, DbError> {
        if !self.documents.contains_key(&id) && !self.missing.contains(&id) {
            match Working::read(tx, writer, id)? {
                Some(working) => {
                    self.documents.insert(id, working);
                }
                None => {
                    self.missing.insert(id);
                }
            }
        }
        Ok(self.documents.get_mut(&id))
    }

    /// Adds a document that this frame begins.
    pub(super) fn insert(&mut self, working: Working) {
        self.missing.remove(&working.row.id);
        self.documents.insert(working.row.id, working);
    }
}

impl Working {
    fn read(tx: &Tx, writer: &Writer, id: DocumentId) -> Result<Option<Self>, DbError> {
        let Some(row) = document::find(tx, id)? else { return Ok(None) };
        let shape = shape_of(&row.kind)
            .ok_or_else(|| DbError::Damaged(format!("a document of the unknown kind {}", row.kind)))?;
        let entries = change_log::of_document(tx, id)?;
        let document = Document::from_changes(entries.iter().map(|entry| entry.bytes.as_slice()))
            .map_err(|error| DbError::Damaged(error.to_string()))?;
        let context = row.assignment.map(|assignment| writer.context(tx, assignment)).transpose()?.flatten();
        let people = entries.iter().filter_map(|entry| Some((entry.actor, entry.sender?.person))).collect();
        let changes = entries.iter().map(|entry| entry.hash).collect();
        let base_revision = Some(row.revision);
        Ok(Some(Self { row, shape, document, context, people, changes, base_revision }))
    }
}

/// The device that a frame came from, for actors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) device: DeviceId,
    pub(super) epoch: u32,
}
