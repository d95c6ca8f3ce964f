use super::*;
use crate::id::PersonId;
use crate::people::{Duty, Relation, Role};
use crate::record::edit::FieldPath;
use crate::text::{Language, label};

const ANNA: PersonId = PersonId::from_bytes([0xa; 16]);

fn observer() -> Facts {
    Facts {
        person: ANNA,
        roles: [Role::Supervisor].into(),
        duty: Some(Duty::Observer),
        relation: Relation::None,
        is_writer: false,
        state: RecordState::Open,
    }
}

fn judge(facts: &Facts, kind: &str, act: Act, path: &str) -> String {
    let path: FieldPath = path.parse().expect("any text is a path");
    let policy = Policy::shipped();
    let request = Request { kind, act, path: &path, entry_owner: None, value: None };
    match policy.judge(facts, &request) {
        Ruling::Allow(rule) => format!("allow {rule}"),
        Ruling::Deny(rule) => format!("deny {rule}"),
    }
}

#[test]
fn an_observer_writes_only_attendances_assigned_to_him() {
    let outcome = |facts: &Facts| judge(facts, "attendance", Act::Set, "facts/outcome");
    assert_eq!(outcome(&observer()), "allow attendance_by_assigned_observer");
    assert_eq!(outcome(&Facts { duty: None, ..observer() }), "deny not_assigned");
    assert_eq!(outcome(&Facts { roles: [Role::Undertaker].into(), ..observer() }), "deny role_lacking");
}

#[test]
fn relation_to_the_case_wins_over_any_role() {
    for relation in [Relation::Related, Relation::SameProvider, Relation::Undertakes] {
        let facts = Facts { relation, roles: [Role::Supervisor, Role::Director].into(), ..observer() };
        assert_eq!(judge(&facts, "attendance", Act::Set, "facts/outcome"), "deny relation_bars");
    }
}

#[test]
fn an_observer_speaks_for_nobody_else_but_the_chair_records_who_is_absent_or_writes_on_paper() {
    let other = format!("observers/{}", PersonId::from_bytes([0xb; 16]));
    assert_eq!(judge(&observer(), "attendance", Act::Set, &other), "deny not_permitted");
    let own = format!("observers/{ANNA}");
    assert_eq!(judge(&observer(), "attendance", Act::Set, &own), "allow attendance_by_assigned_observer");
    let chair = Facts { duty: Some(Duty::Chair), ..observer() };
    let path: FieldPath = other.parse().expect("any text is a path");
    let policy = Policy::shipped();
    let says = |value| {
        let request =
            Request { kind: "attendance", act: Act::Set, path: &path, entry_owner: None, value: Some(value) };
        policy.judge(&chair, &request)
    };
    for state in ["absent", "on_paper"] {
        assert_eq!(says(state), Ruling::Allow("chair_records_who_has_no_phone_there"));
    }
    assert_eq!(says("done"), Ruling::Deny("not_permitted"), "that is for each observer to say");
    assert_eq!(judge(&observer(), "attendance", Act::Seal, ""), "deny duty_lacking");
    assert_eq!(judge(&chair, "attendance", Act::Seal, ""), "allow attendance_by_chair");
    assert_eq!(judge(&chair, "attendance", Act::Amend, ""), "allow attendance_by_chair");
}

#[test]
fn a_duty_is_for_the_roles_that_may_do_all_of_it() {
    let policy = Policy::shipped();
    let attendance = ["attendance", "observer_sheet"];
    assert_eq!(policy.roles_of_duty(&attendance, Duty::Chair), [Role::Supervisor]);
    assert_eq!(policy.roles_of_duty(&attendance, Duty::Observer), [Role::Supervisor, Role::OutsideObserver]);
    assert_eq!(policy.roles_of_duty(&attendance, Duty::Clerk), [Role::Supervisor, Role::Manager]);
    assert_eq!(policy.roles_of_duty(&["scoresheet"], Duty::Assessor), [Role::Assessor]);
    assert_eq!(policy.roles_of_duty(&["scoresheet"], Duty::Clerk), []);
}

#[test]
fn a_finding_is_changed_by_its_finder_only() {
    let path: FieldPath = "findings/00000000-0000-0000-0000-000000000001/text".parse().expect("a path");
    let policy = Policy::shipped();
    let request = |owner| Request {
        kind: "attendance",
        act: Act::Set,
        path: &path,
        entry_owner: Some(owner),
        value: None,
    };
    let facts = observer();
    assert_eq!(policy.judge(&facts, &request(ANNA)), Ruling::Allow("own_finding_in_attendance"));
    let other = PersonId::from_bytes([0xb; 16]);
    assert_eq!(policy.judge(&facts, &request(other)), Ruling::Deny("not_own"));
}

#[test]
fn a_single_writer_record_has_one_writer_and_a_seal_ends_it() {
    let sheet = |facts: &Facts| judge(facts, "observer_sheet", Act::Set, "points/HRG-01");
    assert_eq!(sheet(&observer()), "deny not_own");
    let writer = Facts { is_writer: true, ..observer() };
    assert_eq!(sheet(&writer), "allow own_observer_sheet");
    assert_eq!(sheet(&Facts { state: RecordState::Sealed, ..writer }), format!("deny {RECORD_SEALED}"));
}

#[test]
fn what_was_allowed_when_the_writer_last_heard_is_held_and_not_refused() {
    let policy = Policy::shipped();
    let path: FieldPath = "facts/outcome".parse().expect("a path");
    let request = Request { kind: "attendance", act: Act::Set, path: &path, entry_owner: None, value: None };
    let gone = Facts { duty: None, ..observer() };
    let hold = Judgement::Hold("not_assigned".to_owned());
    assert_eq!(judge_then_and_now((&policy, &observer()), (&policy, &gone), &request), hold);
    let refuse = Judgement::Refuse("not_assigned".to_owned());
    assert_eq!(judge_then_and_now((&policy, &gone), (&policy, &gone), &request), refuse);
    assert_eq!(judge_then_and_now((&policy, &gone), (&policy, &observer()), &request), Judgement::Allow);
}

#[test]
fn a_rule_that_changed_holds_what_was_allowed_by_the_rules_that_the_writer_knew() {
    let known = Policy::shipped();
    let stricter = Policy::parse(&Policy::shipped_text().replacen("\"facts/*\", ", "", 1)).expect("a policy");
    let path: FieldPath = "facts/outcome".parse().expect("a path");
    let request = Request { kind: "attendance", act: Act::Set, path: &path, entry_owner: None, value: None };
    let facts = observer();
    let hold = Judgement::Hold("not_permitted".to_owned());
    assert_eq!(judge_then_and_now((&known, &facts), (&stricter, &facts), &request), hold);
    let refuse = Judgement::Refuse("not_permitted".to_owned());
    assert_eq!(judge_then_and_now((&stricter, &facts), (&stricter, &facts), &request), refuse);
    assert_eq!(judge_then_and_now((&stricter, &facts), (&known, &facts), &request), Judgement::Allow);
}

#[test]
fn every_reason_has_a_sentence_in_both_languages() {
    for rule in [
        "relation_bars",
        "record_sealed",
        "assignment_closed",
        "not_permitted",
        "role_lacking",
        "not_assigned",
        "not_own",
    ] {
        for language in [Language::Zh, Language::En] {
            assert!(label(language, "rule", rule).is_some(), "{language:?} lacks rule.{rule}");
        }
    }
}
