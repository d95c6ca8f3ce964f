//! A season of real phones and a real server core, in which everything goes wrong that can. One seed tells
//! it again exactly. Afterwards all is put right, and what must hold is checked.

mod check;
mod closing;
mod destroyed;
mod fault;
mod follow;
mod forged;
mod kept;
mod memory;
mod observer;
mod office;
mod operations;
mod revoked;
mod sheets;
mod standing;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tingfang_core::id::{AssignmentId, DeviceId, DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::recovery::RecoverySecret;
use tingfang_core::sync::order::Terms;
use tingfang_server::db::scratch;
use tingfang_server::store::seal;

pub use fault::{Fault, Tally};
pub use memory::Meter;

use crate::fleet::{Fleet, FleetPhone};
use crate::observers::start;
use crate::time::HandClock;
use memory::Memory;
use observer::Observer;
use office::{Office, Rules};
use standing::{Account, Standing};

/// How many days a season has.
const DAYS: usize = 4;
/// So many observers write enough by themselves.
const MANY: usize = 10;
/// How long a day is, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// A season.
pub struct Season {
    fleet: Fleet,
    rng: StdRng,
    tally: Tally,
    /// The first is the chair.
    observers: Vec<Observer>,
    /// The last observer's second phone, on which a changed app runs.
    forger: FleetPhone,
    /// What opens a phone whose keys are lost.
    centre: RecoverySecret,
    assignment: AssignmentId,
    record: DocumentId,
    office: Office,
    /// How everybody stood, at which place of the log.
    account: Account,
    /// Requests that are still under way.
    late: Vec<(DeviceId, Vec<u8>)>,
    /// What the server has countersigned, as it was first seen there.
    seals: BTreeMap<DocumentId, seal::Kept>,
    folder: tempfile::TempDir,
    memory: Memory,
    typed: u32,
    /// Whether much is written, and the server's answers are cut into the smallest pages.
    has_small_pages: bool,
    tells: bool,
}

/// Lives through the season of a seed with three observers, and checks it.
///
/// # Panics
/// When something does not hold; the message ends with the line that tells the same season again.
pub fn live_through(seed: u64, meter: Meter) -> Tally {
    let replay = format!(
        "TINGFANG_TEST_SEED={seed} TINGFANG_TEST_TELL=1 cargo test -p tingfang-tests --test stories -- \
         --nocapture whatever_goes_wrong"
    );
    lived(seed, (3, DAYS), meter, &replay)
}

/// The same with so many observers, for so many days.
///
/// # Panics
/// When something does not hold.
pub fn live_through_with(seed: u64, observers: usize, days: usize, meter: Meter) -> Tally {
    let replay =
        "TINGFANG_TEST_TELL=1 cargo test -p tingfang-tests --test stories -- --nocapture fifty_phones";
    lived(seed, (observers, days), meter, replay)
}

/// Lives through a season, and holds its log against accounts that are not so: each is noticed.
///
/// # Panics
/// When one is not.
pub fn notices_another_account(seed: u64, meter: Meter) {
    let mut season = Season::begin(seed, 3, meter);
    season.day(0);
    season.put_right();
    season.check();
    season.close();
    season.another_account_is_noticed();
}

/// Lives through a season, and gives what happened and the hashes of all that the server was sent and has entered, in
/// their order: a seed tells one season and no other.
///
/// # Panics
/// When something does not hold.
pub fn written_in(seed: u64, meter: Meter) -> (Tally, Vec<[u8; 32]>) {
    let mut season = Season::begin(seed, 3, meter);
    for day in 0..DAYS {
        season.day(day);
    }
    season.put_right();
    season.check();
    let sql = "select hash from audit_leaf order by leaf_no";
    let leaves = season.fleet.db.read(|tx| tx.query(sql, &[], |row| row.get("hash"))).expect("readable");
    (season.tally, leaves)
}

/// Lives through a season; `replay` is the line that tells a failing one again.
fn lived(seed: u64, (observers, days): (usize, usize), meter: Meter, replay: &str) -> Tally {
    let season = || {
        let mut season = Season::begin(seed, observers, meter);
        for day in 0..days {
            season.day(day);
        }
        season.put_right();
        season.check();
        season.close();
        season.tally
    };
    catch_unwind(AssertUnwindSafe(season)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        // The engine is part of what is told again.
        let engine = std::env::var_os(scratch::VARIABLE).map_or("", |_| " (over PostgreSQL)");
        panic!("seed {seed}{engine}: {}\nreplay: {replay}", said.unwrap_or_default())
    })
}

impl Season {
    fn begin(seed: u64, observers: usize, meter: Meter) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut fleet = Fleet::new(seed);
        let centre = RecoverySecret::from_seed(rng.random());
        fleet.set_terms(Terms { lease_days: 0, recovery_key: Some(centre.public()) });
        let manager = fleet.person("经理", Role::Manager);
        let names: Vec<String> = (1..=observers).map(|nth| format!("旁听员{nth}")).collect();
        let people: Vec<PersonId> = names.iter().map(|name| fleet.person(name, Role::Supervisor)).collect();
        let duty = |nth: usize| if nth == 0 { Duty::Chair } else { Duty::Observer };
        let members: Vec<_> = people
            .iter()
            .enumerate()
            .map(|(nth, person)| (*person, names[nth].as_str(), duty(nth)))
            .collect();
        let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
        let folder = tempfile::tempdir().expect("a folder");
        let mut observers = Vec::new();
        for (nth, person) in people.iter().enumerate() {
            let clock = HandClock::new();
            let mut phone = fleet.phone_with_clock(*person, &clock);
            fleet.sync(&mut phone);
            // Each begins the same record by themselves, without having met.
            start(&mut phone, assignment, "attendance");
            let sheet = start(&mut phone, assignment, "observer_sheet");
            observers.push(Observer::new(phone, clock, duty(nth), sheet));
        }
        let forger = fleet.phone(*people.last().expect("somebody observes"));
        let record = DocumentId::shared(fleet.tenant(), assignment);
        // What a lost backup takes from a phone nobody can give back when the server lost it too: of the two
        // only one happens in a season.
        let office = Office::new(manager, rng.random_bool(0.6));
        let account = Account::begin(Standing {
            members: members.iter().map(|(person, _, duty)| (*person, *duty)).collect(),
            holders: people.iter().copied().collect(),
            away: BTreeSet::new(),
            rules: Rules::Usual,
        });
        let has_small_pages = observers.len() < MANY && rng.random_bool(0.65);
        Self {
            fleet,
            rng,
            tally: Tally::default(),
            observers,
            forger,
            centre,
            assignment,
            record,
            office,
            account,
            late: Vec::new(),
            seals: BTreeMap::new(),
            folder,
            memory: Memory::new(meter),
            typed: 0,
            has_small_pages,
            tells: std::env::var_os("TINGFANG_TEST_TELL").is_some(),
        }
    }

    fn day(&mut self, day: usize) {
        self.office_opens(day);
        let mut turns: Vec<usize> = (0..self.observers.len()).flat_map(|nth| [nth; 3]).collect();
        turns.shuffle(&mut self.rng);
        for nth in turns {
            if self.observers[nth].is_gone {
                continue;
            }
            self.tell(|| format!("day {day}, observer {nth}"));
            self.phone_fault(nth);
            self.write_something(nth);
            self.write_in_sheet(nth);
            self.a_frame_may_be_forged();
            if self.rng.random_bool(0.7) {
                self.exchange(nth);
            }
            if self.rng.random_bool(0.3) {
                self.office_acts();
                self.a_phone_may_be_destroyed();
            }
        }
        self.what_is_sealed_stays();
        self.tally.phone_days += self.observers.len() as u64;
        self.fleet.clock.pass_millis(DAY_MS);
        for observer in &self.observers {
            observer.clock.pass_millis(DAY_MS);
        }
    }

    /// Tells what happens, for whoever looks for the reason of a failure.
    fn tell(&self, what: impl FnOnce() -> String) {
        if self.tells {
            eprintln!("{}", what());
        }
    }

    /// The same fault as often as this, and counted.
    fn happens(&mut self, fault: Fault, probability: f64) -> bool {
        let happens = self.rng.random_bool(probability);
        if happens {
            self.it_happens(fault);
        }
        happens
    }

    /// Counts a fault that happens now.
    fn it_happens(&mut self, fault: Fault) {
        self.tally.count(fault);
        self.tell(|| format!("{fault:?}"));
    }

    /// A character that nobody has typed yet.
    fn token(&mut self) -> char {
        self.typed += 1;
        char::from_u32(0x4e00 + self.typed).expect("a Chinese character")
    }

    /// Everybody is back, every phone is found, the clocks are right, and all of them sync; then a person
    /// decides on whatever is held.
    fn put_right(&mut self) {
        self.everybody_is_back();
        // A node that lives on looks after what a dead one left.
        self.fleet.restart_server();
        for observer in &self.observers {
            observer.clock.set_to(&self.fleet.clock);
        }
        for _ in 0..3 {
            self.all_sync();
            // A phone that was copied shows it now, at the latest.
            self.everybody_is_back();
        }
        self.destroyed_phones_are_replaced();
        self.revoked_phones_are_replaced();
        self.decide_on_all();
        for _ in 0..2 {
            self.all_sync();
        }
        self.sheets_are_finished();
    }

    fn all_sync(&mut self) {
        for nth in 0..self.observers.len() {
            if self.observers[nth].is_gone {
                continue;
            }
            let progress = self.memory.of(|| self.fleet.sync(self.observers[nth].phone()));
            self.tell(|| format!("  {progress:?}"));
            self.follow(nth);
        }
    }

    fn clock(&self) -> Arc<HandClock> {
        Arc::clone(&self.fleet.clock)
    }
}
