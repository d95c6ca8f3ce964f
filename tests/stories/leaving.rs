//! What leaves a phone for something that happened elsewhere: a role that was taken, a case that turned out
//! secret; and that a role counts where it was given.

use tingfang_core::id::OrganisationId;
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{Organisation, RelationGround, Role};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_server::db::Tx;
use tingfang_server::planning::{self, correction};
use tingfang_server::problem::Problem;
use tingfang_server::store::{case_relation, legal_case, organisation, role_grant};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, outcome, start, two_observers};

/// Taking a role away, as the administration does it.
fn take_role(fleet: &Fleet, phone: &FleetPhone) {
    let (person, here) = (phone.person, fleet.world.organisation);
    let take = move |tx: &Tx| planning::take_role(tx, person, here, Role::Supervisor);
    fleet.db.try_write(take).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
}

/// The case turns out secret, or not to be after all.
fn is_secret(fleet: &Fleet, is_secret: bool) {
    let (case, now) = (fleet.world.case, fleet.minter.clock().now());
    let correct = move |tx: &Tx| {
        let mut found = legal_case::find(tx, case)?.expect("a case");
        found.flags.secret = is_secret;
        legal_case::save(tx, &found)?;
        correction::case_corrected(tx, case, now)
    };
    fleet.db.try_write(correct).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
}

#[test]
fn whose_role_was_taken_loses_the_records_and_nothing_that_was_not_sent() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(810);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("本写的。")]).expect("fits");
    take_role(&fleet, &ben);
    fleet.sync(&mut ben);
    assert_eq!(ben.phone.task(assignment).expect("readable").expect("kept").state, TaskState::Closed);
    let kept = ben.phone.refused().expect("listed");
    assert!(!kept.is_empty() && kept.iter().all(|item| item.verdict == "held"), "{kept:?}");
    assert!(ben.phone.show(record).is_ok(), "the record stays while something of it waits");
    // Who has nothing waiting there loses it at once.
    take_role(&fleet, &anna);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err(), "the record has left the phone");
    assert_eq!(anna.phone.task(assignment).expect("readable").expect("kept").members, []);
}

#[test]
fn what_others_wrote_lies_nowhere_on_a_phone_that_it_has_left() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(823);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    // A word that begins as no other does: the index writes of each word only what the one before it has not.
    let (said, from, word) = ("辩护人𠮷野当庭发言", "court_remark_of_anna", "𠮷野");
    anna.phone.edit(record, &[narrative(said)]).expect("fits");
    anna.phone
        .edit(record, &[Edit::set(["facts", "court_remark"], Scalar::Text(from.into()))])
        .expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    // The index of the search is filled when somebody searches.
    assert_eq!(ben.phone.search(word, 10).expect("searched").len(), 1);
    let lies_there = |phone: &FleetPhone, words: &str| {
        phone.bytes_at_rest().windows(words.len()).any(|window| window == words.as_bytes())
    };
    assert!(lies_there(&ben, said) && lies_there(&ben, from));
    take_role(&fleet, &ben);
    fleet.sync(&mut ben);
    assert!(ben.phone.show(record).is_err(), "the record has left the phone");
    for words in [said, from, word] {
        assert!(!lies_there(&ben, words), "{words} lies on the phone");
    }
}

#[test]
fn another_role_that_covers_the_part_keeps_it() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(811);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let (person, here) = (ben.person, fleet.world.organisation);
    fleet.db.write(move |tx| role_grant::add(tx, person, here, Role::OutsideObserver)).expect("granted");
    take_role(&fleet, &ben);
    fleet.sync(&mut ben);
    assert_eq!(ben.phone.task(assignment).expect("readable").expect("kept").state, TaskState::Open);
    assert!(ben.phone.show(record).is_ok());
}

#[test]
fn a_role_in_another_county_lets_nobody_write_here() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(812);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let (person, here) = (ben.person, fleet.world.organisation);
    let elsewhere: OrganisationId = fleet.minter.mint();
    let moved = move |tx: &Tx| {
        let own = organisation::find(tx, here)?.expect("an organisation");
        organisation::save(tx, &Organisation { id: elsewhere, name: "邻县".to_owned(), ..own })?;
        role_grant::remove(tx, person, here, Role::Supervisor)?;
        role_grant::add(tx, person, elsewhere, Role::Supervisor)
    };
    fleet.db.write(moved).expect("moved");
    // By the facts when he last heard of them it was allowed; by those of now it is not.
    ben.phone.edit(record, &[narrative("已调离。")]).expect("his phone does not know yet");
    fleet.sync(&mut ben);
    let kept = ben.phone.refused().expect("listed");
    let told: Vec<_> = kept.iter().map(|item| (item.verdict.as_str(), item.rule.as_str())).collect();
    assert_eq!(told, [("held", "role_lacking")]);
}

#[test]
fn the_records_of_a_case_that_turned_out_secret_leave_the_phones_and_come_back_when_it_is_not() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(813);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    fleet.sync(&mut anna);
    is_secret(&fleet, true);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err(), "nothing of it is on the phone");
    is_secret(&fleet, false);
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.task(assignment).expect("readable").expect("open").state, TaskState::Open);
    anna.phone.edit(record, &[narrative("续:")]).expect("it is there again");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
}

#[test]
fn whose_role_was_taken_meanwhile_gets_nothing_back_when_a_case_is_not_secret_after_all() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(815);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    is_secret(&fleet, true);
    take_role(&fleet, &ben);
    is_secret(&fleet, false);
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    assert!(anna.phone.show(record).is_ok(), "who still has the role has it again");
    assert!(ben.phone.show(record).is_err());
    assert_eq!(ben.phone.task(assignment).expect("readable").expect("kept").state, TaskState::Closed);
}

#[test]
fn work_that_was_closed_for_another_reason_has_its_records_back_too() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(816);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    fleet.sync(&mut anna);
    let cancel = move |tx: &Tx| planning::cancel(tx, assignment, "承办人另有安排").map(|_| ());
    fleet.db.try_write(cancel).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    is_secret(&fleet, true);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err());
    is_secret(&fleet, false);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_ok());
}

#[test]
fn a_role_that_was_taken_by_mistake_brings_back_what_had_left_with_it() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(817);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    fleet.sync(&mut anna);
    let cancel = move |tx: &Tx| planning::cancel(tx, assignment, "承办人另有安排").map(|_| ());
    fleet.db.try_write(cancel).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    take_role(&fleet, &anna);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err(), "what is over leaves the phone, too");
    let (person, here) = (anna.person, fleet.world.organisation);
    fleet.db.write(move |tx| planning::give_role(tx, person, here, Role::Supervisor)).expect("given");
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_ok());
    assert_eq!(anna.phone.task(assignment).expect("readable").expect("kept").members.len(), 2);
}

#[test]
fn who_turns_out_related_loses_the_records_of_work_that_is_over_and_gets_none_back() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(818);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("开庭。")]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let cancel = move |tx: &Tx| planning::cancel(tx, assignment, "承办人另有安排").map(|_| ());
    fleet.db.try_write(cancel).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    let (case, person, now) = (fleet.world.case, anna.person, fleet.minter.clock().now());
    let declare = move |tx: &Tx| {
        case_relation::declare(tx, case, person, RelationGround::Relative, None, now)?;
        planning::avoid(tx, case, person)
    };
    fleet.db.try_write(declare).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err(), "what is over leaves the phone, too");
    is_secret(&fleet, true);
    is_secret(&fleet, false);
    for phone in [&mut anna, &mut ben] {
        fleet.sync(phone);
    }
    assert!(anna.phone.show(record).is_err(), "a case that is not secret after all is still her relative's");
    assert!(ben.phone.show(record).is_ok());
}
