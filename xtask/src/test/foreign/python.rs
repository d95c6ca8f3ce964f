//! Python's unittest over the phone library, through the sources that were made from it just now, and mypy over
//! these and the stories.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{STORIES, with_server};
use crate::bindings;
use crate::run::Run;
use crate::setup;
use crate::test::tally::Tally;
use crate::workspace::Workspace;

/// Where the Python stories lie.
const PYTHON: &str = "mobile-bindings/python";

/// Runs the Python stories.
pub(super) fn run(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    if filters.is_empty() {
        check_types(workspace, tally)?;
    }
    stories(workspace, (&bindings::folder(workspace, "python"), Library::Debug), filters, tally)
}

/// Which build of the library the stories run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::test) enum Library {
    /// Its store is a plain file.
    Debug,
    /// The one that ships.
    Ships,
}

/// Runs them over the module in a folder.
pub(in crate::test) fn stories(
    workspace: &Workspace,
    (module, library): (&Path, Library),
    filters: &[String],
    tally: &mut Tally,
) -> Result<()> {
    let mut counts = None;
    let mut closing = UnittestClosing::default();
    let stories = Run::new("python3");
    let status = with_server(workspace, stories)
        .args([
            "-m",
            "unittest",
            "discover",
            "--verbose",
            "--pattern",
            "*_story.py",
            "--start-directory",
            PYTHON,
        ])
        .args(filters.iter().flat_map(|filter| ["-k", filter]))
        .env("PYTHONPATH", python_path(workspace, module)?)
        .env("TINGFANG_LIBRARY", if library == Library::Ships { "ships" } else { "debug" })
        .dir(workspace.path(""))
        .watched(|line| counts = closing.line(line).or(counts))?;
    let (passed, failed) = counts.context("the Python stories ended without a closing line")?;
    tally.add(passed, failed);
    if filters.is_empty() && passed + failed == 0 {
        tally.problems.push("the Python stories had to run and ran none".to_owned());
    }
    if !status.success() && failed == 0 && filters.is_empty() {
        bail!("the Python stories failed ({status}) although no test did");
    }
    Ok(())
}

/// Where Python finds the library and the centre.
fn python_path(workspace: &Workspace, module: &Path) -> Result<std::ffi::OsString> {
    let folders = [module.to_owned(), workspace.path(STORIES)];
    std::env::join_paths(folders).context("a folder's name holds a colon")
}

/// Checks the types of the generated module and of everything that uses it: what people who write tests rely on.
fn check_types(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let checked = Run::new(setup::mypy(workspace)?)
        .args(["--config-file", "mobile-bindings/python/mypy.ini", PYTHON, STORIES])
        .arg(bindings::folder(workspace, "python").join("tingfang.pyi"))
        .env("MYPYPATH", python_path(workspace, &bindings::folder(workspace, "python"))?)
        .dir(workspace.path(""))
        .streamed();
    let failed = u64::from(checked.is_err());
    if let Err(error) = checked {
        println!("the types of the Python module do not hold: {error:#}");
    }
    tally.add(1 - failed, failed);
    Ok(())
}

/// Reads how unittest closes: `Ran 3 tests in 0.1s`, then `OK` or `FAILED (failures=1, errors=1)`.
#[derive(Debug, Default)]
struct UnittestClosing {
    ran: Option<u64>,
}

impl UnittestClosing {
    /// Takes one line; the last one gives `(passed, failed)`.
    fn line(&mut self, line: &str) -> Option<(u64, u64)> {
        if let Some(rest) = line.strip_prefix("Ran ") {
            self.ran = rest.split(' ').next().and_then(|count| count.parse().ok());
            return None;
        }
        let ran = self.ran?;
        let of = |word: &str| {
            line.split(['(', ',', ')'])
                .find_map(|part| part.trim().strip_prefix(word)?.parse::<u64>().ok())
                .unwrap_or(0)
        };
        if ["OK", "FAILED", "NO TESTS RAN"].iter().any(|word| line.starts_with(word)) {
            let failed = of("failures=") + of("errors=") + of("unexpected successes=");
            return Some((ran.saturating_sub(failed + of("skipped=")), failed));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(lines: &[&str]) -> Option<(u64, u64)> {
        let mut closing = UnittestClosing::default();
        lines.iter().filter_map(|line| closing.line(line)).last()
    }

    #[test]
    fn a_good_run_is_counted() {
        assert_eq!(
            close(&["OK is not a closing line here", "Ran 3 tests in 0.002s", "", "OK (skipped=1)"]),
            Some((2, 0))
        );
    }

    #[test]
    fn failures_and_errors_are_failures() {
        assert_eq!(close(&["Ran 5 tests in 1s", "", "FAILED (failures=1, errors=2)"]), Some((2, 3)));
    }

    #[test]
    fn a_run_without_a_closing_line_counts_nothing() {
        assert_eq!(close(&["Traceback (most recent call last):"]), None);
    }
}
