//! An assessor whose role is taken: the evidence leaves the phone, and a sheet that was sealed counts on.

use tingfang_core::people::{Role, Subject};
use tingfang_core::phone::About;
use tingfang_server::db::Tx;
use tingfang_server::planning::{self, correction};
use tingfang_server::problem::Problem;
use tingfang_server::store::{legal_case, round};
use tingfang_tests::asked::undertaker;
use tingfang_tests::fleet::FleetPhone;

use super::scene::{Scene, propose, scene, score};

const DAY_MS: i64 = 86_400_000;

fn loses_the_role(scene: &Scene, phone: &FleetPhone) {
    let (person, here) = (phone.person, scene.fleet.world.organisation);
    let take = move |tx: &Tx| planning::take_role(tx, person, here, Role::Assessor);
    scene.fleet.db.try_write(take).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
}

/// How many bodies of evidence lie in the file of a phone.
fn evidence_on(phone: &FleetPhone) -> i64 {
    let store = rusqlite::Connection::open(&phone.path).expect("the phone's store");
    let sql = "select count(*) from server_row where kind = 'evidence' and body <> 'null'";
    store.query_row(sql, [], |row| row.get(0)).expect("counted")
}

#[test]
fn the_evidence_leaves_the_phone_and_does_not_come_back_when_the_work_is_renewed() {
    let mut scene = scene(94, "half");
    assert_eq!(evidence_on(&scene.assessors[0].0), 1);
    loses_the_role(&scene, &scene.assessors[0].0);
    let (assignment, now) = (scene.assessors[0].1, scene.fleet.minter.clock().now());
    let renew =
        move |tx: &Tx| planning::put_off(tx, assignment, now.plus_millis(60 * DAY_MS), now).map(|_| ());
    scene.fleet.db.try_write(renew).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    for (index, left) in [(0, 0), (1, 1)] {
        let phone = &mut scene.assessors[index].0;
        scene.fleet.sync(phone);
        assert_eq!(evidence_on(phone), left, "assessor {index}");
    }
    let phone = &mut scene.assessors[0].0;
    let begun = phone.phone.start(assignment, "scoresheet", About::default());
    assert!(begun.is_err(), "nothing is asked of them any more");
}

#[test]
fn a_sheet_that_was_sealed_stays_among_those_that_the_grade_uses() {
    let mut scene = scene(95, "half");
    let sealed = score(&mut scene, 0, &[]);
    loses_the_role(&scene, &scene.assessors[0].0);
    score(&mut scene, 1, &[]);
    let (id, case) = (scene.round, scene.fleet.world.case);
    let who = scene
        .fleet
        .db
        .read(|tx| tingfang_server::store::person::find(tx, undertaker(&scene.fleet, "周律师")));
    let subject =
        Subject { case, undertaker: who.expect("readable").and_then(|p| p.undertaker).expect("one") };
    let sheets = scene.fleet.db.read(|tx| {
        let held = round::find(tx, id)?.expect("a round");
        tingfang_server::grading::sheets_of_subject(tx, &held, subject)
    });
    let sheets = sheets.expect("listed");
    assert_eq!(sheets.len(), 2);
    assert!(
        sheets.iter().any(|sheet| sheet.record == Some(sealed)) && sheets.iter().all(|sheet| sheet.sealed)
    );
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.sheets.len(), 2);
}

#[test]
fn of_a_case_that_turned_out_secret_nothing_comes_when_another_assessor_leaves() {
    let mut scene = scene(96, "half");
    let (case, now) = (scene.fleet.world.case, scene.fleet.minter.clock().now());
    let secret = move |tx: &Tx| {
        let mut found = legal_case::find(tx, case)?.expect("a case");
        found.flags.secret = true;
        legal_case::save(tx, &found)?;
        correction::case_corrected(tx, case, now)
    };
    scene.fleet.db.try_write(secret).unwrap_or_else(|problem: Problem| panic!("{:?}", problem.body()));
    loses_the_role(&scene, &scene.assessors[0].0);
    for phone in &mut scene.assessors {
        scene.fleet.sync(&mut phone.0);
        assert_eq!(evidence_on(&phone.0), 0);
    }
}
