//! The benchmarks of DESIGN section 12 that apply so far. Run by `cargo xtask bench`, which puts the
//! table into `docs/measurements.md`. `--quick` does with small counts, to see that all of it runs.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

mod engine;
mod figures;
mod grading;
mod holding;
mod importing;
mod mixed;
mod peer;

use std::time::{Duration, Instant};

use tingfang_core::id::{DeviceId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::shape::RecordKind;
use tingfang_core::sync::gate::{self, Judgement};
use tingfang_tests::bulk::{Texts, fill, fill_mixed};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::memory;
use tingfang_tests::mutants;
use tingfang_tests::observers::{Two, narrative, outcome, start, two_observers};

use figures::Figures;

/// How much of everything.
#[derive(Clone, Copy)]
struct Sizes {
    pull: usize,
    idle: usize,
    phones: usize,
    search: usize,
    import: usize,
    counties: usize,
    cases: usize,
    graded: usize,
}

const FULL: Sizes = Sizes {
    pull: 10_000,
    idle: 20_000,
    phones: 50,
    search: 50_000,
    import: 100_000,
    counties: 100,
    cases: 5_000,
    graded: 20_000,
};
const QUICK: Sizes = Sizes {
    pull: 200,
    idle: 200,
    phones: 4,
    search: 500,
    import: 1_000,
    counties: 4,
    cases: 500,
    graded: 200,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        // What a process of its own measures of itself.
        [memory::CHILD, "import", rows] => return importing::child(rows),
        [memory::CHILD, "hold", work, count] => return holding::child(work, count),
        [memory::CHILD, "peer", count, texts, way] => return peer::child(count, texts, way),
        _ => {}
    }
    let sizes = if arguments.contains(&"--quick") { QUICK } else { FULL };
    let mut figures = Figures::begin();
    if arguments.contains(&"--server") {
        push(&mut figures);
        first_pull(&mut figures, sizes, Texts::Templated, "–");
        idle(&mut figures, sizes);
        engine::storage(&mut figures, sizes.pull);
        engine::evidence(&mut figures);
        engine::lists(&mut figures, sizes.counties, sizes.cases);
        engine::nodes(&mut figures, sizes.phones);
        return;
    }
    gate_time(&mut figures);
    small_change(&mut figures);
    push(&mut figures);
    first_pull(&mut figures, sizes, Texts::Templated, "≤ 2.5 MB, ≤ 50 requests, ≤ 3 s");
    first_pull(&mut figures, sizes, Texts::HighEntropy, "≤ 7 MB, ≤ 50 requests, ≤ 3 s");
    holding::measure(&mut figures, sizes);
    idle(&mut figures, sizes);
    intake(&mut figures, sizes);
    mixed::store_and_list(&mut figures, sizes.pull);
    mixed::first_pull_over_http(&mut figures, sizes.pull);
    start_and_search(&mut figures, sizes);
    grading::measure(&mut figures);
    grading::a_county(&mut figures, sizes.graded);
    importing::measure(&mut figures, sizes.import);
}

/// The median of several runs.
fn median(runs: usize, mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..runs).map(|_| run()).collect();
    times.sort_unstable();
    times[runs / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn gate_time(figures: &mut Figures) {
    let base = mutants::base();
    let seeds = mutants::seeds();
    let (_, change) = &seeds[10];
    let time = median(301, || {
        timed(|| {
            gate::admit(&base, &Attendance::SHAPE, mutants::FORGER, change.raw_bytes(), |_| Judgement::Allow)
                .expect("honest")
        })
        .1
    });
    figures.row(
        "gate, one change of several operations (median of 301)",
        "≤ 0.5 ms",
        &format!("{:.3} ms", time.as_secs_f64() * 1e3),
    );
}

fn two(seed: u64) -> (Fleet, FleetPhone, DocumentId) {
    let Two { fleet, mut anna, assignment, .. } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    (fleet, anna, record)
}

fn small_change(figures: &mut Figures) {
    let (fleet, mut anna, record) = two(51);
    let outcomes = AttendanceOutcome::ALL;
    for index in 0..200 {
        anna.phone.edit(record, &[outcome(outcomes[index % outcomes.len()])]).expect("fits");
    }
    let request = anna.phone.next_request().expect("a request");
    let share = request.len() as f64 / 200.0;
    fleet.answer(anna.device, &request);
    figures.row("a small change, its share in a frame of 200", "≤ 150 B", &format!("{share:.0} B"));
}

/// What a whole sync took.
#[derive(Default)]
struct Synced {
    bytes: usize,
    requests: usize,
    on_server: Duration,
    on_phone: Duration,
}

impl Synced {
    fn of(fleet: &Fleet, phone: &mut FleetPhone) -> Self {
        let mut synced = Self::default();
        loop {
            let (request, asking) = timed(|| phone.phone.next_request().expect("a request"));
            let (answer, answering) = timed(|| fleet.answer(phone.device, &request));
            let (progress, taking) = timed(|| phone.phone.take_response(&answer).expect("fits"));
            synced.requests += 1;
            synced.bytes += request.len() + answer.len();
            synced.on_server += answering;
            synced.on_phone += asking + taking;
            if !progress.more {
                return synced;
            }
        }
    }

    fn whole(&self) -> Duration {
        self.on_server + self.on_phone
    }
}

/// The sync of several that took neither the least nor the most.
fn median_sync(runs: usize, run: impl FnMut(usize) -> Synced) -> String {
    let mut all: Vec<_> = (0..runs).map(run).collect();
    all.sort_unstable_by_key(Synced::whole);
    let one = &all[runs / 2];
    let (server, phone) = (seconds(one.on_server), seconds(one.on_phone));
    format!("{} (server {server}, phone {phone})", seconds(one.whole()))
}

fn push(figures: &mut Figures) {
    let parts = median_sync(5, |_| {
        let (fleet, mut anna, record) = two(52);
        for index in 0..200 {
            anna.phone.edit(record, &[narrative(&format!("第{index}段。"))]).expect("fits");
        }
        Synced::of(&fleet, &mut anna)
    });
    figures.row(
        "push of 200 edits of one record: signed, judged, stored, answered (median of 5)",
        "≤ 0.2 s",
        &parts,
    );
    let parts = median_sync(5, |_| {
        let mut fleet = Fleet::new(53);
        let person = fleet.person("安娜", Role::Supervisor);
        let assignments: Vec<_> = (0..100)
            .map(|_| {
                let members = [(person, "安娜", Duty::Chair)];
                fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members)
            })
            .collect();
        let mut anna = fleet.phone(person);
        fleet.sync(&mut anna);
        for assignment in &assignments {
            let record = start(&mut anna, *assignment, "attendance");
            anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
            anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
        }
        Synced::of(&fleet, &mut anna)
    });
    figures.row("push of 200 edits in 100 records (median of 5)", "≤ 0.2 s", &parts);
}

fn first_pull(figures: &mut Figures, sizes: Sizes, texts: Texts, target: &str) {
    let mut fleet = Fleet::new(54);
    let person = fleet.person("安娜", Role::Supervisor);
    fill(&fleet.db, person, sizes.pull, texts, 1);
    let mut phone = fleet.phone(person);
    let synced = Synced::of(&fleet, &mut phone);
    let measured = format!(
        "{:.2} MB, {} requests, {:.1} s (server {:.1} s, phone {:.1} s)",
        synced.bytes as f64 / 1e6,
        synced.requests,
        synced.whole().as_secs_f64(),
        synced.on_server.as_secs_f64(),
        synced.on_phone.as_secs_f64()
    );
    figures.row(
        &format!("first pull of {} records of 44 values ({texts:?})", counted(sizes.pull)),
        target,
        &measured,
    );
}

/// A number with its thousands apart.
fn counted(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn idle(figures: &mut Figures, sizes: Sizes) {
    let mut fleet = Fleet::new(55);
    let person = fleet.person("安娜", Role::Supervisor);
    fill(&fleet.db, person, sizes.idle, Texts::Templated, 2);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    let request = phone.phone.next_request().expect("a request");
    let (answer, time) = timed(|| fleet.answer(phone.device, &request));
    let more = phone.phone.take_response(&answer).expect("fits").more;
    assert!(!more, "one request is enough");
    let measured = format!(
        "1 request, {} B both ways, {:.1} ms",
        request.len() + answer.len(),
        time.as_secs_f64() * 1e3
    );
    figures.row(
        &format!("idle sync with {} documents in scope", counted(sizes.idle)),
        "1 request, ≤ 1 KB",
        &measured,
    );
}

/// How many changes each phone of a measure of intake has written.
const CHANGES: usize = 40;

/// Phones that have each written a record of their own: device and request, not sent yet.
fn written(fleet: &mut Fleet, phones: usize) -> Vec<(DeviceId, Vec<u8>)> {
    let mut write = |index: usize| {
        let name = format!("旁听人{index}");
        let person = fleet.person(&name, Role::Supervisor);
        let members = [(person, name.as_str(), Duty::Chair)];
        let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
        let mut phone = fleet.phone(person);
        fleet.sync(&mut phone);
        let record = start(&mut phone, assignment, "attendance");
        for change in 0..CHANGES {
            phone.phone.edit(record, &[narrative(&format!("第{change}段。"))]).expect("fits");
        }
        (phone.device, phone.phone.next_request().expect("a request"))
    };
    (0..phones).map(&mut write).collect()
}

fn intake(figures: &mut Figures, sizes: Sizes) {
    let mut fleet = Fleet::new(56);
    let requests = written(&mut fleet, sizes.phones);
    let (_, time) = timed(|| all_at_once(&fleet, &requests));
    let rate = (sizes.phones * CHANGES) as f64 / time.as_secs_f64();
    figures.row(
        &format!("durable intake, {} phones at once, {CHANGES} changes each", sizes.phones),
        "≥ 1,000 changes/s",
        &format!("{rate:.0} changes/s"),
    );
}

/// The server answers all of these at the same time.
fn all_at_once(fleet: &Fleet, requests: &[(DeviceId, Vec<u8>)]) {
    std::thread::scope(|scope| {
        for (device, request) in requests {
            scope.spawn(move || fleet.answer(*device, request));
        }
    });
}

fn start_and_search(figures: &mut Figures, sizes: Sizes) {
    let mut fleet = Fleet::new(57);
    let person = fleet.person("安娜", Role::Supervisor);
    fill_mixed(&fleet.db, person, sizes.search, 3);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    let (_, indexing) = timed(|| phone.phone.search("没有", 10).expect("searchable"));
    let time = median(21, || timed(|| phone.phone.search("阅卷", 50).expect("searchable")).1);
    figures.row(
        &format!("two Chinese characters in {} mixed records, 50 shown", counted(sizes.search)),
        "≤ 20 ms",
        &format!(
            "{:.1} ms (indexing once after the pull: {:.1} s)",
            time.as_secs_f64() * 1e3,
            indexing.as_secs_f64()
        ),
    );
    let time = {
        let start = Instant::now();
        let phone = phone.restart();
        let rows = phone.phone.records(None, 50).expect("listed");
        assert_eq!(rows.len(), 50);
        start.elapsed()
    };
    figures.row(
        &format!("phone start to the first list, {} mixed records", counted(sizes.search)),
        "≤ 100 ms (10,000)",
        &format!("{:.1} ms", time.as_secs_f64() * 1e3),
    );
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
