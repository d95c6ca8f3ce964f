//! `cargo xtask test`: every test there is, in one run, with one closing line `N passed, N failed`.
//!
//! Rust's tests run through plain `cargo test`: unit tests, stories and documentation examples.
//! Stories in other languages follow. A suite that cannot be run counts as a failure, and so does
//! one that had to run tests and ran none.

mod foreign;
mod tally;

use std::process::ExitCode;

use anyhow::{Result, bail};

use self::tally::{CargoWatch, Tally};
use crate::run::Run;
use crate::setup;
use crate::workspace::Workspace;

/// Test binaries and libraries that must run at least one test each. Take a name out only together
/// with the tests.
const MUST_RUN: &[&str] = &["tingfang_core", "tingfang_server", "xtask", "stories", "foreign"];

/// Runs every test, or with arguments those whose names contain one of them.
pub(crate) fn run(workspace: &Workspace, filters: &[String]) -> Result<ExitCode> {
    let mut tally = Tally::default();
    if let Err(error) = run_all(workspace, filters, &mut tally) {
        eprintln!("cargo xtask test: {error:#}");
        tally.failed += 1;
    }
    for problem in &tally.problems {
        eprintln!("cargo xtask test: {problem}");
    }
    println!("{tally}");
    Ok(if tally.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_all(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    setup::for_tests(workspace)?;
    // Stories about processes run the program itself.
    Run::cargo()
        .args(["build", "-p", "tingfang-server", "--bin", "tingfang"])
        .dir(workspace.path(""))
        .streamed()?;
    Run::cargo().args(["test", "--workspace", "--no-run"]).dir(workspace.path("")).streamed()?;
    run_cargo(workspace, filters, tally)?;
    foreign::run(workspace, filters, tally)
}

fn run_cargo(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    let mut watch = CargoWatch::default();
    let status = Run::cargo()
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(if filters.is_empty() { &[][..] } else { &["--"][..] })
        .args(filters)
        .dir(workspace.path(""))
        .watched(|line| watch.line(line))?;
    let failed = watch.failed();
    watch.add_to(tally);
    if filters.is_empty() {
        tally
            .problems
            .extend(watch.idle(MUST_RUN).map(|suite| format!("{suite} had to run tests and ran none")));
    }
    if !status.success() && failed == 0 {
        bail!("`cargo test` failed ({status}) although no test did");
    }
    Ok(())
}
