//! Excel in over HTTP.

use axum::http::{Method, StatusCode};
use tingfang_core::people::Role;

use crate::testing::{CASE_HEADERS, HEARING_HEADERS, TestServer, workbook};

const ONE: &[&str] =
    &["听援1号", "刑事", "盗窃罪", "听州甲律师事务所", "甲律师", "15301202010000001", "某甲"];

#[test]
fn a_second_import_changes_nothing_and_a_correction_updates() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    let import = |row: &[&str]| {
        let answer = server.import("cases", &manager, workbook(CASE_HEADERS, &[row]));
        let seen = answer.json();
        (seen["created"].clone(), seen["updated"].clone(), seen["unchanged"].clone())
    };
    assert_eq!(import(ONE), (1.into(), 0.into(), 0.into()));
    assert_eq!(import(ONE), (0.into(), 0.into(), 1.into()));
    let mut corrected = ONE.to_vec();
    corrected[2] = "抢劫罪";
    corrected[6] = "";
    assert_eq!(import(&corrected), (0.into(), 1.into(), 0.into()));
    let cases = server.get("/api/v1/cases", &manager).json();
    assert_eq!(cases["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(cases["items"][0]["cause"], "抢劫罪");
    assert_eq!(cases["items"][0]["recipients"][0], "某甲", "what a row does not say stays");
    let providers = server.get("/api/v1/providers", &manager).json();
    assert_eq!(providers["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_dry_run_tells_and_saves_nothing() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    let book = workbook(CASE_HEADERS, &[ONE]);
    let path = "/api/v1/imports/cases?dry_run=true";
    let tried = server.send(Method::POST, path, Some(&manager), None, book).json();
    assert_eq!((tried["created"].as_u64(), tried["dry_run"].as_bool()), (Some(1), Some(true)), "{tried}");
    for path in ["/api/v1/cases", "/api/v1/providers", "/api/v1/undertakers"] {
        assert_eq!(server.get(path, &manager).json()["items"].as_array().map(Vec::len), Some(0), "{path}");
    }
}

#[test]
fn good_rows_go_in_and_bad_ones_come_back_in_an_error_sheet() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    server.import("cases", &manager, workbook(CASE_HEADERS, &[ONE]));
    let good: &[&str] = &["听援1号", "听州区人民法院", "2026-12-01 09:00", "公开", "否", "否"];
    let unknown: &[&str] = &["没有这个案号", "听州区人民法院", "2026-12-01 09:00", "公开", "否", "否"];
    let untimed: &[&str] = &["听援1号", "听州区人民法院", "下周", "公开", "否", "否"];
    let answer = server.import("hearings", &manager, workbook(HEARING_HEADERS, &[unknown, good, untimed]));
    let seen = answer.json();
    assert_eq!((seen["created"].as_u64(), seen["refused"].as_u64()), (Some(1), Some(2)), "{seen}");
    assert_eq!(seen["problems"][0]["code"], "unknown_case");
    assert_eq!(seen["problems"][0]["row"], 2);
    assert_eq!(seen["problems"][1]["row"], 4);
    let path = seen["error_sheet"].as_str().expect("an error sheet");
    let sheet = server.get(path, &manager);
    assert_eq!(sheet.status, StatusCode::OK);
    assert!(sheet.bytes.starts_with(b"PK"), "a workbook");
    let other = server.sign_in("admin");
    assert_eq!(server.get(path, &other).code(), "not_found", "it is for its sender only");
    server.clock.pass_seconds(25 * 3_600);
    let manager = server.sign_in("manager");
    assert_eq!(server.get(path, &manager).code(), "not_found", "it is kept for a day");
}

#[test]
fn a_form_is_taken_too_and_what_is_no_workbook_says_so() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    let mut form =
        b"--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.xlsx\"\r\n\r\n".to_vec();
    form.extend(workbook(CASE_HEADERS, &[ONE]));
    form.extend(b"\r\n--line--\r\n");
    let kind = Some("multipart/form-data; boundary=line");
    let path = "/api/v1/imports/cases";
    assert_eq!(server.send(Method::POST, path, Some(&manager), kind, form).json()["created"], 1);
    let text = server.send(Method::POST, path, Some(&manager), None, b"case,cause".to_vec());
    assert_eq!(text.json()["errors"][0]["code"], "not_a_workbook", "{}", text.json());
    let empty = server.send(Method::POST, path, Some(&manager), None, Vec::new());
    assert_eq!(empty.json()["errors"][0]["code"], "not_a_file");
}

#[test]
fn people_come_in_with_roles_and_a_second_import_adds_only_what_is_new() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let headers = &["姓名", "登录名", "角色", "培训有效期至", "承办单位"];
    let first = workbook(headers, &[&["张测试", "zhang", "监督员", "2027-12-31", ""]]);
    let second = workbook(headers, &[&["张测试", "zhang", "监督员、评估人", "", "听州丙律师事务所"]]);
    assert_eq!(server.import("people", &admin, first.clone()).json()["created"], 1);
    assert_eq!(server.import("people", &admin, first).json()["unchanged"], 1);
    assert_eq!(server.import("people", &admin, second).json()["updated"], 1);
    let found = server.get("/api/v1/people?search=zhang", &admin).json();
    assert_eq!(found["items"][0]["roles"].as_array().map(Vec::len), Some(2), "{found}");
    assert_eq!(found["items"][0]["trained_until"], "2027-12-31");
    let wrong = workbook(&["姓名", "登录名", "角色", "执业证号"], &[&["李测试", "li", "承办人", "999"]]);
    let refused = server.import("people", &admin, wrong).json();
    assert_eq!(refused["problems"][0]["code"], "unknown_licence", "{refused}");
    let nobody = server.get("/api/v1/people?search=li", &admin).json();
    assert_eq!(nobody["items"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_number_that_lost_its_zeros_finds_its_case_and_that_is_told() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    let import = |case_no: &str| {
        let mut row = ONE.to_vec();
        row[0] = case_no;
        server.import("cases", &manager, workbook(CASE_HEADERS, &[&row])).json()
    };
    assert_eq!(import("123")["created"], 1);
    let fuller = import("00123");
    assert_eq!((&fuller["created"], &fuller["updated"]), (&0.into(), &1.into()), "{fuller}");
    assert_eq!(fuller["recovered"][0]["value"], "00123");
    let lost = import("123");
    assert_eq!(lost["unchanged"], 1, "{lost}");
    assert_eq!(lost["recovered"][0]["taken_as"], "00123");
    let cases = server.get("/api/v1/cases", &manager).json();
    let numbers: Vec<&str> = cases["items"]
        .as_array()
        .expect("cases")
        .iter()
        .filter_map(|case| case["case_no"].as_str())
        .collect();
    assert_eq!(numbers, ["00123"]);
    let row: &[&str] = &["123", "听州区人民法院", "2026-12-01 09:00", "公开", "否", "否"];
    let hearings = server.import("hearings", &manager, workbook(HEARING_HEADERS, &[row])).json();
    assert_eq!((&hearings["created"], &hearings["recovered"][0]["taken_as"]), (&1.into(), &"00123".into()));
}

#[test]
fn a_corrected_name_is_no_second_person() {
    let server = TestServer::new();
    let admin = server.sign_in("admin");
    let import = |rows: &[&[&str]]| {
        let book = workbook(&["姓名", "登录名", "手机号", "角色"], rows);
        server.import("people", &admin, book).json()
    };
    let first = import(&[&["章三", "", "13800000001", "监督员"]]);
    assert_eq!(first["created"], 1, "{first}");
    let corrected = import(&[&["张三", "", "13800000001", "监督员"]]);
    assert_eq!((&corrected["created"], &corrected["updated"]), (&0.into(), &1.into()), "{corrected}");
    let told = &corrected["recovered"].as_array().expect("told")[..];
    assert!(told.iter().any(|note| note["value"] == "张三" && note["taken_as"] == "章三"), "{told:?}");
    // Who brings a sign-in name is not taken for another by a telephone number.
    let other = import(&[&["李四", "lisi", "13800000001", "监督员"]]);
    assert_eq!(other["created"], 1, "{other}");
}

#[test]
fn rows_beyond_the_first_thousand_problems_are_counted_and_stand_in_the_error_sheet() {
    let server = TestServer::new();
    server.person("manager", &[Role::Manager]);
    let manager = server.sign_in("manager");
    let numbers: Vec<String> = (0..1_200).map(|number| format!("听援{number}号")).collect();
    let rows: Vec<Vec<&str>> = numbers
        .iter()
        .map(|number| vec![number, "听州区人民法院", "2026-12-01 09:00", "公开", "否", "否"])
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let book = workbook(HEARING_HEADERS, &rows);
    let seen = server.import("hearings", &manager, book).json();
    assert_eq!(
        (&seen["rows"], &seen["refused"], &seen["problem_count"]),
        (&1_200.into(), &1_200.into(), &1_200.into())
    );
    assert_eq!(seen["problems"].as_array().map(Vec::len), Some(500));
    let path = seen["error_sheet"].as_str().expect("an error sheet");
    let sheet = server.get(path, &manager).bytes;
    let again = server.import("hearings", &manager, sheet).json();
    assert_eq!(again["refused"], 1_200, "every row is in it: {}", again["rows"]);
}
