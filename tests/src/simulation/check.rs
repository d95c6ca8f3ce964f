//! What must hold when a season is over.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Node;
use tingfang_server::records;
use tingfang_server::verify::verify;

use super::Season;
use super::observer::characters;
use crate::signed_in::signed_in;
use crate::{acknowledged, received};

/// The most bytes of a request and an answer when there is nothing new.
const IDLE_BYTES: usize = 1_024;

impl Season {
    pub(super) fn check(&mut self) {
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
        received::as_the_table_says(&self.fleet.db);
        self.all_phones_show_what_the_server_has();
        self.no_phone_differs_from_what_it_should_have();
        self.nothing_that_was_typed_has_disappeared();
        self.what_was_acknowledged_is_in_the_log();
        self.what_was_handed_in_is_kept();
        self.nobody_wrote_what_they_may_not();
        self.nothing_forged_came_in();
        self.every_sheet_is_sealed();
        self.who_has_nothing_new_asks_once_and_little();
        self.who_takes_part_writes_on();
        self.memory.check();
    }

    pub(super) fn content(&self) -> Node {
        let manager = signed_in(&self.fleet, self.office.manager);
        let opened = self.fleet.db.try_read(|tx| records::open(tx, &manager, self.record));
        opened.expect("the record is there").document.content()
    }

    /// Replicas with the same changes are the same.
    fn all_phones_show_what_the_server_has(&mut self) {
        let (server, record) = (self.content(), self.record);
        for (nth, observer) in self.observers.iter_mut().enumerate() {
            let waiting = acknowledged::waiting(&observer.phone().path);
            assert_eq!(waiting, Vec::<String>::new(), "{nth}: nothing is on its way for ever");
            let phone = &observer.phone().phone;
            let shown = phone.show(record).unwrap_or_else(|error| panic!("{nth}: a member has it: {error}"));
            assert_eq!(shown.content, server, "{nth}");
            assert_eq!(phone.broken_history().expect("readable"), None, "{nth}: an honest server");
        }
    }

    /// Everything on every phone is what the server says there is, to the last row; and no phone ever had to
    /// read anew, because nothing was damaged. A server that was put back may believe that a phone has what it
    /// does not: such a phone finds out and reads anew once, and then nothing differs any more.
    fn no_phone_differs_from_what_it_should_have(&mut self) {
        for (nth, observer) in self.observers.iter_mut().enumerate() {
            let phone = observer.phone();
            phone.phone.check_everything().expect("asked for");
            self.fleet.sync(phone);
            let repaired = phone.phone.repaired_at().expect("readable");
            if self.office.restores_servers && repaired.is_some() {
                phone.phone.check_everything().expect("asked for");
                self.fleet.sync(phone);
                assert_eq!(phone.phone.repaired_at().expect("readable"), repaired, "{nth}: it differs still");
                continue;
            }
            let request = phone.phone.next_request().expect("a request");
            assert!(!self.fleet.asks_for_comparison(&request), "{nth}: it was compared");
            assert_eq!(phone.phone.repaired_at().expect("readable"), None, "{nth}: it differed");
        }
    }

    /// Each character is in the record once, or on its writer's phone, to be copied.
    fn nothing_that_was_typed_has_disappeared(&mut self) {
        let mut there: BTreeMap<char, usize> = BTreeMap::new();
        for character in characters(&self.content()) {
            *there.entry(character).or_default() += 1;
        }
        assert!(there.values().all(|times| *times == 1), "something came in twice: {there:?}");
        let mut handed_in = self.typed_in_copies_of_ones_own();
        if !self.office.restores_servers {
            handed_in.clear();
        }
        for nth in 0..self.observers.len() {
            let listed = self.listed(nth);
            for typed in self.observers[nth].typed.clone().iter().filter(|typed| !typed.may_be_gone) {
                let (is_in, is_listed) = (there.contains_key(&typed.token), listed.contains(&typed.token));
                let is_there = is_in || is_listed || handed_in.contains(&typed.token);
                assert!(is_there, "{} has disappeared", typed.token);
                assert!(
                    typed.was_copied || !(is_in && is_listed),
                    "{} came in and is listed as not accepted",
                    typed.token
                );
            }
        }
    }

    /// What somebody's phone lists as not accepted, to be copied.
    pub(super) fn listed(&mut self, nth: usize) -> BTreeSet<char> {
        let listed = self.observers[nth].phone().phone.refused().expect("listed");
        listed.iter().flat_map(|item| &item.edits).flat_map(typed).collect()
    }

    /// Once a phone was told that something is stored, it is.
    fn what_was_acknowledged_is_in_the_log(&mut self) {
        let mut log = acknowledged::by_server(self.fleet.db.place());
        if self.office.restores_servers {
            // What a restored server had lost of records that had left the phone waits for a manager.
            log.extend(acknowledged::held_by_server(self.fleet.db.place()));
        }
        for observer in &mut self.observers {
            let mut told = acknowledged::to_phone(&observer.phone().path);
            told.extend(&observer.acknowledged);
            let missing = told.difference(&log).count();
            assert_eq!(missing, 0, "{missing} changes were acknowledged and are not there");
        }
    }

    fn who_takes_part_writes_on(&mut self) {
        let whole: Vec<usize> =
            (0..self.observers.len()).filter(|nth| !self.observers[*nth].was_copied).collect();
        for nth in whole {
            let (token, record) = (self.token(), self.record);
            let edit = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: token.into() };
            let phone = self.observers[nth].phone();
            phone.phone.edit(record, &[edit]).unwrap_or_else(|error| panic!("{nth}: {error}"));
            self.fleet.sync(phone);
            assert!(characters(&self.content()).contains(&token), "{nth}: what a member writes comes in");
        }
    }

    fn who_has_nothing_new_asks_once_and_little(&mut self) {
        for observer in &mut self.observers {
            let device = observer.phone().device;
            let request = observer.phone().phone.next_request().expect("a request");
            let answer = self.fleet.answer(device, &request);
            let progress = observer.phone().phone.take_response(&answer).expect("an answer");
            assert!(!progress.more && progress.pulled == 0, "{progress:?}");
            assert!(request.len() + answer.len() <= IDLE_BYTES, "{} bytes", request.len() + answer.len());
        }
    }
}

/// The characters that an edit typed.
fn typed(edit: &Edit) -> Vec<char> {
    match edit {
        Edit::Splice { insert, .. } => insert.chars().collect(),
        _ => Vec::new(),
    }
}
