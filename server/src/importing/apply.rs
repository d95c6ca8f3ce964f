//! Applying the good rows of a sheet while it is read, some hundreds in a transaction.
//!
//! Of a sheet with 100,000 rows no more than one batch is in memory: its rows are read, applied,
//! counted, written to the error sheet with what is wrong in them, and forgotten.

use std::cell::RefCell;
use std::ops::ControlFlow;

use tingfang_core::id::{Minter, OrganisationId};
use tingfang_core::text::Language;

use super::{Outcome, Upload, unreadable};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::exchange::{
    ErrorSheet, Found, Numbered, ProblemCode, ReadRow, Recovery, Row, RowProblem, Take, WorkbookProblem,
};
use crate::problem::Problem;

/// So many rows share a transaction: other writers get their turn between two.
const ROWS_AT_ONCE: usize = 200;
/// So many problems and readings stand in the outcome; the error sheet has every problem.
const MOST_TOLD: usize = 1_000;

/// What a row is applied with.
pub(super) struct Context {
    pub(super) organisation: OrganisationId,
    pub(super) minter: Minter,
    /// What the present row was taken for where that is not what it says: field, value, taken as.
    taken: RefCell<Vec<(&'static str, String, String)>>,
}

impl Context {
    /// Notes that a row was taken for something else than it says.
    pub(super) fn took(&self, field: &'static str, value: &str, taken_as: &str) {
        self.taken.borrow_mut().push((field, value.to_owned(), taken_as.to_owned()));
    }
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

/// How one kind of sheet is read, and how a row of it is applied.
pub(super) struct Kind<T> {
    pub(super) each: fn(&[u8], Take<'_, T>) -> Result<Found, WorkbookProblem>,
    pub(super) apply: fn(&Tx, &Context, &T) -> Result<Change, Refusal>,
}

impl<T> Clone for Kind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kind<T> {}

/// What became of one row in the database.
struct Applied {
    row: u32,
    result: Result<Change, RowProblem>,
    taken: Vec<(&'static str, String, String)>,
}

/// How a try ends: its work is taken back by way of an error.
enum TryEnd {
    Taken(Box<Outcome>),
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
    upload: &Upload,
    kind: Kind<T>,
) -> Result<Outcome, Problem> {
    let language = app.config.language;
    let context = {
        let (organisation, minter) = (upload.organisation, app.minter.clone());
        move || Context { organisation, minter: minter.clone(), taken: RefCell::default() }
    };
    if upload.dry_run {
        // A try is one transaction, so that its rows see each other before all are taken back.
        let upload = upload.clone();
        let tried = app.db.try_write(move |tx| {
            let context = context();
            let mut apply = |part: Vec<Numbered<T>>| apply_part(tx, &context, &part, kind.apply);
            match walk(&upload, language, kind, &mut apply) {
                Ok(outcome) => Err::<(), _>(TryEnd::Taken(Box::new(outcome))),
                Err(problem) => Err(TryEnd::Failed(problem)),
            }
        });
        return match tried {
            Err(TryEnd::Taken(outcome)) => Ok(*outcome),
            Err(TryEnd::Failed(problem)) => Err(problem),
            Ok(()) => Err(DbError::NoAnswer.into()),
        };
    }
    let mut apply = |part: Vec<Numbered<T>>| {
        let context = context.clone();
        app.db.try_write(move |tx| apply_part(tx, &context(), &part, kind.apply))
    };
    walk(upload, language, kind, &mut apply)
}

/// Goes through a sheet, batch by batch.
fn walk<T>(
    upload: &Upload,
    language: Language,
    kind: Kind<T>,
    apply: &mut dyn FnMut(Vec<Numbered<T>>) -> Result<Vec<Applied>, Problem>,
) -> Result<Outcome, Problem> {
    let mut walk = Walk {
        outcome: Outcome::default(),
        sheet: None,
        wants_sheet: upload.errors,
        language,
        batch: Vec::new(),
        apply,
    };
    let mut failed = None;
    let found = (kind.each)(&upload.bytes, &mut |found, row, read| match walk.take(found, row, read) {
        Ok(()) => ControlFlow::Continue(()),
        Err(problem) => {
            failed = Some(problem);
            ControlFlow::Break(())
        }
    })
    .map_err(unreadable)?;
    if let Some(problem) = failed {
        return Err(problem);
    }
    walk.flush(&found)?;
    walk.finish(&found)
}

struct Walk<'a, T> {
    outcome: Outcome,
    sheet: Option<ErrorSheet>,
    wants_sheet: bool,
    language: Language,
    batch: Vec<(Row, Option<ReadRow<T>>)>,
    apply: &'a mut dyn FnMut(Vec<Numbered<T>>) -> Result<Vec<Applied>, Problem>,
}

impl<T> Walk<'_, T> {
    fn take(&mut self, found: &Found, row: Row, read: Option<ReadRow<T>>) -> Result<(), Problem> {
        self.outcome.rows += u32::from(read.is_some());
        self.batch.push((row, read));
        if self.batch.len() < ROWS_AT_ONCE { Ok(()) } else { self.flush(found) }
    }

    /// Applies the batch, and tells and writes what became of it.
    fn flush(&mut self, found: &Found) -> Result<(), Problem> {
        let mut batch = std::mem::take(&mut self.batch);
        let good = batch.iter_mut().filter_map(|(_, read)| {
            let read = read.as_mut()?;
            let value = read.value.take()?;
            Some(Numbered { row: read.number, value })
        });
        let good: Vec<Numbered<T>> = good.collect();
        let applied = if good.is_empty() { Vec::new() } else { (self.apply)(good)? };
        let mut applied = applied.into_iter().peekable();
        for (row, read) in batch {
            let mut problems = Vec::new();
            if let Some(read) = read {
                problems = read.problems;
                self.tell(read.recovered);
                if let Some(done) = applied.next_if(|done| done.row == read.number) {
                    self.count(found, done, &mut problems);
                }
                self.outcome.refused += u32::from(!problems.is_empty());
            }
            self.write(found, &row, &problems)?;
            self.outcome.problem_count += problems.len();
            let room = MOST_TOLD.saturating_sub(self.outcome.problems.len());
            self.outcome.problems.extend(problems.into_iter().take(room));
        }
        Ok(())
    }

    fn count(&mut self, found: &Found, done: Applied, problems: &mut Vec<RowProblem>) {
        match done.result {
            Ok(Change::Created) => self.outcome.created += 1,
            Ok(Change::Updated { tasks_renewed }) => {
                self.outcome.updated += 1;
                self.outcome.tasks_renewed += u32::try_from(tasks_renewed).unwrap_or(u32::MAX);
            }
            Ok(Change::Unchanged) => self.outcome.unchanged += 1,
            Err(problem) => problems.push(problem),
        }
        let header = |field: &str| {
            let column = found.layout.columns.get(field);
            column.map_or_else(|| field.to_owned(), |column| column.header.clone())
        };
        let taken = done.taken.into_iter().map(|(field, value, taken_as)| Recovery {
            row: done.row,
            column: header(field),
            value,
            taken_as,
        });
        self.tell(taken.collect());
    }

    fn tell(&mut self, recovered: Vec<Recovery>) {
        let room = MOST_TOLD.saturating_sub(self.outcome.recovered.len());
        self.outcome.recovered.extend(recovered.into_iter().take(room));
    }

    fn write(&mut self, found: &Found, row: &Row, problems: &[RowProblem]) -> Result<(), Problem> {
        if !self.wants_sheet {
            return Ok(());
        }
        let sheet = match &mut self.sheet {
            Some(sheet) => sheet,
            None => self.sheet.insert(ErrorSheet::begin(found, self.language).map_err(unreadable)?),
        };
        sheet.write(row, &problems.iter().collect::<Vec<_>>()).map_err(unreadable)
    }

    fn finish(mut self, found: &Found) -> Result<Outcome, Problem> {
        self.outcome.unknown_columns.clone_from(&found.layout.unknown);
        if let Some(sheet) = self.sheet.filter(|_| self.outcome.problem_count > 0) {
            self.outcome.error_sheet = Some(sheet.finish().map_err(unreadable)?);
        }
        Ok(self.outcome)
    }
}

fn apply_part<T>(
    tx: &Tx,
    context: &Context,
    rows: &[Numbered<T>],
    apply: fn(&Tx, &Context, &T) -> Result<Change, Refusal>,
) -> Result<Vec<Applied>, Problem> {
    let mut done = Vec::with_capacity(rows.len());
    for Numbered { row, value } in rows {
        // A refused row takes back what it did itself, for instance a provider that it brought.
        let result = match tx.part(|tx| apply(tx, context, value)) {
            Ok(change) => Ok(change),
            Err(Refusal::Row { code, value }) => Err(RowProblem::of_row(*row, &value, code)),
            Err(Refusal::Failed(problem)) => return Err(problem),
        };
        let taken = context.taken.take();
        done.push(Applied { row: *row, taken: if result.is_ok() { taken } else { Vec::new() }, result });
    }
    Ok(done)
}
