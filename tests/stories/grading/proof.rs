//! What was decided can be proved anew, and what was changed since is found.

use tingfang_core::case::{CaseKind, Stage};
use tingfang_core::grading::VetoState;
use tingfang_core::people::{AssignmentKind, Role};
use tingfang_server::grading;
use tingfang_server::grading::RuledOn;
use tingfang_server::store::{legal_case, person};
use tingfang_server::verify::verify;
use tingfang_tests::tamper;

use super::re_review::look;
use super::scene::{Scene, finish, propose, scene, score, try_work};
use super::vetoes::ruled;

/// The tables that the ledger proves, and the ledger itself.
pub(crate) const TABLES: [&str; 11] = [
    "rubric",
    "form",
    "round",
    "round_form",
    "round_case",
    "veto_ruling",
    "spot_check",
    "grade_decision",
    "subsidy_line",
    "ledger_entry",
    "server_tip",
];

/// A centre with a row in every table: reviewed twice, looked at, a veto rejected, final, taken back
/// and proposed anew.
fn decided(seed: u64) -> Scene {
    let told = |problem: tingfang_server::problem::Problem| -> ! { panic!("{:?}", problem.body()) };
    let mut scene = scene(seed, "little");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| told(problem)).decision.id;
    let manager = scene.manager;
    scene
        .fleet
        .db
        .try_write(move |tx| grading::send_to_re_review(tx, id, manager))
        .unwrap_or_else(|problem| told(problem));
    let again = scene.fleet.person("复评人", Role::Assessor);
    let assignment =
        try_work(&scene, AssignmentKind::ReReview, &[again]).unwrap_or_else(|problem| told(problem));
    let mut phone = scene.fleet.phone(again);
    scene.fleet.sync(&mut phone);
    scene.assessors.push((phone, assignment));
    score(&mut scene, 2, &[]);
    propose(&scene).unwrap_or_else(|problem| told(problem));
    look(&scene, id, manager.person).unwrap_or_else(|problem| told(problem));
    let veto = ruled(&scene, RuledOn::Unsaid, VetoState::Alleged);
    ruled(&scene, RuledOn::Veto(veto), VetoState::Rejected);
    finish(&scene, id).unwrap_or_else(|problem| told(problem));
    let (director, minter) = (scene.director, scene.fleet.minter.clone());
    scene
        .fleet
        .db
        .try_write(move |tx| grading::supersede(tx, id, "投诉属实", || minter.mint(), director))
        .unwrap_or_else(|problem| told(problem));
    propose(&scene).unwrap_or_else(|problem| told(problem));
    scene
}

#[test]
fn whatever_column_of_what_was_decided_is_changed_verify_finds_it() {
    let scene = decided(64);
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    let path = scene.fleet.backup();
    let schema = tamper::open(&path);
    let mut changes = Vec::new();
    for table in TABLES {
        let rows = tamper::rows(&schema, table);
        assert!(!rows.is_empty(), "no row in {table}");
        for column in tamper::columns(&schema, table) {
            // The first and the last row stand for those between.
            let mut ends = vec![rows[0], rows[rows.len() - 1]];
            ends.dedup();
            changes.extend(ends.into_iter().map(|row| (table, column.clone(), row)));
        }
    }
    drop(schema);
    std::fs::remove_file(&path).expect("removed");
    for (nth, (table, column, row)) in changes.into_iter().enumerate() {
        let mut what = String::new();
        let found = tamper::is_found(&scene.fleet, |file| {
            what = tamper::change(file, table, &column, row, nth * 7 + 3)
        });
        assert!(found, "{what} escaped");
    }
}

#[test]
fn what_is_deleted_is_missed() {
    let scene = decided(70);
    for sql in [
        "delete from ledger_entry",
        "delete from ledger_entry where entry_no > (select max(entry_no) - 3 from ledger_entry)",
        "delete from ledger_entry; delete from server_tip",
        "delete from server_tip where chain = 'ledger'",
        "delete from subsidy_line",
        "delete from spot_check",
        "delete from veto_ruling",
        "delete from grade_decision where state = 'superseded'",
        "delete from round_case",
    ] {
        assert!(
            tamper::is_found(&scene.fleet, |file| file.execute_batch(sql).expect("runs")),
            "{sql} escaped"
        );
    }
}

#[test]
fn money_that_is_raised_together_with_its_rule_is_found() {
    let scene = decided(71);
    let raise = "update round set subsidy_rule = replace(subsidy_rule, '1300_00', '1400_00');
        update subsidy_line set base_fen = 140000, amount_fen = amount_fen / 13 * 14";
    assert!(tamper::is_found(&scene.fleet, |file| file.execute_batch(raise).expect("runs")));
}

#[test]
fn what_is_corrected_after_the_end_raises_no_alarm_and_the_frozen_text_stays_proved() {
    let mut scene = scene(74, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let (case, assessor) = (scene.fleet.world.case, scene.assessors[0].0.person);
    scene
        .fleet
        .db
        .write(move |tx| {
            let mut renamed = person::find(tx, assessor)?.expect("there");
            renamed.name = "评估甲(更名)".into();
            person::save(tx, &renamed)?;
            let mut corrected = legal_case::find(tx, case)?.expect("there");
            corrected.stage = Some(Stage::Investigation);
            corrected.kind = CaseKind::Civil;
            legal_case::save(tx, &corrected)
        })
        .expect("corrected");
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    for sql in [
        "update grade_decision set outcome = replace(outcome, '评估甲', '评估丁')",
        "update grade_decision set evidence = replace(evidence, '安娜', '安妮')",
        "update grade_decision set case_facts = replace(case_facts, 'criminal', 'civil')",
    ] {
        assert!(
            tamper::is_found(&scene.fleet, |file| assert!(file.execute(sql, []).expect("runs") > 0)),
            "{sql} escaped"
        );
    }
}
