//! Scans and photos: attached offline, sent after the text, over lines that die, and fetched by others.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tingfang_server::db::{Place, scratch};
use tingfang_tests::frail_line::{Death, FrailLine};
use tingfang_tests::processes::{Server, Terminal, run};
use tingfang_tests::world::one_hearing;

/// Anna and Ben attend one hearing.
struct Scene {
    folder: tempfile::TempDir,
    server: Server,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let data = one_hearing(folder.path(), seed, &["anna", "ben"]);
        Self { server: Server::start(&data), folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    fn phone(&self, name: &str) -> Terminal {
        let phone = Terminal::enrol(&self.folder.path().join(name), &self.data(), &self.server, name);
        phone.run(&["sync"]);
        phone
    }

    fn phone_at(&self, name: &str, url: &str) -> Terminal {
        let phone = Terminal::enrol_at(&self.folder.path().join(name), &self.data(), url, name);
        phone.run(&["sync"]);
        phone
    }

    /// A file that begins like a photo, of this size.
    fn photo(&self, name: &str, size: usize) -> (String, Vec<u8>) {
        let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
        bytes.extend((0..size).map(|at| u8::try_from(at * 2_654_435_761 % 251).expect("below 251")));
        let path = self.folder.path().join(name);
        std::fs::write(&path, &bytes).expect("written");
        (path.display().to_string(), bytes)
    }

    /// The server's own proof of everything that it has.
    fn verify(&self) -> Value {
        let data = self.data().display().to_string();
        let said = run(&["--data", &data, "--json", "verify"], &[]);
        assert_eq!(said.code, 0, "{}", said.text);
        said.text.lines().find_map(|line| serde_json::from_str(line).ok()).expect("a report")
    }
}

/// The record of the hearing, begun by a phone that has left again.
fn attended(phone: &Terminal) -> String {
    let record = begun(phone);
    let left = [
        "--set",
        "facts/arrived_at=2026-11-24T09:00:00+08:00",
        "--set",
        "facts/left_at=2026-11-24T10:30:00+08:00",
    ];
    phone.run(&[&["edit", &record], &left[..]].concat());
    record
}

fn begun(phone: &Terminal) -> String {
    let started = phone.run(&["record", "1", "--kind", "attendance"]);
    started["record"].as_str().expect("an id").to_owned()
}

fn states(phone: &Terminal, record: &str) -> Vec<(String, bool)> {
    let listed = phone.run(&["files", record]);
    let rows = listed.as_array().expect("a list").iter();
    rows.map(|row| (row["state"].as_str().unwrap_or_default().to_owned(), row["is_here"] == true)).collect()
}

fn state(word: &str, is_here: bool) -> Vec<(String, bool)> {
    vec![(word.to_owned(), is_here)]
}

fn holds(folder: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, wanted);
        }
        std::fs::read(&path).expect("a file").windows(wanted.len()).any(|window| window == wanted)
    })
}

#[test]
fn paper_is_scanned_after_the_hearing_and_reaches_the_other_observer() {
    let scene = Scene::new(401);
    let (anna, ben) = (scene.phone("anna"), scene.phone("ben"));
    let record = begun(&anna);
    let (photo, bytes) = scene.photo("scan.jpg", 300_000);
    let inside = anna.try_run(&["attach", &record, &photo]);
    assert!(inside.code != 0 && inside.text.contains("离庭之后"), "{}", inside.text);
    assert_eq!(attended(&anna), record);
    let sound = anna.try_run(&["attach", &record, &photo, "--purpose", "sound", "--type", "audio/mp4"]);
    assert!(sound.code != 0 && sound.text.contains("不收"), "no sound from a hearing: {}", sound.text);
    let picture = anna.try_run(&["attach", &record, &photo, "--purpose", "photo"]);
    assert!(picture.code != 0, "and no photo that is no scan: {}", picture.text);
    let disguised = anna.try_run(&["attach", &record, &photo, "--type", "image/png"]);
    assert!(disguised.code != 0 && disguised.text.contains("文件内容不是"), "{}", disguised.text);
    let attached = anna.run(&["attach", &record, &photo]);
    assert_eq!(attached["size_bytes"], 300_004);
    assert_eq!(anna.run(&["attach", &record, &photo])["entry"], attached["entry"], "not twice");
    assert_eq!(states(&anna, &record), state("waiting", true));
    assert!(!holds(&scene.folder.path().join("anna"), &bytes[1_000..1_100]), "nothing readable on the disk");

    let synced = anna.run(&["sync"]);
    assert_eq!((&synced["files_sent"], &synced["files_waiting"]), (&Value::from(1), &Value::from(0)));
    assert_eq!(states(&anna, &record), state("stored", true), "by the server's word");

    ben.run(&["sync"]);
    assert_eq!(states(&ben, &record), state("stored", false));
    let digest = attached["digest"].as_str().expect("a digest");
    let copy = scene.folder.path().join("copy.jpg");
    ben.run(&["fetch", &record, &digest[..10], "--to", &copy.display().to_string()]);
    assert_eq!(std::fs::read(&copy).expect("fetched"), bytes);
    assert_eq!(states(&ben, &record), state("stored", true));
    let report = scene.verify();
    assert_eq!((&report["attachments"], &report["awaited_attachments"]), (&Value::from(1), &Value::from(0)));
}

#[test]
fn a_record_that_is_erased_takes_its_file_with_it_and_a_restore_brings_neither_back() {
    let mut scene = Scene::new(406);
    let (anna, ben) = (scene.phone("anna"), scene.phone("ben"));
    let record = attended(&anna);
    let (photo, bytes) = scene.photo("scan.jpg", 90_000);
    let attached = anna.run(&["attach", &record, &photo]);
    anna.run(&["sync"]);
    ben.run(&["sync"]);
    let digest = attached["digest"].as_str().expect("a digest");
    let copy = scene.folder.path().join("copy.jpg").display().to_string();
    ben.run(&["fetch", &record, &digest[..10], "--to", &copy]);
    let (folder, data) = (scene.data(), scene.data().display().to_string());
    let is_kept = |folder: &Path| holds(&folder.join("files"), &bytes[1_000..1_100]);
    assert!(is_kept(&folder));
    let backup = scene.folder.path().join("backup.db").display().to_string();
    run(&["--data", &data, "backup", "--to", &backup], &[]);

    assert_eq!(ordered_to_erase(&scene, &record)["order"], 1);
    assert!(!is_kept(&folder), "the bytes are gone");
    for (name, phone) in [("anna", &anna), ("ben", &ben)] {
        phone.run(&["sync"]);
        assert_ne!(phone.try_run(&["files", &record]).code, 0, "the record is gone from the phone");
        let vault = scene.folder.path().join(name).join("phone.files");
        let kept = std::fs::read_dir(&vault).map_or(0, Iterator::count);
        assert_eq!(kept, 0, "and so is the sealed file");
    }
    let report = scene.verify();
    assert_eq!((&report["erased"][0]["order"], &report["attachments"]), (&Value::from(1), &Value::from(0)));
    let said = run(&["--data", &data, "verify"], &[]);
    assert!(said.text.contains("第1号删除令") && said.text.contains(&record), "{}", said.text);

    // The backup has the record; the order lies beside the files, and is carried out before anybody reads.
    let Some(file) = Place::file(&scratch::place(&folder)).map(Path::to_owned) else { return };
    scene.server.kill();
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
    let restored = run(&["--data", &data, "restore", "--from", &backup], &[]);
    assert_eq!(restored.code, 0, "{}", restored.text);
    let said = run(&["--data", &data, "verify"], &[]);
    assert!(said.code == 0 && said.text.contains("第1号删除令"), "{}", said.text);
}

/// A director of the centre orders that a record be erased, at a console.
fn ordered_to_erase(scene: &Scene, record: &str) -> Value {
    ureq::post(&format!("{}/api/v1/records/{record}/erasure", scene.server.url()))
        .header("Authorization", &format!("Bearer {}", scene.server.sign_in("director")))
        .send_json(serde_json::json!({ "reason": "误拍了受援人的病历" }))
        .and_then(|mut answer| answer.body_mut().read_json())
        .expect("ordered")
}

/// What a connection carries before it dies.
const CARRIED_BYTES: u64 = 700_000;

/// Sends a file over a line that dies again and again; gives how many bytes it took, and how many there are.
fn sent_over(scene: &mut Scene, death: Death, is_killed: bool) -> (u64, u64) {
    let line = FrailLine::to(scene.server.address(), CARRIED_BYTES, death);
    let phone = scene.phone_at("anna", &line.url());
    let record = attended(&phone);
    phone.run(&["sync"]);
    let (photo, bytes) = scene.photo("scan.jpg", 9_000_000);
    phone.run(&["attach", &record, &photo]);
    let before = line.sent_bytes();
    for round in 0.. {
        assert!(round < 100, "it never ends");
        // Each is a process of its own: what it knows, it knows from the disk.
        if phone.try_run(&["sync"]).code == 0 {
            break;
        }
        if round == 3 && is_killed {
            scene.server.kill();
            scene.server.restart();
        }
    }
    assert_eq!(states(&phone, &record), state("stored", true));
    assert_eq!(scene.verify()["attachments"], 1);
    assert!(line.deaths() >= 8, "the line died {} times only", line.deaths());
    (line.sent_bytes() - before, bytes.len() as u64)
}

#[test]
fn a_line_that_dies_again_and_again_costs_at_most_one_byte_in_a_hundred() {
    let mut scene = Scene::new(402);
    let (sent, size) = sent_over(&mut scene, Death::Heard, false);
    assert!(sent <= size + size / 100, "{sent} bytes for a file of {size}");
}

#[test]
fn a_line_that_dies_in_silence_costs_no_more_because_the_phone_that_comes_back_is_believed() {
    let mut scene = Scene::new(403);
    let (sent, size) = sent_over(&mut scene, Death::Silent, false);
    assert!(sent <= size + size / 100, "{sent} bytes for a file of {size}");
}

#[test]
fn a_server_that_is_killed_in_between_forgets_no_more_than_what_one_connection_carried() {
    let mut scene = Scene::new(405);
    let (sent, size) = sent_over(&mut scene, Death::Heard, true);
    assert!(sent <= size + size / 100 + CARRIED_BYTES, "{sent} bytes for a file of {size}");
}

#[test]
fn a_file_whose_bytes_were_changed_on_the_server_is_found_and_never_shown() {
    let scene = Scene::new(404);
    let (anna, ben) = (scene.phone("anna"), scene.phone("ben"));
    let record = attended(&anna);
    let (photo, _) = scene.photo("scan.jpg", 5_000);
    let attached = anna.run(&["attach", &record, &photo]);
    anna.run(&["sync"]);
    ben.run(&["sync"]);
    let digest = attached["digest"].as_str().expect("a digest");
    let kept = scene.data().join("files").join("whole").join(&digest[..2]).join(digest);
    let mut bytes = std::fs::read(&kept).expect("the file");
    bytes[4_000] ^= 1;
    std::fs::write(&kept, &bytes).expect("written");
    let data = scene.data().display().to_string();
    let said = run(&["--data", &data, "verify"], &[]);
    assert!(said.code != 0 && said.text.contains("附件") && said.text.contains("摘要不符"), "{}", said.text);
    let copy = scene.folder.path().join("copy.jpg").display().to_string();
    let fetched = ben.try_run(&["fetch", &record, digest, "--to", &copy]);
    assert!(fetched.code != 0, "{}", fetched.text);
    assert!(!Path::new(&copy).exists());
    assert_eq!(states(&ben, &record), state("stored", false));
}
