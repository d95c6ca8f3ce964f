//! The three kinds of sheet, from the workbook's bytes to rows and problems.

use std::ops::ControlFlow;

use jiff::civil::date;
use tingfang_core::case::{CaseKind, CaseStatus, HearingKind, Known, Openness, OrganKind, Stage};
use tingfang_core::clock::Moment;
use tingfang_core::people::{ObserverKind, ProviderKind, Role};
use tingfang_core::text::Language;

use super::testing::{Date, Fault, Nothing, Number, Put, book, text};
use super::*;

const CASE_HEADERS: [&str; 8] =
    ["援助案号", "案件类型", "案由", "承办单位", "承办人", "执业证号", "指派日期", "案件状态"];

fn case_row<'a>(no: Put<'a>, kind: &'a str, licence: Put<'a>, assigned: Put<'a>) -> Vec<Put<'a>> {
    vec![no, text(kind), text("盗窃罪"), text("某律师事务所"), text("张三"), licence, assigned]
}

fn codes<T>(sheet: &Sheet<T>) -> Vec<(u32, ProblemCode)> {
    sheet.problems.iter().map(|problem| (problem.row, problem.code)).collect()
}

#[test]
fn a_case_is_read_with_its_undertaker_and_provider() {
    let row = case_row(text(" 云川援刑2026-012 "), "刑事", text("15301201010000001"), Date(46_350.0));
    let sheet = parse_cases(&book(2, &CASE_HEADERS, &[row])).expect("a sheet");
    assert_eq!((sheet.problems.as_slice(), sheet.row_count, sheet.rows[0].row), (&[][..], 1, 4));
    let case = &sheet.rows[0].value;
    assert_eq!((case.case_no.as_str(), case.kind), ("云川援刑2026-012", CaseKind::Criminal));
    assert_eq!(case.assigned_on, Some(date(2026, 11, 24)));
    let undertaker = &case.undertakers[0];
    assert_eq!((undertaker.name.as_str(), undertaker.provider.as_str()), ("张三", "某律师事务所"));
    assert_eq!(undertaker.provider_kind, Some(ProviderKind::LawFirm));
    assert_eq!((case.stage, case.source, case.flags), (None, None, cases::FlagsRow::default()));
}

#[test]
fn ids_that_excel_turned_into_numbers_are_recovered_or_reported() {
    let licence = || text("L1");
    let rows = vec![
        case_row(Number(20_260_012.0), "刑事", licence(), Nothing),
        case_row(text("20260013.0"), "刑事", licence(), Nothing),
        case_row(text("'20260014"), "刑事", licence(), Nothing),
        case_row(Number(1.1e17), "刑事", licence(), Nothing),
        case_row(text("1.1E+17"), "刑事", licence(), Nothing),
        case_row(Date(46_350.0), "刑事", licence(), Nothing),
        case_row(Number(2026.5), "刑事", licence(), Nothing),
        case_row(Fault, "刑事", licence(), Nothing),
        case_row(text("20260015"), "刑事", Number(15_301_201_010_000_001.0), Nothing),
    ];
    let sheet = parse_cases(&book(0, &CASE_HEADERS, &rows)).expect("a sheet");
    let numbers: Vec<&str> = sheet.rows.iter().map(|row| row.value.case_no.as_str()).collect();
    assert_eq!(numbers, ["20260012", "20260013", "20260014"]);
    let recovered: Vec<u32> = sheet.recovered.iter().map(|recovery| recovery.row).collect();
    assert_eq!(recovered, [2, 3]);
    assert_eq!(
        codes(&sheet),
        [
            (5, ProblemCode::NumberLostDigits),
            (6, ProblemCode::NumberLostDigits),
            (7, ProblemCode::DateInId),
            (8, ProblemCode::BadId),
            (9, ProblemCode::CellError),
            (10, ProblemCode::NumberLostDigits),
        ]
    );
    assert_eq!(sheet.problems[0].value, "110000000000000000");
    assert_eq!(sheet.problems[5].column.as_deref(), Some("执业证号"));
}

#[test]
fn good_rows_are_not_held_up_and_every_problem_of_a_bad_row_is_told() {
    let rows = vec![
        case_row(text("A1"), "刑事", text("L1"), text("2026年11月24日")),
        vec![Nothing, text("军事"), Nothing, text("某律师事务所"), text("张三"), Nothing, text("昨天")],
        case_row(text("A3"), "民事案件", text("L1"), text("2026/11/24")),
    ];
    let sheet = parse_cases(&book(0, &CASE_HEADERS, &rows)).expect("a sheet");
    assert_eq!(sheet.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(sheet.rows[1].value.kind, CaseKind::Civil);
    assert_eq!((sheet.row_count, sheet.row_count as usize - sheet.rows.len()), (3, 1));
    let mut found = codes(&sheet);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (3, ProblemCode::Missing),
            (3, ProblemCode::Missing),
            (3, ProblemCode::BadDate),
            (3, ProblemCode::BadCode),
            (3, ProblemCode::UndertakerMissing),
        ]
    );
    let kind = sheet.problems.iter().find(|p| p.code == ProblemCode::BadCode).expect("the kind");
    assert_eq!((kind.column.as_deref(), kind.value.as_str()), (Some("案件类型"), "军事"));
    assert!(kind.text.zh.contains("军事") && kind.text.zh.contains("刑事、民事"), "{}", kind.text.zh);
    assert!(kind.text.en.contains("Criminal, Civil"), "{}", kind.text.en);
}

#[test]
fn dates_are_read_from_date_cells_texts_and_bare_serial_numbers() {
    let rows: Vec<Vec<Put<'_>>> = vec![
        case_row(text("A1"), "刑事", text("L1"), Date(46_350.375)),
        case_row(text("A2"), "刑事", text("L1"), text("\u{ff12}\u{ff10}\u{ff12}\u{ff16}-11-24 09:00")),
        case_row(text("A3"), "刑事", text("L1"), Number(46_350.0)),
        case_row(text("A4"), "刑事", text("L1"), Number(20_261_124.0)),
        case_row(text("A5"), "刑事", text("L1"), Number(7.0)),
    ];
    let sheet = parse_cases(&book(0, &CASE_HEADERS, &rows)).expect("a sheet");
    assert!(sheet.rows.iter().all(|row| row.value.assigned_on == Some(date(2026, 11, 24))));
    assert_eq!(sheet.rows.len(), 4);
    assert_eq!(sheet.recovered.iter().map(|r| r.taken_as.as_str()).collect::<Vec<_>>(), ["2026-11-24"; 2]);
    assert_eq!(codes(&sheet), [(6, ProblemCode::BadDate)]);
}

#[test]
fn the_same_case_twice_and_one_licence_for_two_names_are_told() {
    let mut other = case_row(text("A3"), "刑事", text("L1"), Nothing);
    other[4] = text("李四");
    let rows = vec![
        case_row(text("(2026)1号"), "刑事", text("L1"), Nothing),
        case_row(text("〔2026〕 1号"), "刑事", text("L1"), Nothing),
        other,
    ];
    let sheet = parse_cases(&book(0, &CASE_HEADERS, &rows)).expect("a sheet");
    assert_eq!(codes(&sheet), [(3, ProblemCode::SameRowTwice), (4, ProblemCode::LicenceTwoNames)]);
    assert!(sheet.problems[1].text.zh.contains("张三"), "{}", sheet.problems[1].text.zh);
}

#[test]
fn several_undertakers_stand_in_one_cell_each() {
    let mut row = case_row(text("A1"), "刑事", text("L1、L2"), Nothing);
    row[4] = text("张三\u{ff0c}李四");
    let mut uneven = case_row(text("A2"), "刑事", text("L1"), Nothing);
    uneven[4] = text("张三、李四");
    let mut waiting = case_row(text("A3"), "刑事", Nothing, Nothing);
    (waiting[3], waiting[4]) = (Nothing, Nothing);
    waiting.push(text("待指派"));
    let sheet = parse_cases(&book(0, &CASE_HEADERS, &[row, uneven, waiting])).expect("a sheet");
    let first: Vec<(&str, &str)> =
        sheet.rows[0].value.undertakers.iter().map(|u| (u.name.as_str(), u.licence_no.as_str())).collect();
    assert_eq!(first, [("张三", "L1"), ("李四", "L2")]);
    assert_eq!(codes(&sheet), [(3, ProblemCode::CountsDiffer)]);
    assert_eq!(sheet.rows[1].value.status, Some(CaseStatus::PendingAssignment));
    assert!(sheet.rows[1].value.undertakers.is_empty());
}

#[test]
fn stages_organs_and_dates_out_of_order_are_understood() {
    let headers =
        [&CASE_HEADERS[..6], &["办案机关", "诉讼阶段", "指派日期", "结案日期", "是否涉密"]].concat();
    let row = |no, closed| {
        let mut row = case_row(text(no), "民事", text("L1"), text("某县人民法院"));
        row.extend([text("第一审"), text("2026-03-01"), text(closed), text("否")]);
        row
    };
    let sheet = parse_cases(&book(0, &headers, &[row("A1", "2026-06-01"), row("A2", "2026-02-01")]))
        .expect("a sheet");
    let case = &sheet.rows[0].value;
    assert_eq!(case.organ.as_ref().map(|organ| organ.kind), Some(OrganKind::Court));
    assert_eq!((case.stage, case.flags.secret), (Some(Stage::Trial1), Some(false)));
    assert_eq!(codes(&sheet), [(3, ProblemCode::DateOrder)]);
}

const HEARING_HEADERS: [&str; 7] = [
    "案件编号",
    "开庭法院",
    "开庭时间",
    "是否公开审理",
    "审判时被告人未满18周岁",
    "可能封存犯罪记录",
    "开庭类型",
];

fn hearing_row<'a>(no: &'a str, starts: Put<'a>, openness: Put<'a>) -> Vec<Put<'a>> {
    vec![text(no), text("某县人民法院"), starts, openness, text("否"), text("不详"), text("宣判")]
}

#[test]
fn a_hearing_is_read_with_the_facts_that_the_gate_asks_for() {
    let rows = vec![
        hearing_row("A1", Date(46_350.375), text("公开审理")),
        hearing_row("A2", text("2026年11月24日 9时"), text("不公开")),
        hearing_row("A3", text("2026-11-24 09:00"), Nothing),
        hearing_row("A4", text("2026-11-24"), text("是")),
        hearing_row("A5", text("2026-11-24 09:00"), text("也许")),
        hearing_row("A1", text("2026-11-24 14:00"), text("是")),
    ];
    let sheet = parse_hearings(&book(0, &HEARING_HEADERS, &rows)).expect("a sheet");
    let nine = Moment::parse("2026-11-24T09:00:00+08:00").expect("a time");
    assert!(sheet.rows.iter().all(|row| row.value.starts_at == nine));
    let openness: Vec<Option<Openness>> = sheet.rows.iter().map(|row| row.value.openness).collect();
    assert_eq!(openness, [Some(Openness::Public), Some(Openness::ClosedByLaw), None]);
    let first = &sheet.rows[0].value;
    assert_eq!(first.defendant_under_18_at_trial, Some(Known::No));
    assert_eq!((first.record_may_be_sealed, first.kind), (Some(Known::Unknown), Some(HearingKind::Judgment)));
    assert_eq!(
        codes(&sheet),
        [(5, ProblemCode::TimeMissing), (6, ProblemCode::BadCode), (7, ProblemCode::SameRowTwice)]
    );
}

#[test]
fn day_and_time_may_stand_in_two_columns() {
    let headers = ["案件编号", "开庭法院", "开庭日期", "开庭时间", "公开情况"];
    let rows = vec![
        vec![text("A1"), text("法院"), text("2026-12-01"), text("9:30"), text("公开")],
        vec![text("A2"), text("法院"), Date(46_357.0), Date(0.395_833_333), text("公开")],
        vec![text("A3"), text("法院"), text("2026-12-01 9:30"), Nothing, text("公开")],
    ];
    let sheet = parse_hearings(&book(0, &headers, &rows)).expect("a sheet");
    let half_past = Moment::parse("2026-12-01T09:30:00+08:00").expect("a time");
    assert_eq!(sheet.rows.iter().map(|row| row.value.starts_at).collect::<Vec<_>>(), [half_past; 2]);
    assert_eq!(codes(&sheet), [(4, ProblemCode::Missing)]);
    let one = book(
        0,
        &["案件编号", "法院", "开庭日期", "公开情况"],
        &[vec![text("A1"), text("法院"), text("2026-12-01 9:30"), text("公开")]],
    );
    assert_eq!(parse_hearings(&one).expect("a sheet").rows[0].value.starts_at, half_past);
}

#[test]
fn people_have_a_login_or_a_telephone_number_and_roles() {
    let headers = ["姓名", "账号", "手机号", "角色", "旁听人类别", "培训有效期至", "身份证号"];
    let rows = vec![
        vec![
            text("甲"),
            text("JIA"),
            Number(13_800_000_001.0),
            text("监督员、评估人"),
            text("工作人员"),
            text("2027-12-31"),
            text("1"),
        ],
        vec![text("乙"), Nothing, text("+86 138-0000-0002"), text("旁听人"), text("人大代表")],
        vec![text("丙"), Nothing, Nothing, text("主任")],
        vec![text("丁"), text("登录"), Nothing, text("皇帝")],
        vec![text("戊"), text("jia"), Nothing, text("主任")],
        vec![text("己"), text("ji"), text("12"), Nothing],
    ];
    let sheet = parse_people(&book(1, &headers, &rows)).expect("a sheet");
    let first = &sheet.rows[0].value;
    assert_eq!((first.login.as_deref(), first.phone.as_deref()), (Some("jia"), Some("13800000001")));
    assert_eq!(first.roles, [Role::Supervisor, Role::Assessor]);
    assert_eq!(
        (first.observer_kind, first.trained_until),
        (Some(ObserverKind::CentreStaff), Some(date(2027, 12, 31)))
    );
    let second = &sheet.rows[1].value;
    assert_eq!(
        (second.phone.as_deref(), second.observer_kind),
        (Some("13800000002"), Some(ObserverKind::CongressDeputy))
    );
    assert_eq!(second.key(), "phone:13800000002");
    assert_eq!(sheet.unknown_columns, ["身份证号"]);
    assert_eq!(
        codes(&sheet),
        [
            (5, ProblemCode::LoginOrPhone),
            (6, ProblemCode::BadLogin),
            (6, ProblemCode::BadCode),
            (7, ProblemCode::SameRowTwice),
            (8, ProblemCode::BadPhone),
            (8, ProblemCode::Missing),
        ]
    );
}

#[test]
fn a_workbook_that_cannot_be_read_says_why_and_what_to_do() {
    let code = |bytes: &[u8]| parse_cases(bytes).expect_err("unreadable").code();
    assert_eq!(code(b"a,b,c"), "not_a_workbook");
    assert_eq!(code(b""), "not_a_workbook");
    assert_eq!(code(&[0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]), "old_format");
    let encrypted: Vec<u8> = [0xd0, 0xcf, 0x11, 0xe0]
        .into_iter()
        .chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(code(&encrypted), "encrypted");
    assert_eq!(code(&book(0, &[], &[])), "empty");
    let missing = parse_cases(&book(0, &["案号", "案由"], &[])).expect_err("columns are missing");
    assert_eq!(missing.code(), "missing_columns");
    let words = missing.text(Language::Zh);
    assert!(words.contains("案件类型") && words.contains("执业证号") && !words.contains("罪名"), "{words}");
}

#[test]
fn a_damaged_workbook_is_an_error_and_never_a_panic() {
    let good = book(0, &CASE_HEADERS, &[case_row(text("A1"), "刑事", text("L1"), Nothing)]);
    for place in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[place] ^= 0x55;
        let _ = parse_cases(&bad);
        let _ = parse_cases(&good[..place]);
    }
}

#[test]
fn an_error_sheet_says_in_the_last_column_what_is_wrong_and_can_be_corrected_and_sent_again() {
    let rows = vec![
        case_row(text("A1"), "刑事", text("L1"), Date(46_350.0)),
        case_row(text("A2"), "军事", text("L1"), text("昨天")),
        case_row(Number(110_000_000_000_000_000.0), "刑事", text("L1"), Nothing),
    ];
    let original = book(1, &CASE_HEADERS, &rows);
    let sheet = parse_cases(&original).expect("a sheet");
    let written =
        error_sheet(SheetKind::Cases, &original, &sheet.problems, Language::Zh).expect("an error sheet");
    let mut last_column = Vec::new();
    let found = workbook::read(SheetKind::Cases, &written, &mut |_, row| {
        last_column.push(row.cell(7 + 1).or(row.cell(7)).map(cell::Cell::shown));
        ControlFlow::Continue(())
    })
    .expect("a workbook");
    assert_eq!(found.layout.problem_column, Some(8));
    assert_eq!(last_column.len(), 5);
    assert_eq!(last_column[1].as_deref(), Some("导入问题"));
    assert_eq!(last_column[2], None);
    assert!(last_column[3].as_deref().is_some_and(|text| text.contains("军事")), "{last_column:?}");
    // Sent again, the added column is no news and the problems are the same.
    let again = parse_cases(&written).expect("a sheet");
    assert_eq!(again.problems.iter().map(|p| (p.row, p.code)).collect::<Vec<_>>(), codes(&sheet));
    assert!(again.unknown_columns.is_empty());
    assert_eq!(again.rows[0].value, sheet.rows[0].value);
    let twice =
        error_sheet(SheetKind::Cases, &written, &again.problems, Language::Zh).expect("an error sheet");
    let found =
        workbook::read(SheetKind::Cases, &twice, &mut |_, _| ControlFlow::Continue(())).expect("a workbook");
    assert_eq!(found.layout.problem_column, Some(8));
}
