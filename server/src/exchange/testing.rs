//! Workbooks made in a test.

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

/// What a test puts into a cell.
pub(super) enum Put<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A date cell.
    Date(f64),
    /// An error of a formula.
    Fault,
    /// Nothing.
    Nothing,
}

pub(super) use Put::{Date, Fault, Nothing, Number};

/// A text.
pub(super) fn text(text: &str) -> Put<'_> {
    Put::Text(text)
}

/// A workbook with one sheet of these headers and rows, after so many rows of titles.
pub(super) fn book(titles: u32, headers: &[&str], rows: &[Vec<Put<'_>>]) -> Vec<u8> {
    let mut sheet = Worksheet::new();
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for title in 0..titles {
        sheet.write_string(title, 0, "法律援助案件登记表").expect("a cell");
    }
    for (column, header) in (0..).zip(headers) {
        sheet.write_string(titles, column, *header).expect("a cell");
    }
    for (row, cells) in (titles + 1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            let written = match cell {
                Put::Text(text) => sheet.write_string(row, column, *text),
                Put::Number(number) => sheet.write_number(row, column, *number),
                Put::Date(serial) => sheet.write_number_with_format(row, column, *serial, &date),
                Put::Fault => sheet.write_formula(row, column, Formula::new("=1/0").set_result("#DIV/0!")),
                Put::Nothing => continue,
            };
            written.expect("a cell");
        }
    }
    let mut workbook = Workbook::new();
    workbook.push_worksheet(sheet);
    workbook.save_to_buffer().expect("a workbook")
}
