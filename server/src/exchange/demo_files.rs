//! The demo's Excel files say what the demo tells of them.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::case::{
    Case, CaseFlags, CaseSource, CaseStatus, GateRule, Hearing, HearingKind, HearingState, Known, Openness,
    may_attend,
};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, HearingId, OrganisationId};
use tingfang_core::people::Role;

use super::*;

fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/demo-data").join(name);
    std::fs::read(path).expect("a file of the demo")
}

fn codes(problems: &[RowProblem]) -> Vec<ProblemCode> {
    problems.iter().map(|problem| problem.code).collect()
}

/// What the gate asks of a case, as its row says it.
fn case(row: &CaseRow) -> Case {
    let mut case = Case {
        id: CaseId::from_bytes([3; 16]),
        organisation: OrganisationId::from_bytes([4; 16]),
        case_no: row.case_no.clone(),
        organ_case_no: None,
        kind: row.kind,
        stage: row.stage,
        cause: row.cause.clone(),
        source: CaseSource::Application,
        aid_form: None,
        status: CaseStatus::InProgress,
        undertakers: Vec::new(),
        recipients: Vec::new(),
        organ: None,
        assigned_on: None,
        closed_on: None,
        archived_on: None,
        close_method: None,
        effect: None,
        flags: CaseFlags::default(),
        first_case_of_undertaker: false,
    };
    row.flags.apply(&mut case.flags);
    case
}

/// What the gate asks of a hearing; what the row does not say is not known.
fn hearing(row: &HearingRow) -> Hearing {
    Hearing {
        id: HearingId::from_bytes([5; 16]),
        case: CaseId::from_bytes([3; 16]),
        kind: row.kind.unwrap_or(HearingKind::Trial),
        state: row.state.unwrap_or(HearingState::Scheduled),
        court: row.court.clone(),
        courtroom: None,
        starts_at: row.starts_at,
        procedure: None,
        instance: None,
        openness: row.openness.unwrap_or(Openness::Unknown),
        defendant_under_18_at_trial: row.defendant_under_18_at_trial.unwrap_or(Known::Unknown),
        record_may_be_sealed: row.record_may_be_sealed.unwrap_or(Known::Unknown),
        presiding: None,
        device_rule: None,
        source: None,
    }
}

fn cases() -> Sheet<CaseRow> {
    parse_cases(&file("cases.xlsx")).expect("a sheet")
}

#[test]
fn four_hundred_cases_of_twenty_four_undertakers_of_nine_providers_and_three_bad_rows() {
    let sheet = cases();
    assert_eq!(
        codes(&sheet.problems),
        [ProblemCode::NumberLostDigits, ProblemCode::BadCode, ProblemCode::SameRowTwice]
    );
    assert_eq!((sheet.rows.len(), sheet.unknown_columns.len()), (400, 0));
    let undertakers = || sheet.rows.iter().flat_map(|row| &row.value.undertakers);
    let licences: BTreeSet<&str> = undertakers().map(|u| u.licence_no.as_str()).collect();
    let providers: BTreeSet<&str> = undertakers().map(|u| u.provider.as_str()).collect();
    assert_eq!((licences.len(), providers.len()), (24, 9));
    assert!(undertakers().all(|u| u.provider_kind.is_some() && u.kind.is_some()));
}

#[test]
fn the_people_of_one_centre_and_one_row_that_nobody_could_sign_in_with() {
    let sheet = parse_people(&file("people.xlsx")).expect("a sheet");
    assert_eq!(codes(&sheet.problems), [ProblemCode::LoginOrPhone]);
    let mut roles: BTreeMap<Role, usize> = BTreeMap::new();
    for row in &sheet.rows {
        for role in &row.value.roles {
            *roles.entry(*role).or_default() += 1;
        }
    }
    assert_eq!(
        roles,
        BTreeMap::from([
            (Role::Supervisor, 7),
            (Role::OutsideObserver, 3),
            (Role::Undertaker, 24),
            (Role::Assessor, 8),
            (Role::Manager, 2),
            (Role::Director, 1),
            (Role::Admin, 1),
        ])
    );
    let cases = cases();
    let known: BTreeSet<&str> = cases
        .rows
        .iter()
        .flat_map(|row| &row.value.undertakers)
        .map(|undertaker| undertaker.licence_no.as_str())
        .collect();
    assert!(sheet.rows.iter().filter_map(|row| row.value.licence_no.as_deref()).all(|no| known.contains(no)));
}

#[test]
fn the_gate_refuses_what_the_demo_says_it_refuses() {
    let sheet = parse_hearings(&file("hearings.xlsx")).expect("a sheet");
    assert_eq!(codes(&sheet.problems), [ProblemCode::TimeMissing, ProblemCode::BadDate]);
    let cases: BTreeMap<String, Case> =
        cases().rows.iter().map(|row| (row.value.key(), case(&row.value))).collect();
    let mut refused: BTreeMap<GateRule, usize> = BTreeMap::new();
    let before = Moment::parse("2026-11-24T09:00:00+08:00").expect("a time");
    let (mut open, mut strangers) = (0, 0);
    for row in &sheet.rows {
        let Some(case) = cases.get(&row.value.case_no) else {
            strangers += 1;
            continue;
        };
        let hearing = hearing(&row.value);
        match may_attend(&hearing, case, before) {
            Ok(()) => open += 1,
            Err(refusals) => refusals.iter().for_each(|r| *refused.entry(r.rule).or_default() += 1),
        }
    }
    assert_eq!((sheet.rows.len(), strangers), (161, 1));
    for rule in [
        GateRule::SecretCase,
        GateRule::ClosedByLaw,
        GateRule::ClosedOnApplication,
        GateRule::OpennessUnknown,
        GateRule::DefendantUnder18,
        GateRule::DefendantAgeUnknown,
        GateRule::SealableRecord,
        GateRule::SealableRecordUnknown,
        GateRule::HearingCancelled,
        GateRule::HearingPostponed,
    ] {
        assert!(refused.contains_key(&rule), "{rule} in {refused:?}");
    }
    assert!((100..130).contains(&open), "{open} open, refused {refused:?}");
}
