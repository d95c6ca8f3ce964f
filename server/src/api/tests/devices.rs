//! Enrolling phones.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tingfang_core::id::DeviceId;
use tingfang_core::people::Role;
use tingfang_core::signature::{DeviceSigner, P256SecretKey, SecretKey};

use crate::app::App;
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::identity::enrolment::{self, Redemption};
use crate::identity::token::hex;
use crate::problem::Problem;
use crate::store::device::{self, DeviceState};
use crate::store::frame_conflict;
use crate::testing::TestServer;

pub(super) fn request(code: &Value, seed: u8) -> Value {
    let key = SecretKey::from_seed(&[seed; 32]).public();
    json!({ "code": code, "algorithm": "ed25519", "public_key": hex(&key.0), "name": "旁听手机" })
}

fn code(server: &TestServer, admin: &str) -> Value {
    let person = server.admin;
    let issued = server.post("/api/v1/devices/enrolments", Some(admin), &json!({ "person": person }));
    assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.json());
    issued.json()
}

#[test]
fn a_code_enrols_one_phone_and_no_second() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let issued = code(&server, &admin);
    let text = issued["text"].as_str().expect("a text");
    assert!(text.contains("http://") && text.contains(issued["code"].as_str().expect("a code")), "{text}");
    let enrolled = server.post("/api/v1/devices", None, &request(&issued["code"], 1));
    assert_eq!(enrolled.status, StatusCode::CREATED, "{}", enrolled.json());
    let enrolled = enrolled.json();
    assert!(enrolled["token"].as_str().is_some_and(|token| token.starts_with("tf_d_")));
    assert_eq!(enrolled["tenant"], server.app.tenant.to_string());
    assert_eq!(enrolled["key_fingerprint"], issued["key_fingerprint"]);
    let again = server.post("/api/v1/devices", None, &request(&issued["code"], 2));
    assert_eq!((again.status, again.code()), (StatusCode::GONE, "code_spent".to_owned()));
    let listed = server.get("/api/v1/devices", &admin).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["items"][0]["state"], "active");
}

#[test]
fn a_phone_may_have_a_key_in_secure_hardware_and_an_algorithm_that_nobody_knows_is_named() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let issued = code(&server, &admin);
    let key = P256SecretKey::from_seed(&[1; 32]).public();
    let mut asked = request(&issued["code"], 1);
    asked["algorithm"] = json!("p256");
    let refused = server.post("/api/v1/devices", None, &asked).json();
    assert_eq!(refused["errors"][0]["code"], "not_a_key", "32 bytes are none of P-256: {refused}");
    asked["public_key"] = json!(hex(key.as_bytes()));
    asked["algorithm"] = json!("rsa");
    let refused = server.post("/api/v1/devices", None, &asked).json();
    assert_eq!(refused["errors"][0]["code"], "unknown_algorithm", "{refused}");
    assert_eq!(refused["errors"][0]["fix_en"], "Use ed25519, p256.", "{refused}");
    asked["algorithm"] = json!("p256");
    let enrolled = server.post("/api/v1/devices", None, &asked);
    assert_eq!(enrolled.status, StatusCode::CREATED, "{}", enrolled.json());
    let id: DeviceId = enrolled.json()["device"].as_str().expect("an id").parse().expect("an id");
    let kept = server.app.db.read(|tx| device::find(tx, id)).expect("readable").expect("enrolled");
    assert_eq!(kept.key(), Some(key));
}

#[test]
fn a_code_runs_out_and_a_bad_key_does_not_spend_it() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let issued = code(&server, &admin);
    let mut weak = request(&issued["code"], 1);
    weak["public_key"] = json!("0100000000000000000000000000000000000000000000000000000000000000");
    let refused = server.post("/api/v1/devices", None, &weak);
    assert_eq!(refused.json()["errors"][0]["code"], "not_a_key", "{}", refused.json());
    server.clock.pass_seconds(49 * 3_600);
    let late = server.post("/api/v1/devices", None, &request(&issued["code"], 1));
    assert_eq!(late.code(), "code_spent");
}

#[test]
fn an_owner_reports_a_loss_and_revoked_is_for_good() {
    let server = TestServer::new();
    let owner = server.person("owner", &[Role::Supervisor]);
    let (admin, token) = (server.sign_in("admin"), server.sign_in("owner"));
    let issued = server.post("/api/v1/devices/enrolments", Some(&admin), &json!({ "person": owner })).json();
    let device = server.post("/api/v1/devices", None, &request(&issued["code"], 3)).json();
    let path = format!("/api/v1/devices/{}/state", device["device"].as_str().expect("an id"));
    let set = |token: &str, state: &str| server.put(&path, token, &json!({ "state": state }));
    assert_eq!(set(&token, "lost").json()["state"], "lost");
    assert_eq!(set(&token, "active").code(), "not_allowed");
    assert_eq!(set(&admin, "active").json()["state"], "active");
    assert_eq!(set(&admin, "revoked").json()["state"], "revoked");
    assert_eq!(set(&admin, "active").json()["errors"][0]["code"], "revoked_for_good");
    server.person("other", &[Role::Supervisor]);
    let other = server.sign_in("other");
    assert_eq!(set(&other, "lost").code(), "not_found");
}

#[test]
fn only_managers_and_administrators_issue_codes() {
    let server = TestServer::new();
    server.person("staff", &[Role::Supervisor]);
    let staff = server.sign_in("staff");
    let refused = server.post("/api/v1/devices/enrolments", Some(&staff), &json!({ "person": server.admin }));
    assert_eq!(refused.code(), "not_allowed");
}

#[test]
fn a_manager_enrols_the_field_and_nobody_who_scores_or_decides() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let people = [
        ("field", &[Role::Supervisor][..], StatusCode::CREATED),
        ("outside", &[Role::OutsideObserver], StatusCode::CREATED),
        ("assessor", &[Role::Assessor], StatusCode::FORBIDDEN),
        ("both", &[Role::Supervisor, Role::Assessor], StatusCode::FORBIDDEN),
        ("director", &[Role::Director], StatusCode::FORBIDDEN),
        ("nobody", &[], StatusCode::FORBIDDEN),
    ];
    let (manager, admin) = (server.sign_in("manager"), server.sign_in("admin"));
    for (login, roles, wanted) in people {
        let body = json!({ "person": server.person(login, roles) });
        let issued = server.post("/api/v1/devices/enrolments", Some(&manager), &body);
        assert_eq!(issued.status, wanted, "{login}: {}", issued.json());
        let by_admin = server.post("/api/v1/devices/enrolments", Some(&admin), &body);
        assert_eq!(by_admin.status, StatusCode::CREATED, "{login}");
    }
}

#[test]
fn an_answer_that_was_lost_is_given_again_to_the_same_key_only() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let issued = code(&server, &admin);
    let first = server.post("/api/v1/devices", None, &request(&issued["code"], 1)).json();
    let again = server.post("/api/v1/devices", None, &request(&issued["code"], 1)).json();
    assert_eq!(first["device"], again["device"]);
    assert_ne!(first["token"], again["token"]);
    let other = server.post("/api/v1/devices", None, &request(&issued["code"], 2));
    assert_eq!(other.code(), "code_spent");
    server.clock.pass_seconds(49 * 3_600);
    let late = server.post("/api/v1/devices", None, &request(&issued["code"], 1));
    assert_eq!(late.code(), "code_spent");
}

#[test]
fn many_wrong_codes_are_too_many_and_a_right_one_comes_through_none_the_less() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let issued = code(&server, &admin);
    let redeem = |code: &Value, seed: u8| server.post("/api/v1/devices", None, &request(code, seed));
    let most = server.app.config.enrolment_failures;
    for number in 0..most {
        assert_eq!(redeem(&json!(format!("{number:016}")), 9).code(), "code_spent");
    }
    let refused = redeem(&json!(format!("{most:016}")), 9);
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".to_owned())
    );
    assert!(refused.json()["retry_after_s"].as_u64().is_some_and(|seconds| (1..=301).contains(&seconds)));
    let enrolled = redeem(&issued["code"], 1);
    assert_eq!(enrolled.status, StatusCode::CREATED, "{}", enrolled.json());
    assert_eq!(redeem(&issued["code"], 1).status, StatusCode::CREATED, "its answer was lost");
    assert_eq!(redeem(&issued["code"], 2).code(), "too_many_attempts", "another phone's");
    server.clock.pass_seconds(301);
    assert_eq!(redeem(&json!("0"), 9).code(), "code_spent");
}

#[test]
fn a_wrong_code_writes_nothing() {
    let server = TestServer::new();
    let db = Db::open_to_read(server.app.config.database.clone()).expect("opens");
    let app = App::with(Config::clone(&server.app.config), db, server.app.minter.clone());
    let key = SecretKey::from_seed(&[1; 32]).public();
    let redemption =
        Redemption { code: "0000-0000-0000-0000".to_owned(), key: key.into(), name: "手机".to_owned() };
    let said = enrolment::redeem(&app.expect("an application"), redemption);
    assert!(matches!(said, Err(Problem::CodeSpent)), "{said:?}");
}

#[test]
fn anybody_may_ask_which_server_this_is() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let issued = code(&server, &admin);
    let shown = server.get("/api/v1/server", "").json();
    assert_eq!(shown["key_fingerprint"], issued["key_fingerprint"]);
    assert_eq!(shown["tenant"], server.app.tenant.to_string());
}

#[test]
fn a_frozen_phone_is_an_alert_and_shows_what_it_signed_to_who_looks_after_its_owner() {
    let server = TestServer::new();
    let person = server.person("observer", &[Role::Supervisor]);
    server.person("manager", &[Role::Manager]);
    let (manager, observer) = (server.sign_in("manager"), server.sign_in("observer"));
    let code = server.post("/api/v1/devices/enrolments", Some(&manager), &json!({ "person": person })).json();
    let enrolled = server.post("/api/v1/devices", None, &request(&code["code"], 3)).json();
    let id: DeviceId = enrolled["device"].as_str().expect("an id").parse().expect("an id");
    let conflict = frame_conflict::Kept {
        id: server.app.minter.mint(),
        device: id,
        epoch: 1,
        number: 7,
        bytes: vec![1, 255],
        received_at: server.app.now(),
    };
    let now = server.app.now();
    let freeze = move |tx: &Tx| {
        frame_conflict::insert(tx, &conflict)?;
        device::set_state(tx, id, DeviceState::Frozen, now)
    };
    server.app.db.write(freeze).expect("frozen");
    let alerts = server.get("/api/v1/alerts", &manager).json();
    assert_eq!(alerts["frozen_devices"][0]["device"], json!(id), "{alerts}");
    let path = format!("/api/v1/devices/{id}/contradictions");
    let shown = server.get(&path, &manager).json();
    assert_eq!((&shown[0]["number"], &shown[0]["items"]), (&json!(7), &json!(0)));
    assert_eq!(shown[0]["bytes"], json!(null), "what is in it may not be for everybody");
    assert_eq!(server.get(&path, &observer).status, StatusCode::FORBIDDEN);
    let state = format!("/api/v1/devices/{id}/state");
    let thaw = json!({ "state": "active" });
    assert_eq!(server.put(&state, &observer, &thaw).status, StatusCode::FORBIDDEN, "not by its owner");
    assert_eq!(server.put(&state, &manager, &thaw).status, StatusCode::OK);
    assert_eq!(server.get("/api/v1/alerts", &manager).json()["frozen_devices"], json!([]));
}
