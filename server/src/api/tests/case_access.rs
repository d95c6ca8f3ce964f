//! What is about a case, asked for in every list and by every id: by who is related to it, whatever their roles, and
//! by who keeps no secrets where it is secret.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use serde_json::json;
use tingfang_core::case::{Case, CaseFlags};
use tingfang_core::clock::LogPosition;
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::id::{CaseId, ComplaintId, PersonId};
use tingfang_core::people::{RelationGround, Role};
use tingfang_core::record::complaint_intake::{ComplaintGround, ComplaintWay};
use tingfang_core::signature::Signature;

use super::foreign::{Asker, county, listed, phone_of, walk_by_id};
use crate::store::{case_relation, complaint, erasure, legal_case};
use crate::testing::TestServer;

/// What is about a case beside its line in the list of cases: by the first part of the path that takes its id, or by
/// the list that shows it.
const ABOUT: &[&str] = &[
    "assignments",
    "attachments",
    "complaints",
    "documents",
    "erasures",
    "grades",
    "records",
    "refused",
    "vetoes",
];

/// A county with one of everything about a case, and who manages it.
struct County {
    server: TestServer,
    manager: String,
    /// The ids of all that it has.
    ids: BTreeMap<&'static str, String>,
    cases: Vec<CaseId>,
}

impl County {
    fn new() -> Self {
        let server = TestServer::new();
        let mut ids = county(&server);
        let manager = server.sign_in("manager");
        let round = server.get(&format!("/api/v1/rounds/{}", ids["rounds"]), &manager).json();
        let (case, undertaker) = (&round["cases"][0]["case"], &round["cases"][0]["undertaker"]);
        let wish = json!({
            "case": case, "undertaker": undertaker, "code": "VETO-01", "state": "alleged", "ground": "来电反映",
        });
        let ruled = server.post("/api/v1/vetoes", Some(&manager), &wish);
        assert_eq!(ruled.status, StatusCode::CREATED, "{}", ruled.json());
        ids.insert("vetoes", ruled.json()["veto"].as_str().expect("an id").to_owned());
        let complaint: ComplaintId = server.app.minter.mint();
        let kept = complaint::Kept {
            id: complaint,
            organisation: server.organisation,
            document: ids["records"].parse().expect("an id"),
            case: Some(case.as_str().expect("an id").parse().expect("an id")),
            undertaker: None,
            ground: ComplaintGround::ALL[0],
            way: ComplaintWay::ALL[0],
            position: LogPosition(1),
            opened_at: server.app.now(),
        };
        server.app.db.write(move |tx| complaint::insert(tx, &kept)).expect("a complaint");
        ids.insert("complaints", complaint.to_string());
        // Named by its reason, which no other list shows.
        let reason = "当事人要求删除，理由仅此一处";
        let order = ErasureOrder {
            number: 1,
            document: ids["records"].parse().expect("an id"),
            organisation: server.organisation,
            ordered_by: ids["people"].parse().expect("an id"),
            ordered_at: server.app.now(),
            reason: reason.to_owned(),
            signature: Signature([0; 64]),
        };
        let keep = move |tx: &crate::db::Tx| erasure::insert(tx, &order);
        server.app.db.write(keep).expect("an order");
        ids.insert("erasures", reason.to_owned());
        let page = server.get("/api/v1/cases?limit=200", &manager).json();
        let cases = page["items"].as_array().expect("a page").iter().map(|case| &case["id"]);
        let cases = cases.map(|id| id.as_str().expect("an id").parse().expect("an id")).collect();
        Self { server, manager, ids, cases }
    }

    /// Somebody with these roles here.
    fn person(&self, login: &str, roles: &[Role]) -> (PersonId, Asker) {
        let person = self.server.person(login, roles);
        (person, Asker { session: self.server.sign_in(login), phone: phone_of(&self.server, person) })
    }

    /// Which kinds of what is about a case some list shows, and which lists name a case.
    fn shown(&self, session: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let about = ABOUT.iter().map(|kind| (*kind, self.ids[kind].clone())).collect();
        let mut kinds = listed(&self.server, &about, session);
        let tasks = self.server.get(&format!("/api/v1/tasks?person={}", self.ids["people"]), session).json();
        if tasks.to_string().contains(&self.ids["assignments"]) {
            kinds.push("/api/v1/tasks shows tasks".to_owned());
        }
        let kinds =
            kinds.iter().filter_map(|shown| shown.split(' ').next_back()).map(str::to_owned).collect();
        let case_ids = self.cases.iter().map(|case| ("a case", case.to_string()));
        let lists: Vec<_> =
            case_ids.flat_map(|case| listed(&self.server, &BTreeMap::from([case]), session)).collect();
        let lists = lists.iter().filter_map(|shown| shown.split(' ').next()).map(str::to_owned).collect();
        (kinds, lists)
    }

    /// What is answered by id as if nothing stood in the way.
    fn open(&self, asker: &Asker, method: Option<Method>) -> Vec<String> {
        let is_about = |path: &str| ABOUT.iter().any(|kind| path.starts_with(&format!("/api/v1/{kind}/")));
        let is_meant =
            |path: &str, verb: &Method| is_about(path) && method.as_ref().is_none_or(|only| only == verb);
        let (tried, mut open) = walk_by_id(&self.server, &self.ids, asker, is_meant);
        assert!(tried > 10, "only {tried} requests were tried");
        // What would change something is refused by the rule: that there is such a case they may know.
        open.retain(|answer| !["relation_bars", "observer_related"].iter().any(|rule| answer.contains(rule)));
        open
    }
}

fn names(kinds: &[&str]) -> BTreeSet<String> {
    kinds.iter().map(|kind| (*kind).to_owned()).collect()
}

/// What lists show to who audits: a file is seen with its record.
fn audited() -> BTreeSet<String> {
    ABOUT.iter().filter(|kind| **kind != "attachments").map(|kind| (*kind).to_owned()).collect()
}

/// What they show to who manages: the tasks of others too.
fn managed() -> BTreeSet<String> {
    audited().into_iter().chain(["tasks".to_owned()]).collect()
}

#[test]
fn who_is_related_to_a_case_finds_nothing_about_it_in_any_list_or_by_any_id_whatever_their_roles() {
    let county = County::new();
    let roles = [Role::Manager, Role::Director, Role::Auditor, Role::Supervisor];
    let (_, outsider) = county.person("outsider", &roles);
    let (related, asker) = county.person("related", &roles);
    assert_eq!(county.shown(&asker.session).0, managed(), "nothing stands in the way so far");
    assert!(county.open(&asker, Some(Method::GET)).len() > 4, "nor by id");

    let (cases, now) = (county.cases.clone(), county.server.app.now());
    let declare = move |tx: &crate::db::Tx| {
        cases.iter().try_for_each(|case| {
            case_relation::declare(tx, *case, related, RelationGround::Witness, None, now)
        })
    };
    county.server.app.db.write(declare).expect("declared");
    let (kinds, lists) = county.shown(&asker.session);
    assert_eq!(kinds, names(&[]), "a relation wins over every role");
    assert_eq!(
        lists,
        names(&["/api/v1/cases", "/api/v1/hearings"]),
        "that there is a case, and when it is heard"
    );
    assert_eq!(county.open(&asker, None), Vec::<String>::new());
    assert_eq!(county.shown(&outsider.session).0, managed(), "others see what they saw");
}

#[test]
fn who_keeps_no_secrets_finds_nothing_about_a_secret_case_in_any_list_or_by_any_id() {
    let county = County::new();
    let (_, auditor) = county.person("auditor", &[Role::Auditor]);
    assert_eq!(county.shown(&auditor.session).0, audited(), "nothing stands in the way so far");

    let cases = county.cases.clone();
    let make_secret = move |tx: &crate::db::Tx| {
        for case in &cases {
            let found = legal_case::find(tx, *case)?.expect("there");
            let flags = CaseFlags { secret: true, ..found.flags };
            legal_case::save(tx, &Case { flags, ..found })?;
        }
        Ok(())
    };
    county.server.app.db.write(make_secret).expect("flagged");
    let (kinds, lists) = county.shown(&auditor.session);
    assert_eq!(kinds, names(&[]), "of a secret case");
    assert_eq!(lists, names(&["/api/v1/cases"]), "there is its number alone");
    assert_eq!(county.open(&auditor, None), Vec::<String>::new());
    assert_eq!(county.shown(&county.manager).0, managed(), "who keeps it sees it");
}
