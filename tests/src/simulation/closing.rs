//! The end of a season that held: somebody leaves and comes back, the chair seals, and what comes too late for the
//! seal is said beside it.

use std::path::Path;

use tingfang_core::id::DocumentId;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::seal::content_digest;
use tingfang_core::record::value::Scalar;
use tingfang_server::verify::verify;

use super::Season;
use super::observer::characters;
use crate::observers::{done, outcome};

impl Season {
    pub(super) fn close(&mut self) {
        self.who_has_left_keeps_nothing();
        self.the_chair_seals();
        self.what_was_handed_in_is_kept();
        self.nothing_forged_came_in();
        self.nobody_wrote_what_they_may_not();
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
    }

    /// The last observer, but the chair, whose phone was never copied.
    fn last_whole(&self) -> Option<usize> {
        (1..self.observers.len()).rev().find(|nth| !self.observers[*nth].was_copied)
    }

    /// A phone whose owner takes part no more has nothing of the record, unless it keeps work there that the
    /// server does not have. When its owner is back it has all of it again.
    fn who_has_left_keeps_nothing(&mut self) {
        let Some(nth) = self.last_whole() else { return };
        let (person, record) = (self.observers[nth].phone().person, self.record);
        self.members(|member| member != person);
        let phone = self.observers[nth].phone();
        self.fleet.sync(phone);
        if !keeps_work(&phone.path, record) {
            assert!(phone.phone.show(record).is_err(), "{nth}: who has left reads on");
            let left = count(&phone.path, "select count(*) from change where document_id = ?1", record);
            assert_eq!(left, 0, "{nth}: what others wrote is still on the phone");
        }
        self.everybody_is_back();
        let server = self.content();
        let phone = self.observers[nth].phone();
        self.fleet.sync(phone);
        let shown = phone.phone.show(record).unwrap_or_else(|error| panic!("{nth}: back again: {error}"));
        assert_eq!(shown.content, server, "{nth}");
    }

    /// Everybody says that they are done, the chair seals, and somebody had gone on writing without the network.
    fn the_chair_seals(&mut self) {
        if self.observers[0].was_copied {
            return;
        }
        let record = self.record;
        let mut of_chair = vec![outcome(AttendanceOutcome::Attended), done(self.observers[0].phone().person)];
        for nth in 1..self.observers.len() {
            let was_copied = self.observers[nth].was_copied;
            let phone = self.observers[nth].phone();
            if was_copied {
                // Whether what that phone sends comes in, a person decides.
                let person = phone.person.to_string();
                of_chair.push(Edit::set(["observers", &person], Scalar::Text("absent".into())));
                continue;
            }
            let said = phone.phone.edit(record, &[done(phone.person)]);
            said.unwrap_or_else(|error| panic!("{nth}: {error}"));
            self.fleet.sync(phone);
        }
        let chair = self.observers[0].phone();
        chair.phone.edit(record, &of_chair).expect("the chair takes part");
        self.fleet.sync(chair);
        // What the record is about is written when it begins. A person may have decided against that.
        let missing = chair.phone.show(record).expect("the chair has it").missing;
        if missing.iter().any(|path| path.to_string() == "subject/hearing") {
            return;
        }
        let (late, token) = (self.last_whole(), self.token());
        if let Some(nth) = late {
            let edit = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: token.into() };
            let written = self.observers[nth].phone().phone.edit(record, &[edit]);
            written.unwrap_or_else(|error| panic!("{nth} has not heard of the seal: {error}"));
        }
        let chair = self.observers[0].phone();
        chair.phone.seal(record).unwrap_or_else(|error| panic!("everybody is done: {error}"));
        self.fleet.sync(chair);
        let refused = chair.phone.refused();
        self.what_is_sealed_stays();
        assert!(self.seals.contains_key(&record), "the chair's seal is accepted: {refused:?}");
        if let Some(nth) = late {
            let phone = self.observers[nth].phone();
            let progress = self.fleet.sync(phone);
            let kept = phone.phone.refused();
            assert_eq!(
                progress.addenda, 1,
                "{nth}: what comes too late is an addendum: {progress:?} {kept:?}"
            );
        }
        for _ in 0..2 {
            self.all_sync();
        }
        self.what_is_sealed_stays();
        self.all_show_what_the_chair_has_sealed();
        if late.is_some() {
            assert_eq!(self.times_on_the_chairs_phone(token), 1, "the late work is said once");
        }
    }

    fn all_show_what_the_chair_has_sealed(&mut self) {
        let record = self.record;
        let there = self.seals[&record].seal.statement.content_digest;
        for (nth, observer) in self.observers.iter_mut().enumerate() {
            if observer.was_copied {
                continue;
            }
            let shown = observer.phone().phone.show(record);
            let shown = shown.unwrap_or_else(|error| panic!("{nth}: a member has it: {error}"));
            assert!(shown.sealed, "{nth}: the phone knows of the seal");
            assert_eq!(content_digest(&shown.content), there, "{nth}: the phone shows what was sealed");
        }
    }

    fn times_on_the_chairs_phone(&mut self, token: char) -> usize {
        let phone = &self.observers[0].phone().phone;
        let records = phone.records(None, 100).expect("readable");
        let shown = records.iter().map(|row| phone.show(row.document).expect("there").content);
        shown.flat_map(|content| characters(&content)).filter(|there| *there == token).count()
    }
}

/// Whether a phone keeps something in a record that the server does not have, or may not have any more.
fn keeps_work(store: &Path, record: DocumentId) -> bool {
    let items = "select count(*) from item where document_id = ?1
         and status not in ('accepted', 'superseded', 'in_addendum')";
    let changes = "select count(*) from change where document_id = ?1 and status = 'unconfirmed'";
    count(store, items, record) + count(store, changes, record) > 0
}

fn count(store: &Path, sql: &str, record: DocumentId) -> u32 {
    let file = rusqlite::Connection::open(store).expect("opens");
    file.query_row(sql, [record.as_bytes()], |row| row.get(0)).expect("countable")
}
