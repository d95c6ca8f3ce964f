//! The same stories through the face that an app sees: what it calls, and what it is told.

mod enrolling;
mod network;
mod pages;
mod safety;

use std::sync::Arc;

use tingfang::{
    About, Authorship, CaseCard, EntryField, FieldEdit, FieldValue, RecordView, TingfangError, field_label,
    label, record_form,
};
use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, RecipientContact, RelationGround, Role, SafeContact};
use tingfang_core::phone::{ChannelState, RecordStage, SyncState, TaskProgress};
use tingfang_core::rubric::Channel;
use tingfang_core::text::Language;
use tingfang_server::planning;
use tingfang_server::store::{assignment, case_relation, recipient};
use tingfang_tests::app::{App, Mood};
use tingfang_tests::fleet::Fleet;

/// An attendance of two observers, the chair first.
struct Pair {
    fleet: Arc<Fleet>,
    anna: App,
    ben: App,
    assignment: AssignmentId,
}

fn pair(seed: u64) -> Pair {
    let fleet = Fleet::new(seed);
    let (a, b) = (fleet.person("安娜", Role::Supervisor), fleet.person("本", Role::Supervisor));
    let members = [(a, "安娜", Duty::Chair), (b, "本", Duty::Observer)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let fleet = Arc::new(fleet);
    let (anna, ben) = (App::enrol(&fleet, a, "安娜"), App::enrol(&fleet, b, "本"));
    anna.sync();
    ben.sync();
    Pair { fleet, anna, ben, assignment }
}

fn attendance(app: &App, assignment: AssignmentId) -> DocumentId {
    app.phone.start(assignment, "attendance".into(), None).expect("a task of this phone")
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text { value: value.into() }
}

fn set(path: &str, value: &str) -> FieldEdit {
    FieldEdit::Set { path: path.into(), value: text(value) }
}

fn append(words: &str) -> FieldEdit {
    FieldEdit::Append { path: "narrative".into(), text: words.into() }
}

fn done(app: &App) -> FieldEdit {
    set(&format!("observers/{}", app.phone.profile().person), "done")
}

fn value_at(view: &RecordView, path: &str) -> Option<FieldValue> {
    view.fields.iter().find(|field| field.path == path).map(|field| field.value.clone())
}

#[test]
fn an_app_records_offline_shows_the_conflict_settles_it_and_seals() {
    let Pair { anna, ben, assignment, .. } = pair(31);
    let agenda = anna.phone.agenda(None, 50).expect("listed");
    let [item] = agenda.items.as_slice() else { panic!("one task: {agenda:?}") };
    assert_eq!((item.task.members.len(), agenda.next), (2, None));

    let record = attendance(&anna, assignment);
    assert_eq!(attendance(&ben, assignment), record, "they begin the same record");
    anna.edit(record, vec![set("facts/outcome", "attended"), append("开庭。")]);
    ben.edit(record, vec![set("facts/outcome", "adjourned"), done(&ben)]);
    anna.sync();
    ben.sync();
    anna.sync();

    let seen = anna.show(record);
    assert_eq!(seen.sync, SyncState::Stored);
    assert_eq!(seen.conflicts.len(), 1);
    let conflict = &seen.conflicts[0];
    assert_eq!(
        (conflict.path.as_str(), conflict.codes.as_deref()),
        ("facts/outcome", Some("attendance_outcome"))
    );
    let [theirs, ours] = conflict.candidates.as_slice() else { panic!("two values: {conflict:?}") };
    let (theirs, ours) = if theirs.value == text("attended") { (ours, theirs) } else { (theirs, ours) };
    assert_eq!((&ours.value, &theirs.value), (&text("attended"), &text("adjourned")));
    assert!(matches!(ours.authorship, Some(Authorship::Here { .. })), "{ours:?}");
    let Some(Authorship::Elsewhere { writer, device, not_before, received_at, .. }) = &theirs.authorship
    else {
        panic!("the other value is another's: {theirs:?}");
    };
    assert_eq!((writer.as_str(), *device), ("本", ben.phone.profile().device));
    assert!(not_before.is_some_and(|from| from <= *received_at), "{theirs:?}");

    let early = anna.phone.seal(record).expect_err("anna is not done");
    let TingfangError::Incomplete { missing } = &early else { panic!("{early}") };
    assert_eq!(*missing, [format!("observers/{}", anna.phone.profile().person)]);
    assert_eq!(early.code(), "incomplete");
    anna.edit(record, vec![set("facts/outcome", "attended"), done(&anna)]);
    anna.phone.seal(record).expect("everybody is done");
    anna.sync();
    ben.sync();
    let seen = ben.show(record);
    assert!(seen.sealed && seen.conflicts.is_empty());
    let late = ben.phone.edit(record, vec![append("补记")]).expect_err("sealed");
    assert_eq!(late, TingfangError::NotAllowed { rule: "record_sealed".into() });
    assert!(label(Language::Zh, "rule".into(), "record_sealed".into()).is_some());
}

#[test]
fn a_record_is_shown_in_the_order_of_its_form_and_with_the_lists_of_its_codes() {
    let Pair { anna, assignment, .. } = pair(32);
    let record = attendance(&anna, assignment);
    let finding = FieldEdit::Add {
        list: "findings".into(),
        fields: vec![
            EntryField { name: "text".into(), value: text("质证充分") },
            EntryField { name: "severity".into(), value: text("hint") },
        ],
    };
    let added = anna.edit(record, vec![append("开庭。"), finding, set("facts/outcome", "attended")]);
    assert_eq!(added.len(), 1);
    anna.edit(
        record,
        vec![
            append("休庭。"),
            FieldEdit::Splice {
                path: "narrative".into(), at: 2, delete: 1, insert: ",核对身份。".into()
            },
        ],
    );
    let seen = anna.show(record);
    let paths: Vec<&str> = seen.fields.iter().map(|field| field.path.as_str()).collect();
    let entry = added[0];
    let form = record_form("attendance".into()).expect("a known kind");
    assert!(form.shared);
    let order =
        |path: &&str| form.sections.iter().position(|section| path.split('/').next() == Some(&section.name));
    assert!(paths.is_sorted_by_key(order), "{paths:?}");
    assert!(paths.contains(&format!("findings/{entry}/severity").as_str()), "{paths:?}");
    assert_eq!(value_at(&seen, "narrative"), Some(text("开庭,核对身份。休庭。")));
    let outcome = seen.fields.iter().find(|field| field.path == "facts/outcome").expect("filled in");
    assert_eq!(outcome.codes.as_deref(), Some("attendance_outcome"));
    assert_ne!(field_label(Language::Zh, "attendance".into(), "facts/outcome".into()), "facts/outcome");
    anna.edit(record, vec![FieldEdit::Clear { path: "facts/outcome".into() }]);
    assert_eq!(value_at(&anna.show(record), "facts/outcome"), None);
}

#[test]
fn what_does_not_fit_is_told_with_its_place_and_nothing_is_written() {
    let Pair { anna, assignment, .. } = pair(33);
    let record = attendance(&anna, assignment);
    for (edit, place) in [
        (set("facts/weather", "rain"), "facts/weather"),
        (set("facts/outcome", "perhaps"), "facts/outcome"),
        (
            FieldEdit::Set { path: "facts/outcome".into(), value: FieldValue::Integer { value: 1 } },
            "facts/outcome",
        ),
        (
            set("findings/019a2b3c-0000-7000-8000-000000000000/text", "x"),
            "findings/019a2b3c-0000-7000-8000-000000000000/text",
        ),
    ] {
        let error = anna.phone.edit(record, vec![append("写下。"), edit]).expect_err("does not fit");
        let TingfangError::DoesNotFit { path, reason } = error else { panic!("{error}") };
        assert_eq!(path, place, "{reason}");
    }
    assert_eq!(value_at(&anna.show(record), "narrative"), None);
    let nowhere = DocumentId::from_bytes([9; 16]);
    assert_eq!(anna.phone.show(nowhere).expect_err("unknown").code(), "no_such_record");
    let kind = anna.phone.start(assignment, "scoresheet".into(), None).expect_err("another kind");
    assert_eq!(kind.code(), "wrong_kind");
}

#[test]
fn lists_are_paged_and_searched_and_the_state_of_sync_is_counted() {
    let Pair { fleet, anna, assignment, .. } = pair(34);
    let record = attendance(&anna, assignment);
    let sheet = anna.phone.start(
        assignment,
        "observer_sheet".into(),
        Some(About { case: Some(fleet.world.case), ..About::default() }),
    );
    let sheet = sheet.expect("a task of this phone");
    anna.edit(record, vec![append("辩护人对鉴定意见提出质证意见。")]);
    let first = anna.phone.records(None, 1).expect("listed");
    let second = anna.phone.records(first.first().cloned(), 1).expect("listed");
    let third = anna.phone.records(second.first().cloned(), 1).expect("listed");
    assert_eq!((first[0].record, second[0].record, third.len()), (record, sheet, 0));
    assert_eq!(second[0].case, Some(fleet.world.case));
    let found = anna.phone.search("质证".into(), None, 10).expect("searched");
    assert_eq!(found.items.iter().map(|row| row.record).collect::<Vec<_>>(), [record]);
    let before = anna.phone.status().expect("counted");
    assert!(before.waiting > 0);
    let progress = anna.sync();
    assert_eq!(progress.stored, before.waiting);
    let after = anna.phone.status().expect("counted");
    assert_eq!((after.waiting, after.stored, after.not_accepted), (0, before.waiting, 0));
    assert!(after.synced_at.is_some());
}

#[test]
fn what_the_server_refuses_is_listed_with_what_was_written() {
    let Pair { fleet, ben, assignment, .. } = pair(35);
    let record = attendance(&ben, assignment);
    ben.edit(record, vec![append("还不知道要回避。")]);
    let (case, person, now) = (fleet.world.case, ben.phone.profile().person, fleet.minter.clock().now());
    fleet
        .db
        .write(move |tx| case_relation::declare(tx, case, person, RelationGround::Relative, None, now))
        .expect("declared");
    assert!(ben.sync().not_accepted > 0);
    let refused = ben.phone.refused(None, 50).expect("listed").items;
    assert!(refused.iter().all(|item| item.record == record && item.rule == "relation_bars"), "{refused:?}");
    let written: Vec<&FieldEdit> = refused.iter().flat_map(|item| &item.edits).collect();
    assert!(written.contains(&&append("还不知道要回避。")), "{written:?}");
}

#[test]
fn what_the_app_throws_comes_out_again_and_costs_nothing() {
    let Pair { anna, assignment, .. } = pair(36);
    let record = attendance(&anna, assignment);
    anna.edit(record, vec![append("开庭。")]);
    anna.wire.be(Mood::Throws(TingfangError::Offline { retry_after_s: Some(30) }));
    assert_eq!(anna.try_sync(), Err(TingfangError::Offline { retry_after_s: Some(30) }));
    anna.wire.be(Mood::Well);
    anna.keys.lock(true);
    anna.edit(record, vec![append("休庭。")]);
    assert_eq!(anna.try_sync(), Err(TingfangError::Host { reason: "the key chain is locked".into() }));
    anna.keys.lock(false);
    anna.sync();
    assert_eq!(anna.show(record).sync, SyncState::Stored);
}

#[test]
fn a_phone_that_was_shut_says_so_and_opens_again() {
    let Pair { anna, assignment, .. } = pair(42);
    let record = attendance(&anna, assignment);
    anna.phone.shut();
    anna.phone.shut();
    assert_eq!(anna.phone.show(record).expect_err("shut"), TingfangError::Closed);
    assert_eq!(anna.try_sync(), Err(TingfangError::Closed));
    assert!(anna.open_again().expect("opens").show(record).is_ok());
}

#[test]
fn an_amendment_is_no_work_on_another_undertaker() {
    let fleet = Fleet::new(45);
    let person = fleet.person("安娜", Role::Supervisor);
    let other = fleet.world.second_undertaker(&fleet.db, &fleet.minter, "吴律师");
    let undertakers = [(fleet.world.undertaker, "周律师"), (other, "吴律师")];
    let members = [(person, "安娜", Duty::Chair)];
    let kind = AssignmentKind::Attendance;
    let assignment = fleet.world.assign_on(&fleet.db, &fleet.minter, kind, &undertakers, &members);
    let anna = App::enrol(&Arc::new(fleet), person, "安娜");
    anna.sync();
    let record = attendance(&anna, assignment);
    anna.edit(record, vec![set("facts/outcome", "attended"), done(&anna)]);
    anna.phone.seal(record).expect("complete");
    let sheet_on = |undertaker| {
        let about = About { undertaker: Some(undertaker), ..About::default() };
        let sheet = anna.phone.start(assignment, "observer_sheet".into(), Some(about)).expect("a task");
        let points =
            FieldEdit::Set { path: "points/HRG-01".into(), value: FieldValue::Integer { value: 300 } };
        anna.edit(sheet, vec![set("subject/rubric", "rubric hash"), points]);
        anna.phone.seal(sheet).expect("complete");
        sheet
    };
    let amendment = anna.phone.amend(sheet_on(undertakers[0].0), "漏记一项".into()).expect("begun");
    anna.phone.seal(amendment).expect("complete");
    let agenda = || anna.phone.agenda(None, 50).expect("listed").items;
    assert_eq!(agenda().len(), 1, "a sheet on the other undertaker is still to be filled");
    sheet_on(other);
    assert_eq!(agenda(), []);
}

#[test]
fn the_agenda_the_cases_and_the_stages_follow_the_work() {
    let Pair { fleet, anna, ben, assignment } = pair(43);
    let stage = |app: &App, record| app.show(record).stage;
    let item = |app: &App| app.phone.agenda(None, 50).expect("listed").items.into_iter().next();
    assert_eq!(item(&anna).expect("a task").progress, TaskProgress::ToDo);
    let mark = |app: &App| {
        let [card] = app.phone.cases(None, None, 50).expect("listed").try_into().expect("one case");
        let card: CaseCard = card;
        let found = card.channels.iter().find(|mark| mark.channel == Channel::Attendance);
        found.expect("every channel is there").state
    };
    assert_eq!(mark(&anna), ChannelState::Asked);
    let record = attendance(&anna, assignment);
    attendance(&ben, assignment);
    assert_eq!(
        (item(&anna).expect("a task").progress, mark(&anna)),
        (TaskProgress::UnderWay, ChannelState::Begun)
    );
    assert_eq!(stage(&anna, record), RecordStage::Draft);
    anna.edit(record, vec![set("facts/outcome", "attended"), done(&anna)]);
    assert_eq!(stage(&anna, record), RecordStage::Finished, "the other observer still writes");
    // Lists know it without opening the record, and know the same.
    let listed = |app: &App| app.phone.records(None, 1).expect("listed");
    assert_eq!(item(&anna).expect("a task").records, listed(&anna));
    assert_eq!(listed(&anna)[0].stage, RecordStage::Finished);
    ben.edit(record, vec![done(&ben)]);
    ben.sync();
    anna.sync();
    anna.phone.seal(record).expect("everybody is done");
    assert_eq!((stage(&anna, record), mark(&anna)), (RecordStage::ToUpload, ChannelState::Sealed));
    anna.sync();
    assert_eq!(stage(&anna, record), RecordStage::Stored);
    // Each observer owes a sheet of their own.
    assert_eq!(item(&anna).expect("still a task").progress, TaskProgress::UnderWay);
    let sheet = anna.phone.start(assignment, "observer_sheet".into(), None).expect("the one case");
    let points = FieldEdit::Set { path: "points/HRG-01".into(), value: FieldValue::Integer { value: 300 } };
    anna.edit(sheet, vec![set("subject/rubric", "rubric hash"), points]);
    anna.phone.seal(sheet).expect("complete");
    assert_eq!(item(&anna), None, "nothing is left to do");
    let starts_at = anna.phone.task(assignment).expect("read").expect("a task").at();
    let figures = anna.phone.month_figures(starts_at.expect("a hearing")).expect("counted");
    assert_eq!((figures[0].kind.as_str(), figures[0].done, figures[0].all), ("attendance", 1, 1));
    let amended = anna.phone.amend(sheet, "漏记一项".into()).expect("begun");
    anna.phone.seal(amended).expect("complete");
    assert_eq!(stage(&anna, sheet), RecordStage::Amended);
    let case = fleet.world.case;
    let rows = anna.phone.case(case).expect("read").expect("known").records;
    let shown: Vec<_> = rows.iter().map(|row| (row.record, row.stage)).collect();
    let expected = [record, sheet, amended].map(|record| (record, stage(&anna, record)));
    assert_eq!(shown, expected, "a list says what the record itself says");
    let found = anna.phone.cases(Some("没有这样的案件".into()), None, 50).expect("searched");
    assert_eq!((found, anna.phone.case_count().expect("counted")), (Vec::new(), 1));
}

#[test]
fn a_phone_opens_again_where_it_stopped_and_not_without_its_keys() {
    let Pair { anna, assignment, .. } = pair(38);
    let record = attendance(&anna, assignment);
    anna.edit(record, vec![append("开庭。")]);
    let keys = Arc::clone(&anna.keys);
    let anna = anna.restart();
    assert_eq!(value_at(&anna.show(record), "narrative"), Some(text("开庭。")));
    keys.forget();
    let error = anna.open_again().err().expect("no keys, no phone");
    assert_eq!(error.code(), "no_keys");
}

#[test]
fn an_app_confirms_a_clerks_copy_of_its_owners_paper_and_starts_a_record_without_a_task() {
    let fleet = Fleet::new(37);
    let (a, c) = (fleet.person("安娜", Role::Supervisor), fleet.person("录入员", Role::Supervisor));
    let members = [(a, "安娜", Duty::Chair), (c, "录入员", Duty::Clerk)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let fleet = Arc::new(fleet);
    let (anna, clerk) = (App::enrol(&fleet, a, "安娜"), App::enrol(&fleet, c, "录入员"));
    anna.sync();
    clerk.sync();
    let about = Some(About { for_observer: Some(a), ..About::default() });
    let copy = clerk.phone.start(assignment, "observer_sheet".into(), about).expect("a clerk's work");
    let points = FieldEdit::Set { path: "points/HRG-01".into(), value: FieldValue::Integer { value: 800 } };
    clerk.edit(copy, vec![set("subject/rubric", "rubric hash"), points]);
    clerk.phone.seal(copy).expect("complete");
    clerk.sync();
    anna.sync();
    let seen = anna.show(copy);
    assert_eq!((seen.transcribed_for, seen.sealed, seen.confirmed), (Some(a), true, false));
    anna.phone.confirm(copy).expect("it is what she wrote");
    anna.sync();
    clerk.sync();
    assert!(anna.show(copy).confirmed && clerk.show(copy).confirmed);
    let refused = clerk.phone.confirm(copy).expect_err("not the clerk's paper");
    assert_eq!(refused, TingfangError::NotAllowed { rule: "confirmation_of_own_paper".into() });

    let record = anna.phone.start_unassigned("attendance".into()).expect("no task is needed");
    anna.edit(record, vec![append("临时旁听。")]);
    anna.sync();
    assert_eq!(anna.show(record).sync, SyncState::Attention, "held until a manager links it");
    let held = anna.phone.refused(None, 50).expect("listed").items;
    assert!(held.iter().all(|item| item.rule == "unassigned"), "{held:?}");
    let early = anna.phone.seal(record).expect_err("what it answers is not known");
    assert_eq!(early, TingfangError::NotAllowed { rule: "unassigned".into() });
}

#[test]
fn an_app_shows_the_rules_before_the_number_and_says_that_a_task_cannot_be_done() {
    let fleet = Fleet::new(39);
    let visitor = fleet.person("安娜", Role::Supervisor);
    let case = fleet.world.case;
    let contact = RecipientContact {
        case,
        name: "李某".into(),
        phone: Some("13800000000".into()),
        address: None,
        guardian: None,
        groups: Vec::new(),
        language: None,
        safe_contact: Some(SafeContact {
            number: "13900000000".into(),
            from_minute: 0,
            until_minute: 1440,
            code_word: "还书".into(),
            note: None,
        }),
    };
    let members = [(visitor, "安娜", Duty::Lead)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::ReturnVisit, &members);
    fleet
        .db
        .write(move |tx| {
            recipient::set(tx, case, std::slice::from_ref(&contact))?;
            let kept = assignment::find(tx, assignment)?.expect("there");
            planning::task::publish_recipients(tx, &kept)
        })
        .expect("known");
    let fleet = Arc::new(fleet);
    let anna = App::enrol(&fleet, visitor, "安娜");
    anna.sync();
    let shown = anna.phone.contacts(assignment).expect("a task");
    assert_eq!(shown[0].rules.as_ref().expect("at risk").code_word, "还书");
    assert_eq!(shown[0].number, None);
    let shown = anna.phone.contacts_after_rules(assignment).expect("a task");
    assert_eq!(shown[0].number.as_deref(), Some("13900000000"));
    anna.phone.report_impossible(assignment, "受援人已迁居".into()).expect("a member says so");
    anna.sync();
    let agenda = anna.phone.agenda(None, 50).expect("listed");
    assert_eq!(agenda.items[0].task.reports[0].kind, "impossible");
    assert_eq!(agenda.items[0].progress, TaskProgress::Impossible);
    assert!(anna.phone.returned(None, 50).expect("readable").items.is_empty());
}
