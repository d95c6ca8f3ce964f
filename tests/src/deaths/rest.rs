//! What there is when a life has come to rest.

use tingfang_core::id::DocumentId;
use tingfang_core::phone::FileState;
use tingfang_core::record::value::{Node, Scalar};
use tingfang_server::store::document;
use tingfang_server::verify::verify;

use super::life::Life;
use crate::acknowledged;

/// How often everybody syncs in the end.
const ROUNDS: usize = 3;

/// The end of a life, without what differs from one to the next: ids, times, and where texts that were written side by
/// side stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// The records on the server.
    records: Vec<Kept>,
    /// What Anna's phone lists as not accepted.
    pub(super) listed: Vec<String>,
}

/// A record.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    kind: String,
    is_addition: bool,
    is_sealed: bool,
    /// The characters of its narrative.
    said: Vec<char>,
    points: Option<i64>,
    files: usize,
}

impl Rest {
    /// Every character that stands in a record.
    pub(super) fn typed(&self) -> String {
        let mut typed: Vec<char> = self.records.iter().flat_map(|kept| kept.said.clone()).collect();
        typed.sort_unstable();
        typed.into_iter().collect()
    }
}

impl Life {
    /// Everybody syncs; then nothing is on its way, phones and server have the same, and the server can prove it.
    pub(super) fn comes_to_rest(&mut self) -> Rest {
        for _ in 0..ROUNDS {
            self.syncs();
            self.sends_files();
            self.fleet.sync(&mut self.ben);
        }
        self.nothing_is_on_its_way();
        self.nothing_differs();
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
        let records = self.records();
        for kept in &records {
            self.is_shown_as_it_is_there(kept);
        }
        let mut records: Vec<Kept> = records.iter().map(|kept| self.kept(kept)).collect();
        records.sort();
        let listed = self.anna().phone.refused().expect("listed");
        let listed = listed.iter().map(|item| format!("{} {}: {}", item.kind, item.verdict, item.rule));
        Rest { records, listed: listed.collect() }
    }

    fn nothing_is_on_its_way(&mut self) {
        let place = self.fleet.db.place().clone();
        for path in [self.annas_disk(), self.ben.path.clone()] {
            assert_eq!(acknowledged::waiting(&path), Vec::<String>::new(), "on its way for ever");
            let told = acknowledged::to_phone(&path);
            let there = acknowledged::by_server(&place);
            assert_eq!(told.difference(&there).count(), 0, "acknowledged, and not there");
        }
        let status = self.anna().phone.status().expect("countable");
        assert_eq!((status.waiting, status.files_waiting), (0, 0));
    }

    /// The phone has what it should. Where it finds that it has not, it reads anew, and then it has.
    fn nothing_differs(&mut self) {
        let mut repaired = None;
        for nth in 0..2 {
            self.anna().phone.check_everything().expect("asked for");
            self.syncs();
            let now = self.anna().phone.repaired_at().expect("readable");
            assert!(nth == 0 || now == repaired, "it differs still");
            repaired = now;
        }
    }

    fn records(&self) -> Vec<document::Kept> {
        let mut records = Vec::new();
        let read = self.fleet.db.read(|tx| {
            document::for_each(tx, |kept| {
                records.push(kept);
                Ok(())
            })
        });
        read.expect("readable");
        records
    }

    fn is_shown_as_it_is_there(&mut self, kept: &document::Kept) {
        let there = self.fleet.record(kept.id).content();
        let own = kept.writer.is_some();
        let both = [self.opened(), (!own).then_some(&self.ben)];
        for phone in both.into_iter().flatten() {
            let shown = phone.phone.show(kept.id).expect("who takes part has it");
            assert_eq!(shown.content, there, "{}", kept.kind);
            assert_eq!(shown.sealed, kept.sealed_position.is_some(), "{}", kept.kind);
        }
        for file in self.anna().phone.attachments(kept.id).expect("listed") {
            assert_eq!((file.state, file.is_here), (FileState::Stored, true));
        }
    }

    fn kept(&mut self, kept: &document::Kept) -> Kept {
        let content = self.fleet.record(kept.id).content();
        let mut said = narrative_of(&content);
        said.sort_unstable();
        let points = content.get("points").and_then(|points| points.get("HRG-01"));
        Kept {
            kind: kept.kind.clone(),
            is_addition: kept.amends.is_some(),
            is_sealed: kept.sealed_position.is_some(),
            said,
            points: points.and_then(|points| match points {
                Node::Scalar(Scalar::Integer(points)) => Some(*points),
                _ => None,
            }),
            files: self.anna().phone.attachments(kept.id).expect("listed").len(),
        }
    }

    /// The record of the kind on Anna's phone that adds to another.
    pub(super) fn addition_to(&mut self, sealed: DocumentId) -> Option<DocumentId> {
        let phone = &self.anna().phone;
        let records = phone.records(None, 100).expect("readable");
        let of = |id: &DocumentId| {
            let record = phone.show(*id).expect("there").record;
            record.is_some_and(|record| record.origin().amends == Some(sealed))
        };
        records.into_iter().map(|row| row.document).find(of)
    }
}

fn narrative_of(content: &Node) -> Vec<char> {
    match content.get("narrative") {
        Some(Node::Text(text)) => text.chars().collect(),
        _ => Vec::new(),
    }
}
