//! Typed reading of one row. Every problem of the row is collected before it is given up.

mod choice;
mod date;
mod number_name;

use tingfang_core::text::Bilingual;

use super::cell::{Cell, tidy};
use super::columns::SheetKind;
use super::key::name_key;
use super::layout::Layout;
use super::problem::{ProblemCode, Recovery, RowProblem, same, sentence_of};
use super::workbook::Row;

/// Characters that a short text may have, as in records.
const MOST_CHARS: usize = 500;

/// Reads the fields of one row.
pub struct RowReader<'a> {
    layout: &'a Layout,
    row: &'a Row,
    /// What is wrong so far.
    pub problems: Vec<RowProblem>,
    /// What was read although it was said badly.
    pub recovered: Vec<Recovery>,
}

impl<'a> RowReader<'a> {
    /// A reader of this row.
    pub fn new(layout: &'a Layout, row: &'a Row) -> Self {
        Self { layout, row, problems: Vec::new(), recovered: Vec::new() }
    }

    /// The row as Excel numbers it, from 1.
    pub fn number(&self) -> u32 {
        self.row.number + 1
    }

    /// A text; nothing when the cell is empty.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        let text = match self.cell(field)? {
            Cell::Text(text) => tidy(text),
            Cell::Fault(_) => return self.refuse(field, ProblemCode::CellError, &[]),
            other => other.shown(),
        };
        if text.chars().count() > MOST_CHARS {
            let most = same(&MOST_CHARS.to_string());
            return self.refuse(field, ProblemCode::TooLong, &[("most", &most)]);
        }
        Some(text)
    }

    /// A text that must be there.
    pub fn required_text(&mut self, field: &'static str) -> Option<String> {
        self.required(field, Self::text)
    }

    /// Several texts in one cell, parted by commas, semicolons, slashes or new lines.
    pub fn texts(&mut self, field: &'static str) -> Vec<String> {
        match self.cell(field) {
            Some(Cell::Text(text)) => parts(text),
            Some(_) => self.text(field).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// A name, in the form of [`name_key`].
    pub fn name(&mut self, field: &'static str) -> Option<String> {
        self.text(field).map(|name| name_key(&name))
    }

    /// A name that must be there.
    pub fn required_name(&mut self, field: &'static str) -> Option<String> {
        self.required(field, Self::name)
    }

    /// Several names in one cell.
    pub fn names(&mut self, field: &'static str) -> Vec<String> {
        self.texts(field).iter().map(|name| name_key(name)).collect()
    }

    /// Whether the field has something in its cell.
    pub fn says(&self, field: &str) -> bool {
        self.cell(field).is_some()
    }

    /// Notes a problem of a field (its column may be absent).
    pub fn refuse<T>(
        &mut self,
        field: &'static str,
        code: ProblemCode,
        values: &[(&str, &Bilingual)],
    ) -> Option<T> {
        let column = self.layout.columns.get(field);
        let value = self.cell(field).map(Cell::shown).unwrap_or_default();
        let header = column.map(|column| column.header.clone());
        let mut all: Vec<(&str, &Bilingual)> = values.to_vec();
        let (column_text, value_text) = (same(header.as_deref().unwrap_or(field)), same(&value));
        all.extend([("column", &column_text), ("value", &value_text)]);
        self.problems.push(RowProblem {
            row: self.number(),
            column_index: column.map(|column| column.index),
            column: header,
            value,
            code,
            text: sentence_of(code, &all),
        });
        None
    }

    fn cell(&self, field: &str) -> Option<&Cell> {
        debug_assert!(SheetKind::knows(field), "columns.toml has no field {field}");
        self.row.cell(self.layout.columns.get(field)?.index)
    }

    fn required<T>(
        &mut self,
        field: &'static str,
        read: fn(&mut Self, &'static str) -> Option<T>,
    ) -> Option<T> {
        if self.says(field) { read(self, field) } else { self.refuse(field, ProblemCode::Missing, &[]) }
    }

    fn recover(&mut self, field: &'static str, taken_as: String) {
        let Some(column) = self.layout.columns.get(field) else { return };
        let value = self.cell(field).map(Cell::shown).unwrap_or_default();
        self.recovered.push(Recovery { row: self.number(), column: column.header.clone(), value, taken_as });
    }
}

fn parts(text: &str) -> Vec<String> {
    text.split(['、', '\u{ff0c}', ',', '\u{ff1b}', ';', '/', '\u{ff0f}', '\n', '\r', '|'])
        .map(tidy)
        .filter(|part| !part.is_empty())
        .collect()
}
