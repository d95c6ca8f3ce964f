//! A phone that somebody has copied contradicts itself sooner or later. Then it is frozen, both sides are
//! kept, and what either of them writes waits for a person.

use tingfang_core::phone::SyncState;
use tingfang_core::record::value::Node;
use tingfang_server::store::device::{self, DeviceState};
use tingfang_server::store::{frame_conflict, quarantine};
use tingfang_server::verify::verify;
use tingfang_tests::fleet::Fleet;
use tingfang_tests::observers::{Two, narrative, start, two_observers};
use tingfang_tests::tamper;

/// The rules that hold changes.
fn held(fleet: &Fleet) -> Vec<String> {
    let all = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 100)).expect("listed");
    all.into_iter()
        .filter(|item| item.verdict == "held" && item.hash.is_some())
        .map(|item| item.rule)
        .collect()
}

#[test]
fn two_phones_with_one_key_are_noticed_frozen_and_lose_nothing() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(401);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let folder = tempfile::tempdir().expect("a folder");
    let mut copy = anna.cloned_to(&folder.path().join("copy.db"), &fleet.clock, 402);
    anna.phone.edit(record, &[narrative("安娜写的。")]).expect("fits");
    copy.phone.edit(record, &[narrative("别人写的。")]).expect("fits");
    fleet.sync(&mut anna);
    assert_eq!(fleet.device(anna.device).state, DeviceState::Active);
    fleet.sync(&mut copy);

    assert_eq!(fleet.device(anna.device).state, DeviceState::Frozen, "two frames under one number");
    let conflicts = fleet.db.read(|tx| frame_conflict::of_device(tx, anna.device)).expect("readable");
    assert_eq!(conflicts.len(), 1, "the other side is kept");
    // Its own number says nothing, and when the other side came is the server's word alone.
    let unsigned = ["frame_conflict.frame_conflict_id", "frame_conflict.received_at"];
    let escaped = tamper::escaped(&fleet, "frame_conflict");
    assert!(
        escaped.iter().all(|what| unsigned.iter().any(|column| what.starts_with(column))),
        "{escaped:#?}"
    );
    assert!(held(&fleet).iter().all(|rule| rule == "device"));
    assert_eq!(held(&fleet).len(), 1, "what the copy wrote waits under its new epoch");
    anna.phone.edit(record, &[narrative("安娜接着写。")]).expect("fits");
    fleet.sync(&mut anna);
    assert_eq!(held(&fleet).len(), 2, "the owner's too, until a person has looked");
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Attention);
    fleet.sync(&mut ben);
    let seen = ben.phone.show(record).expect("there");
    assert_eq!(seen.content.get("narrative"), Some(&Node::Text("安娜写的。".into())));

    let (id, now) = (anna.device, fleet.minter.clock().now());
    fleet.db.write(move |tx| device::set_state(tx, id, DeviceState::Active, now)).expect("looked at");
    anna.phone.edit(record, &[narrative("查明之后。")]).expect("fits");
    fleet.sync(&mut anna);
    assert_eq!(fleet.device(anna.device).state, DeviceState::Active, "what is known freezes nothing again");
    // Both are let in now; as soon as both have come, the older epoch gives them away.
    copy.phone.edit(record, &[narrative("别人接着写。")]).expect("fits");
    fleet.sync(&mut copy);
    anna.phone.edit(record, &[narrative("又写。")]).expect("fits");
    fleet.sync(&mut anna);
    assert_eq!(fleet.device(anna.device).state, DeviceState::Frozen, "an epoch never goes back");
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Attention, "and nothing comes in");
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

#[test]
fn a_conflict_that_nobody_has_signed_is_found() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(403);
    start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let forged = frame_conflict::Kept {
        id: fleet.minter.mint(),
        device: anna.device,
        epoch: 1,
        number: 1,
        bytes: b"not signed".to_vec(),
        received_at: fleet.minter.clock().now(),
    };
    fleet.db.write(move |tx| frame_conflict::insert(tx, &forged)).expect("slipped in");
    assert!(!verify(&fleet.db).expect("readable").is_clean());
}
