//! The documents that a frame touches, as they stand while its items are judged one after the
//! other. Nothing here is durable; the commit checks that nobody was faster.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{AssignmentId, DeviceId, DocumentId, PersonId, TenantId};
use tingfang_core::people::TaskCommand;
use tingfang_core::record::document::{Actor, ChangeHash, Document};
use tingfang_core::record::identity::Identity;
use tingfang_core::record::seal::Seal;
use tingfang_core::record::shape::KindShape;
use tingfang_core::record::shape_of;
use tingfang_core::record::size;
use tingfang_core::sync::copies::Copies;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::gate::{History, Passed};

use super::facts::{Context, Writer};
use crate::db::{DbError, Tx};
use crate::store::record_link::RecordLink;
use crate::store::{
    change_log, document, erasure, frame, quarantine, rewritten_change, seal, stand_in, task_report,
};

/// One document while it is worked on.
pub(super) struct Working {
    pub(super) row: document::Kept,
    pub(super) shape: &'static KindShape,
    pub(super) document: Document,
    pub(super) context: Option<Context>,
    /// Whose actors wrote in it.
    pub(super) people: BTreeMap<Actor, PersonId>,
    /// The changes that are in it.
    pub(super) history: History,
    /// How many bytes they have together.
    pub(super) bytes: usize,
    /// Those of them that the sender's device has sent, or another for it.
    pub(super) sent_by_device: BTreeSet<ChangeHash>,
    /// Its seal, when it has one.
    pub(super) seal: Option<Seal>,
    /// Its confirmation, when it is a transcript and has one.
    pub(super) confirmation: Option<Seal>,
    /// The revision in the database; nothing for a document that this frame begins.
    pub(super) base_revision: Option<u64>,
}

/// Everything that a frame's items touch, read in one go before the first one is judged.
#[derive(Default)]
pub(super) struct WorkingSet {
    pub(super) documents: BTreeMap<DocumentId, Working>,
    /// Reports on tasks that the server has, or that came earlier in the frame.
    pub(super) reported: BTreeMap<DocumentId, TaskCommand>,
    /// Records of which nothing is left, by order.
    pub(super) erased: BTreeSet<DocumentId>,
    /// Sealed records that work of the sender came too late for.
    pub(super) late_work: BTreeSet<DocumentId>,
    contexts: BTreeMap<AssignmentId, Context>,
    /// Changes that the sender has rewritten, each with the one in its place.
    rewritten: BTreeMap<DocumentId, Copies>,
}

impl WorkingSet {
    /// Reads the documents that the items name, and the assignments that they claim to answer or are
    /// linked to.
    pub(super) fn read(
        tx: &Tx,
        writer: &Writer,
        items: &[Item],
        link: Option<&RecordLink>,
        frame: &frame::Kept,
    ) -> Result<Self, DbError> {
        let (mut set, then) = (Self::default(), frame.beacon_position);
        let device = stand_in::stands_for(tx, frame.device)?;
        for document in items.iter().map(Item::document).collect::<BTreeSet<_>>() {
            for known in rewritten_change::of_document(tx, device, document)? {
                set.rewrites(document, known.old, known.new);
            }
        }
        if let Some(link) = link
            && let Some(context) = writer.context(tx, link.assignment, then)?
        {
            set.contexts.insert(link.assignment, context);
        }
        for item in items {
            set.read_document(tx, writer, item.document(), frame)?;
            if let Item::TaskReport { command } = item {
                if let Some(kept) = task_report::find(tx, command.id)? {
                    set.reported.insert(command.id, kept.command);
                }
                set.read_claimed(tx, writer, command.assignment, then)?;
            }
            let Item::Begin { claim, .. } = item else { continue };
            if let Some(assignment) = claim.assignment() {
                set.read_claimed(tx, writer, assignment, then)?;
            }
            if let Claim::Amendment { of } | Claim::LateWork { of } = claim {
                set.read_document(tx, writer, *of, frame)?;
            }
            if let Claim::LateWork { of } = claim
                && quarantine::has_late_work(tx, *of, writer.person)?
            {
                set.late_work.insert(*of);
            }
        }
        Ok(set)
    }

    /// Reads an assignment that an item claims to answer. One in which the writer never took part is as one that is
    /// not there.
    fn read_claimed(
        &mut self,
        tx: &Tx,
        writer: &Writer,
        id: AssignmentId,
        then: LogPosition,
    ) -> Result<(), DbError> {
        let took_part = |context: &Context| {
            context.assignment.members.iter().any(|member| member.person == writer.person)
        };
        if let Some(context) = writer.context(tx, id, then)?.filter(took_part) {
            self.contexts.insert(id, context);
        }
        Ok(())
    }

    fn read_document(
        &mut self,
        tx: &Tx,
        writer: &Writer,
        id: DocumentId,
        frame: &frame::Kept,
    ) -> Result<(), DbError> {
        if erasure::of_document(tx, id)?.is_some() {
            self.erased.insert(id);
        } else if !self.documents.contains_key(&id)
            && let Some(working) = Working::read(tx, writer, id, frame)?
        {
            self.documents.insert(id, working);
        }
        Ok(())
    }

    /// Notes that the sender has written a change in the place of another.
    pub(super) fn rewrites(&mut self, document: DocumentId, old: ChangeHash, new: ChangeHash) {
        self.rewritten.entry(document).or_default().insert(old, new);
    }

    /// The changes that say the same as this one.
    pub(super) fn copies(&self, document: DocumentId, change: ChangeHash) -> BTreeSet<ChangeHash> {
        self.rewritten.get(&document).map(|copies| copies.of(change)).unwrap_or_default()
    }

    /// Whether the sender has written changes of this document in the place of others.
    pub(super) fn has_copies(&self, document: DocumentId) -> bool {
        self.rewritten.contains_key(&document)
    }

    /// The document; nothing when the server does not have it.
    pub(super) fn get(&mut self, id: DocumentId) -> Option<&mut Working> {
        self.documents.get_mut(&id)
    }

    /// The assignment that an item claims to answer; nothing when there is none.
    pub(super) fn context(&self, id: AssignmentId) -> Option<&Context> {
        self.contexts.get(&id)
    }

    /// Adds a document that this frame begins.
    pub(super) fn insert(&mut self, working: Working) {
        self.documents.insert(working.row.id, working);
    }
}

impl Working {
    /// Whose the record is and what it is about, by the server's rows.
    pub(super) fn identity(&self, tenant: TenantId) -> Identity {
        let context = self.context.as_ref();
        let known =
            context.map(|context| Identity::of_assignment(&context.assignment, tenant)).unwrap_or_default();
        Identity {
            author: self.row.writer,
            transcribed_for: self.row.transcribed_for,
            amends: self.row.amends,
            case: self.row.case.or(known.case),
            undertaker: self.row.undertaker.or(known.undertaker),
            ..known
        }
    }

    /// Whether a person would leave too many changes side by side, with what they have written under this actor.
    pub(super) fn has_too_many_branches(&self, passed: &Passed, (actor, person): (Actor, PersonId)) -> bool {
        let of_person = |other: &Actor| *other == actor || self.people.get(other) == Some(&person);
        passed.document.heads().len() > size::MAX_BRANCHES
            && passed.history.branches(&passed.document).iter().filter(|other| of_person(other)).count()
                > size::MAX_BRANCHES
    }

    /// Takes in changes that this person has sent under this actor.
    pub(super) fn take_in(&mut self, passed: Passed, (actor, person): (Actor, PersonId)) {
        self.bytes += passed.changes.iter().map(|change| change.bytes.len()).sum::<usize>();
        self.sent_by_device.extend(passed.changes.iter().map(|change| change.hash));
        self.people.insert(actor, person);
        self.document = passed.document;
        self.history = passed.history;
    }

    fn read(tx: &Tx, writer: &Writer, id: DocumentId, frame: &frame::Kept) -> Result<Option<Self>, DbError> {
        let Some(row) = document::find(tx, id)? else { return Ok(None) };
        let shape = shape_of(&row.kind)
            .ok_or_else(|| DbError::Damaged(format!("a document of the unknown kind {}", row.kind)))?;
        let entries = change_log::of_document(tx, id)?;
        let document = Document::from_changes(entries.iter().map(|entry| entry.bytes.as_slice()))
            .map_err(|error| DbError::Damaged(error.to_string()))?;
        let context =
            row.assignment.map(|id| writer.context(tx, id, frame.beacon_position)).transpose()?.flatten();
        let people = entries.iter().filter_map(|entry| Some((entry.actor, entry.sender?.person))).collect();
        let history = History::of(&document);
        let bytes = entries.iter().map(|entry| entry.bytes.len()).sum();
        let family = stand_in::family(tx, stand_in::stands_for(tx, frame.device)?)?;
        let by_device =
            |entry: &&change_log::Entry| entry.sender.is_some_and(|by| family.contains(&by.device));
        let sent_by_device = entries.iter().filter(by_device).map(|entry| entry.hash).collect();
        let seal = seal::find(tx, id)?.map(|kept| kept.seal);
        let confirmation = seal::confirmation_of(tx, id)?.map(|kept| kept.seal);
        let base_revision = Some(row.revision);
        Ok(Some(Self {
            row,
            shape,
            document,
            context,
            people,
            history,
            bytes,
            sent_by_device,
            seal,
            confirmation,
            base_revision,
        }))
    }
}

/// The device that a frame came from, for actors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) device: DeviceId,
    pub(super) epoch: u32,
}
