//! Enrolling on a bad line, and into a key chain that keeps nothing: neither costs the one-time code.

use std::sync::Arc;

use tingfang::{KeyStore, Tingfang, TingfangError};
use tingfang_core::people::Role;
use tingfang_tests::app::{App, AppKeys, Mood, Wire, code_of};
use tingfang_tests::fleet::Fleet;

/// Where a code is redeemed.
const DEVICES: &str = "/api/v1/devices";
const OFFLINE: TingfangError = TingfangError::Offline { retry_after_s: None };

/// A fleet, a wire to its server, and the key chain of a phone that is nobody's yet.
fn unenrolled(seed: u64) -> (Arc<Fleet>, Arc<Wire>, Arc<AppKeys>) {
    let fleet = Fleet::new(seed);
    let person = fleet.person("安娜", Role::Supervisor);
    let fleet = Arc::new(fleet);
    let wire = Arc::new(Wire::new(&fleet, person, "安娜"));
    (fleet, wire, Arc::new(AppKeys::default()))
}

#[test]
fn an_enrolment_whose_answer_was_lost_goes_on_with_the_same_code() {
    let (fleet, wire, keys) = unenrolled(48);
    let enrol = |keys: &Arc<AppKeys>| wire.enrol(code_of(&fleet), Arc::<AppKeys>::clone(keys));
    wire.be(Mood::Loses(DEVICES));
    assert_eq!(enrol(&keys), Err(OFFLINE));
    let begun = keys.load().expect("open");
    assert_eq!(enrol(&keys), Err(OFFLINE));
    assert_eq!(keys.load().expect("open"), begun, "it is the same key that the code was spent on");
    wire.be(Mood::Well);
    let elsewhere = Arc::new(AppKeys::default());
    assert_eq!(enrol(&elsewhere).expect_err("another phone").code(), "server");
    assert_eq!(elsewhere.load().expect("open"), Some(Vec::new()), "nothing is kept of what cannot be");
    let profile = enrol(&keys).expect("the answer comes once more");

    let half = Arc::new(AppKeys::default());
    half.save(begun.expect("a seed")).expect("open");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("phone.db").display().to_string();
    let early = Tingfang::open(path, profile.clone(), half, None, None, None).err();
    assert_eq!(early, Some(TingfangError::EnrolmentUnfinished), "before its end no phone opens");

    let anna = App::begin(wire, keys, profile);
    anna.sync();
}

#[test]
fn a_key_chain_that_keeps_nothing_is_found_out_before_the_code_is_spent() {
    let (fleet, wire, keys) = unenrolled(49);
    let enrol = |keys: &Arc<AppKeys>| wire.enrol(code_of(&fleet), Arc::<AppKeys>::clone(keys));
    keys.lock(true);
    assert_eq!(enrol(&keys).expect_err("locked").code(), "host");
    // Another phone's key chain: the code was not spent on a key that nobody has kept.
    let fresh = Arc::new(AppKeys::default());
    let profile = enrol(&fresh).expect("the code is still good");
    App::begin(wire, fresh, profile).sync();
}
