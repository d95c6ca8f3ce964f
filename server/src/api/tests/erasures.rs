//! Orders to erase, from the outside: who gives them, on what, and what is left to see.

use axum::http::StatusCode;
use serde_json::json;
use tingfang_core::people::Role;

use crate::db::Value;
use crate::testing::TestServer;
use crate::verify::verify;

#[test]
fn a_director_erases_with_a_reason_once_and_everybody_who_might_have_read_is_told() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let observer = server.person("observer", &[Role::Supervisor]);
    server.person("director", &[Role::Director]);
    server.person("auditor", &[Role::Auditor]);
    let [director, auditor] = ["director", "auditor"].map(|login| server.sign_in(login));
    let record = super::foreign::record(&server, &manager, observer);
    let path = format!("/api/v1/records/{record}");
    let erase = |token: &str, reason: &str| {
        server.post(&format!("{path}/erasure"), Some(token), &json!({ "reason": reason }))
    };
    assert_eq!(erase(&manager, "误记").status, StatusCode::FORBIDDEN);
    for (reason, code) in [(" ", "empty"), (&*"长".repeat(501), "too_long")] {
        assert_eq!(erase(&director, reason).json()["errors"][0]["code"], code);
    }
    let erased = erase(&director, "误记个人信息");
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.json());
    let order = erased.json();
    assert_eq!((&order["order"], &order["kind"]), (&json!(1), &json!("attendance")), "{order}");
    let again = erase(&director, "再次");
    assert_eq!((again.status, again.json()["code"].clone()), (StatusCode::GONE, json!("erased")));

    for under in ["", "/history", "/conflicts", "/proof"] {
        let said = server.get(&format!("{path}{under}"), &manager);
        assert_eq!(said.status, StatusCode::GONE, "{under}: {}", said.json());
        assert!(said.json()["detail"].as_str().expect("words").contains("第1号"), "{}", said.json());
    }
    for reader in [&director, &manager, &auditor] {
        let listed = server.get("/api/v1/erasures", reader).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
        assert_eq!(listed["items"][0]["reason"], "误记个人信息");
    }
    let outsider = server.sign_in("observer");
    assert_eq!(server.get("/api/v1/erasures", &outsider).status, StatusCode::FORBIDDEN);
    let ledger = server.get("/api/v1/ledger", &manager).json();
    let entered = |entry: &&serde_json::Value| entry["kind"] == "record_erased";
    let entries: Vec<&serde_json::Value> =
        ledger["items"].as_array().expect("a page").iter().filter(entered).collect();
    assert_eq!(entries.len(), 1, "{ledger}");

    // The order lies beside the files, for a database that is put back to before it.
    let kept = crate::erasing::waited_for(server.app.files.orders()).expect("readable");
    assert_eq!((kept.len(), kept[0].document), (1, record));
    let differences = verify(&server.app.db).expect("readable").differences;
    assert!(differences.iter().all(|difference| difference.what != "erasure" && difference.what != "row"));
}

#[test]
fn nobody_erases_their_own_record_nor_what_a_grade_rests_on() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (round, _) = super::grades::begun(&server, &manager);
    let own = server.person("director", &[Role::Director, Role::Supervisor]);
    let director = server.sign_in("director");
    let erase = |record| {
        let path = format!("/api/v1/records/{record}/erasure");
        server.post(&path, Some(&director), &json!({ "reason": "误记" }))
    };
    let observer = server.person("observer", &[Role::Supervisor]);
    let record = super::foreign::record(&server, &manager, observer);
    let grade = super::grades::proposed(&server, &round);
    let write = |sql: &'static str, values: Vec<Value>| {
        server.app.db.write(move |tx| tx.execute(sql, &values).map(|_| ())).expect("written");
    };
    let writer = "update document set writer_id = ?2 where document_id = ?1";
    write(writer, vec![record.into(), own.into()]);
    assert_eq!(erase(record).status, StatusCode::NOT_FOUND);
    write(writer, vec![record.into(), Value::Null]);
    let resting = serde_json::json!({ "document": record }).to_string();
    write(
        "update grade_decision set evidence = ?2 where grade_decision_id = ?1",
        vec![grade.into(), resting.into()],
    );
    let refused = erase(record);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["errors"][0]["code"], "under_a_grade", "{}", refused.json());
    let kept = crate::erasing::waited_for(server.app.files.orders()).expect("readable");
    assert!(kept.is_empty(), "an order that was refused lies nowhere");
    let unknown = tingfang_core::id::DocumentId::from_bytes([9; 16]);
    assert_eq!(erase(unknown).status, StatusCode::NOT_FOUND);
}
