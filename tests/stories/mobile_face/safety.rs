//! The phone itself through the face: its PIN, what it holds, and what is handed on when it reaches nobody.

use tingfang::{TingfangError, recover, recovery_request};

use super::{append, attendance, pair};

#[test]
fn a_pin_is_asked_for_after_the_phone_was_shut_and_a_wrong_one_erases_nothing() {
    let pair = pair(46);
    let (anna, record) = (&pair.anna, attendance(&pair.anna, pair.assignment));
    let short = anna.phone.set_pin("12345".into()).expect_err("too short");
    assert_eq!(short, TingfangError::PinTooShort { shortest: 6 });
    anna.phone.set_pin("135790".into()).expect("a PIN");
    assert!(anna.phone.device_status().expect("known").has_pin);
    anna.phone.shut();
    assert_eq!(anna.open_again().err(), Some(TingfangError::PinNeeded));
    assert_eq!(anna.open_with_pin("000000").err(), Some(TingfangError::WrongPin { tries_left: 4 }));
    let opened = anna.open_with_pin("135790").expect("the right one");
    assert!(opened.show(record).is_ok());
    // The centre of this fleet has no recovery key, and says so.
    let asked = recovery_request(anna.store_path(), opened.profile(), anna.key_store());
    assert_eq!(asked, Err(TingfangError::NoRecovery));
    let answered = recover(opened.profile(), anna.key_store(), "no answer".into());
    assert_eq!(answered.expect_err("nonsense").code(), "bad_argument");
    opened.take_pin_away().expect("taken away");
    drop(opened);
    assert!(anna.open_again().is_ok());
}

#[test]
fn what_the_server_does_not_have_is_written_into_a_file_that_is_not_written_over() {
    let pair = pair(47);
    let (anna, record) = (&pair.anna, attendance(&pair.anna, pair.assignment));
    anna.edit(record, vec![append("开庭。")]);
    let before = anna.phone.storage().expect("measured");
    assert!(before.database_bytes > 0 && before.files == 0);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rescue").display().to_string();
    let rescued = anna.phone.export_for_rescue(path.clone()).expect("written");
    assert!(rescued.frames > 0 && !rescued.is_encrypted, "{rescued:?}");
    assert!(std::fs::metadata(&path).expect("there").len() > 0);
    assert_eq!(anna.phone.export_for_rescue(path).expect_err("there already").code(), "bad_argument");
    anna.sync();
}

#[test]
fn a_rescue_export_that_failed_leaves_nothing_in_the_way_of_the_next() {
    let pair = pair(50);
    let (anna, record) = (&pair.anna, attendance(&pair.anna, pair.assignment));
    anna.edit(record, vec![append("开庭。")]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rescue");
    let text = path.display().to_string();
    anna.phone.shut();
    assert_eq!(anna.phone.export_for_rescue(text.clone()), Err(TingfangError::Closed));
    assert!(!path.exists());
    let opened = anna.open_again().expect("opens");
    assert!(opened.export_for_rescue(text).expect("the path is free").frames > 0);
}
