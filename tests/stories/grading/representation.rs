//! 申辩: what the undertaker said stays on record when the grade is proposed anew.

use tingfang_core::grading::{DecisionState, RepresentationState};
use tingfang_server::grading;
use tingfang_server::verify::verify;

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
            grading::answer_representation(tx, id, "会见笔录在补充卷".into(), "已核对".into(), manager)
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
