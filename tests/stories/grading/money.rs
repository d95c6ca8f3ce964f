//! A final grade and what it pays.

use tingfang_core::grading::{DecisionState, View};
use tingfang_core::text::Language;
use tingfang_server::grading;
use tingfang_server::store::{seal, subsidy_line};
use tingfang_server::verify::verify;

use super::scene::{codes, finish, propose, scene, score};

#[test]
fn sealed_records_become_a_grade_and_a_subsidy_line_that_can_be_proved_anew() {
    let mut scene = scene(61, "full");
    let early = propose(&scene).err().expect("nobody has scored yet");
    assert!(codes(&early).contains(&"too_few_sheets".to_owned()), "{:?}", codes(&early));
    let first = score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[("CRM-4.1", 400, "辩护意见过于笼统")]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.grade.code(), "excellent");
    assert!(proposed.decision.outcome.may_be_final());
    let id = proposed.decision.id;
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(done.decision.state, DecisionState::Final);

    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].factor_percent, lines[0].amount_fen), (130, lines[0].base_fen * 13 / 10));

    let (held, kept) = (done.round, done.decision);
    let told = scene
        .fleet
        .db
        .read(|tx| grading::explanation(tx, &held, &kept, View::Full, Language::Zh))
        .expect("explained");
    let sealed = scene.fleet.db.read(|tx| seal::find(tx, first)).expect("readable").expect("sealed");
    let heads = sealed.seal.statement.heads[0].to_string();
    for wanted in ["CRM-4.1", "辩护意见过于笼统", "评估甲", "安娜", "设备", &heads] {
        assert!(told.contains(wanted), "{wanted} is missing in:\n{told}");
    }
    let public = scene
        .fleet
        .db
        .read(|tx| grading::explanation(tx, &held, &kept, View::Public, Language::En))
        .expect("explained");
    assert!(!public.contains("安娜") && !public.contains("周律师"), "{public}");

    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    assert_eq!(report.grades, 1);
    assert!(report.ledger_entries >= 5, "{report:?}");

    let (director, minter) = (scene.director, scene.fleet.minter.clone());
    scene
        .fleet
        .db
        .try_write(move |tx| grading::supersede(tx, id, "投诉属实", || minter.mint(), director))
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(
        lines.iter().map(|line| line.amount_fen).sum::<i64>(),
        0,
        "the line is reversed, not overwritten"
    );
    assert_eq!(lines[1].reverses, Some(lines[0].id));
    let again = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!((again.decision.number, again.decision.state), (2, DecisionState::Proposed));
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());
}
