//! A phone that is gone for ever. Its owner takes part again with another one at the end of the season; until then
//! what it had handed in is on the server, and where the server was put back, on the phones that had read it.

use std::collections::BTreeSet;

use rand::RngExt;
use tingfang_server::records;
use tingfang_server::store::device::DeviceState;
use tingfang_server::sync::CarriedOver;

use super::observer::characters;
use super::{Fault, Season};
use crate::signed_in::signed_in;

impl Season {
    /// One phone of a season is destroyed, at most.
    pub(super) fn a_phone_may_be_destroyed(&mut self) {
        let nobody_yet = self.observers.iter().all(|observer| !observer.is_gone);
        if !self.office.restores_servers || !nobody_yet || !self.happens(Fault::PhoneDestroyed, 0.3) {
            return;
        }
        let nth = self.rng.random_range(0..self.observers.len());
        self.observers[nth].is_gone = true;
        let device = self.observers[nth].phone().device;
        self.device_is(device, DeviceState::Lost);
        // What it had not handed in is gone with it; what was held or refused is on the server, and nobody's list.
        let there = self.on_the_server();
        self.is_gone_unless_in(&there);
    }

    /// The server was put back, or a phone was revoked, which reads nothing anew and hands in no copies: of what a
    /// destroyed phone had written there is what the server has, and what other phones have read.
    pub(super) fn only_copies_are_left(&mut self) {
        let record = self.record;
        let mut there = self.on_the_server();
        for observer in self.observers.iter_mut().filter(|observer| observer.has_its_phone()) {
            if let Ok(shown) = observer.phone().phone.show(record) {
                there.extend(characters(&shown.content));
            }
        }
        self.is_gone_unless_in(&there);
        for nth in 0..self.observers.len() {
            if self.observers[nth].is_gone {
                let device = self.observers[nth].phone().device;
                self.device_is(device, DeviceState::Lost);
            }
        }
    }

    /// A manager has everything carried over that waits of destroyed phones, and their owners get others.
    pub(super) fn destroyed_phones_are_replaced(&mut self) {
        for nth in 0..self.observers.len() {
            if !self.observers[nth].is_gone {
                continue;
            }
            let (clock, phone) = (self.observers[nth].clock.clone(), self.observers[nth].phone());
            let (person, device) = (phone.person, phone.device);
            let carried = self.fleet.carry_over(self.record, device, self.office.manager);
            self.tell(|| format!("  {carried:?}"));
            assert!(!matches!(carried, CarriedOver::PhoneIsThere), "it is gone");
            let another = self.fleet.phone_with_clock(person, &clock);
            self.observers[nth].is_replaced_by(another);
        }
    }

    fn is_gone_unless_in(&mut self, there: &BTreeSet<char>) {
        for observer in self.observers.iter_mut().filter(|observer| observer.is_gone) {
            for typed in &mut observer.typed {
                typed.may_be_gone |= !there.contains(&typed.token);
            }
        }
    }

    /// The characters of the record as the server has it; none while it has none.
    pub(super) fn on_the_server(&self) -> BTreeSet<char> {
        let manager = signed_in(&self.fleet, self.office.manager);
        let opened = self.fleet.db.try_read(|tx| records::open(tx, &manager, self.record));
        opened.map(|opened| characters(&opened.document.content()).into_iter().collect()).unwrap_or_default()
    }
}
