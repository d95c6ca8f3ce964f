//! A report that did not come costs points, and the grade can be proved anew whatever becomes of it later.

use tingfang_core::grading::View;
use tingfang_core::id::{AssignmentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty};
use tingfang_core::phone::About;
use tingfang_core::record::shape_of;
use tingfang_core::text::Language;
use tingfang_server::db::Tx;
use tingfang_server::grading;
use tingfang_server::planning::{self, NewAssignment};
use tingfang_server::verify::verify;
use tingfang_tests::asked::{assign, undertaker, wish};
use tingfang_tests::fleet::Fleet;

use super::scene::{Scene, finish, propose, scene_after, score};
use crate::words::edit_of;

/// A report is asked of the undertaker, and its time goes by.
fn asked_in_vain(fleet: &mut Fleet) -> (AssignmentId, PersonId) {
    let who = undertaker(fleet, "承办人");
    let due_at = Some(fleet.minter.clock().now().plus_millis(1_000));
    let report = wish(fleet, AssignmentKind::PreHearingReport, &[(who, Duty::Reporter)]);
    let id = assign(fleet, NewAssignment { due_at, ..report });
    fleet.clock.pass_millis(2_000);
    (id, who)
}

fn call_off(scene: &Scene, report: AssignmentId) {
    let cancel = move |tx: &Tx| planning::cancel(tx, report, "受援人已另行委托").map(|_| ());
    scene.fleet.db.try_write(cancel).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
}

fn is_proved(scene: &Scene, when: &str) {
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{when}: {:?}", report.differences);
}

#[test]
fn a_grade_with_a_missing_report_stands_when_it_comes_later_and_when_it_is_called_off() {
    let (mut scene, (report, who)) = scene_after(90, "full", asked_in_vain);
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let missing = &proposed.decision.outcome.basis.missing_reports;
    assert_eq!(missing.iter().map(|missing| missing.assignment).collect::<Vec<_>>(), [report]);
    let (held, kept) = (&proposed.round, &proposed.decision);
    for (language, words) in [(Language::Zh, "庭前报告：应报未报"), (Language::En, "asked for and not there")]
    {
        let told = scene.fleet.db.read(|tx| grading::explanation(tx, held, kept, View::Undertaker, language));
        let told = told.expect("explained");
        assert!(told.contains(words), "{told}");
    }
    finish(&scene, proposed.decision.id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    is_proved(&scene, "as it was made");

    let mut phone = scene.fleet.phone(who);
    scene.fleet.sync(&mut phone);
    let record = phone.phone.start(report, "pre_hearing_report", About::default()).expect("asked");
    for words in ["facts/occasion=regular", "evidence:甲", "viewpoint:乙", "analysis:丙"] {
        let shape = shape_of("pre_hearing_report").expect("a kind");
        phone.phone.edit(record, &[edit_of(shape, words, &scene.fleet.minter)]).expect("fits");
    }
    phone.phone.seal(record).expect("complete");
    assert_eq!(scene.fleet.sync(&mut phone).not_accepted, 0);
    is_proved(&scene, "when the report has come after all");
    call_off(&scene, report);
    is_proved(&scene, "when it is called off");
}

#[test]
fn a_report_that_is_called_off_between_two_sheets_spoils_neither() {
    for (seed, reached) in [(91, true), (92, false)] {
        let (mut scene, (report, _)) = scene_after(seed, "full", asked_in_vain);
        score(&mut scene, 0, &[]);
        call_off(&scene, report);
        // The second assessor's phone hears of it, or was without a network until the seal.
        if reached {
            scene.fleet.sync(&mut scene.assessors[1].0);
        }
        score(&mut scene, 1, &[]);
        let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{reached}: {:?}", problem.body()));
        assert_eq!(proposed.decision.outcome.basis.missing_reports, []);
        let scores: Vec<i64> =
            proposed.decision.outcome.sheets.iter().map(|sheet| sheet.total.score.0).collect();
        assert_eq!(scores[0] < scores[1], reached, "each accepted what was shown: {scores:?}");
        finish(&scene, proposed.decision.id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
        is_proved(&scene, "called off");
    }
}
