//! What was held waits for a person, who lets it in or keeps it out, and says why. Nothing is there twice.

use tingfang_core::clock::Clock;
use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::{Duty, Role};
use tingfang_core::phone::RefusedItem;
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome, ObserverState};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::kind::Record;
use tingfang_core::record::value::{Node, Scalar};
use tingfang_server::problem::Problem;
use tingfang_server::records::held::decidable;
use tingfang_server::store::device::{self, DeviceState};
use tingfang_server::store::held_decision::{HeldOutcome, Kept};
use tingfang_server::store::{frame, quarantine};
use tingfang_server::sync::LetIn;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};
use tingfang_tests::signed_in::signed_in;
use tingfang_tests::tamper;

/// Two observers at one record, and a manager at home.
struct Scene {
    fleet: Fleet,
    anna: FleetPhone,
    ben: FleetPhone,
    assignment: AssignmentId,
    record: DocumentId,
    manager: PersonId,
}

fn scene(seed: u64) -> Scene {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let manager = fleet.person("经理", Role::Manager);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    Scene { fleet, anna, ben, assignment, record, manager }
}

fn attendance(phone: &FleetPhone, record: DocumentId) -> Attendance {
    match phone.phone.show(record).expect("there").record {
        Some(Record::Attendance(attendance)) => attendance,
        other => panic!("an attendance, not {other:?}"),
    }
}

impl Scene {
    fn members(&self, members: Vec<(PersonId, Duty)>) {
        self.fleet.set_members(self.assignment, &members);
    }

    /// The items that wait for a person, the oldest first.
    fn held(&self) -> Vec<quarantine::Kept> {
        let all = self.fleet.db.read(|tx| quarantine::page(tx, None, None, None, 100)).expect("listed");
        all.into_iter().filter(|item| item.verdict == "held" && item.accepted_position.is_none()).collect()
    }

    fn decide(&self, item: &quarantine::Kept, outcome: HeldOutcome, reason: &str) -> Result<LetIn, Problem> {
        let manager = signed_in(&self.fleet, self.manager);
        let (kept, organisation) = self.fleet.db.try_read(|tx| decidable(tx, &manager, item.id))?;
        let decision = Kept {
            id: self.fleet.minter.mint(),
            item: item.id,
            outcome,
            reason: reason.to_owned(),
            decided_by: self.manager,
            decided_at: self.fleet.clock.now(),
        };
        let door = self.fleet.door();
        Ok(match outcome {
            HeldOutcome::Accepted => door.let_in(&kept, decision, organisation)?,
            HeldOutcome::Rejected if door.keep_out(&kept, decision, organisation)? => LetIn::In,
            HeldOutcome::Rejected => LetIn::NothingWaits,
        })
    }

    fn verifies(&self) {
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
    }

    /// Ben writes in three acts, and is taken off before his phone comes home.
    fn ben_is_taken_off(&mut self) {
        let ben = &mut self.ben.phone;
        ben.edit(self.record, &[narrative("法庭调查。")]).expect("fits");
        ben.edit(self.record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
        ben.edit(self.record, &[done(self.ben.person)]).expect("fits");
        self.members(vec![(self.anna.person, Duty::Chair)]);
        self.fleet.sync(&mut self.ben);
    }
}

fn of_rule<'i>(items: &'i [RefusedItem], rule: &str) -> Vec<&'i RefusedItem> {
    items.iter().filter(|item| item.rule == rule).collect()
}

#[test]
fn a_record_whose_opening_is_let_in_comes_in_with_all_that_was_written_in_it() {
    let mut scene = scene(331);
    let sheet = start(&mut scene.ben, scene.assignment, "observer_sheet");
    for points in [900, 800, 700] {
        let edit = Edit::set(["points", "HRG-01"], Scalar::Integer(points));
        scene.ben.phone.edit(sheet, &[edit]).expect("fits");
    }
    scene.members(vec![(scene.anna.person, Duty::Chair)]);
    scene.fleet.sync(&mut scene.ben);
    let [opening] = scene.held().try_into().expect("one thing to decide on");
    assert_eq!((opening.document, opening.rule.as_str()), (sheet, "not_assigned"));
    let blocked =
        |scene: &Scene| scene.fleet.db.read(|tx| frame::blocked_of(tx, sheet)).expect("listed").len();
    assert!(blocked(&scene) >= 3);
    let decided = scene.decide(&opening, HeldOutcome::Accepted, "当时仍在任");
    assert_eq!(decided.expect("decided"), LetIn::In);
    assert_eq!((blocked(&scene), scene.held()), (0, Vec::new()));
    let content = scene.fleet.record(sheet).content();
    let Some(Record::ObserverSheet(seen)) = Record::read("observer_sheet", &content) else {
        panic!("a sheet")
    };
    assert_eq!(seen.points.values().map(|points| points.0).collect::<Vec<_>>(), [700]);
    scene.verifies();
}

#[test]
fn a_record_whose_opening_was_rejected_can_be_written_and_sealed_all_the_same() {
    for written_before in [false, true] {
        let mut scene = scene(317);
        let points = Edit::set(["points", "HRG-01"], Scalar::Integer(900));
        scene.fleet.set_device_state(scene.ben.device, DeviceState::HeldByCourt);
        let sheet = start(&mut scene.ben, scene.assignment, "observer_sheet");
        if written_before {
            // The answer is lost, so that Ben writes on what is held.
            let request = scene.ben.phone.next_request().expect("a request");
            scene.fleet.answer(scene.ben.device, &request);
            scene.ben.phone.edit(sheet, std::slice::from_ref(&points)).expect("fits");
        } else {
            scene.fleet.sync(&mut scene.ben);
        }
        let waits = scene.held();
        let at = |index| waits.iter().find(|item| item.place.3 == index).expect("it waits");
        scene.decide(at(0), HeldOutcome::Rejected, "尚未查明").expect("decided");
        scene.fleet.set_device_state(scene.ben.device, DeviceState::Active);
        scene.fleet.sync(&mut scene.ben);
        // The beginning is said again when somebody starts it again, and it is the same record.
        assert_eq!(start(&mut scene.ben, scene.assignment, "observer_sheet"), sheet);
        scene.fleet.sync(&mut scene.ben);
        scene.decide(at(1), HeldOutcome::Rejected, "尚未查明").expect("decided");
        scene.fleet.sync(&mut scene.ben);
        if !written_before {
            scene.ben.phone.edit(sheet, &[points]).expect("fits");
            assert!(scene.ben.phone.show(sheet).expect("there").missing.is_empty());
        }
        scene.ben.phone.seal(sheet).expect("it says again what it is about");
        let progress = scene.fleet.sync(&mut scene.ben);
        assert_eq!(progress.not_accepted, 0, "{written_before}: {:?}", scene.ben.phone.refused());
        assert!(scene.ben.phone.show(sheet).expect("there").sealed);
        scene.verifies();
    }
}

#[test]
fn what_is_written_in_a_record_that_left_and_came_back_is_carried_over_as_before() {
    let mut scene = scene(316);
    let both = [scene.anna.person, scene.ben.person];
    let taken_off = vec![(both[0], Duty::Chair)];
    let back = vec![(both[0], Duty::Chair), (both[1], Duty::Observer)];
    // Each time he is taken off while he writes, so that the first words are held; the rest is written anew.
    for (nth, text) in ["一。", "二。"].into_iter().enumerate() {
        scene.ben.phone.edit(scene.record, &[narrative(text)]).expect("he has not heard");
        scene.ben.phone.edit(scene.record, &[narrative("续")]).expect("he has not heard");
        scene.members(taken_off.clone());
        let held_first = scene.fleet.step(&mut scene.ben);
        assert_eq!((held_first.not_accepted, held_first.reopened), (1, 1), "{nth}: {held_first:?}");
        scene.members(back.clone());
        scene.fleet.sync(&mut scene.ben);
        let held = scene.held();
        let [item] = held.as_slice() else { panic!("one waits: {held:?}") };
        assert_eq!(scene.decide(item, HeldOutcome::Accepted, "当时仍是旁听人").expect("decided"), LetIn::In);
        scene.fleet.sync(&mut scene.ben);
        // Nothing waits any more, so the record leaves, and comes back.
        scene.members(taken_off.clone());
        scene.fleet.sync(&mut scene.ben);
        assert!(scene.ben.phone.show(scene.record).is_err(), "{nth}: it has left");
        scene.members(back.clone());
        scene.fleet.sync(&mut scene.ben);
    }
    scene.fleet.sync(&mut scene.anna);
    let written = attendance(&scene.anna, scene.record).narrative.0;
    for text in ["一。", "二。"] {
        assert_eq!(written.matches(text).count(), 1, "{written}");
    }
    assert_eq!(written.matches('续').count(), 2, "{written}");
    scene.verifies();
}

#[test]
fn what_somebody_wrote_before_they_heard_that_they_were_taken_off_comes_in_as_a_whole() {
    let mut scene = scene(301);
    scene.ben_is_taken_off();
    let held = scene.held();
    let [first] = held.as_slice() else { panic!("one waits, the rest rests on it: {held:?}") };
    assert_eq!(first.rule, "not_assigned");
    assert_eq!(scene.decide(first, HeldOutcome::Accepted, "开庭时仍是旁听人").expect("decided"), LetIn::In);
    scene.fleet.sync(&mut scene.anna);
    let seen = attendance(&scene.anna, scene.record);
    assert_eq!(seen.narrative.0, "法庭调查。");
    assert_eq!(seen.facts.outcome, Some(AttendanceOutcome::Attended));
    assert_eq!(seen.observers.get(&scene.ben.person), Some(&ObserverState::Done));
    scene.fleet.sync(&mut scene.ben);
    assert_eq!(scene.ben.phone.refused().expect("listed"), [], "all of it is in, also as Ben sees it");
    assert!(
        matches!(scene.decide(first, HeldOutcome::Rejected, "改变主意"), Err(Problem::Exists { .. })),
        "once decided it stays decided"
    );
    scene.verifies();
}

#[test]
fn what_is_kept_out_stays_listed_with_the_reason_and_the_text_to_copy() {
    let mut scene = scene(302);
    scene.ben_is_taken_off();
    let held = scene.held();
    scene.decide(&held[0], HeldOutcome::Rejected, "当日并未到庭").expect("decided");
    assert!(matches!(scene.decide(&held[0], HeldOutcome::Accepted, ""), Err(Problem::Exists { .. })));
    scene.fleet.sync(&mut scene.ben);
    let listed = scene.ben.phone.refused().expect("listed");
    let [told] = of_rule(&listed, "decided_against")[..] else { panic!("{listed:?}") };
    assert_eq!((told.verdict.as_str(), told.decided.as_deref()), ("refused", Some("当日并未到庭")));
    assert_eq!(told.edits, [narrative("法庭调查。")]);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(attendance(&scene.anna, scene.record).narrative.0, "");
    scene.verifies();
}

/// Anna, the chair, marks Ben as absent and writes on; meanwhile she has become an observer.
fn chair_no_more(scene: &mut Scene) {
    let absent = Edit::set(["observers", &scene.ben.person.to_string()], Scalar::Text("absent".into()));
    scene.anna.phone.edit(scene.record, &[absent]).expect("the chair may");
    scene.anna.phone.edit(scene.record, &[narrative("宣读起诉书。")]).expect("fits");
    scene.members(vec![(scene.ben.person, Duty::Chair), (scene.anna.person, Duty::Observer)]);
}

#[test]
fn what_went_on_without_a_held_change_is_not_there_twice_when_that_comes_in() {
    let mut scene = scene(303);
    chair_no_more(&mut scene);
    scene.fleet.sync(&mut scene.anna);
    let [first] = &scene.held()[..] else { panic!("the chair's word waits") };
    assert_eq!(attendance(&scene.anna, scene.record).narrative.0, "宣读起诉书。", "the rest went on");
    scene.decide(first, HeldOutcome::Accepted, "当时她是组长").expect("decided");
    let ben = scene.ben.person;
    for phone in [&mut scene.anna, &mut scene.ben] {
        scene.fleet.sync(phone);
        let seen = attendance(phone, scene.record);
        assert_eq!(seen.narrative.0, "宣读起诉书。", "once");
        assert_eq!(seen.observers.get(&ben), Some(&ObserverState::Absent));
    }
    assert_eq!(scene.anna.phone.refused().expect("listed"), []);
    scene.verifies();
}

#[test]
fn nor_when_it_comes_in_before_the_phone_has_sent_what_it_rewrote() {
    let mut scene = scene(304);
    chair_no_more(&mut scene);
    // One exchange: the phone hears that its change is held, rewrites what came later, and is away again.
    let request = scene.anna.phone.next_request().expect("a request");
    let answer = scene.fleet.answer(scene.anna.device, &request);
    assert_eq!(scene.anna.phone.take_response(&answer).expect("an answer").reopened, 1);
    let [first] = &scene.held()[..] else { panic!("the chair's word waits") };
    scene.decide(first, HeldOutcome::Accepted, "当时她是组长").expect("decided");
    scene
        .anna
        .phone
        .edit(
            scene.record,
            &[Edit::Splice { container: "narrative".into(), at: 6, delete: 0, insert: "休庭。".into() }],
        )
        .expect("fits");
    scene.fleet.sync(&mut scene.anna);
    for phone in [&mut scene.anna, &mut scene.ben] {
        scene.fleet.sync(phone);
        let seen = attendance(phone, scene.record);
        assert_eq!(seen.narrative.0, "宣读起诉书。休庭。", "each once, in their places");
    }
    assert_eq!(scene.anna.phone.refused().expect("listed"), []);
    scene.verifies();
}

#[test]
fn all_that_a_lost_phone_still_sends_comes_in_by_one_decision_for_each_record() {
    let mut scene = scene(305);
    scene.ben.phone.edit(scene.record, &[narrative("法庭辩论。")]).expect("fits");
    scene.ben.phone.edit(scene.record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    let (lost, now) = (scene.ben.device, scene.fleet.clock.now());
    scene.fleet.db.write(move |tx| device::set_state(tx, lost, DeviceState::Lost, now)).expect("lost");
    scene.fleet.sync(&mut scene.ben);
    let held = scene.held();
    assert_eq!(held.len(), 2, "{held:?}");
    scene.decide(&held[0], HeldOutcome::Accepted, "找回后核对无误").expect("decided");
    assert_eq!(scene.held(), []);
    scene.fleet.sync(&mut scene.anna);
    let seen = attendance(&scene.anna, scene.record);
    assert_eq!(
        (seen.narrative.0.as_str(), seen.facts.outcome),
        ("法庭辩论。", Some(AttendanceOutcome::Attended))
    );
    scene.verifies();
}

#[test]
fn nobody_decides_on_their_own_work_or_on_what_ends_otherwise() {
    let mut scene = scene(306);
    scene.ben_is_taken_off();
    let first = &scene.held()[0];
    let (ben, relative) = (scene.ben.person, scene.fleet.person("亲属", Role::Manager));
    let organisation = scene.fleet.world.organisation;
    let grant = move |tx: &tingfang_server::db::Tx| {
        tingfang_server::store::role_grant::add(tx, ben, organisation, Role::Manager)
    };
    scene.fleet.db.write(grant).expect("granted");
    let asks = |who: PersonId| {
        let who = signed_in(&scene.fleet, who);
        scene.fleet.db.try_read(|tx| decidable(tx, &who, first.id))
    };
    assert!(matches!(asks(ben), Err(Problem::NotFound { .. })), "his own");
    assert!(matches!(asks(scene.anna.person), Err(Problem::NotAllowed { .. })), "she manages nothing");
    let (case, now) = (scene.fleet.world.case, scene.fleet.clock.now());
    let declare = move |tx: &tingfang_server::db::Tx| {
        let ground = tingfang_core::people::RelationGround::Relative;
        tingfang_server::store::case_relation::declare(tx, case, relative, ground, None, now)
    };
    scene.fleet.db.write(declare).expect("declared");
    assert!(matches!(asks(relative), Err(Problem::NotFound { .. })), "related to the case");
    assert!(asks(scene.manager).is_ok());

    let unassigned = scene.anna.phone.start_unassigned("attendance").expect("started");
    scene.fleet.sync(&mut scene.anna);
    let waits = scene.held().into_iter().find(|item| item.document == unassigned).expect("held");
    let refused =
        scene.decide(&waits, HeldOutcome::Accepted, "直接采纳").expect_err("it is linked to a task");
    assert!(matches!(refused, Problem::Refused(_)), "{refused:?}");
}

#[test]
fn a_decision_that_is_changed_or_taken_away_is_found() {
    let mut scene = scene(307);
    scene.ben_is_taken_off();
    let held = scene.held();
    scene.decide(&held[0], HeldOutcome::Accepted, "开庭时仍是旁听人").expect("decided");
    let path = scene.fleet.backup();
    let schema = tamper::open(&path);
    let columns = tamper::columns(&schema, "held_decision");
    let row = tamper::rows(&schema, "held_decision")[0];
    drop(schema);
    std::fs::remove_file(&path).expect("removed");
    assert!(columns.len() >= 6);
    for column in columns {
        let found = tamper::is_found(&scene.fleet, |file| {
            tamper::change(file, "held_decision", &column, row, 11);
        });
        assert!(found, "{column}");
    }
    let gone = tamper::is_found(&scene.fleet, |file| {
        file.execute_batch("delete from held_decision").expect("taken away");
    });
    assert!(gone);
}

#[test]
fn no_decision_opens_a_seal_or_lets_in_what_rests_on_what_is_out() {
    let mut scene = scene(308);
    // The phone is lost with two edits on it, of which the second rests on the first.
    scene.ben.phone.edit(scene.record, &[narrative("一。")]).expect("fits");
    scene.ben.phone.edit(scene.record, &[narrative("二。")]).expect("fits");
    let (lost, now) = (scene.ben.device, scene.fleet.clock.now());
    scene.fleet.db.write(move |tx| device::set_state(tx, lost, DeviceState::Lost, now)).expect("lost");
    scene.fleet.sync(&mut scene.ben);
    let held = scene.held();
    let rests = scene.decide(&held[1], HeldOutcome::Accepted, "先看后面的").expect("asked");
    assert!(matches!(rests, LetIn::RestsOn(_)), "{rests:?}");
    // Meanwhile the record is sealed without them.
    let absent = Edit::set(["observers", &scene.ben.person.to_string()], Scalar::Text("absent".into()));
    let closing = [outcome(AttendanceOutcome::Attended), done(scene.anna.person), absent];
    scene.anna.phone.edit(scene.record, &closing).expect("fits");
    scene.fleet.sync(&mut scene.anna);
    scene.anna.phone.seal(scene.record).expect("complete");
    scene.fleet.sync(&mut scene.anna);
    let late = scene.decide(&held[0], HeldOutcome::Accepted, "太晚了").expect("asked");
    assert_eq!(late, LetIn::Refused("record_sealed".to_owned()), "an amendment says it");
    assert_eq!(attendance(&scene.anna, scene.record).narrative.0, "");
    scene.verifies();
}

#[test]
fn a_copy_of_what_is_in_is_no_question_even_if_it_rests_on_what_is_out() {
    let mut scene = scene(310);
    let folder = tempfile::tempdir().expect("a folder");
    let (early, later) = (folder.path().join("early.db"), folder.path().join("later.db"));
    // An old copy is put back, so that the phone writes all anew that it has not sent; and once more from a
    // copy that does not know of that, while the phone counts as lost and hears nothing.
    scene.ben.copy_data(&early);
    scene.ben.phone.edit(scene.record, &[narrative("一。")]).expect("fits");
    scene.fleet.sync(&mut scene.ben);
    scene.ben = scene.ben.replaced_by(&early);
    scene.ben.phone.edit(scene.record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    scene.ben.phone.edit(scene.record, &[narrative("二。")]).expect("fits");
    scene.ben.copy_data(&later);
    scene.fleet.sync(&mut scene.ben);
    scene.ben = scene.ben.replaced_by(&later);
    let (device, now) = (scene.ben.device, scene.fleet.clock.now());
    let set = |state| move |tx: &tingfang_server::db::Tx| device::set_state(tx, device, state, now);
    scene.fleet.db.write(set(DeviceState::Lost)).expect("lost");
    scene.fleet.sync(&mut scene.ben);
    scene.fleet.db.write(set(DeviceState::Active)).expect("found");

    assert!(scene.held().is_empty(), "nobody is asked: {:?}", scene.held());
    scene.fleet.sync(&mut scene.ben);
    assert_eq!(scene.ben.phone.refused().expect("listed"), [], "nothing to copy by hand");
    let seen = attendance(&scene.ben, scene.record);
    assert_eq!(seen.narrative.0.matches("二。").count(), 1, "{:?}", seen.narrative);
    scene.verifies();
}

#[test]
fn what_lay_in_a_held_entry_stays_listed_though_the_rest_of_its_change_went_on() {
    let mut scene = scene(309);
    let absent = Edit::set(["observers", &scene.ben.person.to_string()], Scalar::Text("absent".into()));
    let entry = tingfang_core::id::EntryId::from_bytes([7; 16]);
    let finding = Edit::Add { container: "findings".into(), entry, fields: [].into() };
    scene.anna.phone.edit(scene.record, &[absent, finding]).expect("the chair may");
    let inside = Edit::set(["findings", &entry.to_string(), "text"], Scalar::Text("发现".into()));
    scene.anna.phone.edit(scene.record, &[inside.clone(), narrative("之后。")]).expect("fits");
    scene.members(vec![(scene.ben.person, Duty::Chair), (scene.anna.person, Duty::Observer)]);
    scene.fleet.sync(&mut scene.anna);
    assert_eq!(attendance(&scene.anna, scene.record).narrative.0, "之后。", "the rest went on");
    let held = scene.held();
    scene.decide(&held[0], HeldOutcome::Accepted, "当时她是组长").expect("decided");
    scene.fleet.sync(&mut scene.anna);
    let seen = attendance(&scene.anna, scene.record);
    assert_eq!((seen.narrative.0.as_str(), seen.findings.len()), ("之后。", 1));
    let listed = scene.anna.phone.refused().expect("listed");
    assert!(listed.iter().any(|item| item.edits.contains(&inside)), "to be written again: {listed:?}");
    scene.verifies();
}

#[test]
fn a_record_that_its_writer_may_not_see_any_more_is_kept_for_what_is_held_and_goes_when_that_is_in() {
    let mut scene = scene(311);
    scene.ben_is_taken_off();
    let kept = |phone: &FleetPhone| phone.phone.records(None, 9).expect("listed").len();
    assert_eq!(kept(&scene.ben), 1, "it holds work that nobody has decided on");
    let first = scene.held().remove(0);
    assert_eq!(scene.decide(&first, HeldOutcome::Accepted, "开庭时仍是旁听人").expect("decided"), LetIn::In);
    scene.fleet.sync(&mut scene.ben);
    assert_eq!(kept(&scene.ben), 0, "the server has all of it");
    let file = rusqlite::Connection::open(&scene.ben.path).expect("opens");
    let changes: i64 = file.query_row("select count(*) from change", [], |row| row.get(0)).expect("counted");
    assert_eq!(changes, 0, "nothing of it is left");
    scene.verifies();
}

#[test]
fn what_had_left_and_is_let_in_on_a_server_that_was_put_back_comes_back_with_all_that_its_owner_wrote() {
    let mut scene = scene(341);
    let (assignment, anna) = (scene.assignment, scene.anna.person);
    let backup = scene.fleet.backup();
    let sheet = start(&mut scene.ben, assignment, "observer_sheet");
    let points = Edit::set(["points", "HRG-01"], Scalar::Integer(900));
    scene.ben.phone.edit(sheet, &[points]).expect("fits");
    scene.fleet.sync(&mut scene.ben);
    scene.members(vec![(anna, Duty::Chair)]);
    scene.fleet.sync(&mut scene.ben);
    assert!(scene.ben.phone.show(sheet).is_err(), "it has left");

    // The server of before knows neither the sheet nor that it left. It comes from a phone that is taken for lost.
    scene.fleet.restore(&backup);
    scene.fleet.set_device_state(scene.ben.device, DeviceState::Lost);
    scene.fleet.sync(&mut scene.ben);
    scene.fleet.set_device_state(scene.ben.device, DeviceState::Active);
    scene.fleet.sync(&mut scene.ben);
    let held = scene.held();
    let opening = held.iter().find(|item| item.hash.is_none()).expect("with the opening comes the rest");
    scene.decide(opening, HeldOutcome::Accepted, "电话已找到").expect("decided");
    scene.fleet.sync(&mut scene.ben);
    let shown = scene.ben.phone.show(sheet).expect("it is back");
    let points = shown.content.get("points").and_then(|points| points.get("HRG-01"));
    assert_eq!(points, Some(&Node::Scalar(Scalar::Integer(900))), "what he wrote came with it");
    scene.verifies();
}
