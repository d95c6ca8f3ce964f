//! The upload with a last column saying what is wrong in each row: correct it there, upload it
//! again. The added column is passed over then.
//!
//! The rows are written one after the other as they come, and none is kept in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use tingfang_core::text::Language;

use super::cell::Cell;
use super::columns::{SheetKind, problem_header};
use super::problem::{RowProblem, WorkbookProblem};
use super::workbook::{self, Found, Row};

/// Writes the error sheet of an upload whose problems are known.
///
/// # Errors
/// When the upload cannot be read or the sheet not be written.
pub fn error_sheet(
    kind: SheetKind,
    original: &[u8],
    problems: &[RowProblem],
    language: Language,
) -> Result<Vec<u8>, WorkbookProblem> {
    let mut by_row: BTreeMap<u32, Vec<&RowProblem>> = BTreeMap::new();
    for problem in problems {
        by_row.entry(problem.row).or_default().push(problem);
    }
    let mut sheet: Option<ErrorSheet> = None;
    let mut failed = None;
    workbook::read(kind, original, &mut |found, row| {
        let problems = by_row.remove(&(row.number + 1)).unwrap_or_default();
        let written = match sheet.as_mut() {
            Some(sheet) => sheet.write(&row, &problems),
            None => ErrorSheet::begin(found, language)
                .and_then(|begun| sheet.insert(begun).write(&row, &problems)),
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    match (failed, sheet) {
        (Some(error), _) => Err(error),
        (None, Some(sheet)) => sheet.finish(),
        (None, None) => Err(WorkbookProblem::Empty),
    }
}

/// An error sheet that is being written, row by row from the top.
///
/// Long numbers are shown in full but stay numbers: as a text, a number-name that has lost its
/// digits would pass the next time. Other sheets of the workbook are left out.
pub struct ErrorSheet {
    workbook: Workbook,
    sheet: Worksheet,
    formats: Formats,
    language: Language,
    header_row: u32,
    /// The column of an earlier error sheet, which this one takes out.
    old_column: Option<u32>,
    /// The column that says what is wrong.
    last: u32,
    widths: BTreeMap<u32, usize>,
}

struct Formats {
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

impl ErrorSheet {
    /// Begins the sheet of an upload.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(found: &Found, language: Language) -> Result<Self, WorkbookProblem> {
        Self::begun(found, language).map_err(WorkbookProblem::NotWritten)
    }

    /// Writes the next row with what is wrong in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, row: &Row, problems: &[&RowProblem]) -> Result<(), WorkbookProblem> {
        self.write_row(row, problems).map_err(WorkbookProblem::NotWritten)
    }

    /// Ends the sheet and gives its bytes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<Vec<u8>, WorkbookProblem> {
        self.finished().map_err(WorkbookProblem::NotWritten)
    }

    fn begun(found: &Found, language: Language) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        sheet.set_name(&found.sheet)?;
        let layout = &found.layout;
        let named = layout.columns.values().map(|column| column.index + 1).max().unwrap_or(0);
        // Where an earlier error sheet had its column, this one has it too.
        let last = layout.problem_column.unwrap_or_else(|| named.max(found.width));
        sheet.set_freeze_panes(layout.header_row + 1, 0)?;
        Ok(Self {
            workbook,
            sheet,
            formats: Formats::new(),
            language,
            header_row: layout.header_row,
            old_column: layout.problem_column,
            last,
            widths: BTreeMap::new(),
        })
    }

    fn write_row(&mut self, row: &Row, problems: &[&RowProblem]) -> Result<(), XlsxError> {
        let marked: BTreeSet<u32> = problems.iter().filter_map(|problem| problem.column_index).collect();
        let mut texts: Vec<&str> = problems.iter().map(|problem| problem.text.get(self.language)).collect();
        let is_header = row.number == self.header_row;
        if is_header {
            texts.push(problem_header(self.language));
        }
        for (column, cell) in row.cells.iter().filter(|(column, _)| Some(*column) != self.old_column) {
            // A cell where the sheet said that it had none makes room for what is wrong.
            let place = if *column >= self.last && self.old_column.is_none() { column + 1 } else { *column };
            self.formats.cell(
                &mut self.sheet,
                (row.number, place),
                cell,
                is_header,
                marked.contains(column),
            )?;
            if row.number >= self.header_row {
                let width = width_of(&cell.shown());
                self.widths.entry(place).and_modify(|widest| *widest = width.max(*widest)).or_insert(width);
            }
        }
        if !texts.is_empty() {
            let format = if is_header { &self.formats.header } else { &self.formats.problem };
            self.sheet.write_string_with_format(row.number, narrow(self.last), texts.join("\n"), format)?;
        }
        Ok(())
    }

    fn finished(mut self) -> Result<Vec<u8>, XlsxError> {
        for (column, width) in self.widths {
            let width = u32::try_from((width + 2).clamp(*WIDTHS.start(), *WIDTHS.end())).unwrap_or(8);
            self.sheet.set_column_width(narrow(column), f64::from(width))?;
        }
        self.sheet.set_column_width(narrow(self.last), PROBLEM_WIDTH)?;
        self.workbook.push_worksheet(self.sheet);
        self.workbook.save_to_buffer()
    }
}

impl Formats {
    fn new() -> Self {
        let yellow = Color::RGB(0x00FF_E699);
        let day = "yyyy-mm-dd hh:mm";
        Self {
            header: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            bad: Format::new().set_background_color(yellow),
            date: Format::new().set_num_format(day),
            bad_date: Format::new().set_num_format(day).set_background_color(yellow),
            time: Format::new().set_num_format("hh:mm"),
            problem: Format::new().set_text_wrap().set_font_color(Color::RGB(0x00C0_0000)),
        }
    }

    fn cell(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u32),
        cell: &Cell,
        is_header: bool,
        is_marked: bool,
    ) -> Result<(), XlsxError> {
        let column = narrow(column);
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

fn narrow(column: u32) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
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
