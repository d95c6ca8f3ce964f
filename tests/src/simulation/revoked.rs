//! A phone that is revoked in the middle of an answer. It is for good: what it still sends is held, it is told nothing
//! more, and at the end of the season its owner has another one.

use std::collections::BTreeSet;

use automerge::legacy::OpType;
use automerge::{Change, ScalarValue};
use tingfang_core::id::DeviceId;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::frame::{self, ItemPlace};
use tingfang_server::store::quarantine;
use tingfang_server::sync::CarriedOver;

use super::{Fault, Season};
use crate::acknowledged;

impl Season {
    /// Revokes somebody's phone, unless all others are revoked or gone: somebody has to write on.
    pub(super) fn phone_is_revoked(&mut self, nth: usize) {
        let others = self.observers.iter().filter(|observer| observer.has_its_phone()).count();
        if others > 1 && self.observers[nth].has_its_phone() {
            self.it_happens(Fault::DeviceRevokedBetweenPages);
            self.observers[nth].is_revoked = true;
            self.revoked_stay_revoked();
            self.only_copies_are_left();
        }
    }

    /// A server that was put back has forgotten it, and is told again.
    pub(super) fn revoked_stay_revoked(&mut self) {
        for nth in 0..self.observers.len() {
            if self.observers[nth].is_revoked {
                let device = self.observers[nth].phone().device;
                self.device_is(device, DeviceState::Revoked);
            }
        }
    }

    /// A revoked phone has handed in everything. A manager has that carried over, and its owner gets another.
    pub(super) fn revoked_phones_are_replaced(&mut self) {
        self.every_frame_that_was_taken_is_there();
        for nth in 0..self.observers.len() {
            if !self.observers[nth].is_revoked {
                continue;
            }
            let (clock, phone) = (self.observers[nth].clock.clone(), self.observers[nth].phone());
            let (person, device, path) = (phone.person, phone.device, phone.path.clone());
            // What is blocked is handed in: it waits on the server.
            let mut waiting = acknowledged::waiting(&path);
            waiting.retain(|item| !item.contains(" blocked "));
            assert_eq!(waiting, Vec::<String>::new(), "{nth}: a revoked phone hands in everything");
            let carried = self.fleet.carry_over(self.record, device, self.office.manager);
            self.tell(|| format!("  {carried:?}"));
            assert!(!matches!(carried, CarriedOver::PhoneIsThere), "it is revoked");
            let record = self.on_the_server();
            // What was held a manager may have turned down; the server keeps it, and the phone has it to be copied.
            let mut kept = self.typed_in_frames_of(device);
            kept.extend(self.listed(nth));
            let observer = &mut self.observers[nth];
            for typed in &mut observer.typed {
                typed.may_be_gone |= !record.contains(&typed.token) && kept.contains(&typed.token);
            }
            observer.acknowledged.extend(acknowledged::to_phone(&path));
            observer.taken.clear();
            let another = self.fleet.phone_with_clock(person, &clock);
            self.observers[nth].is_replaced_by(another);
        }
    }

    /// The characters in all frames that the server keeps of a phone.
    fn typed_in_frames_of(&self, device: DeviceId) -> BTreeSet<char> {
        let mut typed = BTreeSet::new();
        let read = self.fleet.db.read(|tx| {
            frame::for_each(tx, |kept| {
                if kept.device == device {
                    let parsed = Frame::from_bytes(&kept.bytes).expect("kept as it was signed");
                    for item in &parsed.items {
                        if let Item::Change { bytes, .. } | Item::Witness { bytes, .. } = item {
                            typed.extend(typed_in(bytes));
                        }
                    }
                }
                Ok(())
            })
        });
        read.expect("readable");
        typed
    }

    /// The characters of copies that phones have handed in of their own work, because it had left them before a server
    /// that was put back lost it. They wait for a manager.
    pub(super) fn typed_in_copies_of_ones_own(&self) -> BTreeSet<char> {
        let record = self.record;
        let copies = self.fleet.db.read(|tx| quarantine::witnesses(tx, record)).expect("listed");
        let own = copies.into_iter().filter(|kept| kept.writer == Some(kept.place.0));
        own.flat_map(|kept| self.typed_at(kept.place)).collect()
    }

    fn typed_at(&self, (device, epoch, number, index): ItemPlace) -> Vec<char> {
        let kept = self.fleet.db.read(|tx| frame::find(tx, device, epoch, number)).expect("readable");
        let parsed = Frame::from_bytes(&kept.expect("it was sent").bytes).expect("kept as it was signed");
        match parsed.items.get(index) {
            Some(Item::Change { bytes, .. } | Item::Witness { bytes, .. }) => typed_in(bytes),
            _ => Vec::new(),
        }
    }
}

/// The characters that a change types.
pub(super) fn typed_in(bytes: &[u8]) -> Vec<char> {
    let Ok(change) = Change::try_from(bytes) else { return Vec::new() };
    let text = |action: OpType| match action {
        OpType::Put(ScalarValue::Str(text)) => text.chars().collect(),
        _ => Vec::new(),
    };
    change.decode().operations.into_iter().flat_map(|operation| text(operation.action)).collect()
}
