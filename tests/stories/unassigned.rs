//! A record that no task asks for is kept, held by the server, and linked by a manager.

use tingfang_core::clock::Clock;
use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::{AssignmentKind, Duty, Role, Subject};
use tingfang_core::phone::SyncState;
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::document::Document;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::kind::Record;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::record::value::Node;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::records::unlinked;
use tingfang_server::store::record_link::RecordLink;
use tingfang_server::store::{document, quarantine};
use tingfang_server::sync::Linked;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::mutants;
use tingfang_tests::observers::{done, narrative, outcome, start};
use tingfang_tests::signed_in::signed_in;

/// A supervisor in a court without a task, and a manager at home.
struct Court {
    fleet: Fleet,
    anna: FleetPhone,
    manager: PersonId,
}

fn court(seed: u64) -> Court {
    let mut fleet = Fleet::new(seed);
    let (anna, manager) = (fleet.person("安娜", Role::Supervisor), fleet.person("经理", Role::Manager));
    let mut anna = fleet.phone(anna);
    fleet.sync(&mut anna);
    Court { fleet, anna, manager }
}

impl Court {
    fn assign(&self, kind: AssignmentKind, duty: Duty) -> AssignmentId {
        let members = [(self.anna.person, "安娜", duty)];
        self.fleet.world.assign(&self.fleet.db, &self.fleet.minter, kind, &members)
    }

    fn link(&self, document: DocumentId, assignment: AssignmentId, subject: Option<Subject>) -> Linked {
        let linked_at = self.fleet.clock.now();
        let link = RecordLink { document, assignment, subject, linked_by: self.manager, linked_at };
        self.fleet.door().link(link, self.anna.person).expect("an answer")
    }

    fn waiting(&self) -> Vec<unlinked::Unlinked> {
        let manager = signed_in(&self.fleet, self.manager);
        self.fleet.db.read(|tx| unlinked::list(tx, &manager)).expect("readable")
    }

    fn verifies(&self) {
        let report = verify(&self.fleet.db).expect("readable");
        assert!(report.is_clean(), "{:?}", report.differences);
    }
}

#[test]
fn an_attendance_without_a_task_is_kept_held_linked_and_sealed_beside_the_tasks_own() {
    let mut court = court(71);
    let record = court.anna.phone.start_unassigned("attendance").expect("nobody stands in the way");
    assert!(record.is_minted(), "a fresh id, which meets no other");
    let written = [outcome(AttendanceOutcome::Attended), narrative("临时旁听。")];
    court.anna.phone.edit(record, &written).expect("fits");
    let early = court.anna.phone.seal(record).expect_err("what it answers is not known yet");
    assert!(early.to_string().contains("unassigned"), "{early}");
    let progress = court.fleet.sync(&mut court.anna);
    assert_eq!((progress.stored, progress.not_accepted), (0, 1));
    assert_eq!(court.anna.phone.show(record).expect("there").sync, SyncState::Attention);

    let waiting = court.waiting();
    let [held] = waiting.as_slice() else { panic!("one record waits: {waiting:?}") };
    assert_eq!((held.document, held.person, held.kind.as_str()), (record, court.anna.person, "attendance"));
    assert_eq!(
        held.content.get("narrative"),
        Some(&Node::Text("临时旁听。".into())),
        "what to link is shown"
    );

    let assignment = court.assign(AssignmentKind::Attendance, Duty::Chair);
    assert_eq!(court.link(record, assignment, None), Linked::Begun);
    assert_eq!(court.link(record, assignment, None), Linked::NothingWaits, "once");
    assert!(court.waiting().is_empty());
    court.fleet.sync(&mut court.anna);
    court.fleet.sync(&mut court.anna);
    let seen = court.anna.phone.show(record).expect("there");
    assert_eq!((seen.sync, seen.assignment), (SyncState::Stored, Some(assignment)));
    let Some(Record::Attendance(attendance)) = &seen.record else { panic!("an attendance") };
    assert_eq!(attendance.narrative.0, "临时旁听。");
    assert_eq!(
        attendance.subject.hearing,
        Some(court.fleet.world.hearing),
        "what the task knows is filled in"
    );

    let own = start(&mut court.anna, assignment, "attendance");
    assert_ne!(own, record, "the task's own record is another, and nothing is merged");
    court.anna.phone.edit(record, &[done(court.anna.person)]).expect("fits");
    court.anna.phone.seal(record).expect("now it can be sealed");
    assert_eq!(court.fleet.sync(&mut court.anna).not_accepted, 0);
    let kept = court.fleet.db.read(|tx| document::find(tx, record)).expect("readable").expect("begun");
    assert!(kept.sealed_position.is_some());
    assert!(court.anna.phone.refused().expect("listed").is_empty());
    court.verifies();
}

#[test]
fn a_sheet_without_a_task_is_linked_to_a_case_and_its_undertaker() {
    let mut court = court(72);
    let review = court.anna.phone.start_unassigned("file_review").expect("a file at hand");
    let comment =
        Edit::Splice { container: "comment".into(), at: 0, delete: 0, insert: "缺少笔录。".into() };
    court.anna.phone.edit(review, &[comment]).expect("fits");
    court.fleet.sync(&mut court.anna);
    let assignment = court.assign(AssignmentKind::FileReview, Duty::Reviewer);
    assert_eq!(court.link(review, assignment, None), Linked::Refused("claim".into()), "of whose work?");
    let (case, undertaker) = (court.fleet.world.case, court.fleet.world.undertaker);
    assert_eq!(court.link(review, assignment, Some(Subject { case, undertaker })), Linked::Begun);
    court.fleet.sync(&mut court.anna);
    court.fleet.sync(&mut court.anna);
    let kept = court.fleet.db.read(|tx| document::find(tx, review)).expect("readable").expect("begun");
    assert_eq!((kept.case, kept.undertaker), (Some(case), Some(undertaker)));
    assert_eq!((kept.writer, kept.assignment), (Some(court.anna.person), Some(assignment)));
    let Some(Record::FileReview(read)) = court.anna.phone.show(review).expect("there").record else {
        panic!("a review")
    };
    assert_eq!((read.subject.case, read.subject.undertaker), (Some(case), Some(undertaker)));
    court.verifies();
}

#[test]
fn a_record_is_linked_only_where_its_writer_may_write_it_and_a_refused_link_changes_nothing() {
    let mut court = court(73);
    let record = court.anna.phone.start_unassigned("attendance").expect("begins");
    court.anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    court.fleet.sync(&mut court.anna);
    let ben = court.fleet.person("本", Role::Supervisor);
    let members = [(ben, "本", Duty::Chair)];
    let bens =
        court.fleet.world.assign(&court.fleet.db, &court.fleet.minter, AssignmentKind::Attendance, &members);
    assert_eq!(court.link(record, bens, None), Linked::Refused("not_assigned".into()));
    let reviews = court.assign(AssignmentKind::FileReview, Duty::Reviewer);
    assert_eq!(
        court.link(record, reviews, None),
        Linked::Refused("claim".into()),
        "no such kind is asked for"
    );
    assert_eq!(court.waiting().len(), 1, "it waits as before");
    assert!(court.fleet.db.read(|tx| document::find(tx, record)).expect("readable").is_none());
    court.verifies();
    let own = court.assign(AssignmentKind::Attendance, Duty::Chair);
    assert_eq!(court.link(record, own, None), Linked::Begun);
    court.verifies();
}

#[test]
fn nobody_takes_the_id_of_a_tasks_record_or_scores_without_a_task() {
    let mut court = court(74);
    let denied = court.anna.phone.start_unassigned("scoresheet").expect_err("scores answer a round");
    assert!(denied.to_string().contains("never_without_task"), "{denied}");
    let assignment = court.assign(AssignmentKind::Attendance, Duty::Chair);
    let document = DocumentId::shared(court.fleet.tenant(), assignment);
    let squatter = Item::Begin { document, kind: "attendance".into(), version: 1, claim: Claim::Unassigned };
    let verdicts = court.fleet.send(&mut court.anna, vec![squatter]);
    assert!(matches!(&verdicts[..], [Verdict::Refused { rule, .. }] if rule == "claim"), "{verdicts:?}");
    let listed = court.fleet.db.read(|tx| quarantine::held_beginnings(tx, unlinked::RULE, None));
    assert!(listed.expect("readable").is_empty());
}

#[test]
fn what_no_record_can_hold_is_not_read_where_it_waits_without_a_task() {
    let mut court = court(79);
    let record = court.anna.phone.start_unassigned("attendance").expect("nobody stands in the way");
    court.anna.phone.edit(record, &[narrative("临时旁听。")]).expect("fits");
    court.fleet.sync(&mut court.anna);
    // A phone of her making has nested maps in maps, deeper than anybody could follow who reads them.
    let beginning = Document::begin(&Attendance::SHAPE, record);
    let actor = actor::derive(court.anna.device, record, court.anna.phone.epoch(), 1);
    let nested = mutants::nested(&beginning, actor, 4_000);
    let version = Attendance::SHAPE.version;
    let begin =
        Item::Begin { document: record, kind: "attendance".into(), version, claim: Claim::Unassigned };
    let deep = Item::Change { document: record, rebase: 1, bytes: nested };
    let verdicts = court.fleet.send(&mut court.anna, vec![begin, deep]);
    assert!(matches!(verdicts[1], Verdict::Blocked { .. }), "{verdicts:?}");
    let waiting = court.waiting();
    let shown = waiting.iter().find(|waiting| waiting.document == record).expect("it waits");
    assert_eq!(shown.content.get("narrative"), Some(&Node::Text("临时旁听。".into())));
    assert_eq!(shown.content.get("deep"), None);
}
