//! What was not accepted, and decisions on what was held, from the outside.

use axum::http::StatusCode;
use serde_json::json;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, PersonId, QuarantineId};
use tingfang_core::people::Role;

use crate::store::device::{self, DeviceState};
use crate::store::quarantine::{self, Kept};
use crate::testing::TestServer;

/// Something that somebody's device has sent for a record and that is held.
pub(super) fn held(
    server: &TestServer,
    (device, person): (DeviceId, PersonId),
    document: DocumentId,
) -> QuarantineId {
    kept(server, (device, person), document, 0, "not_assigned")
}

fn kept(
    server: &TestServer,
    (device, person): (DeviceId, PersonId),
    document: DocumentId,
    index: usize,
    rule: &str,
) -> QuarantineId {
    let item = Kept {
        id: server.app.minter.mint(),
        place: (device, 1, 1, index),
        person,
        document,
        hash: None,
        verdict: "held".to_owned(),
        rule: rule.to_owned(),
        writer: None,
        superseded_by: None,
        accepted_position: None,
        received_at: Moment::default(),
    };
    let id = item.id;
    server.app.db.write(move |tx| quarantine::insert(tx, &item)).expect("kept");
    id
}

#[test]
fn a_manager_decides_once_on_what_is_held_and_says_why() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let observer = server.person("observer", &[Role::Supervisor]);
    let supervisor = server.sign_in("observer");
    let record = super::foreign::record(&server, &manager, observer);
    let asked = json!({ "person": observer });
    let code = server.post("/api/v1/devices/enrolments", Some(&manager), &asked).json()["code"].clone();
    let enrolled = server.post("/api/v1/devices", None, &super::devices::request(&code, 3)).json();
    let device = enrolled["device"].as_str().expect("an id").parse().expect("an id");
    let item = held(&server, (device, observer), record);
    let linked = kept(&server, (device, observer), record, 1, "newer_schema");

    let path = |item: QuarantineId| format!("/api/v1/refused/{item}");
    let decide = |token: &str, item: QuarantineId, reason: &str| {
        let wish = json!({ "outcome": "rejected", "reason": reason });
        server.post(&format!("{}/decision", path(item)), Some(token), &wish)
    };
    let shown = server.get(&path(item), &manager).json();
    assert_eq!((&shown["verdict"], &shown["decision"]), (&json!("held"), &json!(null)), "{shown}");
    assert_eq!(decide(&supervisor, item, "不是我管").status, StatusCode::FORBIDDEN);
    for (reason, code) in [("  ", "empty"), (&*"长".repeat(501), "too_long")] {
        let wrong = decide(&manager, item, reason);
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.json()["errors"][0]["code"], code);
    }
    let otherwise = decide(&manager, linked, "等服务器升级");
    assert_eq!(otherwise.json()["errors"][0]["code"], "ends_otherwise", "{}", otherwise.json());
    let decided = decide(&manager, item, " 当日并未到庭 ");
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.json());
    assert_eq!(decided.json()["decision"]["reason"], "当日并未到庭");
    assert_eq!(decide(&manager, item, "再次").status, StatusCode::CONFLICT);
    assert_eq!(server.get(&path(item), &supervisor).json()["decision"]["outcome"], "rejected");
    let rows = server.get("/api/v1/ledger", &manager).json();
    let last = rows["items"].as_array().and_then(|rows| rows.last()).cloned().unwrap_or_default();
    assert_eq!(last["kind"], "held_decision", "{rows}");
}

#[test]
fn only_who_manages_a_record_has_the_work_of_a_phone_that_is_gone_carried_over_and_says_why() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let observer = server.person("observer", &[Role::Supervisor]);
    let supervisor = server.sign_in("observer");
    let record = super::foreign::record(&server, &manager, observer);
    let asked = json!({ "person": observer });
    let code = server.post("/api/v1/devices/enrolments", Some(&manager), &asked).json()["code"].clone();
    let enrolled = server.post("/api/v1/devices", None, &super::devices::request(&code, 3)).json();
    let carry_over = |token: &str, record: DocumentId, reason: &str| {
        let wish = json!({ "device": enrolled["device"], "reason": reason });
        server.post(&format!("/api/v1/records/{record}/carry-over"), Some(token), &wish)
    };
    assert_eq!(carry_over(&supervisor, record, "手机遗失").status, StatusCode::FORBIDDEN);
    assert_eq!(carry_over(&manager, server.app.minter.mint(), "手机遗失").status, StatusCode::NOT_FOUND);
    assert_eq!(carry_over(&manager, record, " ").json()["errors"][0]["code"], "empty");
    let there = carry_over(&manager, record, "手机遗失").json();
    assert_eq!(there["errors"][0]["code"], "phone_is_there", "{there}");
    let device: DeviceId = enrolled["device"].as_str().expect("an id").parse().expect("an id");
    let now = server.app.now();
    server.app.db.write(move |tx| device::set_state(tx, device, DeviceState::Lost, now)).expect("lost");
    let idle = carry_over(&manager, record, "手机遗失").json();
    assert_eq!(idle["errors"][0]["code"], "nothing_waits", "{idle}");
}
