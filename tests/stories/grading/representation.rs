//! 申辩: what the undertaker said stays on record when the grade is proposed anew.

use tingfang_core::grading::{DecisionState, RepresentationState};
use tingfang_core::id::DocumentId;
use tingfang_core::people::{AssignmentKind, Duty};
use tingfang_core::phone::About;
use tingfang_core::record::shape_of;
use tingfang_server::grading::{self, Statement};
use tingfang_server::verify::verify;
use tingfang_tests::asked::{assign, undertaker, wish};
use tingfang_tests::received;

use super::scene::{finish, propose, scene, score};

#[test]
fn what_the_undertaker_said_stays_when_the_grade_is_proposed_anew() {
    let mut scene = scene(77, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let manager = scene.manager;
    scene
        .fleet
        .db
        .try_write(move |tx| {
            grading::tell_undertaker(tx, id, manager)?;
            grading::answer_representation(
                tx,
                id,
                Statement::TakenDown("会见笔录在补充卷".into()),
                "已核对".into(),
                manager,
            )
        })
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let again = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!((again.decision.id, again.decision.state), (id, DecisionState::Proposed));
    assert_eq!(again.decision.representation.state, RepresentationState::NotOpened);
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let said = done.decision.representation;
    assert_eq!(said.statement.as_deref(), Some("无异议"));
    let earlier: Vec<_> = said.earlier.iter().filter_map(|one| one.statement.as_deref()).collect();
    assert_eq!(earlier, ["会见笔录在补充卷"]);
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

#[test]
fn an_undertaker_makes_the_representation_on_a_phone_and_the_grade_names_the_sealed_record() {
    let mut scene = scene(78, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let manager = scene.manager;
    let told = scene.fleet.db.try_write(move |tx| grading::tell_undertaker(tx, id, manager));
    told.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let (explanation, objection) =
        (respond(&mut scene, "explanation"), respond(&mut scene, "representation"));
    let answer = |response: DocumentId| {
        scene.fleet.db.try_write(move |tx| {
            grading::answer_representation(tx, id, Statement::Sealed(response), "已核对".into(), manager)
        })
    };
    let refused = answer(explanation).map(|_| ()).expect_err("an explanation is no representation");
    assert!(format!("{:?}", refused.body()).contains("not_a_representation"));
    let step = answer(objection).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let said = step.decision.representation;
    assert_eq!((said.statement.as_deref(), said.response), (Some("会见三次均有笔录。"), Some(objection)));
    let sent = received::as_the_table_says(&scene.fleet.db);
    for row in ["evidence", "result", "rubric"] {
        assert!(sent.iter().any(|kind| kind == row), "{row}: {sent:?}");
    }
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

/// A sealed response of the undertaker, of one kind.
fn respond(scene: &mut super::scene::Scene, answers: &str) -> DocumentId {
    let fleet = &mut scene.fleet;
    let who = undertaker(fleet, &format!("承办人{answers}"));
    let assignment = assign(fleet, wish(fleet, AssignmentKind::Response, &[(who, Duty::Respondent)]));
    let mut phone = fleet.phone(who);
    fleet.sync(&mut phone);
    let record = phone.phone.start(assignment, "response", About::default()).expect("asked");
    for words in [format!("facts/answers={answers}"), "statement:会见三次均有笔录。".to_owned()] {
        let edit = crate::words::edit_of(shape_of("response").expect("a kind"), &words, &fleet.minter);
        phone.phone.edit(record, &[edit]).expect("fits");
    }
    phone.phone.seal(record).expect("complete");
    assert_eq!(fleet.sync(&mut phone).not_accepted, 0);
    record
}
