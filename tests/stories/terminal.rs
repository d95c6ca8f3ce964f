//! The phone in a terminal: what it says, and what it will not do.

use std::path::Path;

use serde_json::Value;
use tingfang_tests::processes::{Server, Terminal, json, run};
use tingfang_tests::world::one_hearing;

struct Scene {
    folder: tempfile::TempDir,
    server: Server,
}

impl Scene {
    /// A server on which the two persons attend one hearing.
    fn of(people: &[&str]) -> Self {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let data = one_hearing(folder.path(), 61, people);
        let server = Server::start(&data);
        Self { folder, server }
    }

    fn phone(&self, name: &str) -> Terminal {
        let data = self.folder.path().join("server");
        let phone = Terminal::enrol(&self.folder.path().join(name), &data, &self.server, name);
        phone.run(&["sync"]);
        phone
    }

    fn code(&self, name: &str) -> String {
        let data = self.folder.path().join("server").display().to_string();
        let issued = json(&["--data", &data, "device", "enrol", "--person", name]);
        issued.get("code").and_then(Value::as_str).expect("a code").to_owned()
    }
}

fn begin(phone: &Terminal) -> String {
    let started = phone.run(&["record", "1"]);
    started.get("record").and_then(Value::as_str).expect("an id").to_owned()
}

#[test]
fn a_phone_speaks_the_language_of_its_environment_and_refuses_one_that_it_does_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("none").display().to_string();
    let said = run(&["phone", "--dir", &dir, "tasks"], &[("TINGFANG_LANGUAGE", "en")]);
    assert!(said.text.contains("is no enrolled phone yet"), "{}", said.text);
    let said = run(&["phone", "--dir", &dir, "tasks"], &[]);
    assert!(said.text.contains("还不是已登记的手机"), "{}", said.text);
    let said = run(&["phone", "--dir", &dir, "--language", "xx", "tasks"], &[]);
    assert!(said.code != 0 && said.text.contains("language = xx"), "{}", said.text);
    assert!(!Path::new(&dir).exists());
}

#[test]
fn a_wrong_server_gets_no_code_and_an_unreachable_one_is_called_so() {
    let scene = Scene::of(&["anna"]);
    let code = scene.code("anna");
    let dir = scene.folder.path().join("phone");
    let folder = dir.display().to_string();
    let enrol = |server: &str, more: &[&str]| {
        let mut all = vec!["phone", "--dir", &folder, "enrol", "--server", server, "--code", &code];
        all.extend(more);
        run(&all, &[])
    };
    let nowhere = enrol("http://127.0.0.1:9", &[]);
    assert!(nowhere.code != 0 && nowhere.text.contains("绑定码也没有使用"), "{}", nowhere.text);
    let other = enrol(&scene.server.url(), &["--fingerprint", "0000 0000"]);
    assert!(other.code != 0 && other.text.contains("另一台服务器"), "{}", other.text);
    assert!(!dir.exists(), "nothing was made yet");
    let said = enrol(&scene.server.url(), &[]);
    assert_eq!(said.code, 0, "the code was never spent: {}", said.text);
    let twice = enrol(&scene.server.url(), &[]);
    assert!(twice.code != 0 && twice.text.contains("已是登记过的手机"), "{}", twice.text);
}

#[test]
fn an_enrolment_whose_answer_was_lost_goes_on_with_the_same_key() {
    let scene = Scene::of(&["anna"]);
    let code = scene.code("anna");
    let dir = scene.folder.path().join("phone");
    let folder = dir.display().to_string();
    let url = scene.server.url();
    let arguments = ["phone", "--dir", &folder, "enrol", "--server", &url, "--code", &code, "--json"];
    let first = json(&arguments[..8]);
    // What a crash between the server's answer and the phone's disk leaves: keys, and no profile.
    std::fs::remove_file(dir.join("profile.json")).expect("there");
    let again = json(&arguments[..8]);
    assert_eq!(first.get("device"), again.get("device"), "the same phone, not a second one");
    assert!(again.get("device").is_some());
    let phone = Terminal::at(&dir);
    phone.run(&["sync"]);
    assert_eq!(phone.run(&["tasks"]).as_array().map(Vec::len), Some(1));
    // Once it has come, its code is spent for good.
    std::fs::remove_file(dir.join("profile.json")).expect("there");
    let late = run(&arguments[..8], &[]);
    assert!(late.code != 0 && late.text.contains("绑定码"), "{}", late.text);
}

#[cfg(unix)]
#[test]
fn a_phones_folder_is_only_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::of(&["anna"]);
    let phone = scene.phone("anna");
    let folder = phone.store().parent().expect("a folder").to_owned();
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).expect("readable").flatten() {
        assert_eq!(mode(&entry.path()), 0o600, "{}", entry.path().display());
    }
}

#[test]
fn a_conflict_is_settled_with_one_of_its_values_or_openly_with_another() {
    let scene = Scene::of(&["anna", "ben"]);
    let (anna, ben) = (scene.phone("anna"), scene.phone("ben"));
    let record = begin(&anna);
    assert_eq!(begin(&ben), record);
    let alone = anna.try_run(&["resolve", &record, "facts/outcome", "attended"]);
    assert!(alone.code != 0 && alone.text.contains("没有不同答案"), "{}", alone.text);
    anna.run(&["edit", &record, "--set", "facts/outcome=attended"]);
    ben.run(&["edit", &record, "--set", "facts/outcome=adjourned"]);
    for phone in [&anna, &ben, &anna] {
        phone.run(&["sync"]);
    }
    let outcome = || {
        let shown = anna.run(&["show", &record]);
        let outcome = shown.pointer("/content/facts/outcome").and_then(Value::as_str).map(str::to_owned);
        (outcome, shown["conflicts"].as_array().map(Vec::len))
    };
    assert_eq!(outcome().1, Some(1));
    let nobodys = anna.try_run(&["resolve", &record, "facts/outcome", "cancelled"]);
    assert!(nobodys.code != 0 && nobodys.text.contains("--other"), "{}", nobodys.text);
    assert_eq!(outcome().1, Some(1), "nothing was written");
    anna.run(&["resolve", &record, "facts/outcome", "adjourned"]);
    assert_eq!(outcome(), (Some("adjourned".to_owned()), Some(0)));
    ben.run(&["edit", &record, "--set", "facts/outcome=attended"]);
    anna.run(&["edit", &record, "--set", "facts/outcome=attended"]);
}

#[test]
fn an_edit_of_nothing_is_refused_and_a_seal_names_who_is_missing() {
    let scene = Scene::of(&["anna", "ben"]);
    let anna = scene.phone("anna");
    let record = begin(&anna);
    let empty = anna.try_run(&["edit", &record]);
    assert!(empty.code != 0 && empty.text.contains("没有给出要写的内容"), "{}", empty.text);
    let early = anna.try_run(&["seal", &record]);
    assert!(early.code != 0 && early.text.contains("ben"), "{}", early.text);
    let ids = early.text.split(['/', '、', '：', '。', '\n', ' ']).filter(|part| part.len() == 36);
    assert_eq!(ids.count(), 0, "no raw ids: {}", early.text);
    let wrong = anna.try_run(&["edit", &record, "--set", "facts/outcome=maybe"]);
    assert!(wrong.code != 0 && wrong.text.contains("attended("), "{}", wrong.text);
    let field = anna.try_run(&["edit", &record, "--set", "facts/colour=red"]);
    assert!(field.code != 0 && field.text.contains("没有字段 facts/colour"), "{}", field.text);
    let task = anna.try_run(&["record", "9"]);
    assert!(task.code != 0 && task.text.contains("对应0项"), "{}", task.text);
}

#[test]
fn two_phones_compare_what_the_server_has_signed_for_each() {
    let scene = Scene::of(&["anna", "ben"]);
    let (anna, ben) = (scene.phone("anna"), scene.phone("ben"));
    let shown = |phone: &Terminal| {
        let said = phone.run(&["checkpoint"]);
        assert!(said.get("broken_history").is_some_and(Value::is_null), "{said}");
        said.get("checkpoint").and_then(Value::as_str).expect("it has synced").to_owned()
    };
    let file = scene.folder.path().join("shown.txt");
    let path = file.display().to_string();
    let compared = |phone: &Terminal, text: &str| {
        std::fs::write(&file, text).expect("written");
        let said = phone.run(&["checkpoint", "--compare", &path]);
        said.get("compared").and_then(Value::as_str).expect("a word").to_owned()
    };

    assert_eq!(compared(&anna, &shown(&anna)), "same");
    begin(&ben);
    ben.run(&["sync"]);
    let newer = shown(&ben);
    assert_ne!(newer, shown(&anna), "the log has grown in between");
    assert_eq!(compared(&anna, &format!("{newer}\n")), "asked");
    anna.run(&["sync"]);
    shown(&anna);

    std::fs::write(&file, "good morning").expect("written");
    let none = anna.try_run(&["checkpoint", "--compare", &path]);
    assert!(none.code != 0 && none.text.contains("good morning"), "{}", none.text);
}

#[test]
fn a_phone_whose_key_was_exchanged_says_so_and_what_is_written_stays() {
    let scene = Scene::of(&["anna", "ben"]);
    let (anna, ben) = (scene.phone("anna"), scene.phone("ben"));
    let record = begin(&anna);
    assert_eq!(anna.run(&["sync"])["other_key"], false);
    anna.run(&["edit", &record, "--append", "narrative=开庭。"]);
    let keys = |name: &str| scene.folder.path().join(name).join("keys.json");
    let own = std::fs::read(keys("anna")).expect("a file");
    std::fs::copy(keys("ben"), keys("anna")).expect("copied");
    assert_eq!(anna.run(&["status"])["other_key"], true);
    let dir = scene.folder.path().join("anna").display().to_string();
    let said = run(&["phone", "--dir", &dir, "sync"], &[]);
    assert!(said.code == 0 && said.text.contains("不是本机绑定时的密钥"), "{}", said.text);
    assert_eq!(anna.run(&["status"])["waiting"], 1);
    std::fs::write(keys("anna"), own).expect("put back");
    assert_eq!(anna.run(&["sync"])["waiting"], 0);
    ben.run(&["sync"]);
    assert!(ben.run(&["show", &record]).to_string().contains("开庭。"));
}
