//! The audit log: phones keep watch over the server's history, and notice when it is rewritten.

use tingfang_core::audit::Checkpoint;
use tingfang_core::phone::Compared;
use tingfang_server::audit;
use tingfang_server::db::{Db, Tx};
use tingfang_server::store::audit_log::{self, LeafKind};
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, start, two_observers};
use tingfang_tests::tamper;

fn written(phone: &mut FleetPhone, fleet: &Fleet, record: tingfang_core::id::DocumentId, text: &str) {
    phone.phone.edit(record, &[narrative(text)]).expect("fits");
    fleet.sync(phone);
}

#[test]
fn two_phones_of_an_honest_server_agree_whoever_synced_last() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(501);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let of = |phone: &FleetPhone| phone.phone.checkpoint().expect("readable").expect("synced");
    assert_eq!(ben.phone.compare_checkpoint(of(&anna)).expect("a checkpoint"), Compared::Same);
    written(&mut anna, &fleet, record, "一。");
    written(&mut anna, &fleet, record, "二。");
    let (later, earlier) = (of(&anna), of(&ben));
    assert!(later.size > earlier.size);
    // Scanned in the corridor, offline.
    let scanned = later.to_string().parse().expect("its text");
    assert_eq!(ben.phone.compare_checkpoint(scanned).expect("a checkpoint"), Compared::Asked);
    assert_eq!(anna.phone.compare_checkpoint(earlier).expect("a checkpoint"), Compared::Asked);
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    for phone in [&anna, &ben] {
        assert_eq!(phone.phone.broken_history().expect("readable"), None);
    }
    assert_eq!(ben.phone.compare_checkpoint(of(&anna)).expect("a checkpoint"), Compared::Same);
    let Two { fleet: elsewhere, anna: mut other, .. } = two_observers(502);
    elsewhere.sync(&mut other);
    assert_eq!(ben.phone.compare_checkpoint(of(&other)).expect("a checkpoint"), Compared::OfAnother);
}

/// The server's people rewrite history: the leaves from this one on are others, and the tree is made anew.
pub(crate) fn rewritten(db: &Db, from: u64) {
    let rewrite = move |tx: &Tx| {
        let mut leaves = Vec::new();
        audit_log::for_each(tx, |leaf| {
            leaves.push(leaf);
            Ok(())
        })?;
        tx.execute("delete from audit_leaf", &[])?;
        tx.execute("delete from audit_node", &[])?;
        for leaf in leaves {
            let hash =
                if leaf.number < from { leaf.hash } else { [u8::try_from(leaf.number).expect("few"); 32] };
            audit_log::append(tx, leaf.kind, &hash)?;
        }
        Ok(())
    };
    db.write(rewrite).expect("whoever has the database can");
}

#[test]
fn a_server_that_rewrites_what_a_phone_has_seen_is_noticed_with_its_next_answer() {
    let Two { fleet, mut anna, ben: _, assignment } = two_observers(503);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    written(&mut anna, &fleet, record, "真。");
    rewritten(&fleet.db, 1);
    written(&mut anna, &fleet, record, "又。");
    let broken = anna.phone.broken_history().expect("readable").expect("noticed");
    assert_eq!(Checkpoint::all_in(&broken).len(), 2, "both checkpoints are the evidence: {broken}");
    written(&mut anna, &fleet, record, "再。");
    assert_eq!(anna.phone.broken_history().expect("readable"), Some(broken), "the first one is kept");
}

#[test]
fn a_server_that_tells_two_histories_is_noticed_when_two_phones_meet() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(504);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    written(&mut anna, &fleet, record, "真。");
    // Ben is told another past than Anna, of the same length.
    let size = anna.phone.checkpoint().expect("readable").expect("synced").size;
    rewritten(&fleet.db, size - 1);
    fleet.sync(&mut ben);
    assert_eq!(ben.phone.broken_history().expect("readable"), None, "alone he cannot know");
    let shown = anna.phone.checkpoint().expect("readable").expect("synced");
    assert_eq!(ben.phone.compare_checkpoint(shown).expect("a checkpoint"), Compared::Contradicts);
    assert!(ben.phone.broken_history().expect("readable").is_some());
}

#[test]
fn a_server_that_cannot_prove_what_another_phone_was_shown_is_noticed_also_by_its_silence() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(508);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    written(&mut anna, &fleet, record, "真。");
    let shown = anna.phone.checkpoint().expect("readable").expect("synced");
    // Ben was told another past, which has gone on since.
    rewritten(&fleet.db, shown.size - 1);
    written(&mut ben, &fleet, record, "本。");
    written(&mut ben, &fleet, record, "又。");
    assert_eq!(ben.phone.broken_history().expect("readable"), None, "alone he cannot know");
    // An answer under way was not asked for what is shown meanwhile; it is not taken.
    let request = ben.phone.next_request().expect("a request");
    let answer = fleet.answer(ben.device, &request);
    assert_eq!(ben.phone.compare_checkpoint(shown).expect("a checkpoint"), Compared::Asked);
    assert!(ben.phone.take_response(&answer).is_err());
    assert_eq!(ben.phone.broken_history().expect("readable"), None, "and accuses nobody");
    fleet.sync(&mut ben);
    assert!(ben.phone.broken_history().expect("readable").is_some());
}

#[test]
fn so_many_checkpoints_can_wait_and_no_more() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(509);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let mut said = Vec::new();
    for nth in 0..8 {
        written(&mut anna, &fleet, record, &nth.to_string());
        let shown = anna.phone.checkpoint().expect("readable").expect("synced");
        said.push(ben.phone.compare_checkpoint(shown).expect("a checkpoint"));
    }
    assert_eq!(said.iter().filter(|said| **said == Compared::Asked).count(), 7);
    assert_eq!(said.last(), Some(&Compared::SyncFirst));
    fleet.sync(&mut ben);
    assert_eq!(ben.phone.broken_history().expect("readable"), None, "all of them are of one history");
}

#[test]
fn a_server_that_was_put_back_begins_another_history_and_accuses_nobody() {
    let Two { mut fleet, mut anna, ben: _, assignment } = two_observers(505);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let backup = fleet.backup();
    written(&mut anna, &fleet, record, "备份之后。");
    let before = anna.phone.checkpoint().expect("readable").expect("synced");
    assert_eq!(anna.phone.former_checkpoints().expect("readable"), []);
    fleet.restore(&backup);
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.broken_history().expect("readable"), None);
    // But that it was put back is not hidden, and what it had signed is held against what others have of it.
    assert_eq!(anna.phone.former_checkpoints().expect("readable"), [before]);
    assert_eq!(anna.phone.compare_checkpoint(before).expect("a checkpoint"), Compared::Same);
    let told_another = Checkpoint::sign(before.log, before.size, [9; 32], fleet.server_key());
    assert_eq!(anna.phone.compare_checkpoint(told_another).expect("a checkpoint"), Compared::Contradicts);
    assert!(anna.phone.broken_history().expect("readable").is_some());
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean() && report.audit_leaves > 0, "{report:?}");
}

#[test]
fn whatever_is_changed_in_the_audit_log_verify_finds_it() {
    let Two { fleet, mut anna, ben: _, assignment } = two_observers(506);
    let record = start(&mut anna, assignment, "attendance");
    for text in ["一。", "二。", "三。", "四。"] {
        written(&mut anna, &fleet, record, text);
    }
    let path = fleet.backup();
    let schema = tamper::open(&path);
    let mut changes = Vec::new();
    for table in ["audit_leaf", "audit_node"] {
        let rows = tamper::rows(&schema, table);
        assert!(rows.len() >= 3);
        for column in tamper::columns(&schema, table) {
            changes.extend(rows.iter().map(|row| (table, column.clone(), *row)));
        }
    }
    drop(schema);
    std::fs::remove_file(&path).expect("removed");
    for (table, column, row) in changes {
        let found = tamper::is_found(&fleet, |file| {
            tamper::change(file, table, &column, row, 3);
        });
        assert!(found, "{table}.{column}");
    }
    for table in ["audit_leaf", "audit_node"] {
        let found = tamper::is_found(&fleet, |file| {
            file.execute_batch(&format!("delete from {table}")).expect("taken away");
        });
        assert!(found, "{table}");
    }
}

#[test]
fn what_an_older_version_wrote_gets_its_leaves_when_a_newer_one_starts() {
    let Two { fleet, mut anna, ben: _, assignment } = two_observers(507);
    let record = start(&mut anna, assignment, "attendance");
    written(&mut anna, &fleet, record, "早先。");
    let forget = |tx: &Tx| {
        tx.execute("delete from audit_leaf", &[])?;
        tx.execute("delete from audit_node", &[])
    };
    fleet.db.write(forget).expect("as before there was one");
    assert!(!verify(&fleet.db).expect("readable").is_clean());
    let adopted = fleet.db.write(audit::adopt).expect("adopted");
    assert!(adopted > 0);
    assert_eq!(fleet.db.write(audit::adopt).expect("nothing is left"), 0);
    assert!(verify(&fleet.db).expect("readable").is_clean());
    let (size, _) = fleet.db.read(|tx| Ok((audit_log::size(tx)?, ()))).expect("readable");
    let proof = fleet.db.read(move |tx| audit_log::inclusion(tx, LeafKind::Frame, &[9; 32], size));
    assert_eq!(proof.expect("readable"), None, "what is not there has no proof");
}
