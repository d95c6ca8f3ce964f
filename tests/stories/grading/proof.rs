//! What was decided can be proved anew, and what was changed since is found.

use tingfang_server::verify::verify;

use super::scene::{finish, propose, scene, score};

#[test]
fn a_flipped_bit_in_what_was_decided_is_found() {
    let mut scene = scene(64, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    for sql in [
        "update ledger_entry set body = replace(body, 'excellent', 'excellemt') where kind = 'grade_step'",
        "update ledger_entry set entered_at = entered_at + 1 where entry_no = 2",
        "update grade_decision set outcome = replace(outcome, '评估甲', '评估甴')",
        "update subsidy_line set amount_fen = amount_fen + 1",
        "update rubric set body = replace(body, '有效', '有敃')",
    ] {
        let path = scene.fleet.backup();
        let changed = rusqlite::Connection::open(&path).expect("opens").execute(sql, []).expect("runs");
        assert!(changed > 0, "{sql}");
        let report = verify(&tingfang_server::db::Db::open(&path).expect("opens")).expect("readable");
        assert!(!report.is_clean(), "{sql} escaped");
        std::fs::remove_file(&path).expect("removed");
    }
}
