//! Signing in, roles, passwords.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tingfang_core::people::Role;
use tower::ServiceExt;

use crate::app::App;
use crate::config::Config;
use crate::router;
use crate::testing::{PASSWORD, TestServer};

/// The same server with other settings, over the same data.
pub(super) fn with_settings(server: &TestServer, change: impl FnOnce(&mut Config)) -> App {
    let mut config = Config::clone(&server.app.config);
    change(&mut config);
    App::with(config, server.app.db.clone(), server.app.minter.clone()).expect("an application")
}

/// Sends a request to it.
pub(super) fn send_to(server: &TestServer, app: &App, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    server.wait(async {
        let response = router::build(app.clone()).oneshot(request).await.expect("the router always answers");
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, body.to_vec())
    })
}

/// Sends JSON to it; gives the status and the code of the problem.
fn say_to(
    server: &TestServer,
    app: &App,
    (method, path): (Method, &str),
    token: &str,
    body: &Value,
) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(body.to_string()))
        .expect("a request");
    let (status, said) = send_to(server, app, request);
    let said: Value = serde_json::from_slice(&said).unwrap_or_default();
    (status, said["code"].as_str().unwrap_or_default().to_owned())
}

/// Keeps the only place where this server hashes passwords, until the sender is dropped.
fn occupied(app: &App) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let hashing = app.hashing.clone();
    let other = thread::spawn(move || {
        let hashed = hashing.run_blocking(move || {
            begun.send(()).expect("somebody listens");
            let _ = released.recv();
        });
        hashed.expect("a place");
    });
    has_begun.recv().expect("it has begun");
    (release, other)
}

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
fn who_signs_in_while_too_many_do_is_told_to_wait_and_that_is_no_failure() {
    let server = TestServer::new();
    let token = server.sign_in("admin");
    let app = with_settings(&server, |config| (config.sign_in_at_once, config.sign_in_waiting) = (1, 0));
    let (release, other) = occupied(&app);
    let wait = (StatusCode::TOO_MANY_REQUESTS, "wait".to_owned());
    let admin = json!({ "login": "admin", "password": PASSWORD });
    for _ in 0..6 {
        assert_eq!(say_to(&server, &app, (Method::POST, "/api/v1/session"), "", &admin), wait);
    }
    let path = format!("/api/v1/people/{}/password", server.admin);
    let password = json!({ "password": "a new password" });
    assert_eq!(say_to(&server, &app, (Method::PUT, &path), &token, &password), wait);
    drop(release);
    other.join().expect("no panic");
    let (status, code) = say_to(&server, &app, (Method::POST, "/api/v1/session"), "", &admin);
    assert_eq!(status, StatusCode::CREATED, "{code}");
}

#[test]
fn a_login_that_is_locked_takes_nobodys_place() {
    let server = TestServer::new();
    let nobody = json!({ "login": "nobody", "password": "wrong" });
    for _ in 0..5 {
        assert_eq!(server.post("/api/v1/session", None, &nobody).code(), "wrong_credentials");
    }
    let app = with_settings(&server, |config| (config.sign_in_at_once, config.sign_in_waiting) = (1, 0));
    let (release, other) = occupied(&app);
    let locked = say_to(&server, &app, (Method::POST, "/api/v1/session"), "", &nobody);
    assert_eq!(locked, (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".to_owned()));
    drop(release);
    other.join().expect("no panic");
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
