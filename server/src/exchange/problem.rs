//! What is wrong with a workbook or a row of it, in words that name the fix.
//!
//! A problem shows values of the upload. It goes back to whoever uploaded it and never into a log.

use serde::Serialize;
use tingfang_core::codes;
use tingfang_core::text::{Bilingual, Language, sentence};

codes! {
    /// What is wrong with a row. Its sentence stands in the locale under `row_problem`.
    ProblemCode as "row_problem" {
        Missing = "missing",
        TooLong = "too_long",
        CellError = "cell_error",
        BadDate = "bad_date",
        TimeMissing = "time_missing",
        DateOrder = "date_order",
        BadFlag = "bad_flag",
        BadCode = "bad_code",
        NumberLostDigits = "number_lost_digits",
        DateInId = "date_in_id",
        BadId = "bad_id",
        BadPhone = "bad_phone",
        BadLogin = "bad_login",
        LoginOrPhone = "login_or_phone",
        UndertakerMissing = "undertaker_missing",
        CountsDiffer = "counts_differ",
        SameRowTwice = "same_row_twice",
        LicenceTwoNames = "licence_two_names",
        UnknownCase = "unknown_case",
        AmbiguousCase = "ambiguous_case",
        UnknownOrganisation = "unknown_organisation",
        UnknownLicence = "unknown_licence",
    }
}

/// A problem of one cell, or of a row where `column` is nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// The row as Excel numbers it, from 1.
    pub row: u32,
    /// The column's header as in the file.
    pub column: Option<String>,
    /// The column's place from zero, for marking the cell.
    #[serde(skip)]
    pub(super) column_index: Option<u32>,
    /// What stands there, cut short.
    pub value: String,
    /// What is wrong.
    pub code: ProblemCode,
    /// The sentence that says so and names the fix.
    pub text: Bilingual,
}

impl RowProblem {
    /// A problem that shows only against what is stored already.
    pub fn of_row(row: u32, value: &str, code: ProblemCode) -> Self {
        let text = sentence_of(code, &[("value", &same(value))]);
        Self { row, column: None, column_index: None, value: value.to_owned(), code, text }
    }
}

/// Something that the file said badly and that was read all the same, for instance a number that
/// Excel made of an id. A dry run shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// The row as Excel numbers it, from 1.
    pub row: u32,
    /// The column's header as in the file.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What it was taken for.
    pub taken_as: String,
}

/// A field without a column, and the headers that would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingColumn {
    /// The field.
    pub field: String,
    /// Accepted headers, the usual one first.
    pub accepted: Vec<String>,
}

/// Why a workbook cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookProblem {
    /// Not a workbook of the xlsx format.
    #[error("not an xlsx workbook")]
    NotAWorkbook(#[source] Option<calamine::XlsxError>),
    /// The format of Excel before 2007.
    #[error("an xls workbook of the old format")]
    OldFormat,
    /// Protected by a password.
    #[error("a workbook under a password")]
    Encrypted,
    /// No sheet has anything in it.
    #[error("a workbook without any row")]
    Empty,
    /// Columns are missing.
    #[error("{} columns are missing", .0.len())]
    MissingColumns(Vec<MissingColumn>),
    /// More rows than one upload may have.
    #[error("more than {limit} rows")]
    TooManyRows {
        /// The most that are read.
        limit: u32,
    },
    /// A part of the workbook is damaged.
    #[error("a damaged workbook")]
    Damaged(#[source] calamine::XlsxError),
    /// The error sheet could not be written.
    #[error("the error sheet could not be written")]
    NotWritten(#[source] rust_xlsxwriter::XlsxError),
}

impl WorkbookProblem {
    /// A stable code for problem documents and scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAWorkbook(_) => "not_a_workbook",
            Self::OldFormat => "old_format",
            Self::Encrypted => "encrypted",
            Self::Empty => "empty",
            Self::MissingColumns(_) => "missing_columns",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::Damaged(_) => "damaged",
            Self::NotWritten(_) => "not_written",
        }
    }

    /// The sentence that says what is wrong and names the fix.
    pub fn text(&self, language: Language) -> String {
        let (comma, semicolon) = match language {
            Language::Zh => ("、", "\u{ff1b}"),
            Language::En => (", ", "; "),
        };
        let columns = match self {
            Self::MissingColumns(columns) => {
                columns.iter().map(|column| column.accepted.join(comma)).collect::<Vec<_>>().join(semicolon)
            }
            _ => String::new(),
        };
        let limit = if let Self::TooManyRows { limit } = self { limit.to_string() } else { String::new() };
        sentence(language, "workbook_problem", self.code(), &[("columns", &columns), ("limit", &limit)])
    }
}

/// The sentence of a problem in both languages. Values are filled in as they are.
pub(super) fn sentence_of(code: ProblemCode, values: &[(&str, &Bilingual)]) -> Bilingual {
    let fill = |language| {
        let values: Vec<(&str, &str)> =
            values.iter().map(|(name, text)| (*name, text.get(language))).collect();
        sentence(language, ProblemCode::NAME, code.code(), &values)
    };
    Bilingual { zh: fill(Language::Zh), en: fill(Language::En) }
}

/// The same text in both languages.
pub(super) fn same(text: &str) -> Bilingual {
    Bilingual { zh: text.to_owned(), en: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use tingfang_core::text::label;

    use super::*;

    #[test]
    fn every_problem_has_its_sentence_in_both_languages() {
        for language in [Language::Zh, Language::En] {
            for code in ProblemCode::CODES {
                assert!(label(language, "row_problem", code).is_some(), "{language:?} lacks {code}");
            }
            let problems = [
                WorkbookProblem::NotAWorkbook(None),
                WorkbookProblem::OldFormat,
                WorkbookProblem::Encrypted,
                WorkbookProblem::Empty,
                WorkbookProblem::MissingColumns(Vec::new()),
                WorkbookProblem::TooManyRows { limit: 1 },
                WorkbookProblem::Damaged(calamine::XlsxError::RelationshipNotFound),
            ];
            for problem in problems {
                assert!(label(language, "workbook_problem", problem.code()).is_some(), "{problem}");
            }
            assert!(label(language, "workbook_problem", "not_written").is_some());
        }
    }
}
