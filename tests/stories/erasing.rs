//! What a record says is erased by order: on the server, on every phone, and again on a server that is put back.

use tingfang_core::clock::Clock;
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::{About, PhoneError, Progress};
use tingfang_core::policy::Policy;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_core::signature::Signature;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::sync::wire::{self, SyncRequest};
use tingfang_server::db::Place;
use tingfang_server::erasing::{carry_out, catch_up_with};
use tingfang_server::problem::Problem;
use tingfang_server::records::{self, proof};
use tingfang_server::store::{change_log, erasure, frame};
use tingfang_server::verify::{Report, verify};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{NO_RULES, Two, done, narrative, outcome, start, two_observers};
use tingfang_tests::signed_in::signed_in;
use tingfang_tests::tamper::{escaped, is_found};

/// Words that nobody may keep.
const WORDS: &str = "受援人身份证号三三零一";
/// Words of another record, which went in the same frame.
const OTHER_WORDS: &str = "评分表里的话";

/// Two observers have sealed a record together; the chair has written a sheet beside it, and the director is not
/// content.
struct Scene {
    fleet: Fleet,
    anna: FleetPhone,
    ben: FleetPhone,
    record: DocumentId,
    sheet: DocumentId,
    director: PersonId,
}

fn scene(seed: u64) -> Scene {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let director = fleet.person("主任", Role::Director);
    let record = start(&mut anna, assignment, "attendance");
    let sheet = start(&mut anna, assignment, "observer_sheet");
    anna.phone.edit(record, &[narrative(WORDS)]).expect("fits");
    anna.phone.edit(sheet, &[other_words()]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("本也写了。"), done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    fleet.sync(&mut anna);
    Scene { fleet, anna, ben, record, sheet, director }
}

fn other_words() -> Edit {
    Edit::set(["origin", "amendment_reason"], Scalar::Text(OTHER_WORDS.into()))
}

impl Scene {
    fn order(&self, document: DocumentId, number: u64) -> ErasureOrder {
        let order = ErasureOrder {
            number,
            document,
            organisation: self.fleet.world.organisation,
            ordered_by: self.director,
            ordered_at: self.fleet.clock.now(),
            reason: "误记个人信息".to_owned(),
            signature: Signature([0; 64]),
        };
        order.signed(self.fleet.server_key())
    }

    fn erase(&self) -> ErasureOrder {
        let order = self.order(self.record, 1);
        let carried_out = order.clone();
        self.fleet.db.write(move |tx| carry_out(tx, &carried_out)).expect("carried out");
        self.fleet.db.scrub(&["frame", "change_log"]).expect("scrubbed");
        order
    }

    /// Whether the words lie in a row of the server, or anywhere in its file; nobody looks into PostgreSQL's files.
    fn server_holds(&self, words: &str) -> bool {
        let mut is_held = false;
        let read = self.fleet.db.read(|tx| {
            frame::for_each(tx, |kept| {
                is_held |= holds(&kept.bytes, words);
                Ok(())
            })?;
            change_log::for_each(tx, |entry| {
                is_held |= holds(&entry.bytes, words);
                Ok(())
            })
        });
        read.expect("readable");
        is_held || self.file_holds(words)
    }

    fn file_holds(&self, words: &str) -> bool {
        let Place::File(path) = self.fleet.db.place() else { return false };
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let log = path.with_file_name(format!("{name}-wal"));
        holds(&std::fs::read(path).expect("a file"), words)
            || holds(&std::fs::read(log).unwrap_or_default(), words)
    }

    fn server_holds_after_scrubbing(&self, words: &str) -> bool {
        self.fleet.db.scrub(&["frame", "change_log"]).expect("scrubbed");
        self.server_holds(words)
    }

    fn verified(&self) -> Report {
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
        report
    }
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|part| part == words.as_bytes())
}

fn phone_holds(phone: &FleetPhone, words: &str) -> bool {
    holds(&phone.bytes_at_rest(), words)
}

fn is_gone_from(phone: &FleetPhone, record: DocumentId) {
    assert!(!phone_holds(phone, WORDS), "the words are still on the phone");
    assert!(matches!(phone.phone.show(record), Err(PhoneError::NoSuchRecord(_))));
    let told = phone.phone.erased_records().expect("readable");
    let told: Vec<_> = told.iter().map(|erased| (erased.document, erased.order, &*erased.kind)).collect();
    assert_eq!(told, [(record, 1, "attendance")], "and its owner is told why");
    assert_eq!(phone.phone.status().expect("readable").waiting, 0);
    assert_eq!(phone.phone.refused().expect("listed").len(), 0);
}

#[test]
fn the_words_go_everywhere_and_everything_else_is_proved_as_before() {
    let mut scene = scene(1_001);
    scene.anna.phone.seal(scene.record).expect("all are done");
    scene.anna.phone.edit(scene.sheet, &[other_words()]).expect("fits");
    scene.fleet.sync(&mut scene.anna);
    scene.fleet.sync(&mut scene.ben);
    let seals = scene.verified().seals;
    assert!(phone_holds(&scene.ben, WORDS));
    scene.erase();

    let report = scene.verified();
    let erased: Vec<_> = report.erased.iter().map(|erased| (erased.order, erased.record)).collect();
    assert_eq!(
        (erased, report.seals),
        (vec![(1, scene.record)], seals),
        "that it was sealed is still proved"
    );
    assert!(!scene.server_holds(WORDS));
    let reader = signed_in(&scene.fleet, scene.director);
    let opened = scene.fleet.db.try_read(|tx| records::open(tx, &reader, scene.record).map(|_| ()));
    assert!(matches!(opened, Err(Problem::Erased { order: 1 })));

    for phone in [&mut scene.anna, &mut scene.ben] {
        scene.fleet.sync(phone);
        is_gone_from(phone, scene.record);
        phone.phone.check_everything().expect("asked for");
        scene.fleet.sync(phone);
        assert_eq!(phone.phone.repaired_at().expect("readable"), None, "the phone has what it should");
    }
    assert!(scene.anna.phone.show(scene.sheet).is_ok(), "another record in the same frame is untouched");
    assert!(phone_holds(&scene.anna, OTHER_WORDS) && scene.server_holds(OTHER_WORDS));
    scene.verified();
}

#[test]
fn a_sealed_record_that_shared_frames_with_an_erased_one_is_still_proved_by_itself() {
    let mut scene = scene(1_002);
    scene.anna.phone.seal(scene.record).expect("all are done");
    scene.fleet.sync(&mut scene.anna);
    let order = scene.order(scene.sheet, 1);
    scene.fleet.db.write(move |tx| carry_out(tx, &order)).expect("carried out");
    assert!(!scene.server_holds_after_scrubbing(OTHER_WORDS) && scene.server_holds(WORDS));
    scene.verified();
    let reader = signed_in(&scene.fleet, scene.director);
    let proof = scene.fleet.db.try_read(|tx| proof::of(tx, &records::open(tx, &reader, scene.record)?));
    let proof = proof.unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    proof.check(&scene.fleet.fingerprint()).expect("it holds");
}

#[test]
fn what_somebody_typed_and_had_not_sent_goes_too_and_what_comes_later_is_not_kept() {
    let mut scene = scene(1_003);
    scene.anna.phone.edit(scene.record, &[narrative("离线又写了受援人身份证号三三零一")]).expect("fits");
    scene.ben.phone.edit(scene.record, &[narrative("签了没送到：受援人身份证号三三零一")]).expect("fits");
    scene.ben.phone.next_request().expect("signed, and lost on the way");
    scene.erase();
    // Both send before they hear of the order: it comes with the answer.
    let late = [scene.fleet.sync(&mut scene.anna), scene.fleet.sync(&mut scene.ben)];
    assert!(
        late.iter().all(|progress| progress.not_accepted > 0 && progress.rejected.is_empty()),
        "{late:?}"
    );
    is_gone_from(&scene.anna, scene.record);
    is_gone_from(&scene.ben, scene.record);
    assert!(!scene.server_holds_after_scrubbing(WORDS));
    // Nobody begins it again, and the phones work on.
    let again = scene.anna.phone.edit(scene.record, &[narrative("再来")]);
    assert!(matches!(again, Err(PhoneError::NoSuchRecord(_))));
    scene.anna.phone.edit(scene.sheet, &[other_words()]).expect("fits");
    assert_eq!(scene.fleet.sync(&mut scene.anna).not_accepted, 0);
    scene.verified();
}

/// One request of a phone, answered with the smallest page that there is.
fn small_step(fleet: &Fleet, phone: &mut FleetPhone) -> Progress {
    let request = phone.phone.next_request().expect("a request");
    let asked: SyncRequest = wire::decode(&request).expect("a request");
    let answer = fleet.answer(phone.device, &wire::encode(&SyncRequest { page_bytes: 0, ..asked }));
    let mut response = wire::decode_response(&answer, &fleet.server_key().public()).expect("signed");
    response.answers = wire::request_digest(&request);
    phone.phone.take_response(&wire::encode_response(&response, fleet.server_key())).expect("taken")
}

#[test]
fn a_phone_in_the_middle_of_pages_reads_on_and_hears_of_the_order_next() {
    let Two { mut fleet, mut anna, ben, assignment } = two_observers(1_007);
    let director = fleet.person("主任", Role::Director);
    let long = start(&mut anna, assignment, "attendance");
    for _ in 0..10 {
        anna.phone.edit(long, &[narrative(&"长".repeat(1_000))]).expect("fits");
    }
    fleet.sync(&mut anna);
    let members = [(anna.person, "安娜", Duty::Chair), (ben.person, "本", Duty::Observer)];
    let second = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    fleet.sync(&mut anna);
    let record = start(&mut anna, second, "attendance");
    anna.phone.edit(record, &[narrative(WORDS)]).expect("fits");
    fleet.sync(&mut anna);

    let mut fresh = fleet.phone(ben.person);
    while small_step(&fleet, &mut fresh).pulled == 0 {}
    assert!(fresh.phone.show(record).is_err(), "the second record is on a page that is still to come");
    let scene = Scene { fleet, anna, ben, record, sheet: long, director };
    scene.erase();
    while small_step(&scene.fleet, &mut fresh).more {}
    scene.fleet.sync(&mut fresh);
    assert!(fresh.phone.show(long).is_ok() && fresh.phone.show(record).is_err());
    assert!(!phone_holds(&fresh, WORDS));
    scene.fleet.sync(&mut fresh);
    let again = fresh.phone.start(second, "attendance", About::default());
    assert!(
        matches!(again, Err(PhoneError::NotAllowed { rule }) if rule == "erased"),
        "nobody begins it again"
    );
    scene.verified();
}

#[test]
fn a_server_that_is_put_back_to_before_the_order_is_held_to_it() {
    let mut scene = scene(1_004);
    let before = scene.fleet.backup();
    scene.anna.phone.edit(scene.record, &[narrative("备份之后写的，")]).expect("fits");
    scene.fleet.sync(&mut scene.anna);
    let order = scene.erase();
    scene.fleet.sync(&mut scene.anna);
    scene.fleet.restore(&before);
    assert!(scene.server_holds(WORDS), "the backup has them");
    let forged = ErasureOrder { document: scene.sheet, ..order.clone() };
    let orders = [order, forged];
    assert_eq!(
        catch_up_with(&scene.fleet.db, &orders).expect("readable"),
        1,
        "what nobody signed is no order"
    );
    assert_eq!(catch_up_with(&scene.fleet.db, &orders).expect("readable"), 0, "once is enough");
    // Anna's phone sends its frames again without what was erased; Ben's has not heard of the order yet.
    scene.fleet.sync(&mut scene.ben);
    scene.fleet.sync(&mut scene.anna);
    is_gone_from(&scene.anna, scene.record);
    is_gone_from(&scene.ben, scene.record);
    assert!(!scene.server_holds_after_scrubbing(WORDS));
    assert_eq!(scene.verified().erased.len(), 1);
}

#[test]
fn a_phone_that_brings_an_erased_record_to_a_server_that_never_saw_it_is_told_of_the_order() {
    let Two { fleet, mut anna, ben, assignment } = two_observers(1_008);
    let director = fleet.person("主任", Role::Director);
    let before = fleet.backup();
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative(WORDS)]).expect("fits");
    fleet.sync(&mut anna);
    let mut scene = Scene { fleet, anna, ben, record, sheet: record, director };
    let order = scene.erase();
    scene.fleet.restore(&before);
    assert_eq!(catch_up_with(&scene.fleet.db, &[order]).expect("readable"), 1);
    scene.fleet.sync(&mut scene.anna);
    is_gone_from(&scene.anna, record);
    assert!(!scene.server_holds_after_scrubbing(WORDS));
    scene.verified();
}

#[test]
fn nobody_takes_bytes_out_or_puts_them_back_without_being_noticed() {
    let mut scene = scene(1_005);
    scene.ben.phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
    let members = [(scene.anna.person, "安娜", Duty::Chair), (scene.ben.person, "本", Duty::Observer)];
    let kind = AssignmentKind::Attendance;
    let second = scene.fleet.world.assign(&scene.fleet.db, &scene.fleet.minter, kind, &members);
    scene.fleet.sync(&mut scene.ben);
    let beginning = start(&mut scene.ben, second, "attendance");
    let foreign = Edit::set(["observers", &scene.anna.person.to_string()], Scalar::Text("absent".into()));
    scene.ben.phone.edit(beginning, &[foreign]).expect("a changed app writes it");
    assert_eq!(scene.fleet.sync(&mut scene.ben).not_accepted, 1);
    let whole = scene.fleet.backup();
    scene.fleet.clock.pass_millis(1);
    assert!(is_found(&scene.fleet, |file| {
        let sql = "update change_log set bytes = x'' where person_id is not null";
        file.execute(sql, []).expect("written");
    }));
    scene.erase();
    assert_eq!(escaped(&scene.fleet, "erasure"), Vec::<String>::new());
    assert!(is_found(&scene.fleet, |file| {
        file.execute("attach ?1 as whole", [whole.to_str().expect("a plain path")]).expect("attached");
        let sql = "update frame set bytes = (select w.bytes from whole.frame w where w.hash = frame.hash)
             where hash in (select hash from whole.frame)";
        assert!(file.execute(sql, []).expect("written") > 0);
    }));
    assert!(is_found(&scene.fleet, |file| {
        file.execute("update erasure set reason = '别的'", []).expect("written");
    }));
    assert!(is_found(&scene.fleet, |file| {
        file.execute("delete from erasure", []).expect("written");
    }));
    // Words of another record are taken out under the same order.
    let (device, sheet, record) = (scene.anna.device, scene.sheet, scene.record);
    assert!(is_found(&scene.fleet, |file| {
        let sql = "select bytes, epoch, number from frame where device_id = ?1";
        let mut frames = file.prepare(sql).expect("a table");
        let rows = frames.query_map([device.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let rows: Vec<(Vec<u8>, u32, u64)> = rows.expect("rows").map(|row| row.expect("a frame")).collect();
        let mut moved = 0;
        for (bytes, epoch, number) in rows {
            let Some(mut rest) = Frame::from_bytes(&bytes).expect("kept").without(|other| other == sheet)
            else {
                continue;
            };
            for item in &mut rest.items {
                if let Item::Erased { document, .. } = item {
                    *document = record;
                    moved += 1;
                }
            }
            let sql = "update frame set bytes = ?2 where device_id = ?1 and epoch = ?3 and number = ?4";
            let values = rusqlite::params![device.as_bytes(), rest.to_bytes(), epoch, number];
            file.execute(sql, values).expect("written");
        }
        assert!(moved > 0);
        // With everything that would give it away but what the ledger names.
        let sql = "update change_log set document_id = ?1, bytes = x'' where document_id = ?2 and person_id is not null";
        file.execute(sql, [record.as_bytes(), sheet.as_bytes()]).expect("written");
    }));
    // So are words that were never accepted, without any order.
    assert!(is_found(&scene.fleet, |file| {
        let sql = "select f.bytes, f.epoch, f.number, f.device_id, q.document_id from quarantine q join frame f
             on f.device_id = q.device_id and f.epoch = q.epoch and f.number = q.frame_number where q.hash is not null";
        let (bytes, epoch, number, device, document): (Vec<u8>, u32, u64, Vec<u8>, [u8; 16]) = file
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .expect("something was refused");
        let whole = Frame::from_bytes(&bytes).expect("kept");
        let rest =
            whole.without(|other| other == DocumentId::from_bytes(document)).expect("it said something");
        let sql = "update frame set bytes = ?1 where device_id = ?2 and epoch = ?3 and number = ?4";
        file.execute(sql, rusqlite::params![rest.to_bytes(), device, epoch, number]).expect("written");
    }));
    let unsigned = ErasureOrder { signature: Signature([1; 64]), ..scene.order(scene.sheet, 2) };
    scene.fleet.db.write(move |tx| erasure::insert(tx, &unsigned)).expect("slipped in");
    assert!(!verify(&scene.fleet.db).expect("readable").is_clean());
}

#[test]
fn a_changed_app_that_takes_words_out_of_its_own_frames_takes_nothing_from_the_log() {
    let mut scene = scene(1_006);
    let (document, words) =
        (scene.sheet, Item::Change { document: scene.sheet, rebase: 0, bytes: b"x".to_vec() });
    let taken_out = Item::Erased { document, hash: words.hash(), change: None };
    let verdicts = scene.fleet.send(&mut scene.anna, vec![taken_out]);
    assert!(matches!(&verdicts[..], [Verdict::Malformed { code, .. }] if code == "erased"), "{verdicts:?}");
    scene.verified();
}
