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

use serde::Serialize;
use tingfang_core::id::OrganisationId;
use tingfang_core::text::Bilingual;

use crate::app::App;
use crate::exchange::{
    Recovery, RowProblem, SheetKind, WorkbookProblem, error_sheet, parse_cases, parse_hearings, parse_people,
};
use crate::problem::{FieldProblem, Problem};

/// An upload to take in.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'b> {
    /// What its sheet lists.
    pub kind: SheetKind,
    /// The workbook.
    pub bytes: &'b [u8],
    /// The organisation whose rows these are.
    pub organisation: OrganisationId,
    /// Whether everything is only tried.
    pub dry_run: bool,
}

/// What became of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// What is wrong, in the file's order.
    pub problems: Vec<RowProblem>,
    /// What was read although it was said badly.
    pub recovered: Vec<Recovery>,
    /// Columns whose headers mean nothing here.
    pub unknown_columns: Vec<String>,
}

/// Takes an upload in. Blocking.
///
/// # Errors
/// [`Problem::Invalid`] for a workbook that cannot be read at all. Rows that cannot be taken in are
/// no error: they stand in the outcome.
pub fn import(app: &App, upload: &Upload<'_>) -> Result<Outcome, Problem> {
    let bytes = upload.bytes;
    match upload.kind {
        SheetKind::Cases => apply::rows(app, upload, parse_cases(bytes).map_err(unreadable)?, cases::apply),
        SheetKind::Hearings => {
            apply::rows(app, upload, parse_hearings(bytes).map_err(unreadable)?, hearings::apply)
        }
        SheetKind::People => {
            apply::rows(app, upload, parse_people(bytes).map_err(unreadable)?, people::apply)
        }
    }
}

/// The upload with a last column saying what is wrong in each row.
///
/// # Errors
/// When the upload cannot be read or the sheet not be written.
pub fn errors_of(upload: &Upload<'_>, outcome: &Outcome, app: &App) -> Result<Vec<u8>, Problem> {
    error_sheet(upload.kind, upload.bytes, &outcome.problems, app.config.language).map_err(unreadable)
}

fn unreadable(problem: WorkbookProblem) -> Problem {
    use tingfang_core::text::Language::{En, Zh};
    let text = Bilingual { zh: problem.text(Zh), en: problem.text(En) };
    Problem::Invalid(vec![FieldProblem::said("file", problem.code(), text)])
}
