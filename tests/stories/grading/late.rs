//! Evidence that comes in while the assessors score.

use tingfang_core::grading::View;
use tingfang_core::people::{AssignmentKind, Role};
use tingfang_core::text::Language;
use tingfang_server::grading;
use tingfang_server::verify::verify;

use super::scene::{finish, propose, review_file, scene, score, work};

#[test]
fn evidence_between_two_seals_spoils_neither_sheet_and_is_shown_as_late() {
    for (seed, reached) in [(75, true), (76, false)] {
        let mut scene = scene(seed, "mostly");
        score(&mut scene, 0, &[]);
        let second = scene.fleet.person("复核人", Role::Supervisor);
        let review = work(&scene.fleet, scene.round, AssignmentKind::FileReview, &[second], scene.manager);
        review_file(&mut scene.fleet, second, review, "half");
        // The second assessor's phone has it, or was without a network until the seal.
        if reached {
            scene.fleet.sync(&mut scene.assessors[1].0);
        }
        score(&mut scene, 1, &[]);
        let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
        let outcome = &proposed.decision.outcome;
        let unseen: Vec<usize> = outcome.sheets.iter().map(|sheet| sheet.unseen.len()).collect();
        assert_eq!(unseen.iter().sum::<usize>(), if reached { 1 } else { 2 }, "{unseen:?}");
        let scores: Vec<i64> = outcome.sheets.iter().map(|sheet| sheet.total.score.0).collect();
        assert_eq!(scores[0] == scores[1], !reached, "each accepted what was shown: {scores:?}");
        let (held, kept) = (&proposed.round, &proposed.decision);
        let told = scene
            .fleet
            .db
            .read(|tx| grading::explanation(tx, held, kept, View::Full, Language::En))
            .expect("explained");
        assert!(told.contains("came in"), "{told}");
        finish(&scene, proposed.decision.id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
        let report = verify(&scene.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
    }
}
