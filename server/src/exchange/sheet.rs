//! A read sheet: good rows, problems, and what else the uploader should know.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;

use super::columns::SheetKind;
use super::problem::{ProblemCode, Recovery, RowProblem, WorkbookProblem, same};
use super::row::RowReader;
use super::workbook::{self, Found, Row};

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
}

/// A row below the headers, as it was read.
pub struct ReadRow<T> {
    /// The row as Excel numbers it, from 1.
    pub number: u32,
    /// What it says; nothing for a row with a problem, and for one that says nothing at all.
    pub value: Option<T>,
    /// What is wrong with it.
    pub problems: Vec<RowProblem>,
    /// What was read although it was said badly.
    pub recovered: Vec<Recovery>,
}

/// Takes the rows of a sheet, one after the other: the cells of each, and below the headers what was
/// read of them.
pub type Take<'t, T> = &'t mut dyn FnMut(&Found, Row, Option<ReadRow<T>>) -> ControlFlow<()>;

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

/// The rows by whose keys no two may be alike. Eight bytes stand for a key, so that a file of many
/// rows costs little to keep in mind.
#[derive(Default)]
struct Keys(BTreeMap<u64, u32>);

impl Keys {
    /// Notes the key of a row; gives the row that had it before.
    fn clash(&mut self, key: &str, row: u32) -> Option<u32> {
        let hash = blake3::hash(key.as_bytes());
        let short = u64::from_le_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"));
        match self.0.get(&short) {
            Some(earlier) => Some(*earlier),
            None => {
                self.0.insert(short, row);
                None
            }
        }
    }
}

/// Reads every row of a sheet with `parse` and hands it on. A row counts as good when `parse` gives a
/// value and noted no problem; `key` is what no two rows may share, with the field that shows it.
pub(super) fn each<T>(
    kind: SheetKind,
    bytes: &[u8],
    mut parse: impl FnMut(&mut RowReader<'_>) -> Option<T>,
    key: impl Fn(&T) -> (&'static str, String),
    take: Take<'_, T>,
) -> Result<Found, WorkbookProblem> {
    let mut keys = Keys::default();
    workbook::read(kind, bytes, &mut |found, row| {
        let layout = &found.layout;
        let says_anything = row.cells.iter().any(|(index, _)| Some(*index) != layout.problem_column);
        if row.number <= layout.header_row || !says_anything {
            return take(found, row, None);
        }
        let mut reader = RowReader::new(layout, &row);
        let mut value = parse(&mut reader).filter(|_| reader.problems.is_empty());
        if let Some((field, key)) = value.as_ref().map(&key)
            && let Some(earlier) = keys.clash(&key, reader.number())
        {
            let earlier = same(&earlier.to_string());
            value = reader.refuse(field, ProblemCode::SameRowTwice, &[("row", &earlier)]);
        }
        let read = ReadRow {
            number: reader.number(),
            value,
            problems: std::mem::take(&mut reader.problems),
            recovered: std::mem::take(&mut reader.recovered),
        };
        take(found, row, Some(read))
    })
}

/// Reads a whole sheet into memory.
pub(super) fn collect<T>(
    kind: SheetKind,
    bytes: &[u8],
    each: fn(&[u8], Take<'_, T>) -> Result<Found, WorkbookProblem>,
) -> Result<Sheet<T>, WorkbookProblem> {
    let mut sheet = Sheet {
        kind,
        name: String::new(),
        row_count: 0,
        rows: Vec::new(),
        problems: Vec::new(),
        recovered: Vec::new(),
        unknown_columns: Vec::new(),
    };
    let found = each(bytes, &mut |_, _, read| {
        if let Some(mut read) = read {
            sheet.row_count += 1;
            sheet.rows.extend(read.value.map(|value| Numbered { row: read.number, value }));
            sheet.problems.append(&mut read.problems);
            sheet.recovered.append(&mut read.recovered);
        }
        ControlFlow::Continue(())
    })?;
    sheet.name = found.sheet;
    sheet.unknown_columns = found.layout.unknown;
    Ok(sheet)
}
