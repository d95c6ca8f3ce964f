//! Rounds: what they freeze, when they close, what they refuse.

use tingfang_core::people::{AssignmentKind, Role, Subject};
use tingfang_core::rubric::{FormKind, templates};
use tingfang_server::db::Db;
use tingfang_server::grading::{self, Findings, NewRound, Rule};
use tingfang_server::problem::Problem;
use tingfang_server::store::round;
use tingfang_server::verify::verify;
use tingfang_tests::tamper;

use super::scene::{Scene, codes, finish, propose, scene, score, try_work};

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

/// Tries to begin a round over the world's case.
fn try_begin(scene: &Scene, rubric: Rule) -> Result<round::Kept, Problem> {
    let (id, manager, world) = (scene.fleet.minter.mint(), scene.manager, scene.fleet.world.clone());
    scene.fleet.db.try_write(move |tx| {
        let wish = NewRound {
            id,
            organisation: world.organisation,
            name: "试".into(),
            rubric: rubric.clone(),
            subsidy_rule: Rule::Template("SUBSIDY-RATIO".into()),
            grading_rule: None,
            cases: vec![Subject { case: world.case, undertaker: world.undertaker }],
        };
        grading::begin(tx, wish, manager)
    })
}

#[test]
fn a_round_takes_a_rubric_of_cases_that_is_for_its_cases() {
    let scene = scene(72, "full");
    let template = |id: &str| Rule::Template(id.into());
    let own = |id: &str| {
        let shipped = tingfang_core::rubric::templates().rubric(id).expect("shipped");
        Rule::Own(shipped.text().replace(&format!("id = \"{id}\""), "id = \"YC-OWN\""))
    };
    for sheet in [template("HRG-SHEET"), own("HRG-SHEET")] {
        let refused = try_begin(&scene, sheet).expect_err("an observer's sheet grades no case");
        assert_eq!(codes(&refused), ["not_for_cases"]);
    }
    for civil in [template("CIV-LIT"), own("CIV-LIT")] {
        let refused = try_begin(&scene, civil).expect_err("the case is criminal");
        assert_eq!(codes(&refused), ["rubric_does_not_apply"]);
        let said = format!("{:?}", refused.body());
        assert!(said.contains("云援刑字〔2026〕17号"), "the case is named: {said}");
    }
    try_begin(&scene, template("CRM-TRIAL")).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
}

#[test]
fn a_round_grades_with_the_scale_that_it_has_frozen() {
    let mut scene = scene(73, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[("CRM-4.1", 400, "辩护意见过于笼统")]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.grade.code(), "excellent");
    // As if the round had begun with an earlier release, whose scale was stricter.
    let forms = templates().form_texts();
    let shipped = forms.iter().find(|form| form.kind == FormKind::Scales).expect("shipped");
    let mut earlier = shipped.clone();
    earlier.text = shipped.text.replacen("90_00", "99_00", 1);
    assert_ne!(earlier.text, shipped.text);
    let path = scene.fleet.backup();
    let file = tamper::open(&path);
    let (old, new) = (shipped.hash().to_string(), earlier.hash().to_string());
    file.execute(
        "update form set form_hash = ?1, body = ?2 where form_hash = ?3",
        [&new, &earlier.text, &old],
    )
    .expect("runs");
    file.execute("update round_form set form_hash = ?1 where form_hash = ?2", [&new, &old]).expect("runs");
    drop(file);
    let (id, world) = (scene.round, scene.fleet.world.clone());
    let again = Db::open(&path)
        .expect("opens")
        .read(|tx| {
            let held = round::find(tx, id)?.expect("begun");
            let findings = Findings::default();
            grading::recompute(tx, &held, world.case, world.undertaker, None, &findings)
        })
        .expect("readable");
    let outcome = again.outcome.unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(outcome.grade.code(), "good", "the scale of the round counts");
    assert_ne!(outcome.basis.scale, proposed.decision.outcome.basis.scale);
}
