//! A document that was fetched from a running server opens in Automerge's own JavaScript library.

use std::process::Command;

use serde_json::{Value, json};
use tingfang_tests::processes::{Server, Terminal};
use tingfang_tests::world::one_hearing;

#[test]
fn automerge_javascript_opens_what_a_running_server_hands_out() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = one_hearing(folder.path(), 71, &["anna"]);
    let server = Server::start(&data);
    let phone = Terminal::enrol(&folder.path().join("phone"), &data, &server, "anna");
    phone.run(&["sync"]);
    let started = phone.run(&["record", "1"]);
    let record = started["record"].as_str().expect("an id");
    phone.run(&["edit", record, "--set", "facts/outcome=attended", "--append", "narrative=公开开庭。"]);
    phone.run(&["sync"]);

    let file = folder.path().join("fetched.automerge");
    std::fs::write(&file, fetch(&server, record)).expect("written");
    let read = Command::new("node")
        .arg("open-document.mjs")
        .arg(&file)
        .arg("facts/outcome=attended")
        .current_dir(super::javascript::package())
        .output()
        .expect("node runs; `cargo xtask setup` installs it");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).expect("JSON");
    assert_eq!(read["narrative"], json!("公开开庭。"));
    assert_eq!(read["schema"]["kind"], json!("attendance"));
}

/// Signs a manager in over HTTP and fetches the document.
fn fetch(server: &Server, record: &str) -> Vec<u8> {
    let token = server.sign_in("manager");
    ureq::get(&format!("{}/api/v1/documents/{record}", server.url()))
        .header("authorization", &format!("Bearer {token}"))
        .call()
        .expect("fetched")
        .body_mut()
        .read_to_vec()
        .expect("bytes")
}
