//! The policy changes while people work: phones receive the new version signed, what was written by the one
//! that they knew is held and not refused, and every version stays for whoever asks later.

use tingfang_core::people::Role;
use tingfang_core::policy::{Policy, SignedPolicy};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::signature::Signature;
use tingfang_core::sync::wire::{self, SyncResponse};
use tingfang_server::db::Tx;
use tingfang_server::planning;
use tingfang_server::policies;
use tingfang_server::problem::Problem;
use tingfang_server::store::policy::{self, PolicyOrigin};
use tingfang_server::store::quarantine;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::Fleet;
use tingfang_tests::observers::{Two, narrative, outcome, start, two_observers};
use tingfang_tests::tamper;

/// The shipped policy under another number, by which nobody writes a narrative of an attendance.
fn without_narrative(version: u32) -> String {
    let text = Policy::shipped_text().replacen(
        "\"narrative\", \"deliberation\", \"observers/{self}\"",
        "\"deliberation\", \"observers/{self}\"",
        1,
    );
    assert_ne!(text, Policy::shipped_text());
    numbered(&text, version)
}

fn numbered(text: &str, version: u32) -> String {
    text.replacen(
        &format!("\nversion = {}\n", Policy::shipped().version),
        &format!("\nversion = {version}\n"),
        1,
    )
}

fn adopt(fleet: &Fleet, text: &str) {
    let now = fleet.minter.clock().now();
    policies::adopt(&fleet.db, fleet.server_key(), text, PolicyOrigin::Centre, now).expect("adopted");
}

#[test]
fn what_was_written_by_the_rules_that_the_phone_knew_is_held_when_the_rules_have_changed() {
    let Two { fleet, mut anna, ben: _ben, assignment } = two_observers(4_001);
    let shipped = Policy::shipped().version;
    adopt(&fleet, Policy::shipped_text());
    fleet.sync(&mut anna);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("那时可以写。")]).expect("allowed by what she knows");
    adopt(&fleet, &without_narrative(shipped + 1));
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    let progress = fleet.sync(&mut anna);
    assert_eq!(progress.not_accepted, 1);
    let held = anna.phone.refused().expect("listed");
    assert_eq!((held[0].verdict.as_str(), held[0].rule.as_str()), ("held", "not_permitted"));
    assert_eq!(held[0].edits, [narrative("那时可以写。")]);

    // From now on she knows, and is told before anything is written.
    assert_eq!(anna.phone.policy_version(), shipped + 1);
    let told = anna.phone.edit(record, &[narrative("现在不行了。")]).expect_err("the new rules");
    assert!(told.to_string().contains("not_permitted"), "{told}");
    let anna = anna.restart();
    assert_eq!(anna.phone.policy_version(), shipped + 1, "it is kept");
}

#[test]
fn what_was_written_before_the_answer_that_brings_new_rules_was_written_by_the_old_ones() {
    let Two { fleet, mut anna, ben: _ben, assignment } = two_observers(4_002);
    adopt(&fleet, Policy::shipped_text());
    fleet.sync(&mut anna);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    adopt(&fleet, &without_narrative(Policy::shipped().version + 1));
    let request = anna.phone.next_request().expect("a request");
    let answer = fleet.answer(anna.device, &request);
    anna.phone.edit(record, &[narrative("请求在路上时写的。")]).expect("allowed by what she knows");
    anna.phone.take_response(&answer).expect("taken");
    fleet.sync(&mut anna);
    let held = anna.phone.refused().expect("listed");
    assert_eq!((held.len(), held[0].verdict.as_str()), (1, "held"), "she could not know");
}

#[test]
fn who_claims_rules_that_never_held_for_them_is_judged_by_those_that_did() {
    let Two { fleet, mut anna, ben: _ben, assignment } = two_observers(4_003);
    let shipped = Policy::shipped().version;
    adopt(&fleet, &without_narrative(shipped));
    fleet.sync(&mut anna);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let friendly = Policy::parse(&numbered(Policy::shipped_text(), shipped + 7)).expect("a policy");
    anna.phone.use_policy(Some(friendly)).expect("a tampered phone");
    anna.phone.edit(record, &[narrative("我的规则允许。")]).expect("its own rules allow it");
    fleet.sync(&mut anna);
    let refused = anna.phone.refused().expect("listed");
    assert_eq!((refused[0].verdict.as_str(), refused[0].rule.as_str()), ("refused", "not_permitted"));
    assert_eq!(fleet.db.read(|tx| quarantine::page(tx, None, None, None, 9)).expect("listed").len(), 1);
}

#[test]
fn a_policy_of_a_newer_program_waits_on_the_phone_and_the_known_one_holds() {
    let Two { fleet, mut anna, ben: _ben, assignment } = two_observers(4_004);
    let shipped = Policy::shipped().version;
    adopt(&fleet, Policy::shipped_text());
    fleet.sync(&mut anna);
    // The server's program of tomorrow knows a key that this phone's does not.
    let newer = numbered(Policy::shipped_text(), shipped + 1) + "\n[future]\nkey = 1\n";
    let mut signed = SignedPolicy { version: shipped + 1, text: newer, signature: Signature([0; 64]) };
    signed.signature = fleet.server_key().sign(&signed.digest());
    let request = anna.phone.next_request().expect("a request");
    let answer = fleet.answer(anna.device, &request);
    let answer = wire::decode_response(&answer, &fleet.server_key().public()).expect("signed");
    let answer = SyncResponse { policy: Some(signed), ..answer };
    anna.phone.take_response(&wire::encode_response(&answer, fleet.server_key())).expect("kept");
    assert_eq!(anna.phone.policy_version(), shipped);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("照旧。")]).expect("the known rules hold");
}

#[test]
fn every_version_stays_and_none_can_be_changed_without_being_noticed() {
    let Two { fleet, .. } = two_observers(4_005);
    let shipped = Policy::shipped().version;
    adopt(&fleet, Policy::shipped_text());
    adopt(&fleet, &without_narrative(shipped + 1));
    let refused = policies::adopt(
        &fleet.db,
        fleet.server_key(),
        Policy::shipped_text(),
        PolicyOrigin::Centre,
        fleet.minter.clock().now(),
    );
    assert!(refused.expect_err("an old number").to_string().contains("higher"));
    let all = fleet.db.read(policy::all).expect("readable");
    assert_eq!(all.iter().map(|kept| kept.signed.version).collect::<Vec<_>>(), [shipped, shipped + 1]);
    assert!(verify(&fleet.db).expect("readable").is_clean());
    assert_eq!(tamper::escaped(&fleet, "policy"), Vec::<String>::new());
}

#[test]
fn whose_role_the_new_rules_no_longer_name_hears_so_before_anything_is_written() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(4_008);
    adopt(&fleet, Policy::shipped_text());
    let (person, here) = (ben.person, fleet.world.organisation);
    let becomes = |role: Role, was: Role| {
        let change = move |tx: &Tx| {
            planning::give_role(tx, person, here, role)?;
            planning::take_role(tx, person, here, was)
        };
        fleet.db.try_write(change).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    };
    becomes(Role::OutsideObserver, Role::Supervisor);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[narrative("外部旁听人写的。")]).expect("outside observers may, so far");
    assert_eq!(fleet.sync(&mut ben).not_accepted, 0);

    let text = Policy::shipped_text().replace("[\"supervisor\", \"outside_observer\"]", "[\"supervisor\"]");
    adopt(&fleet, &numbered(&text, Policy::shipped().version + 1));
    fleet.sync(&mut ben);
    let told = ben.phone.edit(record, &[narrative("现在不行了。")]).expect_err("the new rules");
    assert!(told.to_string().contains("role_lacking"), "{told}");
    becomes(Role::Supervisor, Role::OutsideObserver);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("成为督导员之后写的。")]).expect("the phone knows the new role");
    assert_eq!(fleet.sync(&mut ben).not_accepted, 0, "{:?}", ben.phone.refused());
}
