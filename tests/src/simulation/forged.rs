//! A changed app on somebody's second phone: its frames are validly signed, and what is in them is forged.

use automerge::{Change, ExpandedChange};
use rand::RngExt;
use tingfang_core::clock::Clock;
use tingfang_core::id::DocumentId;
use tingfang_core::record::attendance::Attendance;
use tingfang_core::record::document::{Actor, Document, derived_changes};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::observer_sheet::ObserverSheet;
use tingfang_core::record::seal::{Seal, SealPurpose};
use tingfang_core::record::shape::{KindShape, RecordKind};
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_server::store::{change_log, seal};

use super::{Fault, Season};

/// What only forgers write.
const POISON: &str = "☠";
/// Points that nobody gives.
const FORGED_POINTS: i64 = 950;
/// The epoch of the changed app.
const EPOCH: u32 = 1;

impl Season {
    /// The changed app hands in a frame of one to three forgeries. Nothing of it is stored.
    pub(super) fn a_frame_may_be_forged(&mut self) {
        if !self.happens(Fault::FrameForged, 0.04) {
            return;
        }
        let items: Vec<Item> = (0..self.rng.random_range(1..=3)).map(|_| self.forgery()).collect();
        let verdicts = self.fleet.send(&mut self.forger, items);
        self.tell(|| format!("  {verdicts:?}"));
        assert!(verdicts.iter().all(|verdict| !verdict.is_stored()), "a forgery is stored: {verdicts:?}");
    }

    /// Nothing that the changed app has sent is in the log, now or after a person's decision.
    pub(super) fn nothing_forged_came_in(&self) {
        let forger = self.forger.device;
        let sheets = self.observers.iter().map(|observer| observer.sheet);
        for document in std::iter::once(self.record).chain(sheets) {
            let (log, sealed) = self
                .fleet
                .db
                .read(|tx| Ok((change_log::of_document(tx, document)?, seal::find(tx, document)?)))
                .expect("readable");
            let is_the_forgers = |entry: &change_log::Entry| {
                entry.sender.is_some_and(|sender| sender.device == forger)
                    || entry.bytes.windows(POISON.len()).any(|window| window == POISON.as_bytes())
            };
            assert!(!log.iter().any(is_the_forgers), "a forged change is in {document}");
            assert!(sealed.is_none_or(|sealed| sealed.device != forger), "a forged seal is on {document}");
        }
    }

    fn forgery(&mut self) -> Item {
        let (record, device) = (self.record, self.forger.device);
        let own = actor::derive(device, record, EPOCH, 0);
        let mut document = self.as_it_is(&Attendance::SHAPE, record);
        match self.rng.random_range(0..7) {
            // Under an actor that nobody has, or that is the chair's.
            0 => forged(record, &mut document, Actor(self.rng.random()), &[poison()]),
            1 => {
                let chair = actor::derive(self.observers[0].phone().device, record, EPOCH, 0);
                forged(record, &mut document, chair, &[poison()])
            }
            // At a path that is another's.
            2 => {
                let chair = self.observers[0].phone().person.to_string();
                let absent = Edit::set(["observers", &chair], Scalar::Text("absent".into()));
                forged(record, &mut document, own, &[absent, poison()])
            }
            // A beginning that is not the derived one.
            3 => Item::Change { document: record, rebase: 0, bytes: altered_beginning(record) },
            // A seal over what the server does not have, or by somebody who is not the chair.
            4 => {
                document.edit(own, &[poison()]).expect("fits");
                self.sealed(&document)
            }
            5 => self.sealed(&document),
            // A change of the chair's sheet, or its beginning.
            _ => self.in_the_chairs_sheet(),
        }
    }

    fn in_the_chairs_sheet(&mut self) -> Item {
        let (sheet, assignment) = (self.observers[0].sheet, self.assignment);
        if self.rng.random_bool(0.5) {
            let (case, undertaker) = (self.fleet.world.case, self.fleet.world.undertaker);
            let claim = Claim::Own { assignment, case, undertaker, transcribed_for: None };
            let (kind, version) = (ObserverSheet::SHAPE.code.to_owned(), ObserverSheet::SHAPE.version);
            return Item::Begin { document: sheet, kind, version, claim };
        }
        let own = actor::derive(self.forger.device, sheet, EPOCH, 0);
        let mut document = self.as_it_is(&ObserverSheet::SHAPE, sheet);
        forged(sheet, &mut document, own, &[Edit::set(["points", "HRG-01"], Scalar::Integer(FORGED_POINTS))])
    }

    fn sealed(&self, document: &Document) -> Item {
        let signer = self.forger.keys().device_signer();
        let sign = |digest: &[u8; 32]| signer.sign(digest);
        let sealed = Seal::sign(document, SealPurpose::Chair, self.fleet.clock.now(), sign);
        Item::Seal { seal: sealed.expect("signs").expect("a record") }
    }

    /// A record as the server has it, or as it begins.
    fn as_it_is(&self, shape: &KindShape, id: DocumentId) -> Document {
        let log = self.fleet.db.read(|tx| change_log::of_document(tx, id)).expect("readable");
        if log.is_empty() {
            return Document::begin(shape, id);
        }
        Document::from_changes(log.iter().map(|entry| entry.bytes.as_slice())).expect("a record")
    }
}

fn poison() -> Edit {
    Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: POISON.into() }
}

fn forged(id: DocumentId, document: &mut Document, actor: Actor, edits: &[Edit]) -> Item {
    let made = document.edit(actor, edits).expect("fits");
    Item::Change { document: id, rebase: 0, bytes: made[0].bytes.clone() }
}

/// The derived first change of a record at another time.
fn altered_beginning(id: DocumentId) -> Vec<u8> {
    let first = derived_changes(&Attendance::SHAPE, Attendance::SHAPE.version, id).remove(0);
    let honest = Change::try_from(first.bytes.as_slice()).expect("an own change");
    let altered = ExpandedChange { hash: None, time: 1, ..honest.decode() };
    Change::from(altered).raw_bytes().to_vec()
}
