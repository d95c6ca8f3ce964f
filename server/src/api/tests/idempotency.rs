//! Writes that are sent twice.

use axum::http::StatusCode;
use serde_json::json;

use crate::testing::TestServer;

#[test]
fn a_write_sent_twice_under_one_key_is_done_once_and_answered_twice() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let body = json!({ "name": "张测试" });
    let first = server.post_once("/api/v1/people", &admin, "key one", &body);
    let again = server.post_once("/api/v1/people", &admin, "key one", &body);
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = server.post_once("/api/v1/people", &admin, "key two", &body);
    assert_ne!(first.json()["id"], other.json()["id"]);
    let reused = server.post_once("/api/v1/people", &admin, "key one", &json!({ "name": "李测试" }));
    assert_eq!(reused.json()["errors"][0]["code"], "key_reused", "{}", reused.json());
    server.clock.pass_seconds(11 * 3_600);
    let later = server.post_once("/api/v1/people", &admin, "key one", &body);
    assert_eq!(first.json()["id"], later.json()["id"], "a key counts for a day");
}

#[test]
fn a_refusal_that_may_pass_is_tried_again_under_the_same_key() {
    let server = TestServer::new();
    let staff_id = server.person("staff", &[]);
    let (admin, staff) = (server.sign_in("admin"), server.sign_in("staff"));
    let body = json!({ "name": "张测试" });
    let refused = server.post_once("/api/v1/people", &staff, "key", &body);
    assert_eq!(refused.code(), "not_allowed");
    let change = json!({ "organisation": server.organisation, "role": "admin" });
    server.post(&format!("/api/v1/people/{staff_id}/roles"), Some(&admin), &change);
    let done = server.post_once("/api/v1/people", &staff, "key", &body);
    assert_eq!(done.status, StatusCode::CREATED);
}

#[test]
fn an_answer_with_a_token_is_never_kept() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let body = json!({ "person": server.admin });
    let first = server.post_once("/api/v1/devices/enrolments", &admin, "key", &body);
    let again = server.post_once("/api/v1/devices/enrolments", &admin, "key", &body);
    assert_ne!(first.json()["code"], again.json()["code"]);
}

#[test]
fn nobody_who_is_not_signed_in_makes_the_server_keep_anything() {
    let server = TestServer::new();
    let refused = server.post_once("/api/v1/people", "tf_s_nobody", "key", &json!({ "name": "x" }));
    assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "sign_in_first".to_owned()));
    let kept = server
        .app
        .db
        .read(|tx| {
            let count =
                tx.query_one("select count(*) as n from idempotency", &[], |row| row.get::<i64>("n"))?;
            Ok(count.unwrap_or_default())
        })
        .expect("counted");
    assert_eq!(kept, 0);
}
