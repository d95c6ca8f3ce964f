//! Whose a record is and what it is about follows from the assignment, never from the record; and
//! what honest people wrote before they could know better is kept.

use tingfang_core::case::{HearingState, Known};
use tingfang_core::clock::Moment;
use tingfang_core::id::{DocumentId, OwnRecord, PersonId, UndertakerId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{AssignmentKind, Duty, RelationGround, Role};
use tingfang_core::phone::{About, SyncState};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::kind::Record;
use tingfang_core::record::shape::ScalarType;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::db::Tx;
use tingfang_server::db::scratch;
use tingfang_server::planning::correction;
use tingfang_server::project;
use tingfang_server::store::{case_relation, change_log, document, frame, hearing};
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};

fn points(value: i64) -> Edit {
    Edit::set(["points", "HRG-01"], Scalar::Integer(value))
}

fn refusal(verdicts: &[Verdict]) -> &str {
    match verdicts {
        [Verdict::Refused { rule, .. }] => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nobody_takes_a_colleagues_place_by_naming_them_in_a_sheet_of_ones_own() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(41);
    let hers = start(&mut anna, assignment, "observer_sheet");
    let his = start(&mut ben, assignment, "observer_sheet");
    anna.phone.edit(hers, &[points(1000)]).expect("fits");
    ben.phone.edit(his, &[points(0)]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    for (field, value) in [
        (["origin", "transcribed_for"], anna.person.to_scalar()),
        (["origin", "author"], anna.person.to_scalar()),
        (["origin", "amends"], hers.to_scalar()),
        (["subject", "undertaker"], UndertakerId::from_bytes([9; 16]).to_scalar()),
    ] {
        let edit = Edit::set(field, value);
        let asked = ben.phone.edit(his, std::slice::from_ref(&edit)).expect_err("the phone says so at once");
        assert!(asked.to_string().contains("identity_is_given"), "{asked}");
        let item = fleet.forged(&ben, his, edit);
        assert_eq!(refusal(&fleet.send(&mut ben, vec![item])), "identity_is_given", "{field:?}");
    }
    let item = fleet.forged(&ben, his, Edit::Clear { path: "origin/author".parse().expect("a path") });
    assert_eq!(refusal(&fleet.send(&mut ben, vec![item])), "identity_is_given");
}

#[test]
fn an_observer_has_a_sheet_on_each_undertaker_of_a_case() {
    let mut fleet = Fleet::new(42);
    let a = fleet.person("安娜", Role::Supervisor);
    let (first, second) =
        (fleet.world.undertaker, fleet.world.second_undertaker(&fleet.db, &fleet.minter, "吴律师"));
    let assignment = fleet.world.assign_on(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::Attendance,
        &[(first, "周律师"), (second, "吴律师")],
        &[(a, "安娜", Duty::Chair)],
    );
    let mut anna = fleet.phone(a);
    fleet.sync(&mut anna);
    let unclear = anna.phone.start(assignment, "observer_sheet", About::default()).expect_err("which?");
    assert!(unclear.to_string().starts_with("2 subjects"), "{unclear}");
    let sheet = |undertaker, anna: &mut FleetPhone| {
        let about = About { undertaker: Some(undertaker), ..About::default() };
        anna.phone.start(assignment, "observer_sheet", about).expect("a task")
    };
    let (one, other) = (sheet(first, &mut anna), sheet(second, &mut anna));
    assert_ne!(one, other);
    anna.phone.edit(one, &[points(900)]).expect("fits");
    anna.phone.edit(other, &[points(300)]).expect("fits");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "{:?}", anna.phone.refused());
    let row = fleet.db.read(|tx| document::find(tx, other)).expect("readable").expect("accepted");
    assert_eq!(row.undertaker, Some(second));
}

#[test]
fn a_clerk_enters_each_observers_paper_in_a_record_of_its_own_and_nothing_else() {
    let mut fleet = Fleet::new(43);
    let (a, b) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
    let c = fleet.person("录入员", Role::Supervisor);
    let members = [(a, "安娜", Duty::Chair), (b, "本", Duty::Observer), (c, "录入员", Duty::Clerk)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut clerk = fleet.phone(c);
    fleet.sync(&mut clerk);
    let of = |observer: PersonId| About { for_observer: Some(observer), ..About::default() };
    let annas = clerk.phone.start(assignment, "observer_sheet", of(a)).expect("a clerk's work");
    let bens = clerk.phone.start(assignment, "observer_sheet", of(b)).expect("a clerk's work");
    assert_ne!(annas, bens);
    for about in [About::default(), of(c)] {
        let denied = clerk.phone.start(assignment, "observer_sheet", about).expect_err("no paper of theirs");
        assert!(denied.to_string().contains("transcript_of_no_observer"), "{denied}");
    }
    let rubric = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    for (sheet, value) in [(annas, 800), (bens, 200)] {
        clerk.phone.edit(sheet, &[rubric.clone(), points(value)]).expect("fits");
        clerk.phone.seal(sheet).expect("complete");
    }
    assert_eq!(fleet.sync(&mut clerk).not_accepted, 0, "{:?}", clerk.phone.refused());
    let case = fleet.world.case;
    let sealed = fleet.db.read(|tx| project::sealed_records(tx, case, None)).expect("readable");
    let mut voices: Vec<PersonId> = sealed.iter().map(|sealed| sealed.provenance.voice()).collect();
    voices.sort_unstable();
    let mut observers = [a, b];
    observers.sort_unstable();
    assert_eq!(voices, observers, "each sheet is its observer's, entered by the clerk");

    // A tampered phone claims a sheet without a paper, and an observer one with another's.
    let begin = |writer: PersonId, transcribed_for: Option<PersonId>| {
        let (case, undertaker) = (fleet.world.case, fleet.world.undertaker);
        let own = OwnRecord { assignment, kind: "observer_sheet", case, undertaker, writer, transcribed_for };
        Item::Begin {
            document: DocumentId::own(fleet.tenant(), &own),
            kind: "observer_sheet".into(),
            version: 1,
            claim: Claim::Own { assignment, case, undertaker, transcribed_for },
        }
    };
    let (by_clerk, by_ben) = (begin(c, None), begin(b, Some(a)));
    assert_eq!(refusal(&fleet.send(&mut clerk, vec![by_clerk])), "transcript_of_no_observer");
    let mut ben = fleet.phone(b);
    assert_eq!(refusal(&fleet.send(&mut ben, vec![by_ben])), "transcript_of_no_observer");
}

/// Corrects the hearing's facts, as an import would.
fn correct(fleet: &Fleet, change: impl Fn(&mut tingfang_core::case::Hearing) + Send + 'static) {
    let (id, now) = (fleet.world.hearing, fleet.minter.clock().now());
    fleet
        .db
        .try_write(move |tx| {
            let mut found = hearing::find(tx, id)?.expect("there");
            change(&mut found);
            hearing::save(tx, &found)?;
            correction::hearing_corrected(tx, id, now)
        })
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
}

#[test]
fn work_from_before_its_writer_heard_that_the_hearing_was_closed_is_held_and_arrives_when_it_opens() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(44);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), narrative("公开开庭。")]).expect("fits");
    correct(&fleet, |hearing| hearing.defendant_under_18_at_trial = Known::Yes);
    assert!(fleet.sync(&mut anna).not_accepted > 0);
    let held = anna.phone.refused().expect("listed");
    assert!(held.iter().all(|item| item.verdict == "held" && item.rule == "assignment_closed"), "{held:?}");
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Attention);
    let denied = anna.phone.edit(record, &[narrative("再写。")]).expect_err("the phone knows by now");
    assert!(denied.to_string().contains("assignment_closed"), "{denied}");

    correct(&fleet, |hearing| hearing.defendant_under_18_at_trial = Known::No);
    fleet.sync(&mut anna);
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
    assert!(anna.phone.refused().expect("listed").is_empty());
    let Some(Record::Attendance(stored)) = Record::read("attendance", &fleet.record(record).content()) else {
        panic!("{record}")
    };
    assert_eq!(
        (stored.narrative.0.as_str(), stored.facts.outcome),
        ("公开开庭。", Some(AttendanceOutcome::Attended))
    );
}

#[test]
fn a_hearing_that_was_put_off_after_it_had_begun_still_gets_its_record() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(45);
    let record = start(&mut anna, assignment, "attendance");
    fleet.clock.pass_millis(2 * 86_400_000);
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    correct(&fleet, |hearing| hearing.state = HearingState::Postponed);
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "{:?}", anna.phone.refused());
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
}

fn declare_related(fleet: &Fleet, person: PersonId) {
    let (case, now) = (fleet.world.case, fleet.minter.clock().now());
    fleet
        .db
        .write(move |tx| case_relation::declare(tx, case, person, RelationGround::Relative, None, now))
        .expect("declared");
}

#[test]
fn a_relation_that_was_declared_after_the_work_holds_it_and_one_from_before_refuses_it() {
    for (known, verdict) in [(false, "held"), (true, "refused")] {
        let Two { fleet, mut ben, assignment, .. } = two_observers(46);
        if known {
            declare_related(&fleet, ben.person);
            fleet.sync(&mut ben);
        }
        let record = start(&mut ben, assignment, "attendance");
        ben.phone.edit(record, &[narrative("旁听记录。")]).expect("fits");
        if !known {
            declare_related(&fleet, ben.person);
        }
        fleet.sync(&mut ben);
        let kept = ben.phone.refused().expect("listed");
        assert!(kept.iter().all(|item| item.verdict == verdict && item.rule == "relation_bars"), "{kept:?}");
        assert!(!kept.is_empty());
    }
}

#[test]
fn a_seal_that_is_not_accepted_leaves_the_record_open_for_its_owner() {
    let mut fleet = Fleet::new(47);
    let a = fleet.person("安娜", Role::OutsideObserver);
    // Planning would not make an outside observer the chair; rows from elsewhere may.
    let assignment =
        fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &[(a, "安娜", Duty::Chair)]);
    let mut anna = fleet.phone(a);
    fleet.sync(&mut anna);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(a)]).expect("fits");
    anna.phone.seal(record).expect("complete");
    assert!(anna.phone.show(record).expect("there").sealed);
    fleet.sync(&mut anna);
    let seen = anna.phone.show(record).expect("there");
    assert!(!seen.sealed && seen.needs_seal, "the server did not take the seal");
    let refused = anna.phone.refused().expect("listed");
    assert_eq!((refused[0].kind.as_str(), refused[0].rule.as_str()), ("seal", "role_lacking"));
    anna.phone.edit(record, &[narrative("可以接着写。")]).expect("it is open");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
}

#[test]
fn a_seal_leaves_out_nothing_that_had_come_in() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(57);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    // Before the seal has come, Ben remembers something, and it is accepted.
    ben.phone.edit(record, &[narrative("想起一件事。")]).expect("it is open");
    assert_eq!(fleet.sync(&mut ben).not_accepted, 0);
    fleet.sync(&mut anna);
    let seen = anna.phone.show(record).expect("there");
    assert!(!seen.sealed && seen.needs_seal, "she looks at it and seals again");
    let refused = anna.phone.refused().expect("listed");
    assert_eq!((refused[0].kind.as_str(), refused[0].rule.as_str()), ("seal", "seal_behind"));
    anna.phone.seal(record).expect("all are done");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0);
    assert!(anna.phone.refused().expect("listed").is_empty());
    fleet.sync(&mut ben);
    assert!(ben.phone.show(record).expect("there").sealed);
}

#[test]
fn the_chair_begins_an_addendum_to_a_sealed_attendance() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(48);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let denied = ben.phone.amend(record, "补记").expect_err("the chair's to begin");
    assert!(denied.to_string().contains("not allowed"), "{denied}");
    let addendum = anna.phone.amend(record, "庭后收到庭审笔录").expect("sealed before");
    anna.phone.edit(addendum, &[narrative("补记:")]).expect("fits");
    anna.phone.seal(addendum).expect("it says why, and no more is asked");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "{:?}", anna.phone.refused());
    let row = fleet.db.read(|tx| document::find(tx, addendum)).expect("readable").expect("accepted");
    assert_eq!(row.amends, Some(record));
    fleet.sync(&mut ben);
    assert!(ben.phone.show(addendum).is_ok(), "the other observer sees it");
}

#[test]
fn who_takes_no_part_any_more_loses_the_record_but_nothing_that_was_not_sent() {
    for unsent in [false, true] {
        let Two { fleet, mut anna, mut ben, assignment } = two_observers(49);
        let record = start(&mut anna, assignment, "attendance");
        anna.phone.edit(record, &[narrative("共同记录。")]).expect("fits");
        fleet.sync(&mut anna);
        fleet.sync(&mut ben);
        assert!(ben.phone.show(record).is_ok());
        if unsent {
            ben.phone.edit(record, &[narrative("尚未上传。")]).expect("fits");
        }
        fleet.set_members(assignment, &[(anna.person, Duty::Chair)]);
        fleet.sync(&mut ben);
        assert_eq!(ben.phone.task(assignment).expect("readable").expect("kept").state, TaskState::Closed);
        if unsent {
            let kept = ben.phone.refused().expect("listed");
            assert_eq!((kept[0].verdict.as_str(), kept[0].rule.as_str()), ("held", "not_assigned"));
            assert_eq!(kept[0].edits, [narrative("尚未上传。")], "the words are there to copy");
            let denied = ben.phone.edit(record, &[narrative("再写。")]).expect_err("locked");
            assert!(denied.to_string().contains("assignment_closed"), "{denied}");
        } else {
            assert!(ben.phone.show(record).is_err(), "it is gone from the phone");
        }
    }
}

#[test]
fn a_held_beginning_is_judged_again_when_what_stood_against_it_is_gone() {
    let Two { fleet, mut anna, assignment, .. } = two_observers(50);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("公开开庭。")]).expect("fits");
    correct(&fleet, |hearing| hearing.defendant_under_18_at_trial = Known::Yes);
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Attention);
    let again = || fleet.door().judge_held_beginnings("assignment_closed").expect("judged");
    assert_eq!(again(), 0, "it is still closed");
    correct(&fleet, |hearing| hearing.defendant_under_18_at_trial = Known::No);
    assert_eq!(again(), 1);
    let entries = fleet.db.read(|tx| change_log::of_document(tx, record)).expect("readable");
    assert!(entries.iter().any(|entry| entry.sender.is_some()), "what was written in it came in with it");
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
    assert!(anna.phone.refused().expect("listed").is_empty());
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}

/// A phone's record whose beginning and five changes wait, because its task was closed by mistake.
fn waiting(seed: u64) -> (Fleet, FleetPhone, DocumentId) {
    let Two { fleet, mut anna, assignment, .. } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    for part in 0..5 {
        anna.phone.edit(record, &[narrative(&format!("第{part}段。"))]).expect("fits");
    }
    correct(&fleet, |hearing| hearing.defendant_under_18_at_trial = Known::Yes);
    fleet.sync(&mut anna);
    correct(&fleet, |hearing| hearing.defendant_under_18_at_trial = Known::No);
    (fleet, anna, record)
}

#[test]
fn what_waited_is_accepted_once_though_two_look_at_it_at_the_same_time() {
    for seed in 60..80 {
        let (fleet, mut anna, record) = waiting(seed);
        let mut more = true;
        while more {
            let request = anna.phone.next_request().expect("a request");
            let answers: Vec<Vec<u8>> = std::thread::scope(|scope| {
                let send = || scope.spawn(|| fleet.answer(anna.device, &request));
                [send(), send()].into_iter().map(|sent| sent.join().expect("answered")).collect()
            });
            more = anna.phone.take_response(&answers[0]).expect("fits").more;
        }
        // The other request may have brought it in after this answer was written.
        fleet.sync(&mut anna);
        let mut told = Vec::new();
        let each = |tx: &Tx| {
            frame::for_each(tx, |kept| {
                told.extend(kept.verdicts.unwrap_or_default());
                Ok(())
            })
        };
        fleet.db.read(each).expect("readable");
        let twice = told.iter().filter(|verdict| matches!(verdict, Verdict::Duplicate { .. })).count();
        assert_eq!(twice, 0, "seed {seed}: {told:?}");
        assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
        let report = verify(&fleet.db).expect("readable");
        assert!(report.is_clean(), "seed {seed}: {:?}", report.differences);
    }
}

#[test]
fn what_waited_comes_in_though_the_server_stopped_right_after_the_beginning() {
    let (fleet, mut anna, record) = waiting(81);
    scratch::keep_rows(&fleet.db, "blocked_item");
    fleet.door().judge_held_beginnings("assignment_closed").expect_err("stopped");
    scratch::keep_rows_no_longer(&fleet.db, "blocked_item");
    fleet.door().finish_leftovers(Moment::from_millis(i64::MAX)).expect("finished");
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
    let report = verify(&fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
}
