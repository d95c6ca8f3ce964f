//! A stretch of life: Anna's phone, on which she works and which dies, Ben's phone, and their server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tingfang_core::clock::Clock;
use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::{Phone, Progress, Secrets, UploadRound};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Node;

use super::Step;
use super::watch::{Death, Watch};
use crate::fleet::{Fleet, FleetPhone, WhosePhone};
use crate::observers::narrative;
use crate::time::HandClock;
use crate::upload_line::UploadLine;

/// The most exchanges of one sync.
const MOST: usize = 200;
/// How often somebody seals the same record.
const TIMES: usize = 3;

/// A life.
pub struct Life {
    pub(super) fleet: Fleet,
    /// Nothing before it was opened for the first time.
    anna: Option<FleetPhone>,
    pub(super) ben: FleetPhone,
    pub(super) known: Known,
    pub(super) watch: Option<Watch>,
    /// The most exchanges that a sync has had.
    pub(super) longest_sync: usize,
}

/// What does not lie on a disk.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) anna: WhosePhone,
    pub(super) bens: WhosePhone,
    fresh: Secrets,
    /// The assignment in which Anna is the chair.
    pub(super) led: AssignmentId,
    /// The one in which Ben is.
    pub(super) attended: AssignmentId,
    /// An older state of the server.
    pub(super) backup: Option<PathBuf>,
}

impl Life {
    /// Everything is there, and Anna has not opened her phone yet.
    pub(super) fn begin(seed: u64) -> Self {
        let mut fleet = Fleet::new(seed);
        let (a, b) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
        let assigned = |fleet: &Fleet, annas: Duty, bens: Duty| {
            let members = [(a, "安娜", annas), (b, "本", bens)];
            fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members)
        };
        let led = assigned(&fleet, Duty::Chair, Duty::Observer);
        let attended = assigned(&fleet, Duty::Observer, Duty::Chair);
        let (annas, bens) = (fleet.phone(a), fleet.phone(b));
        let (clock, secrets) = (Arc::clone(&fleet.clock), bens.keys().secrets());
        let mut ben = bens.whose().opens(&fleet.folder().join("ben.db"), secrets, &clock, seed + 1);
        let known = Known {
            anna: annas.whose(),
            bens: bens.whose(),
            fresh: annas.keys().secrets(),
            led,
            attended,
            backup: None,
        };
        fleet.sync(&mut ben);
        Self { fleet, anna: None, ben, known, watch: None, longest_sync: 0 }
    }

    /// Life after a death: what lay on the disks is all that is left.
    pub(super) fn after(death: &Death, over: &Fleet) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        death.lay_out(folder.path());
        let (clock, moment) = (HandClock::new(), &death.moment);
        clock.pass_millis(moment.now.as_millis() - clock.now().as_millis());
        let mut fleet = over.lying_in(folder, Arc::clone(&clock), death.seed);
        if !death.is_of_phone() {
            fleet.restart_server();
        }
        let mut known = moment.known.clone();
        known.backup = known.backup.map(|_| fleet.folder().join("backup.db"));
        let at = |name: &str| fleet.folder().join(name);
        let anna = known.anna.opens(&at("anna.db"), death.secrets.clone(), &clock, death.seed + 1);
        let ben = known.bens.opens(&at("ben.db"), moment.bens.clone(), &clock, death.seed + 2);
        Self { fleet, anna: Some(anna), ben, known, watch: None, longest_sync: 0 }
    }

    /// Takes these steps, from this one on.
    pub(super) fn goes_on(&mut self, steps: &[Step], from: usize) {
        for (nth, step) in steps.iter().enumerate().skip(from) {
            if let Some(watch) = &mut self.watch {
                watch.step = nth;
            }
            step(self);
        }
    }

    /// Anna's phone.
    pub(super) fn anna(&mut self) -> &mut FleetPhone {
        self.anna.as_mut().expect("it was opened")
    }

    /// The same, where it was opened.
    pub(super) fn opened(&self) -> Option<&FleetPhone> {
        self.anna.as_ref()
    }

    /// Where Anna's phone keeps everything.
    pub(super) fn annas_disk(&self) -> PathBuf {
        self.fleet.folder().join("anna.db")
    }

    pub(super) fn annas_secrets(&self) -> Secrets {
        self.anna.as_ref().map_or_else(|| self.known.fresh.clone(), |anna| anna.keys().secrets())
    }

    /// Where the server keeps everything.
    pub(super) fn servers_disk(&self) -> &Path {
        self.fleet.db.place().file().expect("SQLite")
    }

    /// The record of the task in which Anna is the chair.
    pub(super) fn led(&self) -> DocumentId {
        DocumentId::shared(self.fleet.tenant(), self.known.led)
    }

    /// The record of the task in which Ben is.
    pub(super) fn attended(&self) -> DocumentId {
        DocumentId::shared(self.fleet.tenant(), self.known.attended)
    }

    /// Something that happens on Anna's phone.
    pub(super) fn on_the_phone<T>(&mut self, what: &'static str, act: impl FnOnce(&mut Phone) -> T) -> T {
        self.on_annas_disk(what, |life| act(&mut life.anna().phone))
    }

    fn on_annas_disk<T>(&mut self, what: &'static str, act: impl FnOnce(&mut Self) -> T) -> T {
        let Some(mut watch) = self.watch.take() else { return act(self) };
        let look = watch.look_at_the_phone(self);
        let came = act(self);
        watch.note(self, what, look);
        self.watch = Some(watch);
        came
    }

    /// Anna opens her phone, if it is not open.
    pub(super) fn opens(&mut self) {
        if self.anna.is_none() {
            self.on_annas_disk("opens for the first time", |life| {
                let (path, clock) = (life.annas_disk(), Arc::clone(&life.fleet.clock));
                life.anna = Some(life.known.anna.opens(&path, life.known.fresh.clone(), &clock, 77));
            });
        }
    }

    /// The phone dies after it has noted the number of a frame, and starts again.
    pub(super) fn dies_after_the_mark(&mut self) {
        self.on_annas_disk("begins an epoch", |life| {
            life.anna = life.anna.take().map(FleetPhone::dies_before_the_commit);
        });
    }

    /// Anna writes a text, unless it is there.
    pub(super) fn writes(&mut self, record: DocumentId, text: &'static str) {
        if !self.shows(record, text) {
            self.on_the_phone("writes", |phone| phone.edit(record, &[narrative(text)])).expect("fits");
        }
    }

    /// Whether a text stands in a record on Anna's phone.
    pub(super) fn shows(&mut self, record: DocumentId, text: &str) -> bool {
        let shown = self.anna().phone.show(record);
        shown.is_ok_and(
            |shown| matches!(shown.content.get("narrative"), Some(Node::Text(words)) if words.contains(text)),
        )
    }

    /// Anna sets fields, unless the record says so already.
    pub(super) fn says(&mut self, record: DocumentId, edits: &[Edit]) {
        let shown = self.anna().phone.show(record).expect("there").content;
        let is_said = |edit: &Edit| match edit {
            Edit::Set { path, value } => {
                let found = path.parts().iter().try_fold(&shown, |node, part| node.get(part));
                matches!(found, Some(Node::Scalar(there)) if there == value)
            }
            _ => false,
        };
        if !edits.iter().all(is_said) {
            self.on_the_phone("says", |phone| phone.edit(record, edits)).expect("fits");
        }
    }

    /// Anna seals a record, unless it is sealed, and syncs; where the phone says then that the seal is void, she does
    /// it again. A phone that died while it cut a frame begins an epoch, and writes anew what was sealed.
    pub(super) fn seals(&mut self, record: DocumentId) {
        for _ in 0..TIMES {
            if !self.anna().phone.show(record).expect("there").sealed {
                self.on_the_phone("seals", |phone| phone.seal(record)).expect("complete");
            }
            self.syncs();
            let shown = self.anna().phone.show(record).expect("there");
            if shown.sealed {
                return;
            }
            assert!(shown.needs_seal, "the phone says that it is to be sealed again");
        }
        panic!("a record that cannot be sealed");
    }

    /// Anna's phone syncs until there is nothing more.
    pub(super) fn syncs(&mut self) {
        for nth in 1..=MOST {
            self.longest_sync = self.longest_sync.max(nth);
            self.fleet.clock.pass_millis(1_000);
            let request = self.on_the_phone("asks", Phone::next_request).expect("a request");
            let answer = self.answer(&request);
            if !self.takes(&answer).more {
                return;
            }
        }
        panic!("a phone that never comes to rest");
    }

    /// Anna's phone takes an answer in the smallest parts, and may die after each.
    fn takes(&mut self, answer: &[u8]) -> Progress {
        let mut answer = self.anna().phone.check_response(answer).expect("an answer that fits");
        loop {
            let taken = self.on_the_phone("takes of the answer", |phone| phone.take_part(&mut answer, 1));
            if let Some(progress) = taken.expect("stored") {
                return progress;
            }
        }
    }

    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let device = self.anna().device;
        let Some(mut watch) = self.watch.take() else {
            return self.fleet.answer_in_small_pages(device, request);
        };
        let look = watch.look_at_the_server(self);
        let answer = self.fleet.answer_in_small_pages(device, request);
        watch.note(self, "answers", look);
        self.watch = Some(watch);
        answer
    }

    /// Anna's phone sends its files.
    pub(super) fn sends_files(&mut self) {
        let device = self.anna().device;
        let (line, mut round) = (UploadLine::of(&self.fleet, device), UploadRound::default());
        while let Some(call) =
            self.on_the_phone("goes on with a file", |phone| round.next(phone)).expect("readable")
        {
            let answer = line.answer(&call.call);
            let taken = self.on_the_phone("hears of a file", |phone| round.take(phone, &call, &answer));
            taken.expect("the server's answer");
        }
    }
}
