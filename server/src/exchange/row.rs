//! Typed reading of one row. Every problem of the row is collected before it is given up.

use jiff::civil::{Date, DateTime};
use tingfang_core::case::Known;
use tingfang_core::clock::Moment;
use tingfang_core::record::shape::{ScalarKind, ScalarType};
use tingfang_core::record::value::Scalar;
use tingfang_core::text::{Bilingual, Language, code_label};

use super::cell::{Cell, half_width, tidy};
use super::columns::{Layout, SheetKind, code_of};
use super::problem::{ProblemCode, Recovery, RowProblem, same, sentence_of};
use super::when::{self, When};
use super::workbook::Row;

/// Characters that a short text may have, as in records.
const MOST_CHARS: usize = 500;

/// Integers up to here survive Excel's 15 digits.
const SAFE: f64 = 1e15;

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

    /// A number that is a name: of a case, a licence. Spaces do not count. What Excel turned into
    /// a number is recovered as long as no digit was lost.
    pub fn id(&mut self, field: &'static str) -> Option<String> {
        match self.cell(field)?.clone() {
            Cell::Text(text) => self.id_out_of(field, &text),
            Cell::Number(number) => self.id_of_number(field, number),
            Cell::DateTime(_) | Cell::Time(_) => self.refuse(field, ProblemCode::DateInId, &[]),
            Cell::Flag(_) => self.refuse(field, ProblemCode::BadId, &[]),
            Cell::Fault(_) => self.refuse(field, ProblemCode::CellError, &[]),
        }
    }

    /// A number-name that must be there.
    pub fn required_id(&mut self, field: &'static str) -> Option<String> {
        self.required(field, Self::id)
    }

    /// Several number-names in one cell.
    pub fn ids(&mut self, field: &'static str) -> Vec<String> {
        match self.cell(field).cloned() {
            Some(Cell::Text(text)) => {
                parts(&text).iter().filter_map(|part| self.id_out_of(field, part)).collect()
            }
            Some(_) => self.id(field).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// A day.
    pub fn date(&mut self, field: &'static str) -> Option<Date> {
        match self.when(field)? {
            When::Date(date) => Some(date),
            When::DateTime(time) => Some(time.date()),
            When::Time(_) => self.refuse(field, ProblemCode::BadDate, &[]),
        }
    }

    /// The beginning of something, in the wall time of China: a day with a time in `field`, or the
    /// time in `field` and the day in `day_field`.
    pub fn required_start(&mut self, field: &'static str, day_field: &'static str) -> Option<Moment> {
        let start = self.required(field, Self::when);
        let day = self.date(day_field);
        let moment = match (start?, day) {
            // Midnight is a date cell to which nobody gave a time.
            (When::DateTime(time), _) if time.time() != jiff::civil::Time::midnight() => time,
            (When::Time(time), Some(day)) => day.to_datetime(time),
            (When::Time(_), None) => return self.refuse(field, ProblemCode::BadDate, &[]),
            (When::Date(_) | When::DateTime(_), _) => {
                return self.refuse(field, ProblemCode::TimeMissing, &[]);
            }
        };
        Moment::from_china(moment)
    }

    /// Yes or no; nothing when the cell is empty or says that it is not known.
    pub fn flag(&mut self, field: &'static str) -> Option<bool> {
        match self.known(field)? {
            Known::Yes => Some(true),
            Known::No => Some(false),
            Known::Unknown => None,
        }
    }

    /// Yes, no or not known; nothing when the cell is empty.
    pub fn known(&mut self, field: &'static str) -> Option<Known> {
        let words = match self.cell(field)? {
            Cell::Flag(true) => "yes".to_owned(),
            Cell::Flag(false) => "no".to_owned(),
            Cell::Fault(_) => return self.refuse(field, ProblemCode::CellError, &[]),
            cell => cell.shown(),
        };
        match code_of(Known::NAME, Known::CODES, &words).and_then(Known::from_code) {
            Some(known) => Some(known),
            None => self.refuse(field, ProblemCode::BadFlag, &[]),
        }
    }

    /// A value of an enumeration, by label, code or a word of the data; nothing when the cell is
    /// empty.
    pub fn code<T: ScalarType>(&mut self, field: &'static str) -> Option<T> {
        let words = self.text(field)?;
        self.code_out_of(field, &words)
    }

    /// A value that must be there.
    pub fn required_code<T: ScalarType>(&mut self, field: &'static str) -> Option<T> {
        self.required(field, Self::code)
    }

    /// Several values in one cell.
    pub fn codes<T: ScalarType>(&mut self, field: &'static str) -> Vec<T> {
        self.texts(field).iter().filter_map(|words| self.code_out_of(field, words)).collect()
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

    fn when(&mut self, field: &'static str) -> Option<When> {
        let read = match self.cell(field)?.clone() {
            Cell::DateTime(time) => Some(day_or_time(time)),
            Cell::Time(time) => Some(When::Time(time)),
            Cell::Text(text) => when::parse(&text),
            Cell::Number(number) => self.date_of_number(field, number),
            Cell::Flag(_) => None,
            Cell::Fault(_) => return self.refuse(field, ProblemCode::CellError, &[]),
        };
        match read {
            Some(when) => Some(when),
            None => self.refuse(field, ProblemCode::BadDate, &[]),
        }
    }

    /// A date that lost its format: Excel's serial number, or eight digits.
    fn date_of_number(&mut self, field: &'static str, number: f64) -> Option<When> {
        let digits = (number.fract() == 0.0 && number > 0.0).then(|| number.to_string());
        let when = match (when::from_serial(number), digits) {
            (Some(time), _) => day_or_time(time),
            (None, Some(digits)) => when::parse(&digits)?,
            (None, None) => return None,
        };
        let taken = match when {
            When::Date(date) => date.to_string(),
            When::DateTime(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
            When::Time(_) => return None,
        };
        self.recover(field, taken);
        Some(when)
    }

    fn id_out_of(&mut self, field: &'static str, text: &str) -> Option<String> {
        let mut id: String = half_width(&tidy(text)).chars().filter(|c| !c.is_whitespace()).collect();
        // A leading apostrophe is how people keep Excel from making a number of it.
        id.truncate(id.trim_end_matches('\'').len());
        let id = id.trim_start_matches(['\'', '\u{2018}', '\u{2019}', '`']).to_owned();
        if is_scientific(&id) {
            return self.refuse(field, ProblemCode::NumberLostDigits, &[]);
        }
        match id.split_once('.') {
            Some((whole, zeros))
                if !whole.is_empty()
                    && whole.bytes().all(|b| b.is_ascii_digit())
                    && !zeros.is_empty()
                    && zeros.bytes().all(|b| b == b'0') =>
            {
                self.recover(field, whole.to_owned());
                Some(whole.to_owned())
            }
            _ if id.is_empty() || id.chars().count() > 100 => self.refuse(field, ProblemCode::BadId, &[]),
            _ => Some(id),
        }
    }

    fn id_of_number(&mut self, field: &'static str, number: f64) -> Option<String> {
        if !number.is_finite() || number < 0.0 || (number.fract() != 0.0 && number < SAFE) {
            return self.refuse(field, ProblemCode::BadId, &[]);
        }
        if number >= SAFE {
            return self.refuse(field, ProblemCode::NumberLostDigits, &[]);
        }
        let id = number.to_string();
        self.recover(field, id.clone());
        Some(id)
    }

    fn code_out_of<T: ScalarType>(&mut self, field: &'static str, words: &str) -> Option<T> {
        let ScalarKind::Code { name, codes } = T::KIND else { return None };
        let value =
            code_of(name, codes, words).and_then(|code| T::from_scalar(&Scalar::Text(code.to_owned())));
        if value.is_none() {
            let labels = |language, comma: &str| {
                codes.iter().map(|code| code_label(language, name, code)).collect::<Vec<_>>().join(comma)
            };
            let accepted = Bilingual { zh: labels(Language::Zh, "、"), en: labels(Language::En, ", ") };
            return self.refuse(field, ProblemCode::BadCode, &[("accepted", &accepted)]);
        }
        value
    }

    fn recover(&mut self, field: &'static str, taken_as: String) {
        let Some(column) = self.layout.columns.get(field) else { return };
        let value = self.cell(field).map(Cell::shown).unwrap_or_default();
        self.recovered.push(Recovery { row: self.number(), column: column.header.clone(), value, taken_as });
    }
}

fn day_or_time(time: DateTime) -> When {
    if time.time() == jiff::civil::Time::midnight() { When::Date(time.date()) } else { When::DateTime(time) }
}

fn parts(text: &str) -> Vec<String> {
    text.split(['、', '\u{ff0c}', ',', '\u{ff1b}', ';', '/', '\u{ff0f}', '\n', '\r', '|'])
        .map(tidy)
        .filter(|part| !part.is_empty())
        .collect()
}

/// `1.1E+17`: a long number as Excel shows it, its digits gone.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let whole = mantissa.split_once('.').map_or_else(|| digits(mantissa), |(a, b)| digits(a) && digits(b));
    whole && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}
