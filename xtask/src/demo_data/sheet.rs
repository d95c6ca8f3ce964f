//! Writing one sheet: a title that says that all is invented, headers, rows of texts, numbers and
//! dates.

use std::path::Path;

use anyhow::{Context, Result};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook};

/// A cell of the demo data.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// A number cell; for ids only where Excel is to have spoilt them.
    Number(f64),
    /// A date cell, `YYYY-MM-DD`.
    Day(String),
    /// A date cell with a time, `YYYY-MM-DDTHH:MM`.
    Time(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A sheet: headers with the widths of their columns, and rows.
pub(super) struct Sheet {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) columns: Vec<(&'static str, f64)>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Sheet {
    /// Writes the workbook. The creation time in it is fixed, so that the same data is the same
    /// file.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let mut workbook = Workbook::new();
        let created = ExcelDateTime::parse_from_str("2026-11-20")?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created).set_title(&self.title));
        let title = Format::new().set_bold().set_font_color(Color::RGB(0x00C0_0000));
        let header = Format::new().set_bold().set_background_color(Color::RGB(0x00DD_EBF7));
        let text = Format::new().set_num_format("@");
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
        let sheet = workbook.add_worksheet();
        sheet.set_name(self.name)?;
        sheet.write_string_with_format(0, 0, &self.title, &title)?;
        for (column, (name, width)) in (0..).zip(&self.columns) {
            sheet.write_string_with_format(1, column, *name, &header)?;
            sheet.set_column_width(column, *width)?;
        }
        for (row, values) in (2..).zip(&self.rows) {
            for (column, value) in (0..).zip(values) {
                match value {
                    Value::Text(words) if words.is_empty() => continue,
                    Value::Text(words) => sheet.write_string_with_format(row, column, words, &text)?,
                    Value::Number(number) => sheet.write_number(row, column, *number)?,
                    Value::Day(at) => sheet.write_datetime_with_format(
                        row,
                        column,
                        ExcelDateTime::parse_from_str(at)?,
                        &day,
                    )?,
                    Value::Time(at) => sheet.write_datetime_with_format(
                        row,
                        column,
                        ExcelDateTime::parse_from_str(at)?,
                        &time,
                    )?,
                };
            }
        }
        sheet.set_freeze_panes(2, 1)?;
        let last_row = u32::try_from(self.rows.len() + 1)?;
        let last_column = u16::try_from(self.columns.len() - 1)?;
        sheet.autofilter(1, 0, last_row, last_column)?;
        workbook.save(path).with_context(|| path.display().to_string())
    }
}
