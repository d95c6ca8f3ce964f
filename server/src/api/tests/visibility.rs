//! The table of visibility (`core/data/visibility.toml`), held against what every list answers to every role.

use axum::http::StatusCode;
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use tingfang_core::sync::row_kind::RowKind;

use crate::testing::TestServer;

/// Which list shows which facts; `CASE` stands for the id of a case.
const LISTS: &[(&str, Fact)] = &[
    ("cases", Fact::Case),
    ("cases/CASE", Fact::Case),
    ("cases/CASE/recipients", Fact::RecipientContact),
    ("cases/CASE/cross-check", Fact::CrossCheck),
    ("hearings", Fact::Hearing),
    ("assignments", Fact::Plan),
    ("alerts", Fact::Alert),
    ("pre-hearing-reports", Fact::Report),
    ("complaints", Fact::Complaint),
    ("rounds", Fact::Grade),
    ("grades", Fact::Grade),
    ("vetoes", Fact::Grade),
    ("ledger", Fact::Grade),
    ("subsidy-lines", Fact::Grade),
    ("rubrics", Fact::Grade),
    ("erasures", Fact::Erasure),
    ("people", Fact::Person),
    ("providers", Fact::Provider),
    ("undertakers", Fact::Provider),
    ("verifications", Fact::Verification),
];

/// Lists that show one's own, or rows of which each is asked whether it is there: `case_access.rs` and `kinds.rs` walk
/// these.
const BY_ROW: &[&str] = &["devices", "organisations", "records", "records/unlinked", "refused", "tasks"];

#[test]
fn every_list_there_is_stands_in_the_table_or_asks_of_each_row() {
    let api = serde_json::to_value(crate::router::description()).expect("a description");
    let paths = api["paths"].as_object().expect("paths").iter();
    let lists = paths.filter(|(path, operations)| !path.contains('{') && operations.get("get").is_some());
    let mut unsaid: Vec<&str> = lists.filter_map(|(path, _)| path.strip_prefix("/api/v1/")).collect();
    unsaid.retain(|list| !BY_ROW.contains(list) && !LISTS.iter().any(|(listed, _)| listed == list));
    // What everybody may ask of the server and of themselves.
    unsaid.retain(|path| !["audit-log/checkpoint", "me", "server"].contains(path));
    assert_eq!(unsaid, Vec::<&str>::new());
}

#[test]
fn every_list_answers_the_roles_of_the_table_and_no_other() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let cases = server.get("/api/v1/cases", &manager).json();
    let case = cases["items"][0]["id"].as_str().expect("an id").to_owned();
    for role in Role::ALL.iter().copied() {
        let login = format!("only.{role}");
        server.person(&login, &[role]);
        let token = server.sign_in(&login);
        for (list, fact) in LISTS {
            let answer = server.get(&format!("/api/v1/{}", list.replace("CASE", &case)), &token);
            let says = Visibility::shipped().readers(*fact).contains(&role);
            assert!(
                says == (answer.status == StatusCode::OK)
                    && (says || matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)),
                "{list} answers a {role} {}, and the table says {says}",
                answer.status
            );
        }
    }
}

#[test]
fn no_list_is_there_for_who_undertakes_or_observes_from_outside() {
    let shipped = Visibility::shipped();
    for fact in Fact::ALL {
        let readers = shipped.readers(*fact);
        assert!(!readers.contains(&Role::Undertaker), "{fact:?}");
        assert!(!readers.contains(&Role::OutsideObserver), "{fact:?}");
        assert!(!readers.is_empty(), "{fact:?} is for nobody");
    }
    // Who scores learns no plan, no totals, and not what is complained of (domain 6.3).
    for fact in [Fact::Plan, Fact::Grade, Fact::Complaint, Fact::RecipientName, Fact::RecipientContact] {
        assert!(!shipped.readers(fact).contains(&Role::Assessor), "{fact:?}");
    }
}

#[test]
fn every_row_that_phones_are_sent_is_in_the_table_and_none_of_the_wrong_ones_is_for_who_undertakes_or_is_outside()
 {
    let shipped = Visibility::shipped();
    for row in RowKind::ALL {
        assert!(!shipped.receivers(*row).is_empty(), "{row} is for nobody");
    }
    for row in [RowKind::Evidence, RowKind::Recipients, RowKind::Rubric, RowKind::Questionnaire] {
        assert!(!shipped.receivers(row).contains(&Role::Undertaker), "{row}");
    }
    for row in [RowKind::Evidence, RowKind::Recipients, RowKind::Result, RowKind::Checked] {
        assert!(!shipped.receivers(row).contains(&Role::OutsideObserver), "{row}");
    }
}
