//! `cargo xtask bench`: the numbers that the project promises, measured in the release profile, and
//! put into the table of `docs/measurements.md`. `--quick` measures small counts in the development
//! profile, to see that everything runs, and writes nothing. `--engine both` measures the server over
//! SQLite and over PostgreSQL, side by side, into `docs/scale.md`; `--peers` measures ours beside the sync
//! engines of others.

mod engines;
mod faces;
mod peers;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::run::Run;
use crate::workspace::Workspace;

const FILE: &str = "docs/measurements.md";
/// Between these two lines of the file stands the table; around them the prose is left as it is.
const BEGIN: &str = "<!-- written by cargo xtask bench: begin -->";
const END: &str = "<!-- written by cargo xtask bench: end -->";

/// Runs the benchmark program.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    if arguments.iter().any(|argument| argument == "--engine") {
        return engines::run(workspace, arguments);
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    if arguments.iter().any(|argument| argument == "--faces") {
        return faces::run(workspace, quick);
    }
    if arguments.iter().any(|argument| argument == "--peers") {
        return peers::run(workspace, quick);
    }
    let profile = if quick { &[][..] } else { &["--release"][..] };
    // What is measured over HTTP is the program itself.
    Run::cargo()
        .arg("build")
        .args(profile)
        .args(["--package", "tingfang-server", "--bin", "tingfang"])
        .dir(workspace.path(""))
        .streamed()?;
    let folder = if quick { "debug" } else { "release" };
    let program = workspace.target(folder).join(format!("tingfang{}", std::env::consts::EXE_SUFFIX));
    let mut table = Vec::new();
    let status = Run::cargo()
        .arg("run")
        .args(profile)
        .args(["--package", "tingfang-tests", "--bin", "bench", "--"])
        .args(arguments)
        .dir(workspace.path(""))
        .env("TINGFANG_TEST_PROGRAM", program)
        .watched(|line| {
            if line.starts_with('|') {
                table.push(line.to_owned());
            }
        })?;
    anyhow::ensure!(status.success(), "the benchmark failed: {status}");
    if !quick {
        let path = workspace.path(FILE);
        let text = std::fs::read_to_string(&path).context(FILE)?;
        std::fs::write(&path, with_table(&text, &table)?).context(FILE)?;
        println!("{FILE} is written");
    }
    Ok(ExitCode::SUCCESS)
}

/// The text with this table between the two marks.
fn with_table(text: &str, table: &[String]) -> Result<String> {
    with_table_between(text, BEGIN, END, table)
}

/// The same between two other marks.
fn with_table_between(text: &str, begin: &str, end: &str, table: &[String]) -> Result<String> {
    let (before, rest) = text.split_once(begin).with_context(|| format!("the file lacks {begin}"))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("the file lacks {end}"))?;
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", table.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_its_place_and_the_prose_stays() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let table = ["| a |".to_owned(), "|---|".to_owned()];
        let written = with_table(&text, &table).expect("both marks");
        assert_eq!(written, format!("before\n{BEGIN}\n\n| a |\n|---|\n\n{END}\nafter\n"));
        assert_eq!(with_table(&written, &table).expect("again"), written);
        assert!(with_table("no marks", &table).is_err());
    }

    #[test]
    fn the_committed_file_has_the_marks() {
        let text = include_str!("../../docs/measurements.md");
        with_table(text, &[]).expect("both marks");
    }
}
