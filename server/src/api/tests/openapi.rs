//! The description of the API, held by a committed file.

use axum::http::Method;

use crate::router;
use crate::testing::TestServer;

/// The committed description.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// Set to anything, this variable makes the test write the file instead of comparing.
const UPDATE: &str = "TINGFANG_UPDATE_OPENAPI";

#[test]
fn the_description_is_the_committed_one() {
    let made = router::description().to_pretty_json().expect("a description") + "\n";
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(COMMITTED, &made).expect("the file is written");
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    let difference = made.lines().zip(committed.lines()).position(|(made, committed)| made != committed);
    assert!(
        made == committed,
        "the API differs from server/openapi.json, first in line {}; if that is wanted, run \
         {UPDATE}=1 cargo test -p tingfang-server the_description and commit the file",
        difference.map_or(0, |line| line + 1),
    );
}

#[test]
fn the_description_is_served_and_every_operation_has_its_problems() {
    let server = TestServer::new();
    let answer = server.send(Method::GET, "/api/v1/openapi.json", None, None, Vec::new()).json();
    assert!(answer["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{answer}");
    let paths = answer["paths"].as_object().expect("paths");
    assert!(paths.len() > 15, "{}", paths.len());
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("operations") {
            assert!(ids.insert(operation["operationId"].to_string()), "{method} {path} shares its id");
            let answers = operation["responses"].as_object().expect("responses");
            assert!(path == "/health/live" || answers.contains_key("4XX"), "{method} {path}");
        }
    }
}
