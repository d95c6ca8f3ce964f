//! What the server keeps for itself.

use tingfang_core::clock::LogPosition;
use tingfang_core::policy::{Policy, SignedPolicy};

use super::ground::{BIG, Ground, at, id, key};
use crate::db::DbError;
use crate::store::idempotency::{Claim, GivenAnswer};
use crate::store::job::JobKind;
use crate::store::policy::{Kept as KeptPolicy, PolicyOrigin};
use crate::store::tenant::Tenant;
use crate::store::tip::Chain;
use crate::store::{idempotency, import_result, job, lease, policy, server_key, tenant, tip};

#[test]
fn the_tenant_is_the_oldest_one_and_is_added_once() {
    let ground = Ground::bare();
    assert_eq!(ground.read(tenant::find), None);
    let young = Tenant { id: id(1), name: String::new() };
    let old = Tenant { id: id(9), name: "云河县(虚构)".to_owned() };
    for (tenant, made_at) in [(young, BIG), (old.clone(), 1)] {
        let given = tenant.clone();
        ground.write(move |tx| tenant::insert(tx, &given, at(made_at)));
        assert_eq!(ground.read(tenant::find), Some(tenant));
    }
    assert_eq!(ground.double(move |tx| tenant::insert(tx, &old, at(2))), "tenant.tenant_id");
}

#[test]
fn the_newest_key_signs_and_every_older_one_is_still_known() {
    let ground = Ground::bare();
    let none = ground.refused(server_key::signer);
    assert!(matches!(none, DbError::Damaged(_)), "{none:?}");
    assert_eq!(ground.read(server_key::newest), None);
    // The older key has the larger bytes and the later moment: the order is that of the rows.
    ground.write(|tx| server_key::insert(tx, &[255; 32], &[254; 32], at(BIG)));
    ground.write(|tx| server_key::insert(tx, &key().seed(), &key().public().0, at(1)));
    assert_eq!(ground.read(server_key::newest), Some(key().seed()));
    assert_eq!(ground.read(server_key::signer).public(), key().public());
    assert_eq!(ground.read(server_key::public_keys), [[254; 32], key().public().0]);
}

#[test]
fn a_tip_is_signed_anew_for_its_own_chain() {
    let ground = Ground::bare();
    ground.write(|tx| server_key::insert(tx, &key().seed(), &key().public().0, at(1)));
    assert_eq!(ground.read(|tx| tip::find(tx, Chain::Ledger)), None);
    ground.write(|tx| tip::renew(tx, Chain::Frames, 0, &[0; 32]));
    for (number, hash) in [(1, [1; 32]), (BIG.unsigned_abs(), [255; 32])] {
        ground.write(move |tx| tip::renew(tx, Chain::Ledger, number, &hash));
        let found = ground.read(|tx| tip::find(tx, Chain::Ledger)).expect("a tip");
        assert_eq!((found.number, found.hash), (number, hash));
        assert!(found.is_signed(Chain::Ledger, &[[0; 32], key().public().0]));
        assert!(!found.is_signed(Chain::Frames, &[key().public().0]));
    }
    assert_eq!(ground.read(|tx| tip::find(tx, Chain::Frames)).map(|tip| tip.number), Some(0));
}

#[test]
fn a_version_of_the_policy_is_added_once_and_comes_back_as_it_was_signed() {
    let ground = Ground::bare();
    assert_eq!(ground.read(policy::newest_version), None);
    assert_eq!((ground.read(policy::count), ground.read(policy::all)), (0, Vec::new()));
    let shipped = SignedPolicy::sign(Policy::shipped_text(), &key()).expect("a policy");
    let older = SignedPolicy { version: shipped.version - 1, ..shipped.clone() };
    let kept = |signed: &SignedPolicy, from, origin| KeptPolicy {
        signed: signed.clone(),
        from: LogPosition(from),
        origin,
        adopted_at: at(BIG),
    };
    let all =
        [kept(&older, 0, PolicyOrigin::Shipped), kept(&shipped, BIG.unsigned_abs(), PolicyOrigin::Centre)];
    for nth in [1, 0] {
        let kept = all[nth].clone();
        ground.write(move |tx| policy::insert(tx, &kept));
    }
    assert_eq!(ground.read(policy::newest_version), Some(shipped.version));
    assert_eq!(ground.read(policy::all), all);
    assert_eq!(ground.read(policy::count), 2);
    assert_eq!(ground.read(|tx| policy::find(tx, older.version)), Some(all[0].clone()));
    assert_eq!(ground.read(|tx| policy::find(tx, 99)), None);
    let again = kept(&shipped, 1, PolicyOrigin::Centre);
    assert_eq!(ground.double(move |tx| policy::insert(tx, &again)), "policy.version");
}

#[test]
fn a_key_is_claimed_answered_given_up_and_forgotten() {
    let ground = Ground::bare();
    let claim = |key: u8, request: u8, now: i64, forget_before: i64, give_up_before: i64| {
        let (forget, give_up) = (at(forget_before), at(give_up_before));
        ground.write(move |tx| idempotency::claim(tx, &[key; 32], &[request; 32], at(now), forget, give_up))
    };
    assert_eq!(claim(1, 1, 10, 0, 0), Claim::Fresh);
    assert_eq!(claim(1, 1, 11, 0, 10), Claim::UnderWay);
    assert_eq!(claim(1, 2, 11, 0, 10), Claim::OtherRequest);
    ground.write(|tx| idempotency::release(tx, &[1; 32]));
    assert_eq!(claim(1, 2, 12, 0, 0), Claim::Fresh);
    assert_eq!(claim(1, 2, 13, 0, 13), Claim::Fresh, "given up, and claimed again");
    let answers = [
        GivenAnswer { status: u16::MAX, content_type: Some("文本".to_owned()), body: vec![0, 255, 39] },
        GivenAnswer { status: 204, content_type: None, body: Vec::new() },
    ];
    for answer in answers {
        let kept = answer.clone();
        ground.write(move |tx| idempotency::keep(tx, &[1; 32], &kept));
        ground.write(|tx| idempotency::release(tx, &[1; 32]));
        assert_eq!(claim(1, 2, 14, 13, BIG), Claim::Answered(answer), "neither given up nor released");
    }
    assert_eq!(claim(1, 1, BIG, 14, 0), Claim::Fresh, "forgotten");
}

#[test]
fn an_error_sheet_is_its_senders_until_it_runs_out() {
    let ground = Ground::laid();
    let sheet = |nth: u8, person: u8, now: i64| {
        ground.read(|tx| import_result::error_sheet(tx, [nth; 16], id(person), at(now)))
    };
    ground.write(|tx| import_result::insert(tx, [1; 16], id(1), &[0, 1, 255], at(1), at(10)));
    assert_eq!(sheet(1, 1, 9), Some(vec![0, 1, 255]));
    assert_eq!((sheet(1, 2, 9), sheet(2, 1, 9), sheet(1, 1, 10)), (None, None, None));
    let again = ground.double(|tx| import_result::insert(tx, [1; 16], id(2), &[], at(9), at(20)));
    assert_eq!(again, "import_result.import_id");
    ground.write(|tx| import_result::insert(tx, [2; 16], id(1), &[], at(10), at(BIG)));
    assert_eq!(sheet(2, 1, BIG - 1), Some(Vec::new()));
    assert_eq!(sheet(1, 1, 9), None, "cleared away");
}

#[test]
fn a_lease_is_one_nodes_until_its_time_is_over() {
    let ground = Ground::bare();
    let take = |name: &'static str, node: u8, now: i64, until: i64| {
        ground.write(move |tx| lease::take(tx, name, [node; 16], at(now), at(until)))
    };
    assert!(take("张", 1, 1, 10));
    assert!(!take("张", 2, 9, 20), "another's");
    assert!(take("é", 2, 9, 20), "another lease");
    assert!(take("张", 1, 9, BIG), "one's own");
    assert!(!take("张", 2, 10, 20), "it was made longer");
    assert!(take("张", 255, BIG, i64::MAX), "it is over");
    assert!(!take("张", 1, BIG, i64::MAX));
}

#[test]
fn a_job_is_one_nodes_until_its_time_is_over_and_counts_once() {
    let ground = Ground::laid();
    let take = |node: u8, now: i64, until: i64| {
        let taken = ground.write(move |tx| job::take(tx, [node; 16], at(now), at(until)));
        taken.map(|kept| (kept.id, kept.attempts))
    };
    let finish = |node: u8, nth: u8, now: i64| {
        let result = serde_json::json!({ "é": nth });
        ground.write(move |tx| job::finish(tx, id(nth), [node; 16], at(now), &result))
    };
    assert_eq!(take(1, 1, 9), None);
    for (nth, asked_at) in [(5, 3), (6, 2)] {
        ground.write(move |tx| job::ask(tx, id(nth), JobKind::Verify, Some(id(1)), at(asked_at)));
    }
    assert_eq!(ground.read(job::waiting_count), 2);
    assert_eq!(ground.read(|tx| job::last_result(tx, JobKind::Verify)), None);
    assert_eq!(take(1, 10, 20), Some((id(6), 1)), "the oldest first");
    assert_eq!(take(2, 11, 21), Some((id(5), 1)), "another node gets another one");
    assert_eq!(take(3, 12, 22), None);
    assert!(ground.write(|tx| job::hold(tx, id(6), [1; 16], at(30))));
    assert_eq!(take(3, 21, 31), Some((id(5), 2)), "the second node has died");
    assert!(!ground.write(|tx| job::hold(tx, id(5), [2; 16], at(40))));
    assert!(!finish(2, 5, 22), "it was only asleep, and is not heard any more");
    assert!(finish(3, 5, 23));
    assert!(!finish(3, 5, 24), "done is done");
    assert!(finish(1, 6, 25));
    assert_eq!(take(1, BIG, BIG), None);
    assert_eq!(ground.read(job::waiting_count), 0);
    let last = ground.read(|tx| job::last_result(tx, JobKind::Verify));
    assert_eq!(last, Some(serde_json::json!({ "é": 5 })), "of the newest");
    let newest = ground.read(|tx| job::newest(tx, JobKind::Verify, 9));
    let told: Vec<_> = newest.iter().map(|kept| (kept.id, kept.attempts, kept.finished_at)).collect();
    assert_eq!(told, [(id(5), 2, Some(at(23))), (id(6), 1, Some(at(25)))]);
    let kept = ground.read(|tx| job::find(tx, id(5))).expect("there");
    assert_eq!((kept.asked_by, kept.result), (Some(id(1)), Some(serde_json::json!({ "é": 5 }))));
    assert_eq!(ground.read(|tx| job::find(tx, id(99))), None);
}
