//! Files that another client sends, and files in a store that speaks S3.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tingfang_tests::processes::{Server, Terminal, run};
use tingfang_tests::world::one_hearing;

fn photo(folder: &Path, size: usize) -> String {
    let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
    bytes.extend((0..size).map(|at| u8::try_from(at * 31 % 251).expect("below 251")));
    let path = folder.join("photo.jpg");
    std::fs::write(&path, bytes).expect("written");
    path.display().to_string()
}

#[test]
fn the_javascript_client_of_tus_breaks_off_goes_on_and_its_file_is_whole() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = one_hearing(folder.path(), 81, &["anna"]);
    let server = Server::start(&data);
    Terminal::enrol(&folder.path().join("phone"), &data, &server, "anna");
    let profile = std::fs::read_to_string(folder.path().join("phone/profile.json")).expect("a profile");
    let profile: Value = serde_json::from_str(&profile).expect("JSON");
    let token = profile["token"].as_str().expect("a token");
    let endpoint = format!("{}/api/v1/attachments/uploads", server.url());
    let sent = Command::new("node")
        .args(["upload.mjs", &endpoint, token, &photo(folder.path(), 1_000_000), "image/jpeg"])
        .current_dir(super::javascript::package())
        .output()
        .expect("node runs; `cargo xtask setup` installs it");
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let sent: Value = serde_json::from_slice(&sent.stdout).expect("JSON");
    assert_eq!(sent["size"], json!(1_000_004));
    assert!(sent["brokenOff"].as_u64() >= Some(500_000), "{sent}");
    assert!(sent["wentOnFrom"].as_u64() >= sent["brokenOff"].as_u64(), "nothing is sent twice: {sent}");
    assert_eq!(verified(&data, &[])["attachments"], json!(1));
}

fn verified(data: &Path, variables: &[(&str, &str)]) -> Value {
    let said = run(&["--data", &data.display().to_string(), "--json", "verify"], variables);
    assert_eq!(said.code, 0, "{}", said.text);
    said.text.lines().find_map(|line| serde_json::from_str(line).ok()).expect("a report")
}

/// A server that speaks S3; it ends with the test.
struct Bucket {
    child: Child,
    address: String,
}

impl Bucket {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new("node")
            .args(["s3-server.mjs", &folder.display().to_string(), "aid"])
            .current_dir(super::javascript::package())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs; `cargo xtask setup` installs it");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut address).expect("an address");
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn files_lie_in_a_bucket_as_well_as_in_a_folder() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = one_hearing(folder.path(), 82, &["anna"]);
    let bucket = Bucket::start(&folder.path().join("bucket"));
    let place = [
        ("TINGFANG_FILES", "s3://aid/yunhe"),
        ("AWS_ENDPOINT", &bucket.address),
        ("AWS_ACCESS_KEY_ID", "S3RVER"),
        ("AWS_SECRET_ACCESS_KEY", "S3RVER"),
        ("AWS_REGION", "cn-north-1"),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    let server = Server::start_with(&data, &place);
    let phone = Terminal::enrol_with(&folder.path().join("phone"), &data, &server.url(), "anna", &place);
    phone.run(&["sync"]);
    let begun = phone.run(&["record", "1", "--kind", "attendance"]);
    let record = begun["record"].as_str().expect("an id");
    phone.run(&["edit", record, "--set", "facts/left_at=2026-11-24T10:30:00+08:00"]);
    let photo = photo(folder.path(), 3_000_000);
    let attached = phone.run(&["attach", record, &photo]);
    assert_eq!(phone.run(&["sync"])["files_sent"], json!(1));
    assert_eq!(verified(&data, &place)["attachments"], json!(1));
    assert!(!data.join("files").exists(), "nothing lies in the folder");

    // Another phone of hers fetches it out of the bucket.
    let other = Terminal::enrol_with(&folder.path().join("other"), &data, &server.url(), "anna", &place);
    other.run(&["sync"]);
    let copy = folder.path().join("copy.jpg");
    let digest = attached["digest"].as_str().expect("a digest");
    other.run(&["fetch", record, digest, "--to", &copy.display().to_string()]);
    assert_eq!(std::fs::read(copy).expect("fetched"), std::fs::read(photo).expect("there"));
}
