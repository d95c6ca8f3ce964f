//! The upload with a last column saying what is wrong in each row: correct it there, upload it
//! again. The added column is passed over then.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use tingfang_core::text::Language;

use super::cell::Cell;
use super::columns::{SheetKind, problem_header};
use super::layout::Layout;
use super::problem::{RowProblem, WorkbookProblem};
use super::workbook::{self, Row};

/// Writes the error sheet of an upload.
///
/// Long numbers are shown in full but stay numbers: as a text, a number-name that has lost its
/// digits would pass the next time. Other sheets of the workbook are left out.
///
/// # Errors
/// When the upload cannot be read or the sheet not be written.
pub fn error_sheet(
    kind: SheetKind,
    original: &[u8],
    problems: &[RowProblem],
    language: Language,
) -> Result<Vec<u8>, WorkbookProblem> {
    let mut texts: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut marked: BTreeSet<(u32, u32)> = BTreeSet::new();
    for problem in problems {
        texts.entry(problem.row - 1).or_default().push(problem.text.get(language));
        marked.extend(problem.column_index.map(|column| (problem.row - 1, column)));
    }
    let mut rows: Vec<Row> = Vec::new();
    let found = workbook::read(kind, original, &mut |layout: &Layout, mut row: Row| {
        row.cells.retain(|(column, _)| Some(*column) != layout.problem_column);
        rows.push(row);
    })?;
    let written = Book::new().write(&found.sheet, &found.layout, &rows, &texts, &marked, language);
    written.map_err(WorkbookProblem::NotWritten)
}

struct Book {
    workbook: Workbook,
    header: Format,
    bad: Format,
    date: Format,
    bad_date: Format,
    time: Format,
    problem: Format,
}

/// Widths in characters that keep a column readable.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=40;
const PROBLEM_WIDTH: f64 = 70.0;

impl Book {
    fn new() -> Self {
        let yellow = Color::RGB(0x00FF_E699);
        let day = "yyyy-mm-dd hh:mm";
        Self {
            workbook: Workbook::new(),
            header: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            bad: Format::new().set_background_color(yellow),
            date: Format::new().set_num_format(day),
            bad_date: Format::new().set_num_format(day).set_background_color(yellow),
            time: Format::new().set_num_format("hh:mm"),
            problem: Format::new().set_text_wrap().set_font_color(Color::RGB(0x00C0_0000)),
        }
    }

    fn write(
        mut self,
        name: &str,
        layout: &Layout,
        rows: &[Row],
        texts: &BTreeMap<u32, Vec<&str>>,
        marked: &BTreeSet<(u32, u32)>,
        language: Language,
    ) -> Result<Vec<u8>, XlsxError> {
        let cells = || rows.iter().filter(|row| row.number >= layout.header_row).flat_map(|row| &row.cells);
        let last = cells().map(|(column, _)| column + 1).max().unwrap_or(0);
        let last = u16::try_from(last).unwrap_or(u16::MAX - 1);
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        for row in rows {
            for (column, cell) in &row.cells {
                let is_marked = marked.contains(&(row.number, *column));
                let is_header = row.number == layout.header_row;
                self.cell(&mut sheet, row.number, *column, cell, is_header, is_marked)?;
            }
        }
        for (row, texts) in texts {
            sheet.write_string_with_format(*row, last, texts.join("\n"), &self.problem)?;
        }
        sheet.write_string_with_format(layout.header_row, last, problem_header(language), &self.header)?;
        let mut widths: BTreeMap<u32, usize> = BTreeMap::new();
        for (column, cell) in cells() {
            let width = width_of(&cell.shown());
            widths.entry(*column).and_modify(|widest| *widest = width.max(*widest)).or_insert(width);
        }
        for (column, width) in widths {
            let width = u32::try_from((width + 2).clamp(*WIDTHS.start(), *WIDTHS.end())).unwrap_or(8);
            sheet.set_column_width(u16::try_from(column).unwrap_or(u16::MAX), f64::from(width))?;
        }
        sheet.set_column_width(last, PROBLEM_WIDTH)?;
        sheet.set_freeze_panes(layout.header_row + 1, 0)?;
        self.workbook.push_worksheet(sheet);
        self.workbook.save_to_buffer()
    }

    fn cell(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u32,
        cell: &Cell,
        is_header: bool,
        is_marked: bool,
    ) -> Result<(), XlsxError> {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        let plain = Format::new();
        let format = match (is_header, is_marked) {
            (true, _) => &self.header,
            (false, true) => &self.bad,
            (false, false) => &plain,
        };
        match cell {
            Cell::Text(text) => sheet.write_string_with_format(row, column, text, format)?,
            Cell::Number(number) if number.abs() >= 1e11 => {
                let format = format.clone().set_num_format("0");
                sheet.write_number_with_format(row, column, *number, &format)?
            }
            Cell::Number(number) => sheet.write_number_with_format(row, column, *number, format)?,
            Cell::Flag(flag) => sheet.write_boolean_with_format(row, column, *flag, format)?,
            Cell::DateTime(time) => {
                let format = if is_marked { &self.bad_date } else { &self.date };
                sheet.write_number_with_format(row, column, serial(*time), format)?
            }
            Cell::Time(time) => {
                let day = f64::from(time.hour()) / 24.0 + f64::from(time.minute()) / 1440.0;
                sheet.write_number_with_format(row, column, day, &self.time)?
            }
            Cell::Fault(fault) => sheet.write_string_with_format(row, column, fault, format)?,
        };
        Ok(())
    }
}

/// Days since Excel's beginning of time.
fn serial(time: jiff::civil::DateTime) -> f64 {
    let epoch = jiff::civil::datetime(1899, 12, 30, 0, 0, 0, 0);
    time.duration_since(epoch).as_secs_f64() / 86_400.0
}

/// Columns that a text takes: a Chinese character is as wide as two others.
fn width_of(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}
