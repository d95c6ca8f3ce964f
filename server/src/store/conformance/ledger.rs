//! The ledger, the rows that it proves, and what is paid and checked by it.

use jiff::civil::date;
use serde_json::json;
use tingfang_core::audit::tree;
use tingfang_core::id::{LogEpoch, RoundId};
use tingfang_core::people::Subject;

use super::grading::bare_decision;
use super::ground::{BIG, Ground, at, id, key, round, subject};
use crate::db::{DbError, Tx, Value};
use crate::store::audit_log::{self, Leaf, LeafKind};
use crate::store::ledger::{Entry, NewEntry};
use crate::store::tip::Chain;
use crate::store::{decision, ledger, proved, round, spot_check, subsidy_line, tip};

fn new_entry(kind: &'static str, organisation: u8, at_millis: i64) -> NewEntry {
    NewEntry {
        kind,
        organisation: id(organisation),
        body: json!({}),
        rows: Vec::new(),
        at: at(at_millis),
        by: id(3),
    }
}

#[test]
fn an_entry_of_the_ledger_names_the_one_before_and_the_rows_that_it_wrote() {
    let ground = Ground::laid();
    let append = |entry: NewEntry| ground.write(move |tx| ledger::append(tx, entry.clone()));
    assert_eq!(ground.read(ledger::next_number), 1);
    let body = json!({ "é": "张'\"", "A": i64::MAX, "none": null });
    let rows = vec![(proved::ROUND, Value::from(id::<RoundId>(1)))];
    assert_eq!(append(NewEntry { body, rows, ..new_entry("round", 2, BIG) }), 1);
    assert_eq!(append(new_entry("grade_step", 1, 1)), 2);
    assert_eq!(append(new_entry("", 1, 2)), 3);
    assert_eq!(ground.read(ledger::next_number), 4);

    let all = ground.each(|tx, each| ledger::for_each(tx, each));
    let row = ground.read(|tx| proved::ROUND.hash(tx, id::<RoundId>(1)));
    let hash: String = row.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let rows = json!([{ "table": "round", "key": row.key, "hash": hash }]);
    let bodies = [
        json!({ "é": "张'\"", "A": i64::MAX, "none": null, "rows": rows }),
        json!({ "rows": [] }),
        json!({ "rows": [] }),
    ];
    let mut previous = [0; 32];
    let kinds = [("round", 2, BIG), ("grade_step", 1, 1), ("", 1, 2)];
    for ((entry, body), (nth, (kind, organisation, millis))) in all.iter().zip(bodies).zip((1..).zip(kinds)) {
        let wanted = Entry {
            number: nth,
            kind: kind.to_owned(),
            organisation: id(organisation),
            body: body.to_string(),
            previous,
            hash: entry.computed_hash(),
            at: at(millis),
            by: id(3),
        };
        assert_eq!(entry, &wanted);
        previous = entry.hash;
    }
    assert_eq!(all.iter().filter_map(Entry::rows).map(|rows| rows.len()).collect::<Vec<_>>(), [1, 0, 0]);
    let tip = ground.read(|tx| tip::find(tx, Chain::Ledger)).expect("a tip");
    assert_eq!((tip.number, tip.hash), (3, previous));
    assert!(tip.is_signed(Chain::Ledger, &[key().public().0]));

    let listed = |places: &[u8]| {
        let places: Vec<_> = places.iter().copied().map(id).collect();
        let page = |tx: &Tx, after: Option<&_>, limit| ledger::page(tx, &places, after.copied(), limit);
        ground.walk(page, |row| row.number)
    };
    assert_eq!(listed(&[1, 2]), all);
    assert_eq!((listed(&[1]), listed(&[])), (all[1..].to_vec(), Vec::new()));
    let missing = (proved::ROUND, Value::from(id::<RoundId>(99)));
    let entry = NewEntry { rows: vec![missing], ..new_entry("round", 1, 1) };
    let refused = ground.refused(move |tx| ledger::append(tx, entry.clone()));
    assert!(matches!(refused, DbError::Damaged(_)), "{refused:?}");
}

#[test]
fn a_proved_row_has_one_hash_that_changes_with_every_column() {
    let ground = Ground::laid();
    let many = [subject(2, 1), subject(1, 2), subject(1, 1)];
    ground.write(move |tx| round::insert(tx, &round(11), &many));
    let keys = |proved: proved::Proved| -> Vec<String> {
        ground.read(|tx| proved.all(tx)).into_iter().map(|row| row.key).collect()
    };
    let key = |nth: &str| nth.repeat(16);
    assert_eq!(keys(proved::ROUND), [key("01"), key("02"), key("0b")]);
    assert_eq!(keys(proved::ROUND_CASE), [key("01"), key("02"), key("0b")], "together under their round");
    assert_eq!(keys(proved::RUBRIC), ["r1"]);
    for proved in proved::ALL {
        assert_eq!(proved::Proved::named(proved.table), Some(*proved));
        for row in ground.read(|tx| proved.all(tx)) {
            let key = match proved.table {
                "rubric" => Value::from(&row.key),
                _ => Value::Blob(vec![u8::from_str_radix(&row.key[..2], 16).expect("digits"); 16]),
            };
            assert_eq!(ground.read(|tx| proved.hash(tx, key.clone())), row, "{}", proved.table);
        }
    }
    // The same on every engine, and for ever: the ledger names rows by these.
    let hashes = |proved: proved::Proved| {
        let first = ground.read(|tx| proved.all(tx)).pop().expect("a row");
        first.hash[..4].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let found = [proved::RUBRIC, proved::ROUND, proved::ROUND_CASE].map(hashes);
    assert_eq!(found, ["5890475e", "cf5e5d81", "0988b57c"]);
    let before = ground.read(|tx| proved::ROUND.all(tx));
    ground.write(|tx| round::set_state(tx, id(2), round::RoundState::Closed));
    let after = ground.read(|tx| proved::ROUND.all(tx));
    let same: Vec<bool> = before.iter().zip(&after).map(|(before, after)| before == after).collect();
    assert_eq!(same, [true, false, true]);
    let missing = ground.refused(|tx| proved::ROUND.hash(tx, vec![9; 16]));
    assert!(matches!(missing, DbError::Damaged(_)), "{missing:?}");
}

#[test]
fn a_check_on_the_spot_keeps_every_column_and_they_are_in_the_order_of_their_entry() {
    let ground = Ground::laid();
    let check = |nth: u8, entered_at: i64| spot_check::Kept {
        id: id(nth),
        round: id(1),
        case: id(1),
        undertaker: id(1),
        checked_by: id(2),
        checked_on: date(2026, 2, 28),
        place: "云河县看守所 é'".to_owned(),
        finding: String::new(),
        entered_by: id(3),
        entered_at: at(entered_at),
    };
    let foreign = spot_check::Kept { round: id(2), ..check(1, 1) };
    let whole = spot_check::Kept { checked_on: date(-9999, 1, 1), ..check(11, BIG) };
    let all = [whole, check(14, 5), check(13, 5), foreign];
    ground.save(&all, spot_check::insert);
    let of = |round: u8, Subject { case, undertaker }| {
        ground.read(|tx| spot_check::of_subject(tx, id(round), case, undertaker))
    };
    let [whole, fourteen, thirteen, foreign] = all;
    assert_eq!(of(1, subject(1, 1)), [thirteen, fourteen, whole]);
    assert_eq!(of(2, subject(1, 1)), [foreign]);
    assert_eq!((of(1, subject(1, 2)), of(1, subject(2, 1))), (Vec::new(), Vec::new()));
    assert_eq!(ground.double(move |tx| spot_check::insert(tx, &check(13, 9))), "spot_check.spot_check_id");
}

#[test]
fn a_subsidy_line_keeps_every_fen_and_they_are_in_the_order_of_the_ledger() {
    let ground = Ground::laid();
    let second = decision::Kept { round: id(2), ..bare_decision(2) };
    ground.save(&[bare_decision(1), second], decision::insert);
    let line = |nth: u8, decision: u8, entry: u64, amount_fen: i64| subsidy_line::Kept {
        id: id(nth),
        decision: id(decision),
        undertaker: id(decision),
        base_fen: BIG,
        factor_percent: 0,
        amount_fen,
        reverses: None,
        entry,
    };
    let reversing = subsidy_line::Kept { reverses: Some(id(14)), ..line(11, 1, BIG.unsigned_abs(), -BIG) };
    let all = [line(14, 1, 7, BIG), reversing.clone(), line(12, 2, 9, i64::MIN), line(13, 1, 8, 0)];
    ground.save(&all, subsidy_line::insert);
    let of = |decision: u8| ground.read(|tx| subsidy_line::of_decision(tx, id(decision)));
    assert_eq!(of(1), [all[0].clone(), all[3].clone(), reversing.clone()]);
    assert_eq!((of(2), of(99)), (vec![all[2].clone()], Vec::new()));
    let listed = |places: &[u8], round: Option<u8>| {
        let places: Vec<_> = places.iter().copied().map(id).collect();
        let page = |tx: &Tx, after: Option<&_>, limit| {
            subsidy_line::page(tx, &places, round.map(id), after.copied(), limit)
        };
        ground.walk(page, |row| row.entry)
    };
    let [seven, _, nine, eight] = all;
    assert_eq!(listed(&[1, 2], None), [seven.clone(), eight.clone(), nine.clone(), reversing.clone()]);
    assert_eq!(listed(&[2], None), std::slice::from_ref(&nine));
    assert_eq!(listed(&[1, 2], Some(1)), [seven, eight, reversing]);
    assert_eq!(listed(&[1], Some(2)), []);
    assert_eq!(ground.double(move |tx| subsidy_line::insert(tx, &nine)), "subsidy_line.subsidy_line_id");
}

#[test]
fn the_audit_log_grows_leaf_by_leaf_and_proves_each() {
    let ground = Ground::bare();
    let kinds =
        [LeafKind::Frame, LeafKind::Seal, LeafKind::LedgerEntry, LeafKind::Frame, LeafKind::Confirmation];
    assert_eq!(ground.read(audit_log::size), 0);
    for (nth, kind) in (1..).zip(kinds) {
        ground.write(move |tx| audit_log::append(tx, kind, &[nth; 32]));
    }
    let twice = ground.double(|tx| audit_log::append(tx, LeafKind::Seal, &[2; 32]));
    assert_eq!(twice, "audit_leaf.kind, audit_leaf.hash");
    let mut leaves = Vec::new();
    ground.read(|tx| {
        leaves.clear();
        audit_log::for_each(tx, |leaf| {
            leaves.push(leaf);
            Ok(())
        })
    });
    assert_eq!(leaves.iter().map(|leaf| leaf.kind).collect::<Vec<_>>(), kinds);
    let log = id::<LogEpoch>(1);
    let checkpoint = ground.read(move |tx| audit_log::checkpoint(tx, log, &key()));
    assert_eq!(checkpoint.size, 5);
    assert!(checkpoint.is_signed_by(&key().public()));
    for leaf in leaves {
        let found = ground.read(move |tx| audit_log::inclusion(tx, leaf.kind, &leaf.hash, 5));
        let (number, proof) = found.expect("it is there");
        assert!(tree::is_included(&leaf.node(), number, 5, &proof, &checkpoint.root));
        assert_eq!(ground.read(move |tx| audit_log::inclusion(tx, leaf.kind, &leaf.hash, leaf.number)), None);
    }
    let some = ground.read(|tx| audit_log::leaves(tx, 1, 2));
    assert_eq!(some.iter().map(|leaf| leaf.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(ground.read(|tx| audit_log::leaves(tx, 4, 9)).len(), 1);
    assert_eq!(
        ground.read(|tx| audit_log::nodes(tx, 0, 1, 2)),
        some.iter().map(Leaf::node).collect::<Vec<_>>()
    );
    assert_eq!(ground.read(|tx| audit_log::nodes(tx, 1, 1, 9)).len(), 1, "of five leaves");
    let proof = ground.read(|tx| audit_log::consistency(tx, 3, 5));
    assert!(!proof.is_empty());
    let mut levels = Vec::new();
    ground.read(|tx| {
        levels.clear();
        audit_log::for_each_node(tx, |level, number, _| {
            levels.push((level, number));
            Ok(())
        })
    });
    assert_eq!(levels, [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1), (2, 0)]);
}
