//! A server in memory for tests: a data folder of its own, a clock that stands still, requests that
//! need no network.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::{Minter, OrganisationId, PersonId};
use tingfang_core::people::{Organisation, OrganisationLevel, Person, Role};
use tower::ServiceExt;

use crate::app::{self, App};
use crate::config::Config;
use crate::db::scratch;
use crate::host::OsEntropy;
use crate::identity::password;
use crate::{router, store};

/// A clock that a test sets.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

/// The password of everybody in tests.
pub(crate) const PASSWORD: &str = "correct horse";

/// A server with one organisation and one administrator, `admin`.
pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) organisation: OrganisationId,
    pub(crate) admin: PersonId,
    router: Router,
    /// Runs requests. The tests themselves block, as whoever uses the data layer does.
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestServer {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let start = Moment::parse("2026-11-24T09:00:00+08:00").expect("a time");
        let clock = Arc::new(TestClock(AtomicI64::new(start.as_millis())));
        let minter = Minter::new(clock.clone(), Arc::new(OsEntropy));
        let mut config = Config::for_folder(folder.path());
        config.database = scratch::place(folder.path());
        let db = app::open_database(&config).expect("a database");
        assert!(app::initialise(&db, &minter, "测试").expect("laid"));
        let app = App::with(config, db, minter).expect("an application");
        let organisation = Organisation {
            id: app.minter.mint(),
            name: "听州法律援助中心".to_owned(),
            level: OrganisationLevel::County,
            parent: None,
            region_code: None,
        };
        let id = organisation.id;
        app.db.write(move |tx| store::organisation::save(tx, &organisation)).expect("an organisation");
        let router = router::build(app.clone());
        let nobody = PersonId::from_bytes([0; 16]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut server =
            Self { app, clock, organisation: id, admin: nobody, router, runtime, _folder: folder };
        server.admin = server.person("admin", &[Role::Admin]);
        server
    }

    /// Adds somebody who can sign in, trained to observe.
    pub(crate) fn person(&self, login: &str, roles: &[Role]) -> PersonId {
        let person = Person {
            id: self.app.minter.mint(),
            name: format!("测试{login}"),
            login: Some(login.to_owned()),
            phone: None,
            provider: None,
            undertaker: None,
            observer_kind: None,
            adult: true,
            trained_until: Some(jiff::civil::date(2027, 12, 31)),
        };
        let (id, organisation, roles) = (person.id, self.organisation, roles.to_vec());
        self.app
            .db
            .write(move |tx| {
                store::person::save(tx, &person)?;
                for role in &roles {
                    store::role_grant::add(tx, person.id, organisation, *role)?;
                }
                Ok(())
            })
            .expect("a person");
        password::set(&self.app, id, PASSWORD).expect("a password");
        id
    }

    /// Signs somebody in and gives the token.
    pub(crate) fn sign_in(&self, login: &str) -> String {
        let body = serde_json::json!({ "login": login, "password": PASSWORD });
        let answer = self.post("/api/v1/session", None, &body);
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.json());
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::GET, path, Some(token), None, Vec::new())
    }

    pub(crate) fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        self.send(Method::POST, path, token, Some("application/json"), body.to_string().into_bytes())
    }

    pub(crate) fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(token), Some("application/json"), body.to_string().into_bytes())
    }

    /// Posts under an idempotency key.
    pub(crate) fn post_once(&self, path: &str, token: &str, key: &str, body: &Value) -> Answer {
        let request = Request::builder().method(Method::POST).uri(path).header("idempotency-key", key);
        self.run(request, Some(token), Some("application/json"), body.to_string().into_bytes())
    }

    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        self.run(Request::builder().method(method).uri(path), token, kind, body)
    }

    /// Waits for what runs on the async threads.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Sends with these headers.
    pub(crate) fn send_with(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.run(request, Some(token), None, body)
    }

    fn run(&self, mut request: Builder, token: Option<&str>, kind: Option<&str>, body: Vec<u8>) -> Answer {
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(Body::from(body)).expect("a request");
        self.runtime.block_on(self.answer(request))
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let headers = response.headers().clone();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec();
        Answer { status, kind, headers, bytes }
    }
}

/// A workbook of one sheet with these headers and rows of texts.
pub(crate) fn workbook(headers: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    let mut sheet = rust_xlsxwriter::Worksheet::new();
    for (row, cells) in (0..).zip(std::iter::once(&headers).chain(rows)) {
        for (column, text) in (0..).zip(cells.iter()) {
            sheet.write_string(row, column, *text).expect("a cell");
        }
    }
    let mut book = rust_xlsxwriter::Workbook::new();
    book.push_worksheet(sheet);
    book.save_to_buffer().expect("a workbook")
}

/// The columns of [`cases`].
pub(crate) const CASE_HEADERS: &[&str] =
    &["援助案号", "案件类型", "案由", "承办单位", "承办人", "执业证号", "受援人"];

/// The columns of [`hearings`].
pub(crate) const HEARING_HEADERS: &[&str] =
    &["案号", "法院", "开庭时间", "公开情况", "审判时被告人未满18周岁", "犯罪记录可能封存"];

impl TestServer {
    /// Imports cases through the API as a manager.
    pub(crate) fn import(&self, kind: &str, token: &str, book: Vec<u8>) -> Answer {
        self.send(Method::POST, &format!("/api/v1/imports/{kind}"), Some(token), None, book)
    }

    /// Two cases with a hearing each: a public one and a closed one. Gives the token of a manager.
    pub(crate) fn with_hearings(&self) -> String {
        self.person("manager", &[Role::Manager]);
        let manager = self.sign_in("manager");
        let cases = workbook(
            CASE_HEADERS,
            &[
                &[
                    "听援〔2026〕1号",
                    "刑事",
                    "盗窃罪",
                    "听州甲律师事务所",
                    "甲律师",
                    "15301202010000001",
                    "受援一",
                ],
                &[
                    "听援〔2026〕2号",
                    "民事",
                    "离婚纠纷",
                    "听州乙律师事务所",
                    "乙律师",
                    "15301202010000002",
                    "受援二",
                ],
            ],
        );
        let answer = self.import("cases", &manager, cases);
        assert_eq!(answer.json()["created"], 2, "{}", answer.json());
        let hearings = workbook(
            HEARING_HEADERS,
            &[
                &["听援〔2026〕1号", "听州区人民法院", "2026-12-01 09:00", "公开", "否", "否"],
                &["听援〔2026〕2号", "听州区人民法院", "2026-12-02 09:00", "依法不公开", "", ""],
            ],
        );
        let answer = self.import("hearings", &manager, hearings);
        assert_eq!(answer.json()["created"], 2, "{}", answer.json());
        manager
    }
}
