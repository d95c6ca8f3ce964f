//! A secret case never leaves the list of metadata (domain 10.3, rule 9): its hearings and records are there for who keeps
//! it alone.

use axum::http::StatusCode;
use serde_json::Value;
use tingfang_core::case::Case;
use tingfang_core::id::CaseId;
use tingfang_core::people::Role;

use crate::store::legal_case;
use crate::testing::TestServer;

#[test]
fn what_a_secret_case_is_about_when_it_is_heard_and_what_was_seen_only_its_keepers_learn() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let observer = server.person("observer", &[Role::Supervisor]);
    server.person("auditor", &[Role::Auditor]);
    server.person("director", &[Role::Director]);
    let [supervisor, auditor, director] =
        ["observer", "auditor", "director"].map(|login| server.sign_in(login));
    let record = super::foreign::record(&server, &manager, observer);
    let shown = server.get("/api/v1/hearings", &manager).json();
    let of_record = |hearing: &&Value| hearing["openness"] == "public";
    let hearing =
        shown["items"].as_array().expect("a page").iter().find(of_record).expect("one is open").clone();
    let case: CaseId = hearing["case"].as_str().expect("an id").parse().expect("an id");
    let path = format!("/api/v1/hearings/{}", hearing["id"].as_str().expect("an id"));
    let listed = |token: &str, list: &str| {
        let page = server.get(&format!("/api/v1/{list}"), token).json();
        page["items"].as_array().map_or(0, Vec::len)
    };
    let of_case = format!("hearings?case={case}");
    assert_eq!((listed(&supervisor, &of_case), listed(&auditor, "records")), (1, 1));

    let make_secret = move |tx: &crate::db::Tx| {
        let found = legal_case::find(tx, case)?.expect("there");
        let flags = tingfang_core::case::CaseFlags { secret: true, ..found.flags };
        legal_case::save(tx, &Case { flags, ..found })
    };
    server.app.db.write(make_secret).expect("flagged");
    for keeper in [&manager, &director] {
        assert_eq!((listed(keeper, &of_case), listed(keeper, "records")), (1, 1));
        assert_eq!(server.get(&path, keeper).status, StatusCode::OK);
    }
    assert_eq!((listed(&supervisor, &of_case), listed(&auditor, "records")), (0, 0));
    let page = server.get(&format!("/api/v1/{of_case}&limit=1"), &supervisor).json();
    assert_eq!(page["next"], Value::Null, "no cursor tells when it is heard");
    assert_eq!(server.get(&path, &supervisor).status, StatusCode::NOT_FOUND);
    let of_record = server.get(&format!("/api/v1/records/{record}"), &auditor);
    assert_eq!(of_record.status, StatusCode::NOT_FOUND, "{}", of_record.json());
    let case = server.get(&format!("/api/v1/cases/{case}"), &supervisor).json();
    assert_eq!(case["cause"], "", "that there is one stays in the list: {case}");
    for (asked, found) in [("cases?search=2026", 2), ("cases?search=盗窃", 0), ("cases?kind=criminal", 1)] {
        assert_eq!(listed(&supervisor, asked), found, "{asked}: what is found must not say what it is");
    }
    assert_eq!(listed(&manager, "cases?search=盗窃"), 1);
}
