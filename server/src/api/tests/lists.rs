//! Lists: pages, filters, and who sees what.

use axum::http::StatusCode;
use tingfang_core::people::Role;

use crate::testing::{CASE_HEADERS, TestServer, workbook};

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    let numbers: Vec<String> = (1..=25).map(|number| format!("听援2026{number:03}")).collect();
    let rows: Vec<Vec<&str>> = numbers
        .iter()
        .map(|number| {
            vec![number.as_str(), "民事", "合同纠纷", "听州甲律师事务所", "甲律师", "15301202010000001", ""]
        })
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    assert_eq!(server.import("cases", &manager, workbook(CASE_HEADERS, &rows)).json()["created"], 25);

    let mut seen = Vec::new();
    let mut path = "/api/v1/cases?limit=10".to_owned();
    let mut pages = 0;
    loop {
        let page = server.get(&path, &manager).json();
        pages += 1;
        let items = page["items"].as_array().expect("items").clone();
        seen.extend(items.iter().filter_map(|case| case["case_no"].as_str().map(str::to_owned)));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/cases?limit=10&after={next}");
    }
    assert_eq!((pages, &seen), (3, &numbers));
    let found = server.get("/api/v1/cases?search=2026007&kind=civil", &manager).json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    let none = server.get("/api/v1/cases?kind=criminal", &manager).json();
    assert_eq!(none["items"].as_array().map(Vec::len), Some(0));
}

#[test]
fn recipients_are_named_to_staff_only_and_undertakers_see_no_hearing() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    server.person("assessor", &[Role::Assessor]);
    server.person("lawyer", &[Role::Undertaker]);
    let (assessor, lawyer) = (server.sign_in("assessor"), server.sign_in("lawyer"));
    let seen = server.get("/api/v1/cases", &manager).json();
    assert_eq!(seen["items"][0]["recipients"][0], "受援一");
    assert_eq!(seen["items"][0]["undertakers"][0]["provider_name"], "听州甲律师事务所");
    let hidden = server.get("/api/v1/cases", &assessor).json();
    assert!(hidden["items"][0]["recipients"].is_null(), "{hidden}");
    for path in ["/api/v1/hearings", "/api/v1/assignments", "/api/v1/cases"] {
        assert_eq!(server.get(path, &lawyer).status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[test]
fn a_hearing_shows_what_the_legal_gate_says() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let hearings = server.get("/api/v1/hearings", &manager).json();
    assert_eq!(hearings["items"][0]["gate"]["may_attend"], true);
    let refusal = &hearings["items"][1]["gate"]["refusals"][0];
    assert_eq!(
        (refusal["rule"].as_str(), refusal["article"].as_str()),
        (Some("closed_by_law"), Some("civil_closed"))
    );
    assert!(refusal["remedy"].as_str().is_some_and(|text| !text.is_empty()));
    let from = server.get("/api/v1/hearings?from=2026-12-02T00:00:00%2B08:00", &manager).json();
    assert_eq!(from["items"].as_array().map(Vec::len), Some(1));
}
