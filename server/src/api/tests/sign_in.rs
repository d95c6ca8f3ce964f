//! Signing in, roles, passwords.

use axum::http::{Method, StatusCode};
use serde_json::json;
use tingfang_core::people::Role;

use crate::testing::{PASSWORD, TestServer};

#[test]
fn somebody_signs_in_is_known_and_signs_out() {
    let server = TestServer::new();
    let token = server.sign_in("admin");
    assert!(token.starts_with("tf_s_"), "{token}");
    let me = server.get("/api/v1/me", &token).json();
    assert_eq!(me["roles"][0]["role"], "admin");
    let out = server.send(Method::DELETE, "/api/v1/session", Some(&token), None, Vec::new());
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let after = server.get("/api/v1/me", &token);
    assert_eq!((after.status, after.code()), (StatusCode::UNAUTHORIZED, "sign_in_first".to_owned()));
}

#[test]
fn a_session_runs_out() {
    let server = TestServer::new();
    let token = server.sign_in("admin");
    server.clock.pass_seconds(13 * 3_600);
    assert_eq!(server.get("/api/v1/me", &token).status, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_wrong_password_and_an_unknown_login_say_the_same() {
    let server = TestServer::new();
    let try_it =
        |login: &str| server.post("/api/v1/session", None, &json!({ "login": login, "password": "wrong" }));
    let (wrong, unknown) = (try_it("admin"), try_it("nobody"));
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.json(), unknown.json());
    assert_eq!(wrong.code(), "wrong_credentials");
}

#[test]
fn too_many_failures_lock_a_login_for_a_while_and_no_other() {
    let server = TestServer::new();
    server.person("other", &[]);
    let wrong = json!({ "login": "admin", "password": "wrong" });
    for _ in 0..5 {
        assert_eq!(server.post("/api/v1/session", None, &wrong).code(), "wrong_credentials");
    }
    let right = json!({ "login": "admin", "password": PASSWORD });
    let locked = server.post("/api/v1/session", None, &right);
    assert_eq!(
        (locked.status, locked.code()),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".to_owned())
    );
    assert!(locked.json()["retry_after_s"].as_u64().is_some_and(|seconds| (1..=901).contains(&seconds)));
    server.sign_in("other");
    server.clock.pass_seconds(901);
    server.sign_in("admin");
}

#[test]
fn a_new_password_ends_the_sessions_and_only_administrators_set_others() {
    let server = TestServer::new();
    let id = server.person("staff", &[Role::Supervisor]);
    let staff = server.sign_in("staff");
    let admin_path = format!("/api/v1/people/{}/password", server.admin);
    let refused = server.put(&admin_path, &staff, &json!({ "password": "something else" }));
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "not_allowed".to_owned()));
    let own_path = format!("/api/v1/people/{id}/password");
    let short = server.put(&own_path, &staff, &json!({ "password": "short" }));
    assert_eq!(short.json()["errors"][0]["code"], "password_short");
    let set = server.put(&own_path, &staff, &json!({ "password": "a new password" }));
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("/api/v1/me", &staff).status, StatusCode::UNAUTHORIZED);
}

#[test]
fn roles_are_given_and_taken_away_and_count_at_once() {
    let server = TestServer::new();
    let id = server.person("staff", &[]);
    let (admin, staff) = (server.sign_in("admin"), server.sign_in("staff"));
    assert_eq!(server.get("/api/v1/cases", &staff).status, StatusCode::FORBIDDEN);
    let path = format!("/api/v1/people/{id}/roles");
    let change = json!({ "organisation": server.organisation, "role": "manager" });
    assert_eq!(server.post(&path, Some(&admin), &change).json()["roles"][0]["role"], "manager");
    assert_eq!(server.get("/api/v1/cases", &staff).status, StatusCode::OK);
    let body = change.to_string().into_bytes();
    let taken = server.send(Method::DELETE, &path, Some(&admin), Some("application/json"), body);
    assert_eq!(taken.json()["roles"], json!([]));
    assert_eq!(server.get("/api/v1/cases", &staff).status, StatusCode::FORBIDDEN);
}
