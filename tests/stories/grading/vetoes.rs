//! 一票否决: an allegation stops the end, and only a verified veto decides.

use tingfang_core::grading::{DecisionState, VetoState};
use tingfang_core::id::VetoId;
use tingfang_core::people::Subject;
use tingfang_core::record::scoresheet::VetoCode;
use tingfang_server::grading::{self, NewRuling, RuledOn, Step};
use tingfang_server::problem::Problem;
use tingfang_server::store::{subsidy_line, veto};
use tingfang_server::verify::verify;

use super::scene::{Scene, codes, finalise, finish, propose, scene, score};

/// Rules on a veto of taking a benefit.
fn rule(scene: &Scene, on: RuledOn, state: VetoState) -> Result<veto::Kept, Problem> {
    let world = scene.fleet.world.clone();
    let (id, fresh, director) = (scene.fleet.minter.mint(), scene.fleet.minter.mint(), scene.director_now());
    scene.fleet.db.try_write(move |tx| {
        let wish = NewRuling {
            id,
            fresh,
            subject: Subject { case: world.case, undertaker: world.undertaker },
            code: VetoCode::TookBenefit,
            state,
            on,
            ground: "受援人来信".into(),
        };
        grading::rule_on_veto(tx, wish, director)
    })
}

pub(super) fn ruled(scene: &Scene, on: RuledOn, state: VetoState) -> VetoId {
    let kept = rule(scene, on, state).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    kept.ruling.veto
}

/// A proposed grade with a veto that a manager raised and looked into.
fn under_a_veto(seed: u64) -> (Scene, Step, VetoId) {
    let mut scene = scene(seed, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let veto = ruled(&scene, RuledOn::Unsaid, VetoState::Alleged);
    let refused = finish(&scene, proposed.decision.id).err().expect("a veto is alleged");
    assert_eq!(codes(&refused), ["veto_pending"]);
    assert_eq!(ruled(&scene, RuledOn::Veto(veto), VetoState::Verifying), veto);
    let refused = finalise(&scene, proposed.decision.id).err().expect("a veto is looked into");
    assert_eq!(codes(&refused), ["veto_pending"]);
    (scene, proposed, veto)
}

#[test]
fn a_rejected_veto_leaves_the_grade_of_the_score() {
    let (scene, proposed, veto) = under_a_veto(63);
    assert_eq!(ruled(&scene, RuledOn::Unsaid, VetoState::Rejected), veto, "the one that waits is meant");
    let done =
        finalise(&scene, proposed.decision.id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(done.decision.state, DecisionState::Final);
    assert_eq!(done.decision.outcome.grade, proposed.decision.outcome.grade_of_score);
    let history: Vec<_> = done.decision.outcome.vetoes[0].rulings.iter().map(|ruling| ruling.state).collect();
    assert_eq!(history, [VetoState::Alleged, VetoState::Verifying, VetoState::Rejected]);
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

#[test]
fn a_verified_veto_makes_the_final_grade_unqualified_and_pays_sixty_percent() {
    let (scene, proposed, veto) = under_a_veto(68);
    assert_eq!(ruled(&scene, RuledOn::Veto(veto), VetoState::Verified), veto);
    let id = proposed.decision.id;
    let done = finalise(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let outcome = &done.decision.outcome;
    assert_eq!((done.decision.state, outcome.grade.code()), (DecisionState::Final, "unqualified"));
    assert_eq!(outcome.grade_of_score.code(), "excellent", "the points stay on record");
    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(lines.iter().map(|line| line.factor_percent).collect::<Vec<_>>(), [60]);
    ruled(&scene, RuledOn::Veto(veto), VetoState::Rejected);
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "what is ruled later changes no final grade: {:?}", report.differences);
}

#[test]
fn a_ruling_says_which_veto_it_means() {
    let scene = scene(69, "full");
    let nothing = rule(&scene, RuledOn::Unsaid, VetoState::Rejected).expect_err("nothing waits");
    assert_eq!(codes(&nothing), ["no_such_veto"]);
    let first = ruled(&scene, RuledOn::Unsaid, VetoState::Alleged);
    let second = ruled(&scene, RuledOn::Unsaid, VetoState::Alleged);
    assert_ne!(first, second, "two complaints are two vetoes");
    let unclear = rule(&scene, RuledOn::Unsaid, VetoState::Rejected).expect_err("two wait");
    assert_eq!(codes(&unclear), ["which_veto"]);
    ruled(&scene, RuledOn::Veto(first), VetoState::Rejected);
    assert_eq!(ruled(&scene, RuledOn::Unsaid, VetoState::Verifying), second, "one waits now");
    let elsewhere = RuledOn::Allegation { document: scene.fleet.minter.mint(), entry: None };
    let unknown = rule(&scene, elsewhere, VetoState::Rejected).expect_err("no record of the case");
    assert_eq!(codes(&unknown), ["no_record_of_case"]);
}
