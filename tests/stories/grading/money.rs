//! A final grade and what it pays.

use tingfang_core::grading::{DecisionState, View};
use tingfang_core::text::Language;
use tingfang_server::grading;
use tingfang_server::store::{hearing, ledger, legal_case, seal, subsidy_line};
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

#[test]
fn a_grade_that_pays_nothing_by_itself_says_why() {
    let mut scene = scene(78, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let case = scene.fleet.world.case;
    scene
        .fleet
        .db
        .write(move |tx| {
            let mut closed = legal_case::find(tx, case)?.expect("there");
            closed.closed_on = Some(jiff::civil::date(2025, 12, 31));
            legal_case::save(tx, &closed)
        })
        .expect("closed before the rule held");
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let why = grading::subsidy(&done.round, &done.decision).expect("readable").expect_err("not yet valid");
    assert_eq!(why.code(), "not_yet_valid");
    let (lines, entered) = scene
        .fleet
        .db
        .read(|tx| {
            let mut entered = Vec::new();
            ledger::for_each(tx, |entry| {
                entered.push(entry.body);
                Ok(())
            })?;
            Ok((subsidy_line::of_decision(tx, id)?, entered))
        })
        .expect("readable");
    assert!(lines.is_empty());
    assert!(entered.iter().any(|body| body.contains(r#""subsidy_problem":"not_yet_valid""#)), "{entered:?}");
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

#[test]
fn the_presiding_judge_shows_in_the_full_view_alone() {
    let mut scene = scene(79, "full");
    let hearing = scene.fleet.world.hearing;
    scene
        .fleet
        .db
        .write(move |tx| {
            let mut presided = hearing::find(tx, hearing)?.expect("there");
            presided.presiding = Some("审判长:王正直".into());
            hearing::save(tx, &presided)
        })
        .expect("presided");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[("CRM-4.1", 400, "王正直当庭指出辩护意见笼统,李某在场")]);
    let step = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    for (view, shown) in [(View::Full, true), (View::Undertaker, false), (View::Public, false)] {
        let told = scene
            .fleet
            .db
            .read(|tx| grading::explanation(tx, &step.round, &step.decision, view, Language::Zh))
            .expect("explained");
        for name in ["王正直", "李某"] {
            assert_eq!(told.contains(name), shown, "{view:?}: {told}");
        }
    }
}
