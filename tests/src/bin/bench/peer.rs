//! Ours, measured as `tests/peers` measures others: a server process and a client process, everything copied one way
//! and once more with nothing changed. One line of JSON.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tingfang_core::id::AssignmentId;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::record::file_review::FileReview;
use tingfang_core::record::shape::RecordKind;
use tingfang_server::phone_cli;
use tingfang_tests::bulk::{Texts, fill, review};
use tingfang_tests::counting_line::CountingLine;
use tingfang_tests::memory::peak_kib_of;
use tingfang_tests::processes::{Server, Terminal};
use tingfang_tests::world::laid;

/// Linux counts processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures COUNT records, `templated` or `high-entropy`, by `pull` to a phone with an empty disk or by `push` to a
/// server that has none.
pub(crate) fn child(count: &str, texts: &str, way: &str) {
    let count: usize = count.parse().expect("a number of records");
    let kind = if texts == "templated" { Texts::Templated } else { Texts::HighEntropy };
    let on_server = if way == "pull" { count } else { 0 };
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut tasks = Vec::new();
    let data = laid(folder.path(), 67, |world, db, minter| {
        let person = world.person(db, minter, "anna", Role::Supervisor);
        fill(db, person, on_server, kind, 67);
        let reviewer = [(person, "anna", Duty::Reviewer)];
        // What a phone sends is judged by the task that it was written for.
        tasks.extend(
            (on_server..count).map(|_| world.assign(db, minter, AssignmentKind::FileReview, &reviewer)),
        );
    });
    let server = Server::start(&data);
    let line = CountingLine::to(server.address());
    let home = folder.path().join("phone");
    let phone = Terminal::enrol_at(&home, &data, &line.url(), "anna");
    if way == "push" {
        // It learns its tasks before it goes out.
        phone.run(&["sync"]);
        write(&home, &tasks, kind);
    }
    line.taken();
    let before = ticks_of(server.id()) + ticks_of_children();
    let first = synced(&phone);
    let processor = ticks_of(server.id()) + ticks_of_children() - before;
    let (bytes, requests) = line.taken();
    let idle = synced(&phone);
    let (idle_bytes, _) = line.taken();
    let status = phone.run(&["status"]);
    assert_eq!(status["waiting"], 0, "all of it has arrived: {status}");
    assert_eq!(status["not_accepted"], 0, "and was let in: {status}");
    println!(
        "{}",
        json!({
            "peer": "tingfang", "version": env!("CARGO_PKG_VERSION"), "way": way, "count": count, "texts": texts,
            "clock_s": round(first.0.as_secs_f64()), "bytes": bytes, "requests_or_messages": requests,
            "idle_s": round(idle.0.as_secs_f64()), "idle_bytes": idle_bytes,
            "server_rss_mb": peak_kib_of(server.id()) * 1_024 / 1_000_000, "client_rss_mb": first.1,
            "processor_s": round(processor as f64 / TICKS_PER_SECOND), "found": status["records"],
        })
    );
}

/// Writes the records of these tasks on a phone, each of them durably, as somebody does who is offline for long.
fn write(home: &Path, tasks: &[AssignmentId], texts: Texts) {
    let mut phone = phone_cli::open(home).expect("enrolled");
    let mut rng = StdRng::seed_from_u64(67);
    for task in tasks {
        let record = phone.start(*task, FileReview::SHAPE.code, About::default()).expect("it is asked for");
        phone.edit(record, &review(&mut rng, texts)).expect("its owner writes");
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

/// One sync: how long it took, and the most memory of the phone's process in MB.
fn synced(phone: &Terminal) -> (Duration, u64) {
    let begun = Instant::now();
    let mut process: Child = phone.spawn(&["sync"]);
    let mut peak = 0;
    loop {
        peak = peak.max(peak_kib_of(process.id()));
        if let Some(status) = process.try_wait().expect("its state is known") {
            assert!(status.success(), "the sync failed");
            return (begun.elapsed(), peak * 1_024 / 1_000_000);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The processor time of a process, in hundredths of a second.
fn ticks_of(process: u32) -> u64 {
    fields(&format!("/proc/{process}/stat"), 11)
}

/// The same of all processes that this one has waited for.
fn ticks_of_children() -> u64 {
    fields("/proc/self/stat", 13)
}

/// Two neighbouring fields of a process's state, added; the first is counted after the program's name.
fn fields(path: &str, nth: usize) -> u64 {
    let stat = std::fs::read_to_string(path).unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().skip(nth).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
