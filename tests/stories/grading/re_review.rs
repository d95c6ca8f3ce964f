//! Re-review by others, and the check on the spot.

use tingfang_core::grading::DecisionState;
use tingfang_core::id::{DecisionId, PersonId};
use tingfang_core::people::{AssignmentKind, Role};
use tingfang_server::grading::{self, NewSpotCheck, Step};
use tingfang_server::problem::Problem;
use tingfang_server::store::subsidy_line;
use tingfang_server::verify::verify;

use super::scene::{Scene, codes, finish, propose, scene, score, try_work};

#[test]
fn an_unqualified_grade_waits_for_a_re_review_and_pays_nothing() {
    let mut scene = scene(62, "little");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.grade.code(), "unqualified");
    assert!(proposed.decision.outcome.needs_re_review().is_some());
    let refused = finish(&scene, proposed.decision.id).err().expect("others must look first");
    assert_eq!(codes(&refused), ["re_review_first"]);
}

/// A check on the spot by somebody.
pub(super) fn look(scene: &Scene, id: DecisionId, by: PersonId) -> Result<Step, Problem> {
    let (check, manager) = (scene.fleet.minter.mint(), scene.manager);
    scene.fleet.db.try_write(move |tx| {
        let check = NewSpotCheck {
            id: check,
            checked_by: by,
            checked_on: manager.at.in_china().date(),
            place: "承办律师事务所".into(),
            finding: "会见、阅卷均无记录,与案卷一致".into(),
        };
        grading::check_on_the_spot(tx, id, check, manager)
    })
}

#[test]
fn an_unqualified_grade_stands_after_others_reviewed_it_again_and_somebody_went_to_look() {
    let mut scene = scene(65, "little");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let again = scene.fleet.person("复评人", Role::Assessor);
    let early = try_work(&scene, AssignmentKind::ReReview, &[again]).expect_err("nothing waits for it yet");
    assert_eq!(codes(&early), ["not_in_re_review"]);
    let manager = scene.manager;
    scene.fleet.db.try_write(move |tx| grading::send_to_re_review(tx, id, manager)).unwrap_or_else(
        |problem| {
            panic!("{:?}", problem.body());
        },
    );
    let own = scene.assessors[0].0.person;
    let refused = try_work(&scene, AssignmentKind::ReReview, &[own]).expect_err("nobody reviews their own");
    assert_eq!(codes(&refused), ["took_part"]);
    let assignment = try_work(&scene, AssignmentKind::ReReview, &[again])
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let mut phone = scene.fleet.phone(again);
    scene.fleet.sync(&mut phone);
    scene.assessors.push((phone, assignment));
    score(&mut scene, 2, &[]);

    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.id, id, "it is the same decision, one step on");
    let stops: Vec<&str> = proposed.decision.outcome.stops.iter().map(|stop| stop.code()).collect();
    assert_eq!(stops, ["needs_spot_check"]);
    let counts: Vec<bool> = proposed.decision.outcome.sheets.iter().map(|sheet| sheet.counts).collect();
    assert_eq!(counts, [false, false, true], "the first review stays on record");
    let refused = finish(&scene, id).err().expect("nobody has been there");
    assert_eq!(codes(&refused), ["re_review_first"]);
    let own = look(&scene, id, own).err().expect("the first assessors do not check their own work");
    assert_eq!(codes(&own), ["took_part"]);
    let looked = look(&scene, id, manager.person).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert!(looked.decision.outcome.may_be_final());
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(
        (done.decision.state, done.decision.outcome.grade.code()),
        (DecisionState::Final, "unqualified")
    );
    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(lines.iter().map(|line| line.factor_percent).collect::<Vec<_>>(), [60]);
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    let path = scene.fleet.backup();
    let copy = rusqlite::Connection::open(&path).expect("opens");
    assert_eq!(copy.execute("delete from spot_check", []).expect("runs"), 1);
    drop(copy);
    let report = verify(&tingfang_server::db::Db::open(&path).expect("opens")).expect("readable");
    assert!(!report.is_clean(), "a grade that rests on a check that is gone");
}
