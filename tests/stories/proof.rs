//! The proof of one sealed record, or of one thing that was not accepted: a file that anybody checks with nothing but the
//! server's key.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::audit::proof::ProofProblem;
use tingfang_core::audit::{ItemProof, RecordProof};
use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::Role;
use tingfang_core::phone::NewAttachment;
use tingfang_core::policy::Policy;
use tingfang_core::record::attachment::{AttachmentPurpose, MediaType};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::seal::content_digest;
use tingfang_core::record::value::{Node, Scalar};
use tingfang_core::sync::frame::Item;
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::problem::Problem;
use tingfang_server::records::{self, proof};
use tingfang_server::store::{quarantine, seal};
use tingfang_tests::fleet::Fleet;
use tingfang_tests::observers::{NO_RULES, Two, done, narrative, outcome, start, two_observers};
use tingfang_tests::processes::run;
use tingfang_tests::signed_in::signed_in;

/// How many bits of a proof are flipped, one after the other.
const FLIPS: usize = 1_500;

/// A record that two have written and the chair has sealed, beside one that is nobody else's business.
struct Scene {
    fleet: Fleet,
    record: DocumentId,
    open: DocumentId,
    manager: PersonId,
}

fn scene(seed: u64) -> Scene {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let manager = fleet.person("经理", Role::Manager);
    let record = start(&mut anna, assignment, "attendance");
    let open = start(&mut anna, assignment, "observer_sheet");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("本写的。"), done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    let spoken = Edit::set(["origin", "amendment_reason"], Scalar::Text("评分表里的话".into()));
    anna.phone.edit(open, &[spoken]).expect("fits");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    Scene { fleet, record, open, manager }
}

impl Scene {
    fn prove(&self, record: DocumentId) -> Result<RecordProof, Problem> {
        let manager = signed_in(&self.fleet, self.manager);
        self.fleet.db.try_read(|tx| proof::of(tx, &records::open(tx, &manager, record)?))
    }
}

#[test]
fn it_shows_who_wrote_the_record_on_which_devices_and_that_the_server_took_it_in() {
    let scene = scene(601);
    let bytes = scene.prove(scene.record).expect("sealed").to_bytes();
    let proof = RecordProof::from_bytes(&bytes).expect("a proof");
    let key = scene.fleet.fingerprint();
    let proved = proof.check(&key).expect("it holds");
    let mut people: Vec<&str> = proved.writers.iter().map(|(person, ..)| person.as_str()).collect();
    people.sort_unstable();
    assert_eq!((people, proved.sealed_by.as_str()), (vec!["安娜", "本"], "安娜"));
    assert_eq!(proved.document.content().get("narrative"), Some(&Node::Text("本写的。".into())));
    assert!(proved.checkpoint.size > 0);
    let words = "评分表里的话".as_bytes();
    assert!(!bytes.windows(words.len()).any(|part| part == words), "nothing of another record");
    assert!(matches!(scene.prove(scene.open), Err(Problem::Refused(_))), "what is not sealed proves nothing");

    let other = Fleet::new(602).fingerprint();
    assert_eq!(proof.check(&other).expect_err("another server"), ProofProblem::OtherServer(key));
}

#[test]
fn no_flipped_bit_of_it_goes_unnoticed() {
    tingfang_core::sync::gate::quiet_panics();
    let scene = scene(603);
    let bytes = scene.prove(scene.record).expect("sealed").to_bytes();
    let key = scene.fleet.fingerprint();
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..FLIPS {
        let (at, bit) = (rng.random_range(0..bytes.len()), rng.random_range(0..8));
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        let outcome = tingfang_core::sync::gate::hushed(|| {
            std::panic::catch_unwind(|| RecordProof::from_bytes(&flipped).and_then(|proof| proof.check(&key)))
        });
        assert!(outcome.expect("an answer, and no panic").is_err(), "byte {at}, bit {bit}");
    }
}

/// A word of Ben's that was refused, with what is kept of it.
fn refused(seed: u64) -> (Fleet, DocumentId, quarantine::Kept) {
    let Two { fleet, mut ben, assignment, anna } = two_observers(seed);
    ben.phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
    let record = start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[narrative("写得不错的话。")]).expect("fits");
    let absent = Edit::set(["observers", &anna.person.to_string()], Scalar::Text("absent".into()));
    ben.phone.edit(record, &[absent]).expect("a changed app writes it");
    assert_eq!(fleet.sync(&mut ben).not_accepted, 1);
    let kept = fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10)).expect("listed").remove(0);
    (fleet, record, kept)
}

#[test]
fn what_was_not_accepted_is_proved_too_who_sent_it_when_and_what_the_server_said() {
    let (fleet, record, kept) = refused(606);
    let proof = fleet.db.try_read(|tx| proof::of_item(tx, &kept));
    let proof = proof.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let (bytes, key) = (proof.to_bytes(), fleet.fingerprint());
    let proved = ItemProof::from_bytes(&bytes).and_then(|proof| proof.check(&key)).expect("it holds");
    assert_eq!((proved.sender.as_str(), proved.received_at), ("本", kept.received_at));
    assert!(matches!(proved.verdict, Verdict::Refused { ref rule, .. } if rule == "duty_lacking"));
    assert!(matches!(&proof.item, Item::Change { document, .. } if *document == record));
    let words = "写得不错的话。".as_bytes();
    assert!(!bytes.windows(words.len()).any(|part| part == words), "nothing else of what came with it");

    let mut rng = StdRng::seed_from_u64(8);
    for _ in 0..FLIPS {
        let (at, bit) = (rng.random_range(0..bytes.len()), rng.random_range(0..8));
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        let outcome = ItemProof::from_bytes(&flipped).and_then(|proof| proof.check(&key));
        assert!(outcome.is_err(), "byte {at}, bit {bit}");
    }
    // Somebody who has the server's key for proofs alone still cannot show what was taken as what was not.
    let taken = ItemProof { index: 0, item: proof.item.clone(), ..proof };
    assert!(taken.check(&key).is_err());
}

#[test]
fn the_proof_of_what_was_not_accepted_is_checked_in_a_terminal() {
    let (fleet, record, kept) = refused(607);
    let proof = fleet.db.try_read(|tx| proof::of_item(tx, &kept));
    let proof = proof.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("refused.proof");
    std::fs::write(&file, proof.to_bytes()).expect("written");
    let path = file.to_str().expect("a plain path");
    let said = run(&["verify", "--proof", path, "--server-key", &fleet.fingerprint()], &[]);
    assert!(
        said.code == 0 && said.text.contains("未接受存证有效") && said.text.contains("本"),
        "{}",
        said.text
    );
    let said = run(&["verify", "--proof", path, "--server-key", &fleet.fingerprint(), "--json"], &[]);
    assert!(said.text.contains(&record.to_string()), "{}", said.text);
    assert_ne!(run(&["verify", "--proof", path, "--server-key", "0000-0000"], &[]).code, 0);
}

#[test]
fn it_is_checked_in_a_terminal_without_any_data() {
    let scene = scene(604);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("record.proof");
    let bytes = scene.prove(scene.record).expect("sealed").to_bytes();
    std::fs::write(&file, &bytes).expect("written");
    let key = scene.fleet.fingerprint();
    let check = |key: &str| {
        run(&["verify", "--proof", file.to_str().expect("a plain path"), "--server-key", key], &[])
    };
    let said = check(&key);
    assert!(said.code == 0 && said.text.contains("存证有效") && said.text.contains("安娜"), "{}", said.text);
    let said = check("0000-0000");
    assert!(said.code != 0 && said.text.contains(&key), "{}", said.text);
    let mut changed = bytes;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&file, changed).expect("written");
    assert_ne!(check(&key).code, 0);
}

#[test]
fn a_seal_stands_for_the_files_that_the_record_names_whether_their_bytes_have_come_or_not() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(605);
    let manager = fleet.person("经理", Role::Manager);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    let left = Edit::set(["facts", "left_at"], Scalar::Moment(fleet.minter.clock().now()));
    anna.phone.edit(record, &[left, outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    let scan = NewAttachment {
        purpose: AttachmentPurpose::Scan,
        media_type: MediaType::Jpeg,
        name: "评分表.jpg".into(),
        made_at: None,
    };
    anna.phone.attach(record, &scan, &mut &b"\xff\xd8\xff\xe0 a page"[..]).expect("after leaving");
    let file = anna.phone.attachments(record).expect("listed")[0].attached.digest;
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);

    let manager = signed_in(&fleet, manager);
    let proof = fleet.db.try_read(|tx| proof::of(tx, &records::open(tx, &manager, record)?)).expect("sealed");
    let content = proof.check(&fleet.fingerprint()).expect("it holds").document.content();
    let named = format!("{:?}", content.get("attachments").expect("a list"));
    assert!(named.contains(&file.to_string()), "{named}");
    let sealed = fleet.db.read(|tx| seal::find(tx, record)).expect("readable").expect("sealed");
    let stated = sealed.seal.statement.content_digest;
    assert_eq!(content_digest(&content), stated);
    let Node::Map(mut without) = content else { panic!("a record is a map") };
    without.remove("attachments").expect("a list");
    assert_ne!(content_digest(&Node::Map(without)), stated, "a file less is another record");
}
