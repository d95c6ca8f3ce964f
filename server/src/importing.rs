//! From read sheets to rows of the database.
//!
//! Good rows are not held up by bad ones. A row finds what an earlier import made by its natural
//! key and updates it; a second import of the same file changes nothing. What a row does not say
//! stays as it is. Nothing is ever deleted by an import, and roles are only added.

mod apply;
mod cases;
mod hearings;
mod parties;
mod people;

use apply::Kind;
use axum::body::Bytes;
use serde::Serialize;
use tingfang_core::id::OrganisationId;
use tingfang_core::text::Bilingual;

use crate::app::App;
use crate::exchange::{
    Recovery, RowProblem, SheetKind, WorkbookProblem, each_case, each_hearing, each_person,
};
use crate::problem::{FieldProblem, Problem};

/// An upload to take in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What its sheet lists.
    pub kind: SheetKind,
    /// The workbook.
    pub bytes: Bytes,
    /// The organisation whose rows these are.
    pub organisation: OrganisationId,
    /// Whether everything is only tried.
    pub dry_run: bool,
    /// Whether an error sheet is wanted when something is wrong.
    pub errors: bool,
}

/// What became of an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
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
    /// How many things are wrong.
    pub problem_count: usize,
    /// What is wrong, in the file's order; the first 1,000.
    pub problems: Vec<RowProblem>,
    /// What was read although it was said badly, and what was taken for something that is stored; the
    /// first 1,000.
    pub recovered: Vec<Recovery>,
    /// Columns whose headers mean nothing here.
    pub unknown_columns: Vec<String>,
    /// The upload with a last column saying what is wrong in each row, when it was wanted and something
    /// is.
    #[serde(skip)]
    pub error_sheet: Option<Vec<u8>>,
}

/// Takes an upload in. Blocking.
///
/// # Errors
/// [`Problem::Invalid`] for a workbook that cannot be read at all. Rows that cannot be taken in are
/// no error: they stand in the outcome.
pub fn import(app: &App, upload: &Upload) -> Result<Outcome, Problem> {
    match upload.kind {
        SheetKind::Cases => apply::rows(app, upload, Kind { each: each_case, apply: cases::apply }),
        SheetKind::Hearings => apply::rows(app, upload, Kind { each: each_hearing, apply: hearings::apply }),
        SheetKind::People => apply::rows(app, upload, Kind { each: each_person, apply: people::apply }),
    }
}

fn unreadable(problem: WorkbookProblem) -> Problem {
    use tingfang_core::text::Language::{En, Zh};
    let text = Bilingual { zh: problem.text(Zh), en: problem.text(En) };
    Problem::Invalid(vec![FieldProblem::said("file", problem.code(), text)])
}
