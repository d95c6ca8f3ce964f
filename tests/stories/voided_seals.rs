//! A seal that was given offline over what the server does not accept is void: the record is open again, the phone
//! says so, and its owner seals what there is.

use tingfang_core::id::DocumentId;
use tingfang_core::phone::SyncState;
use tingfang_core::policy::Policy;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::{Node, Scalar};
use tingfang_server::policies;
use tingfang_server::store::policy::PolicyOrigin;
use tingfang_server::store::seal;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{NO_RULES, Two, done, narrative, outcome, start, two_observers};

/// Anna, the chair, offline with a record that everybody is done with; Ben has said so.
fn ready_to_be_sealed(seed: u64) -> (Fleet, FleetPhone, FleetPhone, DocumentId) {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    (fleet, anna, ben, record)
}

/// The seal is void, and the phone says so, also when it starts again; the same owner seals again, and that holds.
fn is_sealed_again(fleet: &Fleet, anna: FleetPhone, mut ben: FleetPhone, record: DocumentId) -> FleetPhone {
    assert!(fleet.db.read(|tx| seal::find(tx, record)).expect("readable").is_none());
    let mut anna = anna.restart();
    let seen = anna.phone.show(record).expect("there");
    assert!(!seen.sealed && seen.needs_seal, "it is open, and is to be sealed again");
    assert_eq!(seen.missing, [], "nothing else is missing");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "and nothing happens by itself");
    assert!(fleet.db.read(|tx| seal::find(tx, record)).expect("readable").is_none());

    anna.phone.seal(record).expect("complete");
    let progress = fleet.sync(&mut anna);
    assert_eq!((progress.stored, progress.not_accepted), (1, 0), "{:?}", anna.phone.refused());
    fleet.sync(&mut ben);
    for phone in [&anna, &ben] {
        let seen = phone.phone.show(record).expect("there");
        assert!(seen.sealed && !seen.needs_seal);
        assert_eq!(seen.content, fleet.record(record).content());
    }
    assert_eq!(anna.phone.status().expect("countable").waiting, 0);
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    anna
}

fn narrative_in(phone: &FleetPhone, record: DocumentId) -> Option<Node> {
    phone.phone.show(record).expect("there").content.get("narrative").cloned()
}

#[test]
fn a_seal_over_a_change_that_is_refused_is_void_and_given_again() {
    let (fleet, mut anna, ben, record) = ready_to_be_sealed(8_301);
    anna.phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
    let present = Edit::set(["observers", &ben.person.to_string()], Scalar::Text("present".into()));
    anna.phone.edit(record, std::slice::from_ref(&present)).expect("a changed app writes it");
    let absent = Edit::set(["observers", &ben.person.to_string()], Scalar::Text("absent".into()));
    let facts = [absent, outcome(AttendanceOutcome::Attended), narrative("庭审笔录。"), done(anna.person)];
    anna.phone.edit(record, &facts).expect("fits");
    anna.phone.seal(record).expect("complete");
    assert!(anna.phone.show(record).expect("there").sealed);

    let progress = fleet.sync(&mut anna);
    assert_eq!(progress.reopened, 1);
    let listed = anna.phone.refused().expect("listed");
    let told: Vec<_> = listed.iter().map(|item| (&*item.kind, &*item.verdict, &*item.rule)).collect();
    assert_eq!(told, [("change", "refused", "not_permitted")], "the seal itself is nothing to copy");
    assert_eq!(listed[0].edits, [present]);
    let anna = is_sealed_again(&fleet, anna, ben, record);
    assert_eq!(narrative_in(&anna, record), Some(Node::Text("庭审笔录。".into())), "what came later stands");
}

#[test]
fn a_seal_over_a_change_that_is_held_is_void_and_given_again() {
    let (fleet, mut anna, ben, record) = ready_to_be_sealed(8_302);
    let adopt = |text: &str| {
        let now = fleet.minter.clock().now();
        policies::adopt(&fleet.db, fleet.server_key(), text, PolicyOrigin::Centre, now).expect("adopted");
    };
    adopt(Policy::shipped_text());
    fleet.sync(&mut anna);
    anna.phone.edit(record, &[narrative("那时可以写。")]).expect("allowed by what she knows");
    let facts = [outcome(AttendanceOutcome::Attended), done(anna.person)];
    anna.phone.edit(record, &facts).expect("fits");
    anna.phone.seal(record).expect("complete");
    let next = Policy::shipped().version + 1;
    let stricter = Policy::shipped_text()
        .replacen("\"narrative\", \"deliberation\",", "\"deliberation\",", 1)
        .replacen(&format!("\nversion = {}\n", next - 1), &format!("\nversion = {next}\n"), 1);
    adopt(&stricter);

    let progress = fleet.sync(&mut anna);
    assert_eq!(progress.reopened, 1);
    let listed = anna.phone.refused().expect("listed");
    let told: Vec<_> = listed.iter().map(|item| (&*item.kind, &*item.verdict, &*item.rule)).collect();
    assert_eq!(told, [("change", "held", "not_permitted")]);
    assert_eq!(listed[0].edits, [narrative("那时可以写。")], "the words are there to copy");
    let anna = is_sealed_again(&fleet, anna, ben, record);
    assert_eq!(narrative_in(&anna, record), Some(Node::Text(String::new())), "what is held is not in it");
    assert_eq!(
        anna.phone.show(record).expect("there").sync,
        SyncState::Attention,
        "and still waits for a person"
    );
}
