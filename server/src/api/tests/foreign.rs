//! The wall between organisations: every operation that takes an id is tried with the id of another
//! county's things, and with one that is nobody's, by somebody who holds every role in their own.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DeviceId, DocumentId, JobId, OrganisationId, PersonId, UploadId};
use tingfang_core::people::{Organisation, OrganisationLevel, Role};
use tingfang_core::record::attachment::{Attached, AttachmentPurpose, ContentDigest, MediaType};

use super::grades::{begun, elsewhere, grant, proposed};
use crate::router;
use crate::store::job::{self, JobKind};
use crate::store::{attachment, document, organisation, upload};
use crate::testing::TestServer;

/// What belongs to the whole tenant: a register of organisations, providers and undertakers that every
/// county reads, and the proof of all data, which holds ids and nothing of what they stand for.
const SHARED: &[&str] = &[
    "GET /api/v1/organisations/{id}",
    "GET /api/v1/providers/{id}",
    "GET /api/v1/undertakers/{id}",
    "GET /api/v1/verifications/{id}",
];

/// What a console says of a body.
const TALK: &[(&str, &str)] = &[("content-type", "application/json")];
/// What a phone says of files.
const FILES: &[(&str, &str)] = &[
    ("tus-resumable", "1.0.0"),
    ("content-type", "application/offset+octet-stream"),
    ("upload-offset", "0"),
    ("range", "bytes=0-8"),
];

/// A county with one of everything, and its ids by the first part of the path that takes them.
pub(super) fn county(server: &TestServer) -> BTreeMap<&'static str, String> {
    let manager = server.with_hearings();
    let of =
        |path: &str| server.get(path, &manager).json()["items"][0]["id"].as_str().expect("an id").to_owned();
    let observer = server.person("observer", &[Role::Supervisor]);
    let assignment = attendance(server, &manager, observer);
    let (round, _) = begun(server, &manager);
    let grade = proposed(server, &round);
    let code =
        server.post("/api/v1/devices/enrolments", Some(&manager), &json!({ "person": observer })).json();
    let enrolled = server.post("/api/v1/devices", None, &super::devices::request(&code["code"], 3));
    assert_eq!(enrolled.status, StatusCode::CREATED, "{}", enrolled.json());
    let record = record_of(server, assignment.parse().expect("an id"), observer);
    let device = enrolled.json()["device"].as_str().expect("an id").parse().expect("an id");
    let held = super::refused::held(server, (device, observer), record);
    let upload = file_of(server, (device, observer), record);
    let verification: JobId = server.app.minter.mint();
    let ask = move |tx: &crate::db::Tx| job::ask(tx, verification, JobKind::Verify, None, Moment::default());
    server.app.db.write(ask).expect("a verification");
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let bad = crate::testing::workbook(crate::testing::CASE_HEADERS, &[&["", "刑事", "", "", "", "", ""]]);
    let import = server.import("cases", &manager, bad).json();
    BTreeMap::from([
        ("assignments", assignment),
        ("attachments", upload.to_string()),
        ("cases", of("/api/v1/cases")),
        ("devices", text(&enrolled.json()["device"])),
        ("documents", record.to_string()),
        ("grades", grade.to_string()),
        ("hearings", of("/api/v1/hearings")),
        ("imports", text(&import["error_sheet"]).split('/').nth(4).expect("an id").to_owned()),
        ("organisations", server.organisation.to_string()),
        ("people", observer.to_string()),
        ("providers", of("/api/v1/providers")),
        ("records", record.to_string()),
        ("refused", held.to_string()),
        ("rounds", text(&round["id"])),
        ("sync", record.to_string()),
        ("undertakers", of("/api/v1/undertakers")),
        ("verifications", verification.to_string()),
    ])
}

/// A record of an attendance that somebody is assigned to.
pub(super) fn record(server: &TestServer, manager: &str, observer: PersonId) -> DocumentId {
    record_of(server, attendance(server, manager, observer).parse().expect("an id"), observer)
}

/// An attendance of an open hearing, by this observer.
fn attendance(server: &TestServer, manager: &str, observer: PersonId) -> String {
    let hearings = server.get("/api/v1/hearings", manager).json();
    let open =
        hearings["items"].as_array().expect("a list").iter().find(|hearing| hearing["openness"] == "public");
    let hearing = open.expect("one is open")["id"].clone();
    let wish = json!({ "kind": "attendance", "hearing": hearing, "members": [{ "person": observer, "duty": "chair" }] });
    let assigned = server.post("/api/v1/assignments", Some(manager), &wish);
    assert_eq!(assigned.status, StatusCode::CREATED, "{}", assigned.json());
    assigned.json()["id"].as_str().expect("an id").to_owned()
}

fn record_of(server: &TestServer, assignment: AssignmentId, observer: PersonId) -> DocumentId {
    let record: DocumentId = server.app.minter.mint();
    let row = document::Kept {
        id: record,
        kind: "attendance".to_owned(),
        schema_version: 1,
        assignment: Some(assignment),
        case: None,
        undertaker: None,
        transcribed_for: None,
        writer: None,
        amends: None,
        begun_by: observer,
        begun_position: tingfang_core::clock::LogPosition(1),
        sealed_position: None,
        revision: 0,
        changed_at: Moment::default(),
        erased_by: None,
    };
    server.app.db.write(move |tx| document::insert(tx, &row)).expect("a record");
    record
}

/// The digest of the file that the record names.
const DIGEST: ContentDigest = ContentDigest([7; 32]);

/// A file that the record names, and another one on its way.
fn file_of(server: &TestServer, (device, person): (DeviceId, PersonId), record: DocumentId) -> UploadId {
    let begun = upload::Kept {
        id: server.app.minter.mint(),
        device,
        person,
        digest: ContentDigest([8; 32]),
        size_bytes: 9,
        media_type: MediaType::Jpeg,
        received_bytes: 0,
        is_finished: false,
        begun_at: Moment::default(),
    };
    let named = Attached {
        entry: server.app.minter.mint(),
        digest: DIGEST,
        size_bytes: 9,
        media_type: MediaType::Jpeg,
        purpose: AttachmentPurpose::Scan,
        name: "旁听评分表".to_owned(),
        made_at: None,
        withdrawn: false,
    };
    let kept = attachment::Kept {
        digest: DIGEST,
        size_bytes: 9,
        media_type: MediaType::Jpeg,
        has_thumbnail: true,
        stored_at: Moment::default(),
    };
    let id = begun.id;
    let rows = move |tx: &crate::db::Tx| {
        upload::insert(tx, &begun)?;
        attachment::set_uses(tx, record, std::slice::from_ref(&named))?;
        attachment::insert(tx, &kept)
    };
    server.app.db.write(rows).expect("a file");
    id
}

/// The token of a phone of the stranger.
fn phone_of_stranger(server: &TestServer, away: OrganisationId) -> String {
    let person = server.person("caller", &[]);
    grant(server, person, away, Role::Supervisor);
    phone_of(server, person)
}

/// The token of a phone that somebody enrols.
pub(super) fn phone_of(server: &TestServer, person: PersonId) -> String {
    let issued = crate::identity::enrolment::issue(&server.app, person, None).expect("a code");
    let seed = server.app.minter.random::<1>()[0];
    let enrolled = server.post("/api/v1/devices", None, &super::devices::request(&json!(issued.code), seed));
    enrolled.json()["token"].as_str().expect("a token").to_owned()
}

/// Somebody with every role of a county of their own.
fn stranger(server: &TestServer) -> (OrganisationId, String) {
    let id = elsewhere(server);
    let person = server.person("stranger", &[]);
    for role in Role::ALL {
        grant(server, person, id, *role);
    }
    (id, server.sign_in("stranger"))
}

/// A body that says something plausible in every field of a schema, with these ids where it wants one.
fn body(schema: &Value, api: &Value, ids: &BTreeMap<&'static str, String>) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = reference.trim_start_matches('#');
        return body(api.pointer(named).expect("described"), api, ids);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = schema["type"].as_array().map_or(&schema["type"], |kinds| &kinds[0]);
    match kind.as_str() {
        Some("object") | None => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let filled = required.iter().filter_map(Value::as_str).map(|name| {
                let value = match (name, ids.get(format!("{name}s").as_str())) {
                    ("person", _) => json!(ids["people"]),
                    (_, Some(id)) => json!(id),
                    _ => body(&schema["properties"][name], api, ids),
                };
                (name.to_owned(), value)
            });
            Value::Object(filled.collect())
        }
        Some("array") if schema["items"]["type"] == "string" => json!([ids["people"]]),
        Some("array") => json!([body(&schema["items"], api, ids)]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        _ => match schema["format"].as_str() {
            Some("uuid") => json!(ids["people"]),
            Some("date") => json!("2026-11-20"),
            Some("date-time") => json!("2026-11-20T09:00:00+08:00"),
            _ => json!("一段文字，说明理由。"),
        },
    }
}

/// Who asks: at a console, and by a phone.
pub(super) struct Asker {
    pub(super) session: String,
    pub(super) phone: String,
}

/// Every operation that takes the id of one of these things, tried with it and with an id that is nobody's: how
/// many requests that were, and which of them were answered as if there were nothing in the way.
pub(super) fn walk_by_id(
    server: &TestServer,
    ids: &BTreeMap<&'static str, String>,
    asker: &Asker,
    is_meant: impl Fn(&str, &Method) -> bool,
) -> (usize, Vec<String>) {
    let api = serde_json::to_value(router::description()).expect("a description");
    let (mut tried, mut open) = (0, Vec::new());
    let paths = api["paths"].as_object().expect("paths");
    for (path, operations) in paths.iter().filter(|(path, _)| path.contains("{id}")) {
        let first = path.split('/').nth(3).expect("a first part");
        let nobodys = server.app.minter.mint::<DocumentId>().to_string();
        for (method, operation) in operations.as_object().expect("operations") {
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            if !is_meant(path, &verb) {
                continue;
            }
            let theirs = ids.get(first).unwrap_or_else(|| panic!("{path}: make one of {first} in county()"));
            let name = format!("{verb} {path}");
            let wanted = operation.pointer("/requestBody/content/application~1json/schema");
            let sent = wanted.map(|schema| body(schema, &api, ids).to_string().into_bytes());
            for id in [theirs, &nobodys] {
                let bytes = sent.clone().unwrap_or_default();
                let by_phone = operation["security"][0].get("device").is_some();
                let (token, headers) = if by_phone { (&asker.phone, FILES) } else { (&asker.session, TALK) };
                let path = path.replace("{id}", id).replace("{digest}", &DIGEST.to_string());
                let answer = server.send_with(verb.clone(), &path, token, headers, bytes);
                tried += 1;
                let is_walled = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
                let is_shared =
                    SHARED.contains(&name.as_str()) && id == theirs && answer.status == StatusCode::OK;
                if !is_walled && !is_shared {
                    open.push(format!("{name}: {} {}", answer.status, answer.json()));
                }
            }
        }
    }
    (tried, open)
}

/// What the lists show of these things.
pub(super) fn listed(
    server: &TestServer,
    ids: &BTreeMap<&'static str, String>,
    session: &str,
) -> Vec<String> {
    let api = serde_json::to_value(router::description()).expect("a description");
    let mut shown = Vec::new();
    for (path, operations) in api["paths"].as_object().expect("paths") {
        if path.contains('{') || operations.get("get").is_none() || !path.starts_with("/api/v1/") {
            continue;
        }
        let answer = server.get(path, session).json().to_string();
        let there = ids.iter().filter(|(_, id)| answer.contains(*id));
        shown.extend(there.map(|(kind, _)| format!("{path} shows {kind}")));
    }
    shown
}

#[test]
fn nothing_of_another_county_is_read_or_changed_by_its_id_whatever_role_one_holds_at_home() {
    let server = TestServer::new();
    let ids = county(&server);
    let (away, session) = stranger(&server);
    let asker = Asker { session, phone: phone_of_stranger(&server, away) };
    let (tried, open) = walk_by_id(&server, &ids, &asker, |_, _| true);
    assert!(tried > 60, "only {tried} requests were tried");
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn no_list_shows_anything_of_another_county() {
    let server = TestServer::new();
    let mut ids = county(&server);
    for shared in ["organisations", "providers", "undertakers", "verifications"] {
        ids.remove(shared);
    }
    let (_, token) = stranger(&server);
    let shown = listed(&server, &ids, &token);
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn an_administrator_of_the_authority_above_looks_after_the_people_of_a_county_and_a_neighbour_does_not() {
    let server = TestServer::new();
    let (home, person) = (server.organisation, server.person("clerk", &[Role::Manager]));
    let (neighbour, neighbours) = stranger(&server);
    let city = Organisation {
        id: server.app.minter.mint(),
        name: "听州市司法局".to_owned(),
        level: OrganisationLevel::City,
        parent: None,
        region_code: None,
    };
    let above = city.id;
    let rows = move |tx: &crate::db::Tx| {
        let county = organisation::find(tx, home)?.expect("there");
        organisation::save(tx, &city)?;
        organisation::save(tx, &Organisation { parent: Some(city.id), ..county })
    };
    server.app.db.write(rows).expect("organisations");
    let chief = server.person("chief", &[]);
    grant(&server, chief, above, Role::Admin);
    let citys = server.sign_in("chief");
    let (password, state) = (json!({ "password": "a new password" }), json!({ "person": person }));
    let set = format!("/api/v1/people/{person}/password");
    assert_eq!(server.put(&set, &neighbours, &password).status, StatusCode::NOT_FOUND);
    let code = server.post("/api/v1/devices/enrolments", Some(&neighbours), &state);
    assert_eq!(code.status, StatusCode::FORBIDDEN, "a code is a key to sign with");
    assert_eq!(server.put(&set, &citys, &password).status, StatusCode::NO_CONTENT);
    // Who also works for the neighbour is no longer the county's alone to act for.
    grant(&server, person, neighbour, Role::Supervisor);
    assert_eq!(server.put(&set, &citys, &password).status, StatusCode::NOT_FOUND);
    let seen = server.get(&format!("/api/v1/people/{person}"), &neighbours);
    assert_eq!(seen.status, StatusCode::OK, "and both see them");
    let alien = server.person("alien", &[Role::Supervisor]);
    let into_ones_own = json!({ "organisation": neighbour, "role": "supervisor" });
    let taken = server.post(&format!("/api/v1/people/{alien}/roles"), Some(&neighbours), &into_ones_own);
    assert_eq!(taken.status, StatusCode::NOT_FOUND, "nobody of another county is taken in from the side");
    let role = json!({ "organisation": home, "role": "admin" });
    let taken = server.post(&format!("/api/v1/people/{person}/roles"), Some(&neighbours), &role);
    assert_eq!(taken.status, StatusCode::NOT_FOUND, "nobody gives a role in an organisation of others");
}

#[test]
fn who_audits_a_city_reads_the_cases_and_rounds_of_its_counties_and_decides_nothing() {
    let server = TestServer::new();
    let manager = server.with_hearings();
    let (round, case) = begun(&server, &manager);
    let home = server.organisation;
    let city = Organisation {
        id: server.app.minter.mint(),
        name: "听州市法律援助中心".to_owned(),
        level: OrganisationLevel::City,
        parent: None,
        region_code: None,
    };
    let above = city.id;
    let auditor = server.person("auditor", &[]);
    grant(&server, auditor, above_of(&server, city), Role::Auditor);
    let audit = server.sign_in("auditor");
    let path = |what: &str, row: &Value| format!("/api/v1/{what}/{}", row["id"].as_str().expect("an id"));
    assert_eq!(
        server.get(&path("cases", &case), &audit).status,
        StatusCode::NOT_FOUND,
        "no county of the city yet"
    );
    let join = move |tx: &crate::db::Tx| {
        let county = organisation::find(tx, home)?.expect("there");
        organisation::save(tx, &Organisation { parent: Some(above), ..county })
    };
    server.app.db.write(join).expect("the county belongs to the city");
    for row in [path("cases", &case), path("rounds", &round)] {
        assert_eq!(server.get(&row, &audit).status, StatusCode::OK, "{row}");
    }
    let shown = server.get(&path("cases", &case), &audit).json();
    assert!(shown["recipients"].as_array().is_none_or(Vec::is_empty), "no names of recipients: {shown}");
    let listed = server.get("/api/v1/cases", &audit).json();
    assert!(!listed["items"].as_array().expect("a page").is_empty());
    for (way, wish) in [
        ("assignments", json!({ "kind": "file_review", "members": [] })),
        ("rounds", json!({ "name": "抽查", "rubric": "CRM-TRIAL", "cases": [] })),
    ] {
        let refused = server.post(&format!("/api/v1/{way}"), Some(&audit), &wish);
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{way}");
    }
    let close = server.post(&format!("{}/close", path("rounds", &round)), Some(&audit), &json!({}));
    assert_eq!(close.status, StatusCode::FORBIDDEN);
}

fn above_of(server: &TestServer, city: Organisation) -> OrganisationId {
    let id = city.id;
    server.app.db.write(move |tx| organisation::save(tx, &city)).expect("an organisation");
    id
}
