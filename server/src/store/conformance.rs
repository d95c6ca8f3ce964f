//! One suite of all repositories, on whatever engine the environment names: what is written comes back
//! whole, in one order, and what must be unique is refused under one name.

mod access;
mod assignments;
mod attachments;
mod cases;
mod field_work;
mod grading;
mod ground;
mod ledger;
mod people;
mod records;
mod server;
mod sync;

use std::collections::BTreeSet;

/// The repositories that the suite covers.
const COVERED: &[&str] = &[
    "account",
    "assignment",
    "attachment",
    "audit_log",
    "case_relation",
    "change_log",
    "complaint",
    "decision",
    "device",
    "document",
    "enrolment_code",
    "erasure",
    "form",
    "frame",
    "frame_conflict",
    "hearing",
    "held_decision",
    "home_visit",
    "idempotency",
    "import_result",
    "job",
    "lease",
    "ledger",
    "legal_case",
    "organisation",
    "owed_report",
    "person",
    "policy",
    "proved",
    "provider",
    "quarantine",
    "recipient",
    "record_link",
    "record_return",
    "report_check",
    "rewritten_change",
    "role_grant",
    "round",
    "seal",
    "server_key",
    "session",
    "spot_check",
    "stand_in",
    "subsidy_line",
    "task_report",
    "tenant",
    "tip",
    "undertaker",
    "upload",
    "veto",
    "wipe_order",
];

/// Modules beside the repositories that keep no rows.
const HELPERS: &[&str] = &["conformance", "filter"];

const STORE: &str = include_str!("../store.rs");

const SUITE: &[&str] = &[
    include_str!("conformance/access.rs"),
    include_str!("conformance/assignments.rs"),
    include_str!("conformance/attachments.rs"),
    include_str!("conformance/cases.rs"),
    include_str!("conformance/field_work.rs"),
    include_str!("conformance/grading.rs"),
    include_str!("conformance/ledger.rs"),
    include_str!("conformance/people.rs"),
    include_str!("conformance/records.rs"),
    include_str!("conformance/server.rs"),
    include_str!("conformance/sync.rs"),
];

#[test]
fn no_repository_is_missing_from_this_suite() {
    let repositories: BTreeSet<&str> =
        STORE.lines().filter_map(module).filter(|name| !HELPERS.contains(name)).collect();
    let covered: BTreeSet<&str> = COVERED.iter().copied().collect();
    let missing: Vec<_> = repositories.difference(&covered).collect();
    assert!(missing.is_empty(), "repositories that the suite does not cover: {missing:?}");
    let gone: Vec<_> = covered.difference(&repositories).collect();
    assert!(gone.is_empty(), "covered, but no repositories: {gone:?}");
    let tests: Vec<String> = SUITE.iter().flat_map(|source| tests(source)).collect();
    let untested: Vec<_> =
        COVERED.iter().filter(|name| !tests.iter().any(|test| mentions(test, name))).collect();
    assert!(untested.is_empty(), "covered, but without a test that names them: {untested:?}");
}

/// The module that a line declares.
fn module(line: &str) -> Option<&str> {
    let (visibility, name) = line.strip_suffix(';')?.split_once("mod ")?;
    (visibility.is_empty() || visibility.starts_with("pub")).then_some(name)
}

/// The bodies of the tests in a source text, without whole lines of comment.
fn tests(source: &str) -> impl Iterator<Item = String> {
    let bodies = source.split("#[test]").skip(1).filter_map(|rest| Some(rest.split_once("\n}\n")?.0));
    bodies.map(|body| {
        body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    })
}

/// Whether a source text names something of a module.
fn mentions(source: &str, module: &str) -> bool {
    source.match_indices(&format!("{module}::")).any(|(start, _)| {
        let before = source[..start].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    })
}

#[test]
fn a_test_covers_what_its_body_names() {
    let source =
        "#[test]\nfn a() {\n    // seal::find\n    round_case::page(path::tip::find);\n}\nform::of();\n";
    let bodies: Vec<String> = tests(source).collect();
    assert_eq!(bodies.len(), 1);
    assert!(mentions(&bodies[0], "round_case"));
    for name in ["seal", "case", "tip", "form"] {
        assert!(!mentions(&bodies[0], name), "{name}");
    }
}
