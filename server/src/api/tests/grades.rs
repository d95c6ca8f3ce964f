//! Rounds, grades and the ledger: each step needs its role in the organisation whose matter it is.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tingfang_core::audit::Checkpoint;
use tingfang_core::clock::LogPosition;
use tingfang_core::consequence::CaseFacts;
use tingfang_core::grading::DecisionState;
use tingfang_core::id::{CaseId, DecisionId, OrganisationId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::{Organisation, OrganisationLevel, Role};

use crate::store::decision::{self, Representation};
use crate::store::{organisation, role_grant};
use crate::testing::TestServer;

/// A second centre: people of the first one may hold other roles there.
pub(super) fn elsewhere(server: &TestServer) -> OrganisationId {
    let row = Organisation {
        id: server.app.minter.mint(),
        name: "邻县法律援助中心".to_owned(),
        level: OrganisationLevel::County,
        parent: None,
        region_code: None,
    };
    let id = row.id;
    server.app.db.write(move |tx| organisation::save(tx, &row)).expect("an organisation");
    id
}

pub(super) fn grant(server: &TestServer, person: PersonId, organisation: OrganisationId, role: Role) {
    server
        .app
        .db
        .write(move |tx| role_grant::add(tx, person, organisation, role).map(|_| ()))
        .expect("granted");
}

/// A round over the first case, begun by the manager.
pub(super) fn begun(server: &TestServer, manager: &str) -> (Value, Value) {
    let cases = server.get("/api/v1/cases?kind=criminal", manager).json();
    let case = cases["items"][0].clone();
    let wish = json!({ "name": "四季度", "rubric": "CRM-TRIAL", "cases": [{ "case": case["id"] }] });
    let answer = server.post("/api/v1/rounds", Some(manager), &wish);
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    (answer.json(), case)
}

/// A grade that waits for its end.
pub(super) fn proposed(server: &TestServer, round: &Value) -> DecisionId {
    let subject = &round["cases"][0];
    let parse = |value: &Value| value.as_str().expect("an id").to_owned();
    let case: CaseId = parse(&subject["case"]).parse().expect("an id");
    let undertaker: UndertakerId = parse(&subject["undertaker"]).parse().expect("an id");
    let round: RoundId = parse(&round["id"]).parse().expect("an id");
    let hash = "00".repeat(32);
    let outcome = json!({
        "case": case, "undertaker": undertaker, "grade": "good", "decided_by": "first_review",
        "score": 8500, "exact": "85/1", "grade_of_score": "good", "sheets": [], "items": [], "vetoes": [],
        "stops": [],
        "basis": {
            "rubric": hash, "leans_on": {}, "sheet_rubric": hash, "scale": hash, "rule": hash,
            "evidence": [], "sheets": [], "rulings": [], "checked_on_the_spot": false,
        },
    });
    let evidence = json!({
        "rubric": hash, "sheet_rubric": hash, "case": case, "undertaker": undertaker, "sources": [],
        "items": [], "unplaced": [], "allegations": [], "channels": [],
    });
    let kept = decision::Kept {
        id: server.app.minter.mint(),
        round,
        case,
        undertaker,
        number: 1,
        state: DecisionState::Proposed,
        outcome: serde_json::from_value(outcome).expect("an outcome"),
        evidence: serde_json::from_value(evidence).expect("evidence"),
        evidence_position: LogPosition(0),
        representation: Representation::default(),
        case_facts: CaseFacts { kind: tingfang_core::case::CaseKind::Criminal, stage: None, closed_on: None },
        decided_at: server.app.now(),
    };
    let id = kept.id;
    server.app.db.write(move |tx| decision::insert(tx, &kept)).expect("a decision");
    id
}

#[test]
fn a_director_elsewhere_who_audits_here_reads_and_decides_nothing() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (round, case) = begun(&server, &manager);
    let grade = proposed(&server, &round);
    let guest = server.person("guest", &[Role::Auditor]);
    let other = elsewhere(&server);
    grant(&server, guest, other, Role::Director);
    grant(&server, guest, other, Role::Manager);
    let token = server.sign_in("guest");
    let path = format!("/api/v1/rounds/{}", round["id"].as_str().unwrap_or_default());
    assert_eq!(server.get(&path, &token).status, StatusCode::OK, "an auditor reads");
    let path = format!("{path}/grades");
    let refused = server.post(&path, Some(&token), &json!({ "case": case["id"] }));
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "not_allowed"));
    let answer = json!({ "statement": "无异议", "answer": "已阅" });
    for (step, body) in [
        ("re-review", json!({})),
        ("representation", json!({})),
        ("representation/answer", answer),
        ("finalise", json!({})),
        ("supersede", json!({ "reason": "投诉属实" })),
        ("spot-checks", json!({ "checked_on": "2026-11-23", "place": "律所", "finding": "属实" })),
    ] {
        let refused = server.post(&format!("/api/v1/grades/{grade}/{step}"), Some(&token), &body);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::FORBIDDEN, "not_allowed"),
            "{step}"
        );
    }
}

#[test]
fn a_director_publishes_the_numbers_of_final_grades_and_they_stay_as_they_were() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (round, _) = begun(&server, &manager);
    let grade = proposed(&server, &round);
    server.person("director", &[Role::Director]);
    let director = server.sign_in("director");
    let path = format!("/api/v1/rounds/{}/bulletins", round["id"].as_str().expect("an id"));
    let wish = json!({ "title": "关于四季度质量评估情况的通报", "problems": "阅卷不全。" });
    let early = server.post(&path, Some(&director), &wish).json();
    assert_eq!(early["errors"][0]["code"], "nothing_final", "{early}");
    let end = |state| {
        server
            .app
            .db
            .write(move |tx| {
                let mut kept = decision::find(tx, grade)?.expect("there");
                kept.state = state;
                decision::advance(tx, &kept)
            })
            .expect("advanced");
    };
    end(DecisionState::Final);
    assert_eq!(server.post(&path, Some(&manager), &wish).code(), "not_allowed", "a director decides");
    let nameless = server.post(&path, Some(&director), &json!({ "title": " " })).json();
    assert_eq!(nameless["errors"][0]["field"], "title", "{nameless}");
    let published = server.post(&path, Some(&director), &wish);
    assert_eq!(published.status, StatusCode::CREATED, "{}", published.json());
    let published = published.json();
    let text = published["text"].as_str().expect("a text");
    for wanted in ["关于四季度质量评估情况的通报", "良好1件，占100.0%", "85.00", "阅卷不全。"]
    {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    let checkpoint: Checkpoint =
        published["bulletin"]["checkpoint"].as_str().expect("text").parse().expect("a checkpoint");
    assert!(checkpoint.is_signed_by(&server.app.public_key) && text.contains(&checkpoint.to_string()));

    end(DecisionState::Superseded);
    let shown = format!("/api/v1/bulletins/{}", published["number"]);
    assert_eq!(server.get(&shown, &manager).json(), published, "it is frozen");
    assert_eq!(server.get("/api/v1/bulletins/1", &manager).status, StatusCode::NOT_FOUND, "another entry");
    server.person("guest", &[]);
    assert_eq!(server.get(&shown, &server.sign_in("guest")).status, StatusCode::NOT_FOUND);
}

#[test]
fn the_ledger_shows_ones_own_organisations() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    begun(&server, &manager);
    let guest = server.person("guest", &[]);
    grant(&server, guest, elsewhere(&server), Role::Manager);
    let token = server.sign_in("guest");
    let count = |page: Value| page["items"].as_array().map(Vec::len);
    let own = server.get("/api/v1/ledger", &manager).json();
    assert_eq!(own["items"][0]["kind"], "round");
    assert_eq!(count(own), Some(1));
    assert_eq!(count(server.get("/api/v1/ledger", &token).json()), Some(0));
    assert_eq!(count(server.get("/api/v1/subsidy-lines", &token).json()), Some(0));
}
