//! The verbs of the server on folders, files and settings that are not as they should be.

use std::collections::BTreeSet;
use std::path::Path;

use tingfang_tests::processes::{Said, run};

const CENTRE: &str = "云河县法律援助中心(虚构)";

fn verb(data: &Path, arguments: &[&str]) -> Said {
    let data = data.display().to_string();
    let mut all = vec!["--data", data.as_str()];
    all.extend(arguments);
    run(&all, &[])
}

fn initialised(data: &Path) {
    let said = verb(data, &["init", "--organisation", CENTRE]);
    assert_eq!(said.code, 0, "{}", said.text);
}

fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .map(|entries| {
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default()
}

#[test]
fn a_file_that_is_no_backup_is_not_restored_and_does_not_stand_in_the_way_of_one_that_is() {
    let root = tempfile::tempdir().expect("a folder");
    let (data, backup, target) = (root.path().join("a"), root.path().join("b.db"), root.path().join("c"));
    initialised(&data);
    let to = backup.display().to_string();
    let said = verb(&data, &["backup", "--to", &to]);
    assert_eq!(said.code, 0, "{}", said.text);

    let (text, empty, other) =
        (root.path().join("text"), root.path().join("empty"), root.path().join("other.db"));
    std::fs::write(&text, "会议纪要".repeat(1_000)).expect("written");
    std::fs::write(&empty, "").expect("written");
    let foreign = rusqlite::Connection::open(&other).expect("opens");
    foreign.execute_batch("create table note (body text)").expect("made");
    drop(foreign);
    for wrong in [&text, &empty, &other] {
        let said = verb(&target, &["restore", "--from", &wrong.display().to_string()]);
        assert!(said.code != 0 && said.text.contains("不是听访的备份"), "{}", said.text);
        assert_eq!(names(&target), BTreeSet::new(), "nothing is left of {}", wrong.display());
    }
    let said = verb(&target, &["restore", "--from", &to]);
    assert_eq!(said.code, 0, "{}", said.text);
    assert_eq!(names(&target), BTreeSet::from(["files".to_owned(), "tingfang.db".to_owned()]));
    assert_eq!(verb(&target, &["verify"]).code, 0);
}

#[test]
fn a_verb_on_a_folder_without_data_makes_nothing_and_says_what_to_do() {
    let root = tempfile::tempdir().expect("a folder");
    let wrong = root.path().join("nowhere");
    let to = root.path().join("b.db").display().to_string();
    for arguments in [
        &["verify"][..],
        &["backup", "--to", &to],
        &["user", "password", "--login", "admin"],
        &["device", "enrol", "--person", "admin"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let said = verb(&wrong, arguments);
        assert!(said.code != 0 && said.text.contains("tingfang init"), "{arguments:?}: {}", said.text);
        assert!(!wrong.exists(), "{arguments:?} made the folder");
    }
    // A folder of somebody else's is not filled either.
    std::fs::create_dir(&wrong).expect("made");
    std::fs::write(wrong.join("tingfang.db"), "not ours, not even a database").expect("written");
    assert_ne!(verb(&wrong, &["verify"]).code, 0);
    assert_eq!(names(&wrong), BTreeSet::from(["tingfang.db".to_owned()]));
}

#[test]
fn verify_and_backup_bring_no_older_schema_up_to_date_and_say_who_does() {
    let root = tempfile::tempdir().expect("a folder");
    initialised(root.path());
    let path = root.path().join("tingfang.db");
    let newest = || -> u32 {
        let file = rusqlite::Connection::open(&path).expect("opens");
        file.query_row("select max(number) from schema_version", [], |row| row.get(0)).expect("a number")
    };
    let file = rusqlite::Connection::open(&path).expect("opens");
    file.execute("delete from schema_version where number = (select max(number) from schema_version)", [])
        .expect("an older folder");
    drop(file);
    let before = newest();
    let to = root.path().join("copy.db").display().to_string();
    for arguments in [&["verify"][..], &["backup", "--to", &to]] {
        let said = verb(root.path(), arguments);
        assert!(said.code != 0 && said.text.contains("tingfang serve"), "{arguments:?}: {}", said.text);
    }
    assert_eq!(newest(), before);
}

#[cfg(unix)]
#[test]
fn what_holds_names_and_keys_is_only_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let root = tempfile::tempdir().expect("a folder");
    let (data, target) = (root.path().join("data"), root.path().join("target"));
    for folder in [&data, &target] {
        std::fs::create_dir(folder).expect("made");
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("set");
    }
    initialised(&data);
    let backup = root.path().join("backup.db");
    let to = backup.display().to_string();
    assert_eq!(verb(&data, &["backup", "--to", &to]).code, 0);
    assert_eq!(verb(&target, &["restore", "--from", &to]).code, 0);
    for (path, wanted) in [
        (data.clone(), 0o700),
        (data.join("tingfang.db"), 0o600),
        (backup, 0o600),
        (target.clone(), 0o700),
        (target.join("tingfang.db"), 0o600),
    ] {
        assert_eq!(mode(&path), wanted, "{}", path.display());
    }
    // The log beside the file stands while somebody has it open.
    let database = data.join("tingfang.db");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).expect("set");
    let db = tingfang_server::db::Db::open(&database).expect("opens");
    db.read(|_| Ok(())).expect("readable");
    for name in names(&data) {
        let wanted = if name == "files" { 0o700 } else { 0o600 };
        assert_eq!(mode(&data.join(&name)), wanted, "{name}");
    }
}

#[test]
fn a_first_password_that_is_too_short_is_refused_before_anything_is_made() {
    let root = tempfile::tempdir().expect("a folder");
    let data = root.path().join("data");
    let folder = data.display().to_string();
    let said = run(&["--data", &folder, "init"], &[("TINGFANG_ADMIN_PASSWORD", "1")]);
    assert!(said.code != 0 && said.text.contains("密码太短"), "{}", said.text);
    assert!(!data.exists());
}

#[test]
fn a_filter_of_logs_that_means_nothing_stops_the_server() {
    let root = tempfile::tempdir().expect("a folder");
    initialised(root.path());
    let folder = root.path().display().to_string();
    let said = run(&["--data", &folder, "serve"], &[("TINGFANG_LOG", "inof"), ("TINGFANG_TEST_X", "1")]);
    assert!(said.code != 0 && said.text.contains("inof") && !said.text.contains("TEST_X"), "{}", said.text);
}

#[test]
fn arguments_that_mean_nothing_are_told_in_the_language_of_the_reader() {
    let zh = run(&["serv"], &[]);
    assert!(zh.code == 2 && zh.text.contains("没有 serv 这个命令"), "{}", zh.text);
    let en = run(&["serv"], &[("TINGFANG_LANGUAGE", "en")]);
    assert!(en.code == 2 && en.text.contains("no command serv"), "{}", en.text);
    let help = run(&["phone", "--help"], &[]);
    assert!(help.code == 0 && help.text.contains("用法") && !help.text.contains("Usage"), "{}", help.text);
}

#[test]
fn a_centre_adopts_its_own_policy_and_each_version_stays() {
    let root = tempfile::tempdir().expect("a folder");
    let (data, file) = (root.path().join("data"), root.path().join("policy.toml"));
    initialised(&data);
    let shipped = verb(&data, &["policy", "show"]);
    assert_eq!(shipped.code, 0, "{}", shipped.text);
    let adopt = |text: &str| {
        std::fs::write(&file, text).expect("written");
        verb(&data, &["policy", "adopt", &file.display().to_string()])
    };
    let (known, newer) = ("\nversion = 2\n", "\nversion = 3\n");
    assert!(shipped.text.contains(known), "{}", shipped.text);
    for (wrong, said) in [
        (shipped.text.clone(), "更大的版本号"),
        (
            shipped.text.replacen(known, newer, 1).replacen("kind = \"attendance\"", "kind = \"party\"", 1),
            "party",
        ),
    ] {
        let refused = adopt(&wrong);
        assert!(refused.code != 0 && refused.text.contains(said), "{}", refused.text);
    }
    let adopted = adopt(&shipped.text.replacen(known, newer, 1));
    assert_eq!(adopted.code, 0, "{}", adopted.text);
    let listed = verb(&data, &["policy", "list"]);
    assert!(listed.text.contains("随程序附带") && listed.text.contains("由中心制定"), "{}", listed.text);
    assert!(verb(&data, &["policy", "show", "--version", "2"]).text.contains(known));
    assert!(verb(&data, &["policy", "show", "--version", "9"]).text.contains("没有第 9 版"));
    assert_eq!(verb(&data, &["verify"]).code, 0);
}
