//! The benchmarks of DESIGN section 12 that apply so far. Run by `cargo xtask bench`.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use std::time::{Duration, Instant};

use tingfang_core::id::DocumentId;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::shape::RecordKind;
use tingfang_core::sync::gate::{self, Judgement};
use tingfang_tests::bulk::{Texts, fill};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::mutants;
use tingfang_tests::observers::{Two, narrative, outcome, start, two_observers};

fn main() {
    println!("| what | target | measured |\n|---|---|---|");
    gate_time();
    small_change();
    push();
    first_pull(Texts::Templated, "≤ 2.5 MB, ≤ 50 requests, ≤ 3 s");
    first_pull(Texts::HighEntropy, "≤ 7 MB, ≤ 50 requests, ≤ 3 s");
    idle();
    intake();
    start_and_search();
}

fn row(what: &str, target: &str, measured: &str) {
    println!("| {what} | {target} | {measured} |");
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

fn gate_time() {
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
    row("gate, one change of several operations", "≤ 0.5 ms", &format!("{:.3} ms", time.as_secs_f64() * 1e3));
}

fn two(seed: u64) -> (Fleet, FleetPhone, DocumentId) {
    let Two { fleet, mut anna, assignment, .. } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    (fleet, anna, record)
}

fn small_change() {
    let (fleet, mut anna, record) = two(51);
    let outcomes = AttendanceOutcome::ALL;
    for index in 0..200 {
        anna.phone.edit(record, &[outcome(outcomes[index % outcomes.len()])]).expect("fits");
    }
    let request = anna.phone.next_request().expect("a request");
    let share = request.len() as f64 / 200.0;
    fleet.answer(anna.device, &request);
    row("a small change, its share in a frame of 200", "≤ 150 B", &format!("{share:.0} B"));
}

fn push() {
    let time = median(5, || {
        let (fleet, mut anna, record) = two(52);
        for index in 0..200 {
            anna.phone.edit(record, &[narrative(&format!("第{index}段。"))]).expect("fits");
        }
        timed(|| fleet.sync(&mut anna)).1
    });
    row("push of 200 edits of one record, signed, judged, stored, answered", "≤ 0.2 s", &seconds(time));
    let time = median(5, || {
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
        timed(|| fleet.sync(&mut anna)).1
    });
    row("push of 200 edits in 100 records", "≤ 0.2 s", &seconds(time));
}

fn first_pull(texts: Texts, target: &str) {
    let mut fleet = Fleet::new(54);
    let person = fleet.person("安娜", Role::Supervisor);
    fill(&fleet.db, person, 10_000, texts, 1);
    let mut phone = fleet.phone(person);
    let (mut bytes, mut requests) = (0, 0);
    let (mut on_server, mut on_phone) = (Duration::ZERO, Duration::ZERO);
    loop {
        let (request, asking) = timed(|| phone.phone.next_request().expect("a request"));
        let (answer, answering) = timed(|| fleet.answer(phone.device, &request));
        let (progress, taking) = timed(|| phone.phone.take_response(&answer).expect("fits"));
        requests += 1;
        bytes += request.len() + answer.len();
        on_server += answering;
        on_phone += asking + taking;
        if !progress.more {
            break;
        }
    }
    let measured = format!(
        "{:.2} MB, {requests} requests, {:.1} s (server {:.1} s, phone {:.1} s)",
        bytes as f64 / 1e6,
        (on_server + on_phone).as_secs_f64(),
        on_server.as_secs_f64(),
        on_phone.as_secs_f64()
    );
    row(&format!("first pull of 10,000 records of 44 values ({texts:?})"), target, &measured);
}

fn idle() {
    let mut fleet = Fleet::new(55);
    let person = fleet.person("安娜", Role::Supervisor);
    fill(&fleet.db, person, 20_000, Texts::Templated, 2);
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
    row("idle sync with 20,000 documents in scope", "1 request, ≤ 1 KB", &measured);
}

fn intake() {
    const PHONES: usize = 50;
    const CHANGES: usize = 40;
    let mut fleet = Fleet::new(56);
    let mut requests = Vec::new();
    for index in 0..PHONES {
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
        requests.push((phone.device, phone.phone.next_request().expect("a request")));
    }
    let (_, time) = timed(|| {
        std::thread::scope(|scope| {
            for (device, request) in &requests {
                let fleet = &fleet;
                scope.spawn(move || fleet.answer(*device, request));
            }
        });
    });
    let rate = (PHONES * CHANGES) as f64 / time.as_secs_f64();
    row(
        "durable intake, 50 phones at once, 40 changes each",
        "≥ 1,000 changes/s",
        &format!("{rate:.0} changes/s"),
    );
}

fn start_and_search() {
    let mut fleet = Fleet::new(57);
    let person = fleet.person("安娜", Role::Supervisor);
    fill(&fleet.db, person, 50_000, Texts::Templated, 3);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    let (_, indexing) = timed(|| phone.phone.search("没有", 10).expect("searchable"));
    let time = median(21, || timed(|| phone.phone.search("阅卷", 50).expect("searchable")).1);
    row(
        "two Chinese characters in 50,000 records, 50 shown",
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
    row(
        "phone start to the first list, 50,000 records",
        "≤ 100 ms (10,000)",
        &format!("{:.1} ms", time.as_secs_f64() * 1e3),
    );
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
