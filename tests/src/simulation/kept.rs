//! That nothing of what a phone has handed in goes missing: its frames, the items in them, and their order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use automerge::Change;
use tingfang_core::clock::LogPosition;
use tingfang_core::id::{DeviceId, DocumentId};
use tingfang_core::record::document::ChangeHash;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::gate::claimed_hash;
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::log;
use tingfang_server::store::frame::ItemPlace;
use tingfang_server::store::{change_log, frame, quarantine};

use super::Season;

/// Epoch, number and hash of a frame.
pub(super) type Taken = (i64, i64, [u8; 32]);

/// The frames of which a phone was told that the server has taken them.
pub(super) fn taken(store: &Path) -> BTreeSet<Taken> {
    let file = rusqlite::Connection::open(store).expect("opens");
    let sql = "select epoch, number, hash from frame where state = 'answered'";
    let mut statement = file.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| {
        let taken: Taken = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(taken)
    });
    rows.expect("rows").collect::<Result<_, _>>().expect("frames")
}

/// Where a phone believes that its changes stand in the log.
fn places(store: &Path) -> BTreeMap<(DocumentId, ChangeHash), i64> {
    let file = rusqlite::Connection::open(store).expect("opens");
    let sql =
        "select document_id, hash, position from change where status = 'accepted' and position is not null";
    let mut statement = file.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| {
        let (document, hash, position): ([u8; 16], [u8; 32], i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(((DocumentId::from_bytes(document), ChangeHash(hash)), position))
    });
    rows.expect("rows").collect::<Result<_, _>>().expect("changes")
}

impl Season {
    pub(super) fn what_was_handed_in_is_kept(&mut self) {
        let log = self.log();
        self.every_frame_that_was_taken_is_there();
        self.every_item_is_where_its_verdict_says(&log);
        self.the_log_shows_nothing_before_what_it_rests_on(&log);
        self.phones_have_what_they_have_in_the_order_of_the_log(&log);
    }

    fn log(&self) -> Vec<change_log::Entry> {
        let entries = self.fleet.db.read(|tx| {
            let mut entries = Vec::new();
            change_log::for_each(tx, |entry| {
                entries.push(entry);
                Ok(())
            })?;
            Ok(entries)
        });
        entries.expect("readable")
    }

    fn frames(&self) -> Vec<frame::Kept> {
        let frames = self.fleet.db.read(|tx| {
            let mut frames = Vec::new();
            frame::for_each(tx, |kept| {
                frames.push(kept);
                Ok(())
            })?;
            Ok(frames)
        });
        frames.expect("readable")
    }

    /// Of what each phone was told that it is taken.
    pub(super) fn every_frame_that_was_taken_is_there(&mut self) {
        let frames = self.frames();
        let there: BTreeSet<(DeviceId, Taken)> = frames
            .iter()
            .map(|kept| {
                let number = i64::try_from(kept.number).expect("few");
                (kept.device, (i64::from(kept.epoch), number, kept.hash))
            })
            .collect();
        let restores_servers = self.office.restores_servers;
        for (nth, observer) in self.observers.iter_mut().enumerate() {
            let phone = observer.phone();
            let (device, epoch) = (phone.device, i64::from(phone.phone.epoch()));
            let mut told = taken(&phone.path);
            if restores_servers {
                // A server that was put back gets the frames of the present epoch again. What earlier ones had
                // brought is written anew.
                told.retain(|(of, _, _)| *of == epoch);
            } else {
                told.extend(&observer.taken);
            }
            let missing: Vec<Taken> =
                told.into_iter().filter(|taken| !there.contains(&(device, *taken))).collect();
            assert!(missing.is_empty(), "{nth}: frames were taken and are not there: {missing:?}");
        }
    }

    /// A change is in the log or in quarantine, or waits for one that is named.
    fn every_item_is_where_its_verdict_says(&self, log: &[change_log::Entry]) {
        let log: BTreeSet<_> = log.iter().map(|entry| (entry.document, entry.hash)).collect();
        for kept in self.frames() {
            let parsed = Frame::from_bytes(&kept.bytes).expect("kept as it was signed");
            let Some(verdicts) = &kept.verdicts else { panic!("a frame was never judged") };
            assert_eq!(verdicts.len(), parsed.items.len(), "a verdict for each item");
            for (index, (item, verdict)) in parsed.items.iter().zip(verdicts).enumerate() {
                let place = (kept.device, kept.epoch, kept.number, index);
                let is_kept = self.is_kept(place, item, verdict, &log);
                assert!(is_kept, "{verdict:?} at {place:?} says what is not");
            }
        }
    }

    fn is_kept(
        &self,
        place: ItemPlace,
        item: &Item,
        verdict: &Verdict,
        log: &BTreeSet<(DocumentId, ChangeHash)>,
    ) -> bool {
        match verdict {
            Verdict::Accepted { .. } | Verdict::Duplicate { .. } => match item {
                Item::Change { document, bytes, .. } => {
                    claimed_hash(bytes).is_some_and(|hash| log.contains(&(*document, hash)))
                }
                _ => true,
            },
            Verdict::Held { quarantine, .. }
            | Verdict::Refused { quarantine, .. }
            | Verdict::Malformed { quarantine, .. } => {
                let found = self.fleet.db.read(|tx| quarantine::find(tx, *quarantine)).expect("readable");
                found.is_some_and(|found| found.place == place)
            }
            Verdict::Blocked { .. } => {
                self.fleet.db.read(|tx| frame::blocked_at(tx, place)).expect("readable").is_some()
            }
        }
    }

    /// Order in the log is order of visibility: whoever has read up to a position can read all that is there.
    fn the_log_shows_nothing_before_what_it_rests_on(&self, log: &[change_log::Entry]) {
        let (head, _) = self.fleet.db.read(log::head).expect("readable");
        let mut shown: BTreeSet<(DocumentId, ChangeHash)> = BTreeSet::new();
        let mut before = LogPosition(0);
        for entry in log {
            let at = entry.position;
            assert!(before < at && at <= head, "{at} is a place of its own");
            before = at;
            let change = Change::try_from(entry.bytes.as_slice()).expect("a change");
            let mut rests_on = change.deps().iter().map(|hash| (entry.document, ChangeHash::from(*hash)));
            assert!(rests_on.all(|dep| shown.contains(&dep)), "{at} comes before what it rests on");
            assert!(shown.insert((entry.document, entry.hash)), "{at} is there twice");
        }
    }

    fn phones_have_what_they_have_in_the_order_of_the_log(&mut self, log: &[change_log::Entry]) {
        // The positions of another history are left as they are until the change is read anew.
        if self.office.restores_servers {
            return;
        }
        let there: BTreeMap<_, _> =
            log.iter().map(|entry| ((entry.document, entry.hash), entry.position)).collect();
        for (nth, observer) in self.observers.iter_mut().enumerate() {
            for (change, position) in places(&observer.phone().path) {
                let known = there.get(&change).and_then(|known| i64::try_from(known.0).ok());
                assert_eq!(known, Some(position), "{nth}: {} stands elsewhere", change.1);
            }
        }
    }
}
