//! Who signs in, and with which phone.

use std::collections::BTreeSet;

use tingfang_core::people::{Person, Role};

use super::ground::{BIG, Ground, at, device, id, key, person};
use crate::db::{DbError, Tx};
use crate::store::device::{Device, DeviceState};
use crate::store::stand_in::StandIn;
use crate::store::{account, device, enrolment_code, person, role_grant, session, stand_in, wipe_order};

#[test]
fn an_account_has_one_password_and_counts_the_failures_that_still_matter() {
    let ground = Ground::laid();
    ground.save(&[Person { login: Some("陈".to_owned()), ..person(1, "陈静") }], person::save);
    let by_login = |login: &str| ground.read(|tx| account::by_login(tx, login));
    assert_eq!(by_login("陈"), None);
    for hash in ["$argon2id$v=19$", ""] {
        ground.write(move |tx| account::set_password(tx, id(1), hash, at(BIG)));
        assert_eq!(by_login("陈"), Some((id(1), hash.to_owned())));
    }
    assert_eq!(by_login("nobody"), None);
    let exists = |person: u8| ground.read(|tx| account::exists(tx, id(person)));
    assert_eq!((exists(1), exists(2)), (true, false));
    let foreign = ground.refused(|tx| account::set_password(tx, id(99), "x", at(1)));
    assert!(matches!(foreign, DbError::Statement { .. }), "{foreign:?}");

    let note = |login: &'static str, now: i64, forget_before: i64| {
        ground.write(move |tx| account::note_failure(tx, login, at(now), at(forget_before)));
    };
    let failures = |login: &str, since: i64| ground.read(|tx| account::failures_since(tx, login, at(since)));
    assert_eq!(failures("陈", 0), (0, None));
    for (login, now) in [("陈", 5), ("陈", 3), ("陈", BIG), ("a", 4)] {
        note(login, now, 0);
    }
    assert_eq!(failures("陈", 0), (3, Some(at(3))));
    assert_eq!(failures("陈", 4), (2, Some(at(5))));
    assert_eq!(failures("A", 0), (0, None), "capitals count");
    note("陈", 5, 5);
    assert_eq!((failures("陈", 0), failures("a", 0)), ((3, Some(at(5))), (0, None)), "the old are forgotten");
    note("a", 6, 0);
    ground.write(|tx| account::forget_failures(tx, "陈"));
    assert_eq!((failures("陈", 0), failures("a", 0)), ((0, None), (1, Some(at(6)))));
}

#[test]
fn a_session_is_its_persons_until_it_ends_or_runs_out() {
    let ground = Ground::laid();
    let whose = |token: u8, now: i64| ground.read(|tx| session::person(tx, &[token; 32], at(now)));
    let begin = |token: u8, person: u8, now: i64, expires: i64| {
        ground.write(move |tx| session::insert(tx, &[token; 32], id(person), at(now), at(expires)));
    };
    begin(1, 1, 1, 10);
    begin(2, 1, 1, BIG);
    begin(3, 1, 1, BIG);
    begin(4, 2, 1, BIG);
    assert_eq!((whose(1, 9), whose(1, 10), whose(9, 1)), (Some(id(1)), None, None));
    let again = ground.double(|tx| session::insert(tx, &[1; 32], id(2), at(9), at(20)));
    assert_eq!(again, "session.token_hash");
    begin(5, 2, 10, 11);
    assert_eq!(whose(1, 1), None, "cleared away");
    ground.write(|tx| session::end(tx, &[2; 32]));
    assert_eq!((whose(2, 1), whose(3, 1)), (None, Some(id(1))));
    ground.write(|tx| session::end_all(tx, id(1)));
    assert_eq!((whose(3, 1), whose(4, BIG - 1)), (None, Some(id(2))));
}

#[test]
fn a_device_keeps_every_column_and_the_server_vouches_for_it() {
    let ground = Ground::laid();
    let whole = Device {
        person: id(2),
        name: "张 é's phone".to_owned(),
        algorithm: u8::MAX,
        public_key: vec![0, 255, 39],
        epoch: u32::MAX,
        state: DeviceState::HeldByCourt,
        enrolled_by: Some(id(3)),
        enrolled_at: at(1),
        ..device(11)
    };
    let all = [whole.clone(), device(12), Device { enrolled_at: at(BIG), ..device(3) }];
    ground.save(&all, device::insert);
    ground.holds(&all, |tx, row| device::find(tx, row.id));
    assert_eq!(ground.read(|tx| device::find(tx, id(99))), None);
    let within = |person: Option<u8>, reach: Option<&[u8]>| -> Vec<Device> {
        let reach = reach.map(|reach| reach.iter().copied().map(id).collect::<BTreeSet<_>>());
        let page = |tx: &Tx, after: Option<&_>, limit| {
            device::page(tx, person.map(id), reach.as_ref(), after, limit)
        };
        ground.walk(page, |row| (row.enrolled_at, row.id))
    };
    let wanted = [device(1), whole.clone(), device(2), device(12), all[2].clone()];
    assert_eq!(within(None, None), wanted, "by enrolment, then by id");
    assert_eq!(within(Some(2), None), std::slice::from_ref(&whole));
    ground.write(|tx| role_grant::add(tx, id(1), id(2), Role::Admin));
    assert_eq!(within(None, Some(&[2])), wanted);
    assert_eq!(within(None, Some(&[1])), std::slice::from_ref(&whole), "of nobody in particular");
    assert_eq!((within(None, Some(&[])), within(Some(1), Some(&[1]))), (vec![whole.clone()], Vec::new()));

    ground.write(|tx| device::add_token(tx, id(11), &[1; 32], at(BIG)));
    assert_eq!(ground.read(|tx| device::by_token(tx, &[1; 32])), Some(whole.clone()));
    assert_eq!(ground.read(|tx| device::by_token(tx, &[2; 32])), None);
    let again = ground.double(|tx| device::add_token(tx, id(12), &[1; 32], at(1)));
    assert_eq!(again, "device_token.token_hash");

    assert!(ground.write(|tx| device::set_state(tx, id(11), DeviceState::Revoked, at(BIG))));
    assert!(!ground.write(|tx| device::set_state(tx, id(99), DeviceState::Lost, at(1))));
    ground.write(|tx| device::seen(tx, id(11), 0, at(BIG)));
    let now = Device { state: DeviceState::Revoked, last_seen_at: Some(at(BIG)), ..whole };
    ground.holds(std::slice::from_ref(&now), |tx, row| device::find(tx, row.id));
    let vouched = ground.each(|tx, each| device::for_each(tx, each));
    let devices: Vec<&Device> = vouched.iter().map(|row| &row.device).collect();
    assert_eq!(devices, [&device(1), &device(2), &all[2], &now, &device(12)]);
    let changed: Vec<i64> = vouched.iter().map(|row| row.state_changed_at.as_millis()).collect();
    assert_eq!(changed, [1, 2, BIG, BIG, 12]);
    let keys = [key().public().0];
    assert!(vouched.iter().all(|row| row.is_enrolled(&keys) && row.is_in_state(&keys)));
    assert!(!vouched.iter().any(|row| row.is_enrolled(&[]) || row.is_in_state(&[])));
    let epoch = || ground.read(|tx| device::find(tx, id(12))).map(|device| device.epoch);
    ground.write(|tx| device::seen(tx, id(12), 2, at(3)));
    assert_eq!(epoch(), Some(2), "it never goes back, but");
    assert!(ground.write(|tx| device::set_state(tx, id(12), DeviceState::Active, at(12))));
    assert_eq!(epoch(), Some(0), "who is let in again says anew which it is in");

    let twin = Device { public_key: vec![12; 32], ..device(99) };
    assert_eq!(ground.double(move |tx| device::insert(tx, &twin)), "device.public_key");
    let twin = Device { public_key: vec![99; 32], ..device(12) };
    assert_eq!(ground.double(move |tx| device::insert(tx, &twin)), "device.device_id");
}

#[test]
fn an_enrolment_code_is_spent_once_and_on_time() {
    let ground = Ground::laid();
    ground.write(|tx| enrolment_code::insert(tx, &[1; 32], id(1), Some(id(3)), at(1), at(BIG)));
    ground.write(|tx| enrolment_code::insert(tx, &[2; 32], id(2), None, at(1), at(10)));
    let find = |code: u8, now: i64| ground.read(|tx| enrolment_code::find(tx, &[code; 32], at(now)));
    let spent_on = |code: u8, now: i64| ground.read(|tx| enrolment_code::spent_on(tx, &[code; 32], at(now)));
    let spend = |code: u8, device: u8| {
        ground.write(move |tx| enrolment_code::spend(tx, &[code; 32], id(device), at(BIG)))
    };
    assert_eq!(find(1, BIG - 1), Some((id(1), Some(id(3)))));
    assert_eq!((find(2, 9), find(2, 10), find(3, 1)), (Some((id(2), None)), None, None));
    assert_eq!(spent_on(1, 1), None);
    assert!(spend(1, 1));
    assert!(!spend(1, 2), "spent already");
    assert!(!spend(3, 1), "never issued");
    assert_eq!(find(1, 1), None);
    assert_eq!((spent_on(1, BIG - 1), spent_on(1, BIG)), (Some(id(1)), None));
    let again = ground.double(|tx| enrolment_code::insert(tx, &[1; 32], id(2), None, at(1), at(2)));
    assert_eq!(again, "enrolment_code.code_hash");
}

#[test]
fn an_order_to_wipe_is_given_once_signed_and_taken_back_until_it_is_followed() {
    let ground = Ground::laid();
    let order = |reason: &'static str, millis: i64| {
        ground.write(move |tx| wipe_order::insert(tx, id(1), Some(id(2)), reason, at(millis)));
    };
    order("é张", 5);
    order("again", 9);
    let kept = ground.read(|tx| wipe_order::find(tx, id(1))).expect("an order");
    assert_eq!((kept.reason.as_str(), kept.order.ordered_at, kept.ordered_by), ("é张", at(5), Some(id(2))));
    assert_eq!(kept.order.verify(id(1), &key().public()), Ok(()));
    assert_eq!(kept.wiped_at, None);
    assert_eq!(ground.read(|tx| wipe_order::find(tx, id(2))), None);
    assert!(ground.write(|tx| wipe_order::take_back(tx, id(1))));
    assert!(!ground.write(|tx| wipe_order::take_back(tx, id(1))));
    order("for good", 11);
    for millis in [20, 30] {
        ground.write(move |tx| wipe_order::set_wiped(tx, id(1), at(millis)));
    }
    let wiped = ground.read(|tx| wipe_order::find(tx, id(1))).and_then(|kept| kept.wiped_at);
    assert_eq!(wiped, Some(at(20)), "the first time counts");
    assert!(!ground.write(|tx| wipe_order::take_back(tx, id(1))), "it was followed");
    ground.write(|tx| wipe_order::set_not_wiped(tx, id(1)));
    let wiped = ground.read(|tx| wipe_order::find(tx, id(1))).and_then(|kept| kept.wiped_at);
    assert_eq!(wiped, None, "the phone came by again");
}

#[test]
fn a_stand_in_is_signed_and_belongs_to_the_family_of_the_phone_that_it_stands_for() {
    let ground = Ground::laid();
    ground.write(|tx| device::insert(tx, &device(12)));
    let made = StandIn {
        device: id(12),
        stands_for: id(1),
        document: id(1),
        ordered_by: id(2),
        ordered_at: at(BIG),
        reason: "手机遗失 é".to_owned(),
    };
    assert_eq!(ground.read(|tx| stand_in::find(tx, id(12))), None);
    let given = made.clone();
    ground.write(move |tx| stand_in::insert(tx, &given));
    let kept = ground.read(|tx| stand_in::find(tx, id(12))).expect("a stand-in");
    assert_eq!(kept.stand_in, made);
    assert!(kept.is_signed(&[key().public().0]) && !kept.is_signed(&[[0; 32]]));
    assert_eq!(ground.read(|tx| stand_in::stands_for(tx, id(12))), id(1));
    assert_eq!(ground.read(|tx| stand_in::stands_for(tx, id(1))), id(1));
    assert_eq!(ground.read(|tx| stand_in::family(tx, id(1))), [id(12), id(1)]);
    assert_eq!(ground.read(|tx| stand_in::family(tx, id(2))), [id(2)]);
    assert_eq!(ground.each(|tx, each| stand_in::for_each(tx, each)), [kept]);
    assert_eq!(ground.double(move |tx| stand_in::insert(tx, &made)), "stand_in.device_id");
}
