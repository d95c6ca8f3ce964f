//! Lays a phone with many cases into a folder, for the benchmarks in other languages: `phone.db`, `secrets` and
//! `profile.properties`. Says how long a screen had to wait meanwhile.

#![expect(clippy::print_stdout, reason = "the figure is the output")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tingfang::{FieldEdit, KeyStore, SyncTask, Tingfang, TingfangError};
use tingfang_core::id::{AssignmentId, CaseId, PersonId, UndertakerId};
use tingfang_core::people::task::{Task, TaskMember, TaskState, TaskSubject};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_server::log;
use tingfang_tests::app::{Wire, code_of, outcome};
use tingfang_tests::bulk::fill_mixed;
use tingfang_tests::fleet::Fleet;

const CASES: usize = 10_000;
const RECORDS: usize = 2_000;
/// How often somebody writes while the first sync runs.
const MOST_EDITS: usize = 200;

/// A key chain in a file.
struct FileKeys(PathBuf);

impl KeyStore for FileKeys {
    fn load(&self) -> Result<Option<Vec<u8>>, TingfangError> {
        Ok(std::fs::read(&self.0).ok())
    }

    fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError> {
        std::fs::write(&self.0, secrets).map_err(|error| TingfangError::Host { reason: error.to_string() })
    }
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("which folder?"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let fleet = Arc::new(Fleet::new(1));
    let person = fleet.person("陈晓燕", Role::Supervisor);
    give_tasks(&fleet, person);
    fill_mixed(&fleet.db, person, RECORDS, 1);
    let keys = Arc::new(FileKeys(folder.join("secrets")));
    let wire = Arc::new(Wire::new(&fleet, person, "陈晓燕"));
    let profile = wire.enrol(code_of(&fleet), Arc::<FileKeys>::clone(&keys)).expect("enrolled");
    let path = folder.join("phone.db").display().to_string();
    let phone =
        Arc::new(Tingfang::open(path, profile.clone(), keys, None, None, None).expect("a fresh phone"));
    let task = Arc::clone(&phone).start_sync(wire, None, None).expect("begins");
    let (reading, writing) = longest_waits(&phone, &task);
    outcome(&task).expect("synced");
    for (what, target, longest) in [("the agenda", "a store read", reading), ("an edit", "≤ 100 ms", writing)]
    {
        println!(
            "| the longest that {what} waits while the first sync brings {CASES} cases | {target} | {:.1} ms |",
            longest.as_secs_f64() * 1e3
        );
    }
    // What came is indexed when somebody searches.
    let begun = Instant::now();
    phone.search("阅卷".into(), None, 1).expect("searched");
    println!(
        "| the first search after the first sync, which indexes {RECORDS} records | – | {:.1} ms |",
        begun.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(phone.case_count().expect("counted"), CASES as u64);
    phone.shut();
    let mut text = String::new();
    for (key, value) in [
        ("server", profile.server),
        ("serverKey", profile.server_key),
        ("tenant", profile.tenant.to_string()),
        ("device", profile.device.to_string()),
        ("person", profile.person.to_string()),
        ("personName", "phone".to_owned()),
    ] {
        writeln!(text, "{key}={value}").expect("text");
    }
    write(&folder.join("profile.properties"), &text);
}

/// How long a screen waits at the most that reads and writes all the time while a sync runs.
fn longest_waits(phone: &Tingfang, task: &SyncTask) -> (Duration, Duration) {
    let (mut reading, mut writing) = (Duration::ZERO, Duration::ZERO);
    let written = phone.start_unassigned("attendance".into()).expect("started");
    let mut edits = 0..MOST_EDITS;
    while task.is_running() {
        let begun = Instant::now();
        phone.agenda(None, 50).expect("readable");
        reading = reading.max(begun.elapsed());
        // A sync does not end while there is something new to send.
        if edits.next().is_none() {
            continue;
        }
        let words = FieldEdit::Append { path: "narrative".into(), text: "庭".into() };
        let begun = Instant::now();
        phone.edit(written, vec![words]).expect("writable");
        writing = writing.max(begun.elapsed());
    }
    (reading, writing)
}

/// A return visit for each case.
fn give_tasks(fleet: &Fleet, person: PersonId) {
    let now = fleet.minter.clock().now();
    for from in (0..CASES).step_by(500) {
        let tasks: Vec<Task> = (from..from + 500)
            .map(|nth| Task {
                assignment: fleet.minter.mint::<AssignmentId>(),
                kind: AssignmentKind::ReturnVisit,
                due_at: Some(now.plus_millis(3_600_000 * (nth as i64 - 100))),
                hearing: None,
                round: None,
                subjects: vec![TaskSubject {
                    case: fleet.minter.mint::<CaseId>(),
                    case_no: format!("云援刑字〔2026〕{nth}号"),
                    case_kind: "criminal".into(),
                    cause: ["盗窃", "故意伤害", "诈骗", "交通肇事"][nth % 4].into(),
                    undertaker: fleet.minter.mint::<UndertakerId>(),
                    undertaker_name: format!("周律师{nth}"),
                    provider_name: "明理律师事务所(虚构)".into(),
                    assigned_on: None,
                }],
                members: vec![TaskMember { person, name: "陈晓燕".into(), duty: Duty::Lead }],
                stage: None,
                inspected: None,
                note: None,
                reports: Vec::new(),
                state: TaskState::Open,
                roles: None,
            })
            .collect();
        fleet
            .db
            .write(move |tx| {
                tasks.iter().try_for_each(|task| {
                    let body = serde_json::to_value(task).expect("a task is JSON");
                    log::publish(tx, person, RowKind::Task, &task.assignment.to_string(), &body).map(|_| ())
                })
            })
            .expect("fresh rows");
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
}
