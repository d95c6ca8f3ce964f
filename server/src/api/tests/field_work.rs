//! Recipients, work besides hearings, returns, checks, complaints and alerts, from the outside.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tingfang_core::clock::LogPosition;
use tingfang_core::id::DocumentId;
use tingfang_core::people::Role;

use crate::store::document;
use crate::testing::TestServer;

fn first_case(server: &TestServer, manager: &str) -> Value {
    server.get("/api/v1/cases", manager).json()["items"][0].clone()
}

fn codes(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
    errors.iter().map(|error| (text(error, "field"), text(error, "code"))).collect()
}

fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn how_a_recipient_is_reached_is_checked_field_by_field_and_shown_to_staff_only() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let path =
        format!("/api/v1/cases/{}/recipients", first_case(&server, &manager)["id"].as_str().expect("an id"));
    let at_risk = |from: u32, until: u32| {
        json!([{ "name": "某甲", "safe_contact": { "number": "139", "from_minute": from,
            "until_minute": until, "code_word": "还书" } }])
    };
    let wrong = server.put(&path, &manager, &at_risk(900, 600));
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(codes(&wrong.json()), told(&[("[0].safe_contact.until_minute", "out_of_range")]));
    assert_eq!(server.put(&path, &manager, &at_risk(540, 690)).status, StatusCode::OK);
    let shown = server.get(&path, &manager).json();
    assert_eq!(shown[0]["safe_contact"]["code_word"], "还书");
    server.person("assessor", &[Role::Assessor]);
    let assessor = server.sign_in("assessor");
    assert_eq!(server.get(&path, &assessor).status, StatusCode::FORBIDDEN);
}

#[test]
fn work_besides_hearings_names_what_does_not_fit_it() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let case = first_case(&server, &manager);
    let subject = json!({ "case": case["id"], "undertaker": case["undertakers"][0]["undertaker"] });
    let visitor = server.person("visitor", &[Role::Supervisor]);
    let member = |duty: &str| json!([{ "person": visitor, "duty": duty }]);
    let assign = |wish: Value| server.post("/api/v1/assignments", Some(&manager), &wish);
    let wrong =
        assign(json!({ "kind": "return_visit", "subjects": [subject], "members": member("visitor") }));
    assert_eq!(codes(&wrong.json()), told(&[("stage", "empty"), ("members", "one_lead")]));
    let wrong = assign(json!({ "kind": "court_visit", "stage": "after", "subjects": [subject],
        "members": member("lead") }));
    assert_eq!(codes(&wrong.json()), told(&[("stage", "not_of_this_kind")]));
    let mut report =
        json!({ "kind": "pre_hearing_report", "subjects": [subject], "members": member("reporter") });
    assert_eq!(codes(&assign(report.clone()).json()), told(&[("due_at", "empty")]));
    report["due_at"] = json!("2026-12-01T00:00:00Z");
    assert_eq!(codes(&assign(report).json()), told(&[("members[0].person", "role_missing")]));
    let right = assign(json!({ "kind": "return_visit", "stage": "after", "subjects": [subject],
        "members": member("lead"), "due_at": "2020-01-01T00:00:00Z" }));
    assert_eq!(right.status, StatusCode::CREATED, "{}", right.json());
    let alerts = server.get("/api/v1/alerts", &manager).json();
    assert_eq!(alerts["overdue"][0]["kind"], "return_visit", "{alerts}");
    assert_eq!(server.get("/api/v1/complaints", &manager).json()["items"], json!([]));
}

#[test]
fn only_a_sealed_record_is_returned_and_every_note_names_a_field_that_there_is() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let case = first_case(&server, &manager);
    let subject = json!({ "case": case["id"], "undertaker": case["undertakers"][0]["undertaker"] });
    let visitor = server.person("visitor", &[Role::Supervisor]);
    let wish = json!({ "kind": "return_visit", "stage": "after", "subjects": [subject],
        "members": [{ "person": visitor, "duty": "lead" }] });
    let assigned = server.post("/api/v1/assignments", Some(&manager), &wish).json();
    let record: DocumentId = server.app.minter.mint();
    let row = document::Kept {
        id: record,
        kind: "return_visit".to_owned(),
        schema_version: 1,
        assignment: Some(assigned["id"].as_str().expect("an id").parse().expect("an id")),
        case: None,
        undertaker: None,
        transcribed_for: None,
        writer: None,
        amends: None,
        begun_by: visitor,
        begun_position: LogPosition(1),
        sealed_position: None,
        revision: 0,
        changed_at: tingfang_core::clock::Moment::default(),
        erased_by: None,
    };
    server.app.db.write(move |tx| document::insert(tx, &row)).expect("a record");
    let path = format!("/api/v1/records/{record}/returns");
    let notes = |field: &str| json!({ "notes": [{ "field": field, "text": "请补充" }] });
    let open = server.post(&path, Some(&manager), &notes("facts/way"));
    assert_eq!(codes(&open.json()), told(&[("state", "record_not_sealed")]));
    server.app.db.write(move |tx| document::set_sealed(tx, record, LogPosition(2))).expect("sealed");
    let wrong = server.post(&path, Some(&manager), &notes("facts/colour"));
    assert_eq!(codes(&wrong.json()), told(&[("notes[0].field", "no_such_field")]));
    let right = server.post(&path, Some(&manager), &notes("facts/way"));
    assert_eq!(right.status, StatusCode::CREATED, "{}", right.json());
    assert_eq!(server.get(&path, &manager).json()[0]["notes"][0]["text"], "请补充");
    let check = json!({ "state": "accepted" });
    let no_report = server.post(&format!("/api/v1/records/{record}/checks"), Some(&manager), &check);
    assert_eq!(codes(&no_report.json()), told(&[("record", "not_a_report")]));
}

#[test]
fn nobody_checks_or_returns_their_own_record_whatever_their_role() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let me: tingfang_core::id::PersonId =
        server.get("/api/v1/me", &manager).json()["person"].as_str().expect("an id").parse().expect("an id");
    let case = first_case(&server, &manager);
    let subject = json!({ "case": case["id"], "undertaker": case["undertakers"][0]["undertaker"] });
    let visitor = server.person("visitor", &[Role::Supervisor]);
    let wish = json!({ "kind": "return_visit", "stage": "after", "subjects": [subject],
        "members": [{ "person": visitor, "duty": "lead" }] });
    let assigned = server.post("/api/v1/assignments", Some(&manager), &wish).json();
    let report = |writer| {
        let record: DocumentId = server.app.minter.mint();
        let row = document::Kept {
            id: record,
            kind: "pre_hearing_report".to_owned(),
            schema_version: 1,
            assignment: Some(assigned["id"].as_str().expect("an id").parse().expect("an id")),
            case: Some(case["id"].as_str().expect("an id").parse().expect("an id")),
            undertaker: None,
            transcribed_for: None,
            writer: Some(writer),
            amends: None,
            begun_by: visitor,
            begun_position: LogPosition(1),
            sealed_position: None,
            revision: 0,
            changed_at: tingfang_core::clock::Moment::default(),
            erased_by: None,
        };
        let written = server.app.db.write(move |tx| {
            document::insert(tx, &row)?;
            document::add_reader(tx, record, writer, LogPosition(1))?;
            document::set_sealed(tx, record, LogPosition(2))
        });
        written.expect("a sealed report");
        record
    };
    let check = json!({ "state": "accepted", "answers": { "PHR-02": "met" } });
    let of =
        |record: DocumentId| server.post(&format!("/api/v1/records/{record}/checks"), Some(&manager), &check);
    assert_eq!(of(report(me)).status, StatusCode::NOT_FOUND);
    assert_eq!(of(report(visitor)).status, StatusCode::CREATED);
}

#[test]
fn what_is_not_due_yet_is_put_off_and_what_is_due_stays_so() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let case = first_case(&server, &manager);
    let subject = json!({ "case": case["id"], "undertaker": case["undertakers"][0]["undertaker"] });
    let visitor = server.person("visitor", &[Role::Supervisor]);
    let visit = |due_at: &str| {
        let wish = json!({ "kind": "return_visit", "stage": "after", "subjects": [subject], "due_at": due_at,
            "members": [{ "person": visitor, "duty": "lead" }] });
        let made = server.post("/api/v1/assignments", Some(&manager), &wish).json();
        format!("/api/v1/assignments/{}/due-date", made["id"].as_str().expect("an id"))
    };
    let put = |path: &str, due_at: &str| server.put(path, &manager, &json!({ "due_at": due_at }));
    let (ahead, past) = (visit("2099-01-02T00:00:00Z"), visit("2020-01-01T00:00:00Z"));
    assert_eq!(codes(&put(&ahead, "2099-01-01T00:00:00Z").json()), told(&[("due_at", "not_later")]));
    assert_eq!(put(&ahead, "2099-01-03T00:00:00Z").json()["task"]["due_at"], "2099-01-03T00:00:00Z");
    assert_eq!(codes(&put(&past, "2099-01-03T00:00:00Z").json()), told(&[("state", "due_already")]));
}
