//! Documents: each is built anew, change by change, through the gate; its row is what the frames say;
//! seals hold at their heads.

use std::collections::BTreeSet;

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::record::document::{Document, RawChange, derived_changes};
use tingfang_core::record::shape::Merge;
use tingfang_core::record::{document::Actor, shape_of};
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::gate::{History, Judgement, Passage};
use tingfang_core::sync::verdict::Verdict;

use super::Report;
use super::devices::Devices;
use super::frames::{Begun, Origins, Sent};
use super::shelf::Shelf;
use crate::db::{DbError, Tx};
use crate::store::record_link::{self, RecordLink};
use crate::store::{change_log, document, frame, seal, server_key};

/// What a document is checked against.
struct Proof<'a> {
    devices: &'a Devices,
    origins: &'a Origins,
    server_keys: Vec<[u8; 32]>,
    shelf: Shelf,
}

pub(super) fn check(
    tx: &Tx,
    devices: &Devices,
    origins: &Origins,
    report: &mut Report,
) -> Result<(), DbError> {
    let server_keys = server_key::public_keys(tx)?;
    let mut proof = Proof { devices, origins, server_keys, shelf: Shelf::default() };
    let mut rows = Vec::new();
    document::for_each(tx, |row| {
        rows.push(row);
        Ok(())
    })?;
    for row in rows {
        report.documents += 1;
        proof.check(tx, &row, report)?;
    }
    for position in change_log::strays(tx)? {
        report.differs("change", position.0, "stray");
    }
    if report.seals != seal::count(tx)? {
        report.differs("seal", report.seals, "stray");
    }
    Ok(())
}

impl Proof<'_> {
    fn check(&mut self, tx: &Tx, row: &document::Kept, report: &mut Report) -> Result<(), DbError> {
        let begun = self.origins.begun.get(&row.id);
        match begun {
            Some(begun) if is_as_begun(tx, row, begun)? => {}
            Some(_) => report.differs("document", row.id, "begun_otherwise"),
            None => report.differs("document", row.id, "not_in_frame"),
        }
        let entries = change_log::of_document(tx, row.id)?;
        let sealed = seal::find(tx, row.id)?;
        let built = match row.erased_by {
            None => self.rebuild(tx, row, begun, &entries, report)?,
            Some(_) => {
                self.check_erased(tx, row, begun, &entries, report)?;
                None
            }
        };
        let confirmed = seal::confirmation_of(tx, row.id)?;
        if let Some(kept) = &sealed {
            self.check_statement("seal", kept, (row, built.as_ref()), report);
            if row.sealed_position != Some(kept.position) {
                report.differs("seal", row.id, "place");
            }
        } else if row.sealed_position.is_some() {
            report.differs("seal", row.id, "missing");
        }
        if let Some(kept) = &confirmed {
            self.check_statement("confirmation", kept, (row, built.as_ref()), report);
            if !sealed.as_ref().is_some_and(|sealed| kept.seal.confirms(&sealed.seal)) {
                report.differs("confirmation", row.id, "does_not_hold");
            }
        }
        let statements = sealed.iter().chain(&confirmed);
        if Some(row.changed_at) != last_change(begun, &entries, statements) {
            report.differs("document", row.id, "begun_otherwise");
        }
        Ok(())
    }

    /// Builds the document anew; nothing when that is not possible.
    fn rebuild(
        &mut self,
        tx: &Tx,
        row: &document::Kept,
        begun: Option<&Begun>,
        entries: &[change_log::Entry],
        report: &mut Report,
    ) -> Result<Option<Document>, DbError> {
        let Some(shape) = shape_of(&row.kind) else {
            report.differs("document", row.id, "unknown_kind");
            return Ok(None);
        };
        let mut built = Document::begin_at_version(shape, row.schema_version, row.id);
        let derived = built.changes();
        let mut history = History::of(&built);
        let mut seen = BTreeSet::new();
        for entry in entries {
            report.changes += 1;
            let name = format!("{}/{}", row.id, entry.position.0);
            if !seen.insert(entry.hash) {
                report.differs("change", &name, "twice");
            }
            let Some(sender) = &entry.sender else {
                if !is_derived(entry, &derived, begun) {
                    report.differs("change", &name, "not_derived");
                }
                continue;
            };
            self.check_sender(tx, entry, sender, &name, report)?;
            let mut passage = Passage::new(&built, &history, shape);
            let examined = passage.examine(entry.actor, &entry.bytes, |_| Judgement::Allow);
            match examined.and_then(|_| passage.prove()) {
                Ok(passed) if passed.changes.iter().all(|change| change.hash == entry.hash) => {
                    (built, history) = (passed.document, passed.history);
                }
                Ok(_) => report.differs("change", &name, "hash"),
                Err(_) => report.differs("change", &name, "gate"),
            }
        }
        if derived.iter().any(|change| !seen.contains(&change.hash)) {
            report.differs("document", row.id, "no_beginning");
        }
        Ok(Some(built))
    }

    /// What is left of a record that was erased by order: no bytes but those that follow from its beginning, and the
    /// place of every change.
    fn check_erased(
        &mut self,
        tx: &Tx,
        row: &document::Kept,
        begun: Option<&Begun>,
        entries: &[change_log::Entry],
        report: &mut Report,
    ) -> Result<(), DbError> {
        let derived = shape_of(&row.kind).map(|shape| derived_changes(shape, row.schema_version, row.id));
        let mut seen = BTreeSet::new();
        for entry in entries {
            report.changes += 1;
            let name = format!("{}/{}", row.id, entry.position.0);
            if !seen.insert(entry.hash) {
                report.differs("change", &name, "twice");
            }
            let Some(sender) = &entry.sender else {
                if !is_derived(entry, derived.as_deref().unwrap_or_default(), begun) {
                    report.differs("change", &name, "not_derived");
                }
                continue;
            };
            if !entry.bytes.is_empty() {
                report.differs("change", &name, "not_as_ordered");
            }
            let accepted = Verdict::Accepted { position: entry.position };
            let frame = self.shelf.frame(tx, (sender.device, sender.epoch, sender.frame_number))?;
            if !frame.as_ref().is_some_and(|frame| self.is_said(entry, sender, &frame.kept)) {
                report.differs("change", &name, "sender");
            }
            let came = frame.as_ref().is_some_and(|frame| {
                frame.items().any(|(item, verdict)| {
                    item.document() == row.id
                        && item.change_hash() == Some(entry.hash)
                        && *verdict == accepted
                })
            });
            if !came {
                report.differs("change", &name, "not_in_frame");
            }
        }
        if derived.iter().flatten().any(|change| !seen.contains(&change.hash)) {
            report.differs("document", row.id, "no_beginning");
        }
        let sealed = seal::find(tx, row.id)?.map(|kept| kept.seal.statement.heads).unwrap_or_default();
        if sealed.iter().any(|head| !seen.contains(head)) {
            report.differs("seal", row.id, "does_not_hold");
        }
        Ok(())
    }

    /// Whether the frame that the log names brought the change, and who sent it when.
    fn check_sender(
        &mut self,
        tx: &Tx,
        entry: &change_log::Entry,
        sender: &change_log::Sender,
        name: &str,
        report: &mut Report,
    ) -> Result<(), DbError> {
        let accepted = Verdict::Accepted { position: entry.position };
        let frame = self.shelf.frame(tx, (sender.device, sender.epoch, sender.frame_number))?;
        let brought = frame.as_ref().and_then(|frame| {
            frame.items().find_map(|(item, verdict)| match item {
                Item::Change { document, rebase, bytes }
                    if *document == entry.document && *bytes == entry.bytes && *verdict == accepted =>
                {
                    Some(*rebase)
                }
                _ => None,
            })
        });
        let (Some(frame), Some(rebase)) = (frame, brought) else {
            report.differs("change", name, "not_in_frame");
            return Ok(());
        };
        if actor::derive(sender.device, entry.document, sender.epoch, rebase) != entry.actor {
            report.differs("change", name, "actor");
        }
        if !self.is_said(entry, sender, &frame.kept) {
            report.differs("change", name, "sender");
        }
        Ok(())
    }

    /// Whether the log says of a change who sent it when, as its frame does.
    fn is_said(&self, entry: &change_log::Entry, sender: &change_log::Sender, frame: &frame::Kept) -> bool {
        let said = Sent {
            person: sender.person,
            device: sender.device,
            not_before: sender.not_before,
            received_at: entry.received_at,
        };
        self.devices.person(sender.device).map(|person| Sent::of(frame, person)) == Some(said)
    }

    /// Checks a `seal` or a `confirmation`.
    fn check_statement(
        &self,
        what: &'static str,
        kept: &seal::Kept,
        (row, built): (&document::Kept, Option<&Document>),
        report: &mut Report,
    ) {
        report.seals += 1;
        let holds = match (built, self.devices.key(kept.device)) {
            (Some(document), Some(key)) => kept.seal.verify(document, &key).is_ok(),
            (None, Some(key)) => row.erased_by.is_some() && kept.seal.verify_signature(&key).is_ok(),
            _ => false,
        };
        if !holds {
            report.differs(what, kept.document, "does_not_hold");
        }
        if !kept.is_countersigned(&self.server_keys) {
            report.differs(what, kept.document, "countersignature");
        }
        let said = Sent {
            person: kept.person,
            device: kept.device,
            not_before: kept.sealed.not_before,
            received_at: kept.sealed.not_after,
        };
        let from = if what == "seal" { &self.origins.sealed } else { &self.origins.confirmed };
        if from.get(&kept.document) != Some(&said) {
            report.differs(what, kept.document, "sender");
        }
    }
}

/// Whether a row says what the accepted beginning says.
fn is_as_begun(tx: &Tx, row: &document::Kept, begun: &Begun) -> Result<bool, DbError> {
    let Some(shape) = shape_of(&begun.kind) else { return Ok(false) };
    let (assignment, about, amends) = match &begun.claim {
        Claim::Shared { assignment } => (Some(*assignment), (None, None, None), None),
        Claim::Own { assignment, case, undertaker, transcribed_for } => {
            (Some(*assignment), (Some(*case), Some(*undertaker), *transcribed_for), None)
        }
        Claim::EachTime { assignment, case, undertaker } => {
            (Some(*assignment), (*case, *undertaker, None), None)
        }
        Claim::Amendment { of } | Claim::LateWork { of } => {
            let original = document::find(tx, *of)?.map(|original| {
                let about = (original.case, original.undertaker, original.transcribed_for);
                (original.assignment, about)
            });
            let (assignment, about) = original.unwrap_or_default();
            (assignment, about, Some(*of))
        }
        Claim::Unassigned => match record_link::find(tx, row.id)? {
            Some(RecordLink { assignment, subject, .. }) => {
                let case = subject.map(|subject| subject.case);
                let undertaker = subject.map(|subject| subject.undertaker);
                (Some(assignment), (case, undertaker, None), None)
            }
            None => (None, (None, None, None), None),
        },
    };
    let writer = (shape.merge == Merge::SingleWriter).then_some(begun.sent.person);
    Ok((&row.kind, row.schema_version, row.begun_by) == (&begun.kind, begun.version, begun.sent.person)
        && (row.assignment, row.amends) == (assignment, amends)
        && (row.case, row.undertaker, row.transcribed_for) == about
        && (row.writer, row.begun_position) == (writer, begun.position))
}

/// Whether an entry without a sender is one of the changes that follow from the beginning, in its
/// place right after it.
fn is_derived(entry: &change_log::Entry, derived: &[RawChange], begun: Option<&Begun>) -> bool {
    let nth = derived.iter().position(|change| change.hash == entry.hash && change.bytes == entry.bytes);
    nth.zip(begun).is_some_and(|(nth, begun)| {
        entry.position == LogPosition(begun.position.0 + 1 + nth as u64)
            && entry.received_at == begun.sent.received_at
            && entry.actor == Actor([0; 16])
    })
}

/// When the newest of what was accepted had come.
fn last_change<'a>(
    begun: Option<&Begun>,
    entries: &[change_log::Entry],
    statements: impl Iterator<Item = &'a seal::Kept>,
) -> Option<Moment> {
    let beginning = begun.map(|begun| (begun.position, begun.sent.received_at));
    let changes = entries.iter().map(|entry| (entry.position, entry.received_at));
    let statements = statements.map(|kept| (kept.position, kept.sealed.not_after));
    changes.chain(beginning).chain(statements).max().map(|(_, at)| at)
}
