//! Sheets, one of each observer: written on some days and sealed by their writer on one of them. What the server
//! has countersigned stays as it was.

use std::collections::BTreeMap;

use rand::RngExt;
use tingfang_core::id::DocumentId;
use tingfang_core::phone::About;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::seal::content_digest;
use tingfang_core::record::value::Scalar;
use tingfang_server::store::{change_log, seal};

use super::Season;

/// How often everybody comes back to a sheet whose seal was turned down.
const ROUNDS: usize = 3;
/// What everybody gives at the end, in hundredths of a point.
const LAST_POINTS: i64 = 900;

impl Season {
    /// Somebody goes on with their sheet, and may seal it.
    pub(super) fn write_in_sheet(&mut self, nth: usize) {
        if !self.rng.random_bool(0.4) {
            return;
        }
        let (points, seals) = (self.rng.random_range(1..=899), self.rng.random_bool(0.25));
        let observer = &mut self.observers[nth];
        let sheet = observer.sheet;
        let phone = &mut observer.phone().phone;
        // Who was taken off has no sheet at the moment, and a sealed one takes nothing more.
        let written = phone.edit(sheet, &scores(points));
        if written.is_ok() && seals {
            let sealed = phone.seal(sheet);
            self.tell(|| format!("  sheet of {nth}: {sealed:?}"));
        }
    }

    /// Everybody finishes and seals their sheet. Where the server has turned its beginning down they start it
    /// anew; where a seal was turned down, because something had come in beside it, they seal again.
    pub(super) fn sheets_are_finished(&mut self) {
        let assignment = self.assignment;
        for _ in 0..ROUNDS {
            for nth in 0..self.observers.len() {
                let phone = &mut self.observers[nth].phone().phone;
                let Ok(sheet) = phone.start(assignment, "observer_sheet", About::default()) else { continue };
                if phone.show(sheet).is_ok_and(|shown| shown.sealed) {
                    continue;
                }
                let written = phone.edit(sheet, &scores(LAST_POINTS));
                let sealed = phone.seal(sheet);
                self.tell(|| format!("  sheet of {nth}: {written:?} {sealed:?}"));
            }
            self.all_sync();
        }
    }

    /// The seals that were noted are there as they were, and what stood in each record when it was sealed still
    /// stands there at its sealed heads. New ones are noted.
    pub(super) fn what_is_sealed_stays(&mut self) {
        let there = self.seals_on_the_server();
        for (document, noted) in &self.seals {
            assert_eq!(there.get(document), Some(noted), "the seal of {document} is another");
        }
        let key = self.fleet.server_key().public();
        for sealed in there.values() {
            let statement = &sealed.seal.statement;
            assert!(sealed.is_countersigned(&[key.0]), "the seal of {} is the server's", sealed.document);
            let now = self.content_on_the_server_at(sealed);
            assert_eq!(now, statement.content_digest, "{} has changed since its seal", sealed.document);
        }
        self.seals = there;
    }

    /// The server was put back: what was sealed since is open until its writer's phone says it again.
    pub(super) fn seals_are_forgotten(&mut self) {
        let there = self.seals_on_the_server();
        self.seals.retain(|document, _| there.contains_key(document));
    }

    /// Whoever kept one phone all the time has a sealed sheet, on the phone as it was sealed.
    pub(super) fn every_sheet_is_sealed(&mut self) {
        self.what_is_sealed_stays();
        self.only_owners_wrote();
        for (nth, observer) in self.observers.iter_mut().enumerate() {
            if observer.was_copied || observer.was_replaced {
                continue;
            }
            let sheet = observer.sheet;
            let phone = &observer.phone().phone;
            let refused = phone.refused().expect("listed");
            let shown = phone.show(sheet).unwrap_or_else(|error| panic!("{nth}: it is their own: {error}"));
            let Some(sealed) = self.seals.get(&sheet) else {
                // What a sheet is about is written when it begins. A person may have decided against that.
                let lacks = shown.missing.iter().any(|path| path.to_string().starts_with("subject/"));
                assert!(lacks && !refused.is_empty(), "{nth}: no seal came for its sheet: {refused:?}");
                continue;
            };
            assert!(shown.sealed, "{nth}: the phone knows of its seal");
            let (here, there) = (content_digest(&shown.content), sealed.seal.statement.content_digest);
            assert_eq!(here, there, "{nth}: the phone shows what was sealed");
        }
    }

    /// In a sheet stands only what its owner wrote, on whatever phone.
    fn only_owners_wrote(&mut self) {
        for observer in &mut self.observers {
            let (sheet, owner) = (observer.sheet, observer.phone().person);
            let log = self.fleet.db.read(|tx| change_log::of_document(tx, sheet)).expect("readable");
            let foreign = log.iter().filter_map(|entry| entry.sender).find(|sender| sender.person != owner);
            assert!(foreign.is_none(), "{foreign:?} wrote in the sheet of another");
        }
    }

    fn seals_on_the_server(&self) -> BTreeMap<DocumentId, seal::Kept> {
        let sheets = self.observers.iter().map(|observer| observer.sheet);
        let documents: Vec<DocumentId> = std::iter::once(self.record).chain(sheets).collect();
        let found = self.fleet.db.read(|tx| {
            documents.iter().map(|document| seal::find(tx, *document)).collect::<Result<Vec<_>, _>>()
        });
        found.expect("readable").into_iter().flatten().map(|kept| (kept.document, kept)).collect()
    }

    fn content_on_the_server_at(&self, sealed: &seal::Kept) -> [u8; 32] {
        let document = self.fleet.record(sealed.document);
        content_digest(&document.content_at(&sealed.seal.statement.heads))
    }
}

fn scores(points: i64) -> [Edit; 2] {
    let rubric = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    [rubric, Edit::set(["points", "HRG-01"], Scalar::Integer(points))]
}
