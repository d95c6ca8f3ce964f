//! A read sheet: good rows, problems, and what else the uploader should know.

use std::collections::BTreeMap;

use serde::Serialize;

use super::columns::SheetKind;
use super::layout::Layout;
use super::problem::{ProblemCode, Recovery, RowProblem, WorkbookProblem, same, sentence_of};
use super::row::RowReader;
use super::workbook::{self, Row};

/// A good row and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Numbered<T> {
    /// The row as Excel numbers it, from 1.
    pub row: u32,
    /// What it says.
    pub value: T,
}

/// A read sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet<T> {
    /// What it lists.
    pub kind: SheetKind,
    /// The sheet's name in the workbook.
    pub name: String,
    /// Rows with anything in them below the headers.
    pub row_count: u32,
    /// Good rows, in the file's order.
    pub rows: Vec<Numbered<T>>,
    /// What is wrong, in the file's order. A row with a problem is not among the good ones.
    pub problems: Vec<RowProblem>,
    /// What was read although it was said badly.
    pub recovered: Vec<Recovery>,
    /// Columns whose headers mean nothing here; they were not read.
    pub unknown_columns: Vec<String>,
    /// Which column is what.
    #[serde(skip)]
    pub(super) layout: Layout,
}

impl<T> Sheet<T> {
    /// A problem that only the importer can see, about the field of a row that was read as good.
    pub fn problem(&self, row: u32, field: &str, value: &str, code: ProblemCode) -> RowProblem {
        let column = self.layout.columns.get(field);
        let header = column.map(|column| column.header.clone());
        let (column_text, value_text) = (same(header.as_deref().unwrap_or(field)), same(value));
        RowProblem {
            row,
            column_index: column.map(|column| column.index),
            column: header,
            value: value.to_owned(),
            code,
            text: sentence_of(code, &[("column", &column_text), ("value", &value_text)]),
        }
    }

    /// Rows that were held back.
    pub fn bad_row_count(&self) -> u32 {
        let mut rows: Vec<u32> = self.problems.iter().map(|problem| problem.row).collect();
        rows.sort_unstable();
        rows.dedup();
        u32::try_from(rows.len()).unwrap_or(u32::MAX)
    }
}

/// What must be one thing over all rows of a file, and where it was first seen.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<String, (u32, String)>);

impl Seen {
    /// Notes that a row says `says` of `key`; gives the earlier row when that says otherwise, or
    /// says it at all when `says` is nothing.
    pub(super) fn clash(&mut self, key: String, says: Option<&str>, row: u32) -> Option<(u32, String)> {
        match self.0.get(&key) {
            Some((_, earlier)) if says.is_some_and(|says| says == earlier) => None,
            Some(earlier) => Some(earlier.clone()),
            None => {
                self.0.insert(key, (row, says.unwrap_or_default().to_owned()));
                None
            }
        }
    }
}

/// Reads every row of a sheet with `parse`. A row counts as good when `parse` gives a value and
/// noted no problem; `key` is what no two rows may share, with the field that shows it.
pub(super) fn read<T>(
    kind: SheetKind,
    bytes: &[u8],
    mut parse: impl FnMut(&mut RowReader<'_>) -> Option<T>,
    key: impl Fn(&T) -> (&'static str, String),
) -> Result<Sheet<T>, WorkbookProblem> {
    let mut sheet = Sheet {
        kind,
        name: String::new(),
        row_count: 0,
        rows: Vec::new(),
        problems: Vec::new(),
        recovered: Vec::new(),
        unknown_columns: Vec::new(),
        layout: Layout::default(),
    };
    let mut keys = Seen::default();
    let mut each = |layout: &Layout, row: Row| {
        let says_anything = row.cells.iter().any(|(index, _)| Some(*index) != layout.problem_column);
        if row.number <= layout.header_row || !says_anything {
            return;
        }
        sheet.row_count += 1;
        let mut reader = RowReader::new(layout, &row);
        let value = parse(&mut reader);
        if let Some(value) = value.filter(|_| reader.problems.is_empty()) {
            let (field, key) = key(&value);
            match keys.clash(key, None, reader.number()) {
                None => sheet.rows.push(Numbered { row: reader.number(), value }),
                Some((earlier, _)) => {
                    let earlier = same(&earlier.to_string());
                    let _: Option<T> = reader.refuse(field, ProblemCode::SameRowTwice, &[("row", &earlier)]);
                }
            }
        }
        sheet.problems.append(&mut reader.problems);
        sheet.recovered.append(&mut reader.recovered);
    };
    let found = workbook::read(kind, bytes, &mut each)?;
    sheet.name = found.sheet;
    sheet.unknown_columns.clone_from(&found.layout.unknown);
    sheet.layout = found.layout;
    Ok(sheet)
}
