//! Stories that another language runs by itself. (Those that Rust drives, such as Automerge's
//! JavaScript library, are Rust tests in `tests/foreign`.)

mod kotlin;
pub(super) mod python;
mod surface;
mod swift;

use anyhow::Result;

pub(crate) use self::kotlin::compile as compile_kotlin;

use super::tally::Tally;
use crate::bindings;
use crate::run::Run;
use crate::workspace::Workspace;

/// The parts of the stories that all languages share: the centre with its server.
pub(super) const STORIES: &str = "mobile-bindings/stories";

/// Runs the stories of every language that has some.
pub(crate) fn run(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    bindings::generate(workspace, &["kotlin", "python", "swift"])?;
    if filters.is_empty() {
        surface::check(workspace, tally)?;
    }
    python::run(workspace, filters, tally)?;
    kotlin::run(workspace, filters, tally)?;
    swift::run(workspace, filters, tally)
}

/// A story's process, which finds the built server.
fn with_server(workspace: &Workspace, run: Run) -> Run {
    let program = workspace.target("debug").join(format!("tingfang{}", std::env::consts::EXE_SUFFIX));
    run.env("TINGFANG_BIN", program).env("PYTHONDONTWRITEBYTECODE", "1")
}

/// Reads a closing line `N passed, N failed`.
fn closing_line(line: &str) -> Option<(u64, u64)> {
    let (passed, failed) = line.split_once(" passed, ")?;
    Some((passed.parse().ok()?, failed.strip_suffix(" failed")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_line_is_read_and_nothing_else() {
        assert_eq!(closing_line("17 passed, 2 failed"), Some((17, 2)));
        assert_eq!(closing_line("all passed, none failed"), None);
        assert_eq!(closing_line("17 passed, 2 failed, 1 skipped"), None);
    }
}
