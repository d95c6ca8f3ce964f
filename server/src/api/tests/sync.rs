//! The sync door over HTTP.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tingfang_core::sync::wire::{self, MEDIA_TYPE, SyncRequest, SyncResponse};

use super::devices::request as enrolment;
use super::sign_in::{send_to, with_settings};
use crate::app::App;
use crate::testing::TestServer;

/// What the server answers to a phone that asks for everything.
fn asked(server: &TestServer, app: &App, phone: &Value) -> SyncResponse {
    let text = |key: &str| phone[key].as_str().expect("enrolled");
    let message = SyncRequest {
        tenant: app.tenant,
        device: text("device").parse().expect("an id"),
        epoch: 1,
        cursor: None,
        page: None,
        frames: Vec::new(),
        page_bytes: 1 << 20,
        core_version: String::new(),
        answered: None,
        audit_sizes: Vec::new(),
        is_wiping: false,
        digest: None,
        policy_version: 0,
    };
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/sync")
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(header::AUTHORIZATION, format!("Bearer {}", text("token")))
        .body(Body::from(wire::encode(&message)))
        .expect("a request");
    let (status, answer) = send_to(server, app, request);
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer));
    wire::decode_response(&answer, &app.public_key).expect("signed by the server")
}

#[test]
fn a_phone_that_asks_too_often_is_told_to_wait_by_the_protocol_and_no_other_phone_is() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let enrol = |seed: u8| {
        let person = json!({ "person": server.admin });
        let issued = server.post("/api/v1/devices/enrolments", Some(&admin), &person).json();
        server.post("/api/v1/devices", None, &enrolment(&issued["code"], seed)).json()
    };
    let (wild, calm) = (enrol(1), enrol(2));
    let app = with_settings(&server, |config| (config.sync_burst, config.sync_per_minute) = (2, 60));
    for _ in 0..2 {
        let answer = asked(&server, &app, &wild);
        assert_eq!((answer.retry_after_s, answer.cursor.is_some()), (None, true));
    }
    let answer = asked(&server, &app, &wild);
    assert_eq!((answer.retry_after_s, answer.cursor, answer.page), (Some(1), None, None));
    assert_eq!(asked(&server, &app, &calm).retry_after_s, None);
    server.clock.pass_seconds(1);
    assert_eq!(asked(&server, &app, &wild).retry_after_s, None);
}
