//! What became of an upload, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::exchange::{Recovery, RowProblem, SheetKind};
use crate::importing::Outcome;

/// So many problems stand in an answer; the error sheet has all.
const SHOWN: usize = 500;

/// What became of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// `cases`, `hearings` or `people`.
    pub kind: &'static str,
    /// Whether everything was only tried.
    pub dry_run: bool,
    /// Rows with anything in them.
    pub rows: u32,
    /// Rows that made something new.
    pub created: u32,
    /// Rows that changed something.
    pub updated: u32,
    /// Rows that said nothing new.
    pub unchanged: u32,
    /// Rows that could not be taken in.
    pub refused: u32,
    /// Assignments whose tasks were published anew for a corrected fact.
    pub tasks_renewed: u32,
    /// What is wrong, in the file's order; the first 500.
    pub problems: Vec<RowProblemView>,
    /// How many things are wrong.
    pub problem_count: usize,
    /// What was read although it was said badly.
    pub recovered: Vec<RecoveryView>,
    /// Columns whose headers mean nothing here.
    pub unknown_columns: Vec<String>,
    /// Where the error sheet is, for a day.
    pub error_sheet: Option<String>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowProblemView {
    /// The row as Excel numbers it.
    pub row: u32,
    /// The column's header as in the file.
    pub column: Option<String>,
    /// What stands there, cut short.
    pub value: String,
    /// The stable code.
    pub code: String,
    /// What is wrong, with the fix.
    pub text: String,
    /// The same in English.
    pub text_en: String,
}

/// What was read although it was said badly.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryView {
    /// The row as Excel numbers it.
    pub row: u32,
    /// The column's header as in the file.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What it was taken for.
    pub taken_as: String,
}

impl ImportView {
    /// The view of an outcome, with the id of its error sheet.
    pub fn new(kind: SheetKind, dry_run: bool, outcome: Outcome, error_sheet: Option<Uuid>) -> Self {
        Self {
            kind: kind_name(kind),
            dry_run,
            rows: outcome.rows,
            created: outcome.created,
            updated: outcome.updated,
            unchanged: outcome.unchanged,
            refused: outcome.refused,
            tasks_renewed: outcome.tasks_renewed,
            problem_count: outcome.problem_count,
            problems: outcome.problems.into_iter().take(SHOWN).map(RowProblemView::from).collect(),
            recovered: outcome.recovered.into_iter().map(RecoveryView::from).collect(),
            unknown_columns: outcome.unknown_columns,
            error_sheet: error_sheet.map(|id| format!("/api/v1/imports/{id}/error-sheet")),
        }
    }
}

/// How paths and answers name a kind of sheet.
const fn kind_name(kind: SheetKind) -> &'static str {
    match kind {
        SheetKind::Cases => "cases",
        SheetKind::Hearings => "hearings",
        SheetKind::People => "people",
    }
}

impl From<RowProblem> for RowProblemView {
    fn from(problem: RowProblem) -> Self {
        Self {
            row: problem.row,
            column: problem.column,
            value: problem.value,
            code: problem.code.code().to_owned(),
            text: problem.text.zh,
            text_en: problem.text.en,
        }
    }
}

impl From<Recovery> for RecoveryView {
    fn from(recovery: Recovery) -> Self {
        Self {
            row: recovery.row,
            column: recovery.column,
            value: recovery.value,
            taken_as: recovery.taken_as,
        }
    }
}
