//! `tingfang import`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Common, Output, Trouble, user};
use crate::exchange::{RowProblem, SheetKind};
use crate::importing::{self, Outcome, Upload};

/// So many problems are printed; the error sheet has all.
const SHOWN: usize = 20;
/// So many rows are named for one problem.
const ROWS_SHOWN: usize = 6;

/// What `import` takes.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// What the workbook lists.
    kind: Kind,
    /// The workbook (xlsx).
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Only try: nothing is saved.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the workbook with a column saying what is wrong in each row.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// The organisation by name, where there are several.
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Cases,
    Hearings,
    People,
}

impl Import {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let app = common.app(output)?;
        let organisation = user::organisation(&app, self.organisation.as_deref())?;
        let bytes = std::fs::read(&self.file).map_err(Trouble::io("read", self.file.display()))?;
        let kind = match self.kind {
            Kind::Cases => SheetKind::Cases,
            Kind::Hearings => SheetKind::Hearings,
            Kind::People => SheetKind::People,
        };
        let (dry_run, errors) = (self.dry_run, self.errors.is_some());
        let upload = Upload { kind, bytes: bytes.into(), organisation, dry_run, errors };
        let mut outcome = importing::import(&app, &upload)?;
        tell(*output, &outcome, self.dry_run);
        if let (Some(path), Some(sheet)) = (self.errors, outcome.error_sheet.take()) {
            let shown = path.display().to_string();
            std::fs::write(&path, sheet).map_err(Trouble::io("write", &shown))?;
            output.say("import_errors", &[("path", &shown)]);
        }
        output.document(&outcome);
        Ok(())
    }
}

fn tell(output: Output, outcome: &Outcome, dry_run: bool) {
    if dry_run {
        output.say("import_dry", &[]);
    }
    let numbers = [
        ("rows", outcome.rows.to_string()),
        ("created", outcome.created.to_string()),
        ("updated", outcome.updated.to_string()),
        ("unchanged", outcome.unchanged.to_string()),
        ("refused", outcome.refused.to_string()),
    ];
    let values: Vec<(&str, &str)> = numbers.iter().map(|(name, text)| (*name, text.as_str())).collect();
    output.say("import_done", &values);
    if outcome.tasks_renewed > 0 {
        output.say("import_tasks", &[("tasks", &outcome.tasks_renewed.to_string())]);
    }
    // A number that says what it was taken for is no news.
    let news = outcome.recovered.iter().filter(|recovery| recovery.value != recovery.taken_as);
    for recovery in news.take(SHOWN) {
        let row = recovery.row.to_string();
        let values = [
            ("row", row.as_str()),
            ("column", &recovery.column),
            ("value", &recovery.value),
            ("taken", &recovery.taken_as),
        ];
        output.say("import_recovered", &values);
    }
    tell_problems(output, &outcome.problems);
    if !outcome.unknown_columns.is_empty() {
        output.say("import_unknown", &[("columns", &outcome.unknown_columns.join(" "))]);
    }
}

/// Says each problem once, with the rows that have it.
fn tell_problems(output: Output, problems: &[RowProblem]) {
    let mut rows_of: Vec<(&str, Vec<String>)> = Vec::new();
    for problem in problems {
        let (text, row) = (problem.text.get(output.language()), problem.row.to_string());
        match rows_of.iter_mut().find(|(known, _)| *known == text) {
            Some((_, rows)) => rows.push(row),
            None => rows_of.push((text, vec![row])),
        }
    }
    for (text, rows) in rows_of.iter().take(SHOWN) {
        let first = rows[..rows.len().min(ROWS_SHOWN)].join(", ");
        let key = if rows.len() > ROWS_SHOWN { "import_rows" } else { "import_row" };
        output.say(key, &[("row", &first), ("count", &rows.len().to_string()), ("text", text)]);
    }
    if let Some(more) = rows_of.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        output.say("import_more", &[("count", &more.to_string())]);
    }
}
