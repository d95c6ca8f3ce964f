//! Numbers that are names, of a case or a licence, and what Excel makes of them.

use super::{RowReader, parts};
use crate::exchange::cell::{Cell, half_width, tidy};
use crate::exchange::key::number_key;
use crate::exchange::problem::ProblemCode;

/// Integers up to here survive Excel's 15 digits.
const SAFE: f64 = 1e15;

impl RowReader<'_> {
    /// A number that is a name, in the form of [`number_key`]: of a case, a licence. Spaces do not count. What Excel turned into
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
            _ => Some(number_key(&id)),
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
}

/// `1.1E+17`: a long number as Excel shows it, its digits gone.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let whole = mantissa.split_once('.').map_or_else(|| digits(mantissa), |(a, b)| digits(a) && digits(b));
    whole && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}
