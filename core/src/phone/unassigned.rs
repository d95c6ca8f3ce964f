//! Records that no task asks for. They begin at once and are sent; the server holds them until a
//! manager links each to an assignment. They stay records of their own and are never merged.

use super::opening::Beginning;
use super::records::{keep_own_changes, open_record, touch};
use super::store::document::{self, DocumentRow};
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::people::{AssignmentKind, Duty};
use crate::policy::{Act, Facts, RecordState};
use crate::record::edit::Edit;
use crate::record::identity::Identity;
use crate::record::kind::shape_of;
use crate::sync::actor;
use crate::sync::frame::Claim;

use super::permission::{task_facts_of_duty, whole};

/// The duty that somebody would have who was assigned to make such a record; nothing for a kind
/// that is never made without a task, such as a scoresheet.
fn assumed_duty(kind: &str) -> Option<Duty> {
    let asks = AssignmentKind::ALL.iter().find(|asked| asked.record_kinds().contains(&kind))?;
    if asks.scores() {
        return None;
    }
    // The lead is given, never assumed.
    asks.duties().iter().copied().find(|duty| !duty.leads())
}

impl Phone {
    /// Starts a record that no task asks for, with a fresh id. It can be written like any other, and
    /// sealed once a manager has linked it to an assignment.
    ///
    /// # Errors
    /// When such a record is never made without a task, the store fails, or the phone is locked.
    pub fn start_unassigned(&mut self, kind: &str) -> Result<DocumentId, PhoneError> {
        self.check_lease()?;
        let shape = shape_of(kind)
            .filter(|shape| assumed_duty(shape.code).is_some())
            .ok_or_else(|| PhoneError::NotAllowed { rule: "never_without_task".to_owned() })?;
        let facts = self.unassigned_facts(shape.code, true);
        self.check_allowed(&facts, shape.code, Act::Begin, &whole(), None)?;
        let identity = Identity::default();
        let opening = self.origin_edits(shape, &identity, None);
        let document = self.minter.mint();
        let (id, claim, assignment) = (document, Claim::Unassigned, None);
        self.begin(Beginning { shape, id, claim, assignment, identity, edits: &opening })?;
        Ok(document)
    }

    /// What the owner may do in a record without a task: what they could if it were theirs.
    pub(super) fn unassigned_facts(&self, kind: &str, is_writer: bool) -> Facts {
        Facts { is_writer, ..task_facts_of_duty(self.profile.person, assumed_duty(kind), RecordState::Open) }
    }

    /// Writes into the records that were linked what their tasks already know. Says how many.
    pub(super) fn open_linked(&mut self) -> Result<usize, PhoneError> {
        let linked = document::newly_linked(self.store.reader())?;
        let mut opened = 0;
        for row in &linked {
            opened += usize::from(self.open_one_linked(row)?);
        }
        Ok(opened)
    }

    fn open_one_linked(&mut self, row: &DocumentRow) -> Result<bool, PhoneError> {
        let task = row.assignment.map(|assignment| self.known_task(assignment)).transpose()?.flatten();
        let Some(task) = task else { return Ok(false) };
        let mut record = open_record(self.store.reader(), row.document)?;
        let shape = record.shape()?;
        let known = self.identity_in(&task);
        let identity = Identity {
            case: row.case.or(known.case),
            undertaker: row.undertaker.or(known.undertaker),
            ..known
        };
        let edits: Vec<Edit> = self.subject_edits(shape, &task, &identity)?;
        let actor = actor::derive(self.profile.device, row.document, self.epoch(), row.rebase);
        let changes = if edits.is_empty() { Vec::new() } else { record.edit(actor, &edits)? };
        let (now, gist) = (self.now(), self.gist(row, &record)?);
        self.store.write("opening a linked record", |tx| {
            keep_own_changes(tx, row.document, row.rebase, &changes, &edits, now)?;
            document::set_opened(tx, row.document)?;
            touch(tx, row, now.as_millis(), &gist)
        })?;
        Ok(true)
    }
}
