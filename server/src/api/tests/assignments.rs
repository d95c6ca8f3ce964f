//! Assignments: what the gates refuse, and the tasks that follow.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tingfang_core::id::PersonId;
use tingfang_core::people::Role;

use crate::params;
use crate::planning::correction;
use crate::store::legal_case;
use crate::testing::{Answer, HEARING_HEADERS, TestServer, workbook};

fn hearings(server: &TestServer, manager: &str) -> Vec<Value> {
    let page = server.get("/api/v1/hearings", manager).json();
    page["items"].as_array().expect("hearings").clone()
}

fn assign(server: &TestServer, manager: &str, hearing: &Value, people: &[PersonId]) -> Answer {
    let duty = |index| if index == 0 { "chair" } else { "observer" };
    let members: Vec<Value> = people
        .iter()
        .enumerate()
        .map(|(index, person)| json!({ "person": person, "duty": duty(index) }))
        .collect();
    let body = json!({ "kind": "attendance", "hearing": hearing["id"], "members": members });
    server.post("/api/v1/assignments", Some(manager), &body)
}

fn rows_of(server: &TestServer, person: PersonId) -> Vec<Value> {
    server
        .app
        .db
        .read(|tx| {
            tx.query(
                "select body from phone_row where person_id = ?1 and kind = 'task' order by seq",
                params![person],
                |row| row.json("body"),
            )
        })
        .expect("rows")
}

#[test]
fn an_assignment_becomes_a_task_of_every_member() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (one, two) =
        (server.person("one", &[Role::Supervisor]), server.person("two", &[Role::OutsideObserver]));
    let open = &hearings(&server, &manager)[0];
    let made = assign(&server, &manager, open, &[one, two]);
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json());
    assert_eq!(made.json()["task"]["subjects"][0]["undertaker_name"], "甲律师");
    for person in [one, two] {
        let rows = rows_of(&server, person);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["state"], "open");
        assert_eq!(rows[0]["hearing"]["court"], "听州区人民法院");
    }
    let token = server.sign_in("two");
    let tasks = server.get("/api/v1/tasks", &token).json();
    assert_eq!(tasks["items"][0]["assignment"], made.json()["id"]);
    assert!(!tasks.to_string().contains("受援"), "no recipient is named: {tasks}");
    let again = assign(&server, &manager, open, &[one]);
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "exists".to_owned()));
}

#[test]
fn a_closed_hearing_is_refused_with_rule_and_article() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    let closed = &hearings(&server, &manager)[1];
    let refused = assign(&server, &manager, closed, &[one]);
    assert_eq!((refused.status, refused.code()), (StatusCode::UNPROCESSABLE_ENTITY, "refused".to_owned()));
    let error = &refused.json()["errors"][0];
    assert_eq!((error["field"].as_str(), error["code"].as_str()), (Some("hearing"), Some("closed_by_law")));
    assert!(error["article_name"].as_str().is_some_and(|name| !name.is_empty()), "{error}");
    assert_eq!(rows_of(&server, one), Vec::<Value>::new());
}

#[test]
fn who_is_related_to_the_case_does_not_observe_it() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (one, two) = (server.person("one", &[Role::Supervisor]), server.person("two", &[Role::Supervisor]));
    let open = &hearings(&server, &manager)[0];
    let path = format!("/api/v1/cases/{}/relations", open["case"].as_str().expect("a case"));
    let declared = server.post(&path, Some(&manager), &json!({ "person": two, "ground": "relative" }));
    assert_eq!(declared.status, StatusCode::CREATED, "{}", declared.json());
    let refused = assign(&server, &manager, open, &[one, two]);
    let problem = refused.json();
    assert_eq!(refused.code(), "refused");
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem}");
    assert_eq!(problem["errors"][0]["field"], "members[1].person");
    assert_eq!(problem["errors"][0]["code"], "observer_related");
}

#[test]
fn what_does_not_fit_together_is_named_field_by_field() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (one, lawyer) = (server.person("one", &[Role::Supervisor]), server.person("l", &[Role::Undertaker]));
    let all = hearings(&server, &manager);
    let body = json!({ "kind": "attendance", "hearing": all[0]["id"], "members": [
        { "person": one, "duty": "observer" }, { "person": one, "duty": "assessor" } ] });
    let answer = server.post("/api/v1/assignments", Some(&manager), &body).json();
    let codes: Vec<&str> = answer["errors"]
        .as_array()
        .map(|errors| errors.iter().filter_map(|error| error["code"].as_str()).collect())
        .unwrap_or_default();
    assert_eq!(codes, ["one_lead", "not_of_this_kind", "twice"], "{answer}");
    let roleless = assign(&server, &manager, &all[0], &[lawyer]).json();
    assert_eq!(roleless["errors"][0]["code"], "role_missing");
}

#[test]
fn a_hearing_corrected_to_closed_closes_its_task_and_a_correction_back_opens_it() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    let open = &hearings(&server, &manager)[0];
    assert_eq!(assign(&server, &manager, open, &[one]).status, StatusCode::CREATED);
    let correct = |openness: &str, minor: &str| {
        let row: &[&str] = &["听援〔2026〕1号", "听州区人民法院", "2026-12-01 09:00", openness, minor, "否"];
        server.import("hearings", &manager, workbook(HEARING_HEADERS, &[row])).json()
    };
    let closed = correct("公开", "是");
    assert_eq!((&closed["updated"], &closed["tasks_renewed"]), (&json!(1), &json!(1)), "{closed}");
    assert_eq!(rows_of(&server, one)[0]["state"], "closed");
    let refused_by = || rows_of(&server, one)[0]["hearing"]["refused_by"].clone();
    assert_eq!(refused_by(), json!(["defendant_under_18"]), "the phone says why");
    let listed = server.get("/api/v1/assignments", &manager).json();
    assert_eq!(listed["items"][0]["closed_reason"], "defendant_under_18");
    correct("公开", "否");
    assert_eq!(rows_of(&server, one)[0]["state"], "open");
    assert_eq!(refused_by(), json!([]));
    assert_eq!(correct("公开", "否")["unchanged"], 1);
}

#[test]
fn a_case_that_turns_out_secret_closes_its_tasks_and_empties_them() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    let open = &hearings(&server, &manager)[0];
    assert_eq!(assign(&server, &manager, open, &[one]).status, StatusCode::CREATED);
    let case = open["case"].as_str().expect("a case").parse().expect("an id");
    let now = server.app.now();
    let renewed = server.app.db.try_write(move |tx| {
        let mut found = legal_case::find(tx, case)?.expect("a case");
        found.flags.secret = true;
        legal_case::save(tx, &found)?;
        correction::case_corrected(tx, case, now)
    });
    assert_eq!(renewed.expect("written"), 1);
    let task = &rows_of(&server, one)[0];
    assert_eq!(task["state"], "closed");
    assert!(!task.to_string().contains("盗窃"), "{task}");
    assert_eq!(task["subjects"][0]["assigned_on"], serde_json::json!(null), "{task}");
}

#[test]
fn only_a_manager_of_the_organisation_assigns() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    let open = &hearings(&server, &manager)[0];
    let token = server.sign_in("one");
    assert_eq!(assign(&server, &token, open, &[one]).code(), "not_allowed");
}

#[test]
fn an_undertaker_or_a_colleague_of_the_firm_reviews_no_file_of_it() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    let open = &hearings(&server, &manager)[0];
    let undertaker = server.get("/api/v1/undertakers?search=15301202010000001", &manager).json();
    let firm = undertaker["items"][0]["provider"].as_str().expect("a firm").parse().expect("an id");
    server
        .app
        .db
        .write(move |tx| {
            let mut person = crate::store::person::find(tx, one)?.expect("somebody");
            person.provider = Some(firm);
            crate::store::person::save(tx, &person)
        })
        .expect("written");
    let body = json!({ "kind": "file_review",
        "subjects": [{ "case": open["case"], "undertaker": undertaker["items"][0]["id"] }],
        "members": [{ "person": one, "duty": "reviewer" }] });
    let refused = server.post("/api/v1/assignments", Some(&manager), &body);
    assert_eq!(refused.json()["errors"][0]["code"], "observer_same_provider", "{}", refused.json());
}

#[test]
fn who_is_left_out_loses_the_task_and_who_comes_in_gets_it() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let [one, two, three] = ["one", "two", "three"].map(|login| server.person(login, &[Role::Supervisor]));
    let open = &hearings(&server, &manager)[0];
    let made = assign(&server, &manager, open, &[one, two]).json();
    let path = format!("/api/v1/assignments/{}/members", made["id"].as_str().expect("an id"));
    let put = |members: Value| {
        let body = serde_json::to_vec(&json!({ "members": members })).expect("JSON");
        server.send(Method::PUT, &path, Some(&manager), Some("application/json"), body)
    };
    let chairless = put(json!([{ "person": one, "duty": "observer" }]));
    assert_eq!(chairless.json()["errors"][0]["code"], "one_lead");
    let changed = put(json!([
        { "person": one, "duty": "chair" }, { "person": three, "duty": "clerk" } ]));
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.json());
    assert_eq!(rows_of(&server, two)[0]["state"], "closed");
    assert_eq!(rows_of(&server, three)[0]["state"], "open");
    let members = changed.json()["task"]["members"].as_array().expect("members").clone();
    assert_eq!(members.len(), 2, "{members:?}");
}

#[test]
fn an_assignment_is_called_off_with_a_reason_and_no_corrected_fact_opens_it_again() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    let open = &hearings(&server, &manager)[0];
    let made = assign(&server, &manager, open, &[one]).json();
    let path = format!("/api/v1/assignments/{}/cancel", made["id"].as_str().expect("an id"));
    let bare = server.post(&path, Some(&manager), &json!({ "reason": " " }));
    assert_eq!(bare.json()["errors"][0]["code"], "empty");
    let called_off = server.post(&path, Some(&manager), &json!({ "reason": "旁听人临时出差" })).json();
    assert_eq!(
        (&called_off["closed_reason"], &called_off["closed_note"]),
        (&json!("cancelled"), &json!("旁听人临时出差"))
    );
    let row: &[&str] = &["听援〔2026〕1号", "听州区人民法院", "2026-12-01 09:30", "公开", "否", "否"];
    server.import("hearings", &manager, workbook(HEARING_HEADERS, &[row]));
    assert_eq!(rows_of(&server, one)[0]["state"], "closed");
    let again = assign(&server, &manager, open, &[one]);
    assert_eq!(again.status, StatusCode::CREATED, "the hearing is free to be assigned anew");
}

#[test]
fn a_declared_relation_ends_somebodys_part_in_what_is_still_to_be_done() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (one, two) = (server.person("one", &[Role::Supervisor]), server.person("two", &[Role::Supervisor]));
    let open = &hearings(&server, &manager)[0];
    assert_eq!(assign(&server, &manager, open, &[one, two]).status, StatusCode::CREATED);
    let path = format!("/api/v1/cases/{}/relations", open["case"].as_str().expect("a case"));
    let declared = server.post(&path, Some(&manager), &json!({ "person": two, "ground": "relative" }));
    assert_eq!(declared.status, StatusCode::CREATED, "{}", declared.json());
    assert_eq!(rows_of(&server, two)[0]["state"], "closed");
    let task = &rows_of(&server, one)[0];
    assert_eq!(task["members"].as_array().map(Vec::len), Some(1), "{task}");
}

#[test]
fn a_hearing_of_the_past_is_not_assigned_though_it_still_counts_as_scheduled() {
    let server = TestServer::new();
    server.with_hearings();
    let one = server.person("one", &[Role::Supervisor]);
    server.clock.pass_seconds(2_000 * 24 * 3_600);
    let manager = server.sign_in("manager");
    let listed = hearings(&server, &manager);
    let past = listed.iter().find(|hearing| hearing["state"] == "scheduled").expect("one");
    let rules: Vec<&str> = past["gate"]["refusals"]
        .as_array()
        .expect("refusals")
        .iter()
        .filter_map(|refusal| refusal["rule"].as_str())
        .collect();
    assert!(rules.contains(&"hearing_over"), "{rules:?}");
    let refused = assign(&server, &manager, past, &[one]);
    assert_eq!(refused.code(), "refused");
    let errors = refused.json()["errors"].clone();
    let codes: Vec<&str> =
        errors.as_array().expect("errors").iter().filter_map(|error| error["code"].as_str()).collect();
    assert!(codes.contains(&"hearing_over"), "{codes:?}");
}
