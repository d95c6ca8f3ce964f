//! What phones show of grading: the sheet that adds up while it is filled, and the grade that its undertaker is told.

use tingfang_core::grading::DecisionState;
use tingfang_core::phone::{About, OwnResult};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::PointsHundredths;
use tingfang_core::record::value::Scalar;
use tingfang_core::rubric::Grade;
use tingfang_server::grading;
use tingfang_tests::asked::undertaker;
use tingfang_tests::fleet::{Fleet, FleetPhone};

use super::scene::{finish, propose, scene, score};

#[test]
fn a_scoresheet_adds_up_beside_its_evidence_to_what_the_grade_says() {
    let mut scene = scene(91, "half");
    let (phone, assignment) = &mut scene.assessors[0];
    let sheet = phone.phone.start(*assignment, "scoresheet", About::default()).expect("a task");
    let shown = phone.phone.score(sheet).expect("a sheet").expect("the rubric came with the task");
    assert_eq!((shown.items.len(), shown.undecided, shown.score), (24, 24, None));
    let scored = shown.items.iter().find(|item| item.default.is_some_and(|points| points.0 > 0));
    let item = scored.expect("the file was reviewed").clone();
    assert!(!item.evidence.zh.is_empty() && !item.evidence.en.is_empty(), "{item:?}");
    let id = item.item.to_string();
    let adjust = [
        Edit::set(["decisions", &id], Scalar::Text("adjusted".into())),
        Edit::set(["points", &id], Scalar::Integer(0)),
    ];
    phone.phone.edit(sheet, &adjust).expect("fits");
    let adjusted = phone.phone.score(sheet).expect("a sheet").expect("a rubric");
    let now = adjusted.items.iter().find(|shown| shown.item == item.item).expect("the item");
    assert!(now.needs_reason, "an adjustment says why");
    assert_eq!((adjusted.undecided, adjusted.score), (23, Some(PointsHundredths(0))));
    assert_eq!(adjusted.applicable, item.most);

    let sheets = [score(&mut scene, 0, &[]), score(&mut scene, 1, &[])];
    assert_eq!(sheets[0], sheet, "the sheet that was begun");
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    for ((phone, _), sheet) in scene.assessors.iter().zip(sheets) {
        let total = phone.phone.score(sheet).expect("a sheet").expect("a rubric");
        assert_eq!((total.undecided, total.score), (0, Some(proposed.decision.outcome.score)));
        assert!(total.items.iter().all(|item| !item.needs_reason));
    }
}

#[test]
fn an_undertaker_is_told_of_a_grade_from_the_day_of_the_representation_and_not_while_it_is_worked_out_anew() {
    let mut scene = scene(92, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let who = undertaker(&scene.fleet, "周律师");
    let mut phone = scene.fleet.phone(who);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    assert_eq!(results(&scene.fleet, &mut phone), [], "a proposal is nobody's business yet");

    let manager = scene.manager;
    let told = scene.fleet.db.try_write(move |tx| grading::tell_undertaker(tx, id, manager));
    told.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let [result] = results(&scene.fleet, &mut phone).try_into().expect("one");
    let result: OwnResult = result;
    let grade = result.told.expect("told");
    assert_eq!((result.state, grade.grade), (DecisionState::Representation, Grade::Excellent));
    assert!(grade.answer_by.is_some() && grade.amount_fen.is_none());
    for hidden in ["安娜", "阅卷人", "评估甲", "评估乙"] {
        assert!(!grade.explanation.zh.contains(hidden), "{hidden} is named: {}", grade.explanation.zh);
    }

    let heard = scene.fleet.db.try_write(move |tx| {
        let said = grading::Statement::TakenDown("会见笔录在补充卷".into());
        grading::answer_representation(tx, id, said, "已核对".into(), manager)
    });
    heard.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let [heard] = results(&scene.fleet, &mut phone).try_into().expect("one");
    let heard: OwnResult = heard;
    assert_eq!(heard.told.expect("told").centre_answer.as_deref(), Some("已核对"));

    propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let [anew] = results(&scene.fleet, &mut phone).try_into().expect("one");
    let anew: OwnResult = anew;
    assert_eq!((anew.state, anew.told), (DecisionState::Proposed, None));

    finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let [last] = results(&scene.fleet, &mut phone).try_into().expect("one");
    let last: OwnResult = last;
    assert_eq!(last.state, DecisionState::Final);
    assert!(last.told.expect("told").amount_fen.is_some(), "what it is paid");
}

fn results(fleet: &Fleet, phone: &mut FleetPhone) -> Vec<OwnResult> {
    fleet.sync(phone);
    phone.phone.results().expect("listed")
}
