//! Rounds: what they freeze, when they close, what they refuse.

use tingfang_core::people::{AssignmentKind, Role, Subject};
use tingfang_server::grading::{self, NewRound, Rule};
use tingfang_server::problem::Problem;
use tingfang_server::store::round;
use tingfang_server::verify::verify;

use super::scene::{codes, finish, propose, scene, score, try_work};

#[test]
fn a_round_closes_when_every_grade_is_final_and_takes_no_more_work() {
    let mut scene = scene(66, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let (round_id, director) = (scene.round, scene.director);
    let held = move |tx: &tingfang_server::db::Tx| {
        round::find(tx, round_id)?.ok_or(Problem::NotFound { what: "round" })
    };
    let early =
        scene.fleet.db.try_write(move |tx| grading::close(tx, held(tx)?, director)).expect_err("open");
    assert_eq!(codes(&early), ["grade_not_final"]);
    finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    scene
        .fleet
        .db
        .try_write(move |tx| grading::close(tx, held(tx)?, director))
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let more = scene.fleet.person("后来者", Role::Assessor);
    let refused = try_work(&scene, AssignmentKind::Assessment, &[more]).expect_err("closed");
    assert_eq!(codes(&refused), ["round_closed"]);
    scene
        .fleet
        .db
        .try_write(move |tx| grading::reopen(tx, held(tx)?, "投诉属实", director))
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    try_work(&scene, AssignmentKind::Assessment, &[more])
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());
}

#[test]
fn a_round_takes_a_centres_own_rules_and_tells_what_is_wrong_with_them() {
    let scene = scene(67, "full");
    let (manager, world) = (scene.manager, scene.fleet.world.clone());
    let begin = |rubric: Rule, subsidy: Rule| {
        let (id, world) = (scene.fleet.minter.mint(), world.clone());
        scene.fleet.db.try_write(move |tx| {
            let wish = NewRound {
                id,
                organisation: world.organisation,
                name: "自定标准".into(),
                rubric: rubric.clone(),
                subsidy_rule: subsidy.clone(),
                grading_rule: None,
                cases: vec![Subject { case: world.case, undertaker: world.undertaker }],
            };
            grading::begin(tx, wish, manager)
        })
    };
    let shipped = tingfang_core::rubric::templates().rubric("CRM-TRIAL").expect("shipped");
    let own = shipped.text().replace("id = \"CRM-TRIAL\"", "id = \"YC-CRM\"");
    let ratio = Rule::Template("SUBSIDY-RATIO".into());
    let held =
        begin(Rule::Own(own.clone()), ratio.clone()).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_ne!(held.rubric_hash, shipped.hash().to_string());
    let spoilt = own.replacen("points = 4_00", "points = 9_00", 1);
    assert_ne!(spoilt, own);
    let refused = begin(Rule::Own(spoilt), Rule::Own("id = 1".into())).expect_err("both are wrong");
    let body = refused.body();
    let fields: Vec<&str> = body.errors.iter().map(|error| error.field.as_str()).collect();
    assert!(fields.contains(&"rubric_toml") && fields.contains(&"subsidy_rule_toml"), "{body:?}");
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());
}
