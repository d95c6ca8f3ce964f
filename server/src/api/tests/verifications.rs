//! Verifications as jobs, from the outside.

use axum::http::StatusCode;
use serde_json::json;
use tingfang_core::people::Role;

use crate::jobs;
use crate::testing::TestServer;

#[test]
fn a_director_asks_that_everything_is_proved_anew_and_some_node_does_it() {
    let server = TestServer::new();
    server.person("director", &[Role::Director]);
    server.person("supervisor", &[Role::Supervisor]);
    let (director, supervisor) = (server.sign_in("director"), server.sign_in("supervisor"));
    let path = "/api/v1/verifications";
    assert_eq!(server.post(path, Some(&supervisor), &json!({})).status, StatusCode::FORBIDDEN);
    let asked = server.post(path, Some(&director), &json!({}));
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.json());
    let id = asked.json()["id"].as_str().expect("an id").to_owned();
    let show = || server.get(&format!("{path}/{id}"), &director).json();
    assert_eq!(show()["finished_at"], json!(null));
    let (one, other) = ([1; 16], [2; 16]);
    let taken = jobs::take(&server.app, one).expect("readable").expect("asked for");
    assert_eq!(jobs::take(&server.app, other).expect("readable"), None, "one node is at it");
    assert!(jobs::work(&server.app, one, &taken).expect("readable"));
    assert_eq!(show()["report"]["differences"], json!([]));
    assert_ne!(show()["finished_at"], json!(null));
    assert_eq!(server.get(path, &director).json()[0]["id"], id.as_str());
    let unknown = format!("{path}/00000000-0000-7000-8000-000000000000");
    assert_eq!(server.get(&unknown, &director).status, StatusCode::NOT_FOUND);
}

#[test]
fn a_job_that_no_node_ends_is_given_up_and_it_is_time_for_the_next_after_a_day() {
    let server = TestServer::new();
    let started_at = server.app.now();
    let due = || jobs::ask_when_it_is_time(&server.app, started_at).expect("readable");
    assert!(!due(), "a server that has just started has time");
    server.clock.pass_seconds(24 * 3_600);
    assert!(due());
    assert!(!due(), "one is enough");
    let mut taken = 0;
    while jobs::take(&server.app, [7; 16]).expect("readable").is_some() {
        taken += 1;
        server.clock.pass_seconds(61);
    }
    assert_eq!(taken, 3, "it was tried often enough");
    server.clock.pass_seconds(24 * 3_600);
    assert!(due());
}
