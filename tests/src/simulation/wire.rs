//! The wire between a phone and the server, on which things are lost, cut, doubled and late.

use rand::RngExt;
use tingfang_core::id::DeviceId;
use tingfang_core::phone::{PhoneError, Progress};
use tingfang_core::sync::wire::{self, SyncRequest};
use tingfang_server::db::scratch;

use super::{Fault, Season};
use crate::fleet::FleetPhone;

/// The most exchanges of one sync.
const MOST: usize = 200;

impl Season {
    /// A phone syncs, for as long as the network lets it.
    pub(super) fn exchange(&mut self, nth: usize) {
        self.deliver_late();
        for _ in 0..MOST {
            self.fleet.clock.pass_millis(1_000);
            let request = self.memory.of(|| self.observers[nth].phone().phone.next_request());
            let request = request.expect("a request");
            let Some(answer) = self.carry(nth, &request) else { return };
            if self.happens(Fault::AnswerCut, 0.03) {
                let cut = self.rng.random_range(0..answer.len());
                let taken = self.observers[nth].phone().phone.take_response(&answer[..cut]);
                assert!(taken.is_err(), "half an answer is none");
                return;
            }
            if let Some((asked, old)) = self.observers[nth].last_answer.take()
                && self.happens(Fault::AnswerOld, 0.05)
            {
                let taken = self.observers[nth].phone().phone.take_response(&old);
                assert!(taken.is_err() || asked == request, "it answers another request");
                return;
            }
            let Some(taken) = self.takes(nth, &answer) else { return };
            self.tell(|| format!("  {taken:?}"));
            self.follow(nth);
            let is_page = self.has_small_pages && self.has_next_page(&answer);
            self.observers[nth].last_answer = Some((request, answer));
            if !taken.expect("an answer that fits").more {
                return;
            }
            if is_page && self.rng.random_bool(0.9) {
                self.something_changes_between_pages(nth);
            }
            if self.happens(Fault::PageMissing, 0.1) {
                return;
            }
        }
        panic!("a phone that never comes to rest");
    }

    /// A phone takes an answer: all of it at once, or in parts, as an app does that lets its owner write between two
    /// of them. Nothing when it died in the middle.
    fn takes(&mut self, nth: usize, answer: &[u8]) -> Option<Result<Progress, PhoneError>> {
        if self.rng.random_bool(0.6) {
            return Some(self.memory.of(|| self.observers[nth].phone().phone.take_response(answer)));
        }
        let most = self.rng.random_range(1..=3);
        let checked = self.memory.of(|| self.observers[nth].phone().phone.check_response(answer));
        let mut answer = match checked {
            Ok(answer) => answer,
            Err(error) => return Some(Err(error)),
        };
        loop {
            let taken = self.memory.of(|| self.observers[nth].phone().phone.take_part(&mut answer, most));
            if let Some(taken) = taken.transpose() {
                return Some(taken);
            }
            if self.happens(Fault::PhoneDiedInAnswer, 0.2) {
                self.observers[nth].change(FleetPhone::restart);
                return None;
            }
            if self.rng.random_bool(0.3) {
                self.write_something(nth);
            }
        }
    }

    /// Brings a request to the server and its answer back, where the network does.
    fn carry(&mut self, nth: usize, request: &[u8]) -> Option<Vec<u8>> {
        let device = self.observers[nth].phone().device;
        if self.happens(Fault::RequestLost, 0.04) {
            return None;
        }
        if self.happens(Fault::RequestLate, 0.04) {
            self.late.push((device, request.to_vec()));
            return None;
        }
        if self.happens(Fault::RequestCut, 0.03) {
            let cut = self.rng.random_range(0..request.len());
            assert!(self.arrive(device, &request[..cut]).is_none(), "half a request is none");
            return None;
        }
        if self.happens(Fault::RequestFlipped, 0.04) {
            let mut flipped = request.to_vec();
            let at = self.rng.random_range(0..flipped.len());
            flipped[at] ^= 1 << self.rng.random_range(0..8);
            let _ = self.arrive(device, &flipped);
            return None;
        }
        if self.happens(Fault::RequestTwice, 0.05) {
            let _ = self.arrive(device, request);
        }
        if has_frame(request) && self.rng.random_bool(0.1) {
            self.something_changes_under_frame(nth);
        }
        if self.happens(Fault::ServerDiskFull, 0.04) {
            scratch::take_no_rows(&self.fleet.db, "change_log");
            let answer = self.arrive(device, request);
            scratch::take_rows_again(&self.fleet.db, "change_log");
            // A request that brings no change is answered on a full disk too.
            return answer;
        }
        let answer = if self.happens(Fault::OtherNode, 0.05) {
            let node = self.fleet.another_node();
            self.memory.of(|| node.exchange(&self.fleet.device(device), request)).ok()
        } else {
            self.arrive(device, request)
        };
        if self.happens(Fault::AnswerLost, 0.05) {
            return None;
        }
        answer
    }

    /// A request arrives. In a season of small pages it asks for the smallest that the server gives, and the
    /// phone does not know.
    pub(super) fn arrive(&self, device: DeviceId, request: &[u8]) -> Option<Vec<u8>> {
        let (door, sender) = (self.fleet.door(), self.fleet.device(device));
        let asked = wire::decode::<SyncRequest>(request).ok().filter(|_| self.has_small_pages);
        let answered = |request: &[u8]| self.memory.of(|| door.exchange(&sender, request)).ok();
        let Some(asked) = asked else { return answered(request) };
        let asked = SyncRequest { page_bytes: 0, ..asked };
        let answer = answered(&wire::encode(&asked))?;
        let key = self.fleet.server_key();
        let mut response = wire::decode_response(&answer, &key.public()).expect("signed");
        response.answers = wire::request_digest(request);
        Some(wire::encode_response(&response, key))
    }

    fn has_next_page(&self, answer: &[u8]) -> bool {
        let response = wire::decode_response(answer, &self.fleet.server_key().public());
        response.expect("signed").page.is_some()
    }

    /// Some of what was under way arrives now, in any order.
    pub(super) fn deliver_late(&mut self) {
        while !self.late.is_empty() && self.rng.random_bool(0.3) {
            let at = self.rng.random_range(0..self.late.len());
            let (device, request) = self.late.swap_remove(at);
            let _ = self.arrive(device, &request);
        }
    }
}

/// Whether a request brings something that was signed.
fn has_frame(request: &[u8]) -> bool {
    wire::decode::<SyncRequest>(request).is_ok_and(|asked| !asked.frames.is_empty())
}
