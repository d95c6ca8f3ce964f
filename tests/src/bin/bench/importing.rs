//! An Excel file of many rows, taken in.

use std::path::Path;
use std::time::Instant;

use rust_xlsxwriter::Workbook;
use tingfang_core::people::Organisation;
use tingfang_core::people::OrganisationLevel;
use tingfang_server::app::{App, host_minter, initialise, open_database};
use tingfang_server::config::Config;
use tingfang_server::exchange::SheetKind;
use tingfang_server::importing::{Upload, import};
use tingfang_server::store::organisation;

use crate::figures::Figures;
use tingfang_tests::memory;

use crate::counted;

/// Measures time and memory, the memory beside that of a small file.
pub(crate) fn measure(figures: &mut Figures, rows: usize) {
    let few = (rows / 100).max(10);
    let start = Instant::now();
    let many = memory::peak_of(&["import", &rows.to_string()]);
    let took = start.elapsed();
    let small = memory::peak_of(&["import", &few.to_string()]);
    let what = format!("Excel of {} cases, every tenth row bad, with its error sheet", counted(rows));
    let measured = format!(
        "{many} at the most ({} rows: {small}); {:.1} s with the making of the file",
        counted(few),
        took.as_secs_f64()
    );
    figures.row(&what, "constant memory", &measured);
}

/// Makes a file, takes it in, and prints the most memory that the process held.
pub(crate) fn child(rows: &str) {
    let rows: u32 = rows.parse().expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cases.xlsx");
    write(&file, rows);
    let config = Config::for_folder(folder.path().join("data"));
    let minter = host_minter();
    let db = open_database(&config).expect("a fresh folder");
    initialise(&db, &minter, "云河县(虚构)").expect("a fresh database");
    let centre = Organisation {
        id: minter.mint(),
        name: "云河县法律援助中心(虚构)".into(),
        level: OrganisationLevel::County,
        parent: None,
        region_code: None,
    };
    let id = centre.id;
    db.write(move |tx| organisation::save(tx, &centre)).expect("an organisation");
    let app = App::with(config, db, minter).expect("an application");
    let bytes = std::fs::read(&file).expect("written");
    let upload = Upload {
        kind: SheetKind::Cases,
        bytes: bytes.into(),
        organisation: id,
        dry_run: false,
        errors: true,
    };
    let outcome = import(&app, &upload).expect("a workbook");
    assert_eq!((outcome.rows, outcome.refused), (rows, rows.div_ceil(10)), "{:?}", outcome.problems.first());
    println!("{}", memory::peak_kib());
}

const HEADERS: [&str; 8] =
    ["援助案号", "案件类型", "案由", "承办单位", "承办人", "执业证号", "指派日期", "案件状态"];

/// Writes the file, row by row: the making of it must not be what needs the memory.
fn write(path: &Path, rows: u32) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().expect("a sheet");
    for (column, header) in (0..).zip(HEADERS) {
        sheet.write_string(0, column, header).expect("written");
    }
    for row in 0..rows {
        let kind = if row % 10 == 0 { "军事" } else { "刑事" };
        let undertaker = row % 40;
        let cells = [
            format!("云援刑字〔2026〕{row}号"),
            kind.to_owned(),
            "盗窃罪".to_owned(),
            format!("明理{}律师事务所", undertaker / 5),
            format!("周{undertaker}律师"),
            format!("151012026100{undertaker:05}"),
            "2026-11-02".to_owned(),
            "承办中".to_owned(),
        ];
        for (column, cell) in (0..).zip(&cells) {
            sheet.write_string(row + 1, column, cell).expect("written");
        }
    }
    book.save(path).expect("saved");
}
