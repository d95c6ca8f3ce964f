//! Watching a life: what lay on the disks before each act, and what the act wrote, one thing after the other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tingfang_core::clock::Moment as Time;
use tingfang_core::phone::Secrets;

use super::kept_log::{KeptLog, ends, log_of};
use super::life::{Known, Life};

/// What lay on the disks before an act.
pub(super) struct Moment {
    folder: PathBuf,
    pub(super) now: Time,
    pub(super) known: Known,
    /// What Ben's key store holds.
    pub(super) bens: Secrets,
}

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Phone,
    Server,
}

/// What of a file that the act took in lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NewFiles {
    None,
    /// Half of it, under the name of what is coming.
    Half,
    All,
}

/// A death, and all that is left after it.
pub(super) struct Death {
    /// Who died, doing what, before what.
    pub(super) told: String,
    /// The step that was not done.
    pub(super) step: usize,
    pub(super) moment: Arc<Moment>,
    /// What Anna's key store holds.
    pub(super) secrets: Secrets,
    /// For what is drawn by lot after it.
    pub(super) seed: u64,
    victim: Victim,
    /// How much of the log came onto the disk.
    log: (Arc<Vec<u8>>, usize),
    files: NewFiles,
}

/// What an act does to a disk.
enum Event {
    File,
    Transaction { end: usize },
    Save(Secrets),
}

/// A look at the disks, before an act.
pub(super) struct Look {
    moment: Arc<Moment>,
    victim: Victim,
    kept: KeptLog,
    secrets: Secrets,
    files: BTreeSet<PathBuf>,
    saves: Arc<Mutex<Vec<(usize, Secrets)>>>,
}

/// Everything that was seen of a life.
pub(super) struct Watch {
    folder: TempDir,
    /// The step that is under way.
    pub(super) step: usize,
    moments: usize,
    pub(super) deaths: Vec<Death>,
}

impl Death {
    pub(super) fn is_of_phone(&self) -> bool {
        self.victim == Victim::Phone
    }

    /// Lays what is left onto other disks.
    pub(super) fn lay_out(&self, folder: &Path) {
        copy_folder(&self.moment.folder, folder);
        let died = folder.join(if self.is_of_phone() { "anna.db" } else { "tingfang.db" });
        let (log, length) = &self.log;
        fs::write(log_of(&died), &log[..*length]).expect("written");
        let (taken_in, after) = (folder.join("anna.files"), folder.join("after"));
        if self.files != NewFiles::None {
            copy_folder(&after, &taken_in);
        }
        if self.files == NewFiles::Half {
            for whole in
                files_in(&after).iter().filter_map(|path| path.file_name()).map(|name| taken_in.join(name))
            {
                let bytes = fs::read(&whole).expect("a file");
                fs::write(taken_in.join("coming-half"), &bytes[..bytes.len() / 2]).expect("written");
                fs::remove_file(whole).expect("not whole yet");
            }
        }
    }
}

impl Watch {
    pub(super) fn begin() -> Self {
        Self { folder: TempDir::new().expect("a folder"), step: 0, moments: 0, deaths: Vec::new() }
    }

    /// What lies on the disks before something happens on Anna's phone.
    pub(super) fn look_at_the_phone(&mut self, life: &Life) -> Look {
        let kept = KeptLog::begin(&life.annas_disk());
        self.look(life, Victim::Phone, kept)
    }

    /// The same before the server answers.
    pub(super) fn look_at_the_server(&mut self, life: &Life) -> Look {
        drop(KeptLog::begin(&life.annas_disk()));
        let kept = KeptLog::begin(life.servers_disk());
        self.look(life, Victim::Server, kept)
    }

    fn look(&mut self, life: &Life, victim: Victim, kept: KeptLog) -> Look {
        self.moments += 1;
        let folder = self.folder.path().join(self.moments.to_string());
        fs::create_dir(&folder).expect("made");
        if victim == Victim::Phone {
            drop(KeptLog::begin(life.servers_disk()));
        }
        let copy = |from: &Path, name: &str| {
            fs::copy(from, folder.join(name)).expect("copied");
        };
        copy(life.servers_disk(), "tingfang.db");
        copy(&life.annas_disk(), "anna.db");
        life.ben.copy_data(&folder.join("ben.db"));
        if let Some(backup) = &life.known.backup {
            copy(backup, "backup.db");
        }
        copy_folder(&life.fleet.folder().join("files"), &folder.join("files"));
        copy_folder(&life.annas_disk().with_extension("files"), &folder.join("anna.files"));
        let saves: Arc<Mutex<Vec<(usize, Secrets)>>> = Arc::default();
        if let Some(anna) = life.opened() {
            let (told, log) = (Arc::clone(&saves), kept.path().to_owned());
            let note = move |secrets: &Secrets| {
                let saved = (KeptLog::length(&log), secrets.clone());
                told.lock().expect("no panic while held").push(saved);
            };
            anna.keys().tell(Some(Box::new(note)));
        }
        let moment = Moment {
            folder,
            now: life.fleet.minter.clock().now(),
            known: life.known.clone(),
            bens: life.ben.keys().secrets(),
        };
        let files = files_in(&life.annas_disk().with_extension("files"));
        Look { moment: Arc::new(moment), victim, kept, secrets: life.annas_secrets(), files, saves }
    }

    /// Notes every death that there was to die while something happened.
    pub(super) fn note(&mut self, life: &Life, what: &'static str, look: Look) {
        let Look { moment, victim, kept, secrets, files, saves } = look;
        if let Some(anna) = life.opened() {
            anna.keys().tell(None);
        }
        let new = &files_in(&life.annas_disk().with_extension("files")) - &files;
        copy_files(&new, &moment.folder.join("after"));
        let log = Arc::new(kept.bytes());
        let mut events: Vec<Event> = new.iter().map(|_| Event::File).collect();
        let mut saves = saves.lock().expect("no panic while held").drain(..).peekable().collect::<Vec<_>>();
        for end in ends(&log) {
            let before = saves.iter().take_while(|(length, _)| *length < end).count();
            events.extend(saves.drain(..before).map(|(_, secrets)| Event::Save(secrets)));
            events.push(Event::Transaction { end });
        }
        events.extend(saves.into_iter().map(|(_, secrets)| Event::Save(secrets)));
        let (all, mut before, mut after) = (events.len(), (0, secrets, NewFiles::None), String::new());
        for (nth, event) in events.into_iter().enumerate() {
            let (mut length, secrets, mut files) = before.clone();
            after = format!("{victim:?} {what}, {} of {all}", nth + 1);
            let next = match event {
                Event::File => {
                    files = NewFiles::Half;
                    (length, secrets.clone(), NewFiles::All)
                }
                Event::Transaction { end } => {
                    // All of it but its last byte.
                    length = end - 1;
                    (end, secrets.clone(), files)
                }
                Event::Save(saved) => (length, saved, files),
            };
            self.add(&moment, victim, format!("before {after}"), (&log, length), (secrets, files));
            before = next;
        }
        if all > 0 {
            let (length, secrets, files) = before;
            self.add(&moment, victim, format!("after {after}"), (&log, length), (secrets, files));
        }
    }

    fn add(
        &mut self,
        moment: &Arc<Moment>,
        victim: Victim,
        when: String,
        (log, length): (&Arc<Vec<u8>>, usize),
        (secrets, files): (Secrets, NewFiles),
    ) {
        let (nth, step) = (self.deaths.len() as u64, self.step);
        self.deaths.push(Death {
            told: format!("death {nth} in step {step}, {when}"),
            step,
            moment: Arc::clone(moment),
            secrets,
            seed: 1_000_000 + 10 * nth,
            victim,
            log: (Arc::clone(log), length),
            files,
        });
    }
}

fn files_in(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else { return BTreeSet::new() };
    found.map(|entry| entry.expect("an entry").path()).collect()
}

fn copy_files(files: &BTreeSet<PathBuf>, to: &Path) {
    for file in files {
        fs::create_dir_all(to).expect("made");
        fs::copy(file, to.join(file.file_name().expect("a name"))).expect("copied");
    }
}

/// Copies a folder with all that is in it, where there is one.
fn copy_folder(from: &Path, to: &Path) {
    for path in files_in(from) {
        let copy = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            fs::create_dir_all(to).expect("made");
            fs::copy(&path, &copy).expect("copied");
        }
    }
}
