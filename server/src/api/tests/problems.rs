//! Failures as clients see them.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::testing::TestServer;

#[test]
fn every_failure_is_a_problem_with_code_and_titles_in_both_languages() {
    let server = TestServer::new();
    let token = server.sign_in("admin");
    let table = [
        (Method::GET, "/nowhere", None, "", StatusCode::NOT_FOUND, "no_such_path"),
        (Method::PATCH, "/api/v1/me", None, "", StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        (
            Method::POST,
            "/api/v1/session",
            None,
            "{}",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media",
        ),
        (
            Method::POST,
            "/api/v1/session",
            Some("application/json"),
            "{",
            StatusCode::BAD_REQUEST,
            "unreadable",
        ),
        (
            Method::POST,
            "/api/v1/session",
            Some("application/json"),
            r#"{"login":"a","password":"b","more":1}"#,
            StatusCode::BAD_REQUEST,
            "unreadable",
        ),
        (Method::GET, "/api/v1/people/12", None, "", StatusCode::BAD_REQUEST, "unreadable"),
        (Method::GET, "/api/v1/people?limit=x", None, "", StatusCode::BAD_REQUEST, "unreadable"),
        (Method::GET, "/api/v1/people?search=a%00b", None, "", StatusCode::BAD_REQUEST, "unreadable"),
        (
            Method::POST,
            "/api/v1/session",
            Some("application/json"),
            r#"{"login":"a\u0000b","password":"x"}"#,
            StatusCode::BAD_REQUEST,
            "unreadable",
        ),
        (
            Method::POST,
            "/api/v1/session",
            Some("application/json"),
            r#"{"login":"a\\u0000b","password":"x"}"#,
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
        ),
        (Method::GET, "/api/v1/people?after=zz", None, "", StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        (
            Method::GET,
            "/api/v1/people/019a2b3c-0000-7000-8000-000000000000",
            None,
            "",
            StatusCode::NOT_FOUND,
            "not_found",
        ),
        (Method::GET, "/api/v1/cases", None, "", StatusCode::FORBIDDEN, "not_allowed"),
    ];
    for (method, path, kind, body, status, code) in table {
        let answer = server.send(method, path, Some(&token), kind, body.as_bytes().to_vec());
        let problem = answer.json();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}: {problem}");
        assert_eq!(answer.kind, "application/problem+json", "{path}");
        for part in ["title", "title_en", "detail", "detail_en"] {
            let text = problem[part].as_str().unwrap_or_default();
            assert!(!text.is_empty() && text != code && !text.contains('{'), "{path}: {part} = {text}");
        }
        assert_eq!(problem["status"], status.as_u16());
    }
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let server = TestServer::new();
    let body = json!({ "login": "x".repeat(2_000_000), "password": "" });
    let answer = server.post("/api/v1/session", None, &body);
    assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large".to_owned()));
}

#[test]
fn what_a_node_counts_is_numbers_only_and_names_nobody() {
    let server = TestServer::new();
    let token = server.sign_in("admin");
    server.get("/api/v1/cases", &token);
    let answer = server.send(Method::GET, "/metrics", None, None, Vec::new());
    assert_eq!((answer.status, answer.kind.as_str()), (StatusCode::OK, crate::metrics::MEDIA_TYPE));
    let text = String::from_utf8(answer.bytes).expect("text");
    for wanted in [
        "tingfang_log_head ",
        "tingfang_waiting{state=\"held\"} 0",
        "tingfang_waiting{state=\"jobs\"} 0",
        "tingfang_verification_differences 0",
        "tingfang_read_connections{state=\"open\"}",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in {text}");
    }
    assert!(text.is_ascii() && !text.contains("admin"), "{text}");
}

#[test]
fn health_needs_no_session() {
    let server = TestServer::new();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(server.send(Method::GET, path, None, None, Vec::new()).json()["status"], "ok");
    }
}

#[test]
fn every_code_has_its_texts() {
    use tingfang_core::text::{Language, label};

    let source = include_str!("../../problem/answer.rs");
    let codes: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.strip_suffix("\","))
        .collect();
    assert!(codes.len() > 15, "{codes:?}");
    for language in [Language::Zh, Language::En] {
        for code in &codes {
            for section in ["problem", "problem_detail"] {
                assert!(label(language, section, code).is_some(), "{language:?} lacks {section}.{code}");
            }
        }
    }
}
