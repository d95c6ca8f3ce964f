//! Yes and no, and values of enumerations by label, code or a word of the data.

use tingfang_core::case::Known;
use tingfang_core::record::shape::{ScalarKind, ScalarType};
use tingfang_core::record::value::Scalar;
use tingfang_core::text::{Bilingual, Language, code_label};

use super::RowReader;
use crate::exchange::cell::Cell;
use crate::exchange::columns::code_of;
use crate::exchange::problem::ProblemCode;

impl RowReader<'_> {
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
}
