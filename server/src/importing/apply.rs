//! Applying good rows, some hundreds in a transaction.

use std::collections::BTreeSet;

use tingfang_core::id::{Minter, OrganisationId};

use super::{Outcome, Upload};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::exchange::{Numbered, ProblemCode, RowProblem, Sheet};
use crate::problem::Problem;

/// So many rows share a transaction: other writers get their turn between two.
const ROWS_AT_ONCE: usize = 200;

/// What a row is applied with.
pub(super) struct Context {
    pub(super) organisation: OrganisationId,
    pub(super) minter: Minter,
}

/// What a row did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Created,
    Updated { tasks_renewed: usize },
    Unchanged,
}

/// Why a row could not be applied.
pub(super) enum Refusal {
    /// What it says does not fit what is stored.
    Row { code: ProblemCode, value: String },
    /// The server failed.
    Failed(Problem),
}

impl Refusal {
    pub(super) fn row(code: ProblemCode, value: &str) -> Self {
        Self::Row { code, value: value.to_owned() }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

type Done = Vec<(u32, Result<Change, RowProblem>)>;

/// How a try ends: its work is taken back by way of an error.
enum TryEnd {
    Taken(Done),
    Failed(Problem),
}

impl From<DbError> for TryEnd {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

/// Applies every good row of a sheet, or only tries to.
pub(super) fn rows<T: Clone + Send + 'static>(
    app: &App,
    upload: &Upload<'_>,
    sheet: Sheet<T>,
    apply: fn(&Tx, &Context, &T) -> Result<Change, Refusal>,
) -> Result<Outcome, Problem> {
    let bad_rows = sheet.bad_row_count();
    let mut outcome = Outcome {
        rows: sheet.row_count,
        created: 0,
        updated: 0,
        unchanged: 0,
        refused: bad_rows,
        tasks_renewed: 0,
        problems: sheet.problems,
        recovered: sheet.recovered,
        unknown_columns: sheet.unknown_columns,
    };
    // A try is one transaction, so that its rows see each other before all are taken back.
    let at_once = if upload.dry_run { sheet.rows.len().max(1) } else { ROWS_AT_ONCE };
    for part in sheet.rows.chunks(at_once) {
        let part = part.to_vec();
        let context = Context { organisation: upload.organisation, minter: app.minter.clone() };
        let done = if upload.dry_run {
            match app.db.try_write(move |tx| match apply_part(tx, &context, &part, apply) {
                Ok(done) => Err::<(), _>(TryEnd::Taken(done)),
                Err(problem) => Err(TryEnd::Failed(problem)),
            }) {
                Ok(()) => Vec::new(),
                Err(TryEnd::Taken(done)) => done,
                Err(TryEnd::Failed(problem)) => return Err(problem),
            }
        } else {
            app.db.try_write(move |tx| apply_part(tx, &context, &part, apply))?
        };
        count(&mut outcome, done);
    }
    outcome.problems.sort_by_key(|problem| problem.row);
    Ok(outcome)
}

fn apply_part<T>(
    tx: &Tx,
    context: &Context,
    rows: &[Numbered<T>],
    apply: fn(&Tx, &Context, &T) -> Result<Change, Refusal>,
) -> Result<Done, Problem> {
    let mut done = Vec::new();
    for Numbered { row, value } in rows {
        // A refused row takes back what it did itself, for instance a provider that it brought.
        match tx.part(|tx| apply(tx, context, value)) {
            Ok(change) => done.push((*row, Ok(change))),
            Err(Refusal::Row { code, value }) => {
                done.push((*row, Err(RowProblem::of_row(*row, &value, code))));
            }
            Err(Refusal::Failed(problem)) => return Err(problem),
        }
    }
    Ok(done)
}

fn count(outcome: &mut Outcome, done: Done) {
    let mut refused = BTreeSet::new();
    for (row, result) in done {
        match result {
            Ok(Change::Created) => outcome.created += 1,
            Ok(Change::Updated { tasks_renewed }) => {
                outcome.updated += 1;
                outcome.tasks_renewed += u32::try_from(tasks_renewed).unwrap_or(u32::MAX);
            }
            Ok(Change::Unchanged) => outcome.unchanged += 1,
            Err(problem) => {
                refused.insert(row);
                outcome.problems.push(problem);
            }
        }
    }
    outcome.refused += u32::try_from(refused.len()).unwrap_or(u32::MAX);
}
