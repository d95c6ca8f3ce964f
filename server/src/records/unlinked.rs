//! Records that were begun without a task: held until a manager links each to an assignment. What was
//! written in one waits in the frames; it is read there, so that a manager sees what to link.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::record::document::Document;
use tingfang_core::record::shape_of;
use tingfang_core::record::value::Node;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::gate::{self, Judgement};

use super::held::sent;
use super::may_read_refused;
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::store::frame;
use crate::store::quarantine;

/// The rule that holds the beginning of such a record.
pub const RULE: &str = "unassigned";

/// A record that waits for its link.
#[derive(Clone, Debug)]
pub struct Unlinked {
    /// The record.
    pub document: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// Who began it.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// When its beginning was received.
    pub received_at: Moment,
    /// What stands in it so far.
    pub content: Node,
}

/// The waiting record of this id; nothing when none waits or this person may not see it.
///
/// # Errors
/// When the data layer fails.
pub fn find(tx: &Tx, reader: &SignedIn, document: DocumentId) -> Result<Option<Unlinked>, DbError> {
    let held = quarantine::held_beginnings(tx, RULE, Some(document))?;
    Ok(visible(tx, reader, held)?.into_iter().next())
}

/// The waiting records that this person may see, the oldest first.
///
/// # Errors
/// When the data layer fails.
pub fn list(tx: &Tx, reader: &SignedIn) -> Result<Vec<Unlinked>, DbError> {
    let held = quarantine::held_beginnings(tx, RULE, None)?;
    visible(tx, reader, held)
}

fn visible(tx: &Tx, reader: &SignedIn, held: Vec<quarantine::Kept>) -> Result<Vec<Unlinked>, DbError> {
    let mut found = Vec::new();
    for item in held {
        if may_read_refused(tx, reader, &item)? {
            found.extend(opened(tx, &item)?);
        }
    }
    Ok(found)
}

fn opened(tx: &Tx, held: &quarantine::Kept) -> Result<Option<Unlinked>, DbError> {
    let Some(Item::Begin { document, kind, version, claim: Claim::Unassigned }) = sent(tx, held.place)?
    else {
        return Ok(None);
    };
    let Some(shape) = shape_of(&kind).filter(|shape| version <= shape.version) else { return Ok(None) };
    let mut record = Document::begin_at_version(shape, version, document);
    for place in frame::blocked_of(tx, document)? {
        let Some(Item::Change { rebase, bytes, .. }) = sent(tx, place)? else { continue };
        let actor = actor::derive(place.0, document, place.1, rebase);
        // What does not fit is judged when the record begins; here it is only not shown.
        if let Ok(admitted) = gate::admit(&record, shape, actor, &bytes, |_| Judgement::Allow) {
            record = admitted.document;
        }
    }
    Ok(Some(Unlinked {
        document,
        kind,
        person: held.person,
        device: held.place.0,
        received_at: held.received_at,
        content: record.content(),
    }))
}
