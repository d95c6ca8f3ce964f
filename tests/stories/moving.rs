//! Who moves from one county's centre to another: what was there leaves the phone, what is here comes, and what was
//! not handed in yet is kept locked until it is.

use tingfang_core::case::{Case, Hearing};
use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{AssignmentKind, Duty, Organisation, Role};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_server::db::Tx;
use tingfang_server::planning;
use tingfang_server::problem::Problem;
use tingfang_server::records::held::decidable;
use tingfang_server::store::held_decision::{HeldOutcome, Kept};
use tingfang_server::store::{hearing, legal_case, organisation, quarantine};
use tingfang_server::sync::LetIn;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, start, two_observers};
use tingfang_tests::signed_in::signed_in;
use tingfang_tests::world::World;

/// A centre in the next county, with a case and a hearing of its own.
fn next_county(fleet: &Fleet) -> World {
    let here = fleet.world.clone();
    let elsewhere: OrganisationId = fleet.minter.mint();
    let there = World {
        organisation: elsewhere,
        undertaker: here.undertaker,
        case: fleet.minter.mint(),
        hearing: fleet.minter.mint(),
    };
    let rows = there.clone();
    let found = move |tx: &Tx| {
        let own = organisation::find(tx, here.organisation)?.expect("a centre");
        organisation::save(tx, &Organisation { id: rows.organisation, name: "邻县中心".to_owned(), ..own })?;
        let known = legal_case::find(tx, here.case)?.expect("a case");
        let case = Case {
            id: rows.case,
            organisation: rows.organisation,
            case_no: "邻援刑字〔2026〕3号".to_owned(),
            organ_case_no: None,
            ..known
        };
        legal_case::save(tx, &case)?;
        let known = hearing::find(tx, here.hearing)?.expect("a hearing");
        hearing::save(tx, &Hearing { id: rows.hearing, case: rows.case, ..known })
    };
    fleet.db.write(found).expect("founded");
    there
}

/// The administrations do what they do when somebody moves.
fn moves(fleet: &Fleet, phone: &FleetPhone, to: OrganisationId) {
    let (person, from) = (phone.person, fleet.world.organisation);
    let moved = move |tx: &Tx| {
        planning::take_role(tx, person, from, Role::Supervisor)?;
        planning::give_role(tx, person, to, Role::Supervisor)?;
        Ok(())
    };
    fleet.db.try_write(moved).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
}

#[test]
fn who_moves_to_another_county_leaves_its_records_and_finds_the_new_ones_and_hands_in_what_was_unsent() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(8_401);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("安娜写的。")]).expect("fits");
    let sheet = start(&mut ben, assignment, "observer_sheet");
    ben.phone.edit(sheet, &[Edit::set(["points", "HRG-01"], Scalar::Integer(900))]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("调离前写的。")]).expect("he has no network");

    let there = next_county(&fleet);
    moves(&fleet, &ben, there.organisation);
    let members = [(ben.person, "本", Duty::Chair)];
    let task = there.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    fleet.sync(&mut ben);

    assert_eq!(ben.phone.task(assignment).expect("readable").expect("kept").state, TaskState::Closed);
    assert!(ben.phone.show(sheet).is_err(), "what was handed in has left");
    let kept = ben.phone.show(record).expect("what was not keeps its record");
    let denied = ben.phone.edit(record, &[narrative("再写。")]).expect_err("and is locked");
    assert!(denied.to_string().contains("not allowed"), "{denied}");
    assert!(format!("{:?}", kept.content).contains("安娜写的。"));
    let listed = ben.phone.refused().expect("listed");
    let told: Vec<_> = listed.iter().map(|item| (&*item.verdict, &item.edits[..])).collect();
    assert_eq!(told, [("held", &[narrative("调离前写的。")][..])]);

    // His new work goes on beside it.
    assert_eq!(ben.phone.task(task).expect("readable").expect("it came").state, TaskState::Open);
    let new = start(&mut ben, task, "attendance");
    ben.phone.edit(new, &[narrative("新单位。")]).expect("fits");
    assert_eq!(fleet.sync(&mut ben).not_accepted, 0);
    assert!(format!("{:?}", fleet.record(new).content()).contains("新单位。"));
    // Nobody of the old centre sees it, and it sees nothing new of the old one.
    fleet.sync(&mut anna);
    assert!(anna.phone.show(new).is_err() && anna.phone.task(task).expect("readable").is_none());
    anna.phone.edit(record, &[narrative("他走后写的。")]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    assert!(!format!("{:?}", ben.phone.show(record).expect("locked").content).contains("他走后写的。"));

    // His old centre decides on what he has handed in; then the record has left, too.
    let manager = fleet.person("经理", Role::Manager);
    lets_in(&fleet, manager);
    fleet.sync(&mut ben);
    assert!(ben.phone.show(record).is_err(), "nothing keeps it any more");
    assert_eq!(ben.phone.refused().expect("listed"), []);
    assert!(ben.phone.show(new).is_ok());
    let words = format!("{:?}", fleet.record(record).content());
    assert!(words.contains("调离前写的。") && words.contains("他走后写的。"), "{words}");
    assert_eq!(ben.phone.status().expect("countable").waiting, 0);
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

fn lets_in(fleet: &Fleet, manager: PersonId) {
    let all = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 100)).expect("listed");
    let [held] = &all[..] else { panic!("{all:?}") };
    let decides = signed_in(fleet, manager);
    let decided = fleet.db.try_read(|tx| decidable(tx, &decides, held.id));
    let (kept, organisation) = decided.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let decision = Kept {
        id: fleet.minter.mint(),
        item: held.id,
        outcome: HeldOutcome::Accepted,
        reason: "调离前所写".to_owned(),
        decided_by: manager,
        decided_at: fleet.minter.clock().now(),
    };
    assert_eq!(fleet.door().let_in(&kept, decision, organisation).expect("an answer"), LetIn::In);
}
