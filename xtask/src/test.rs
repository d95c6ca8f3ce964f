//! `cargo xtask test`: every test there is, in one run, with one closing line `N passed, N failed`.
//!
//! Rust's tests run through plain `cargo test`: unit tests, stories and documentation examples. The
//! server's tests and the stories run a second time over a PostgreSQL server of their own.
//! Stories in other languages follow. A suite that cannot be run counts as a failure, and so does
//! one that had to run tests and ran none.

mod foreign;
mod shipped;
mod tally;

use std::process::ExitCode;

use anyhow::{Result, bail};

pub(crate) use self::foreign::compile_kotlin;
use self::tally::{CargoWatch, Tally};
use crate::run::{BUILD_ALL, Run};
use crate::scratch_postgres::ScratchPostgres;
use crate::setup::{self, Available};
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
    // Stories about processes run the programs themselves.
    Run::cargo().args(BUILD_ALL).dir(workspace.path("")).streamed()?;
    run_cargo(workspace, &["--workspace"], &[], MUST_RUN, filters, tally)?;
    run_on_postgres(workspace, filters, tally)?;
    if filters.is_empty() {
        run_on_sqlcipher(workspace, tally)?;
    }
    foreign::run(workspace, filters, tally)?;
    if filters.is_empty() {
        shipped::run(workspace, tally)?;
    }
    Ok(())
}

/// The server's tests and the stories once more, over PostgreSQL. Where that cannot be had, one loud
/// line says so; a machine that integrates has no excuse.
fn run_on_postgres(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    if let Available::No(reason) = setup::postgres() {
        println!("!!! THE SERVER'S TESTS DID NOT RUN ON POSTGRESQL: {reason} !!!");
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            tally.problems.push(format!("PostgreSQL is missing: {reason}"));
        }
        return Ok(());
    }
    let server = ScratchPostgres::start_built(workspace, &[])?;
    println!("once more, over PostgreSQL at {}", server.url());
    // All packages are named, so that none is built anew with fewer features; the libraries that know no
    // database run along in seconds.
    let suites = ["--workspace", "--lib", "--test", "stories"];
    let both = &["tingfang_server", "stories"];
    let url = [("TINGFANG_TEST_POSTGRES".to_owned(), server.url().to_owned())];
    run_cargo(workspace, &suites, &url, both, filters, tally)
}

/// The core's tests once more with the encrypted store that ships on phones. It is built apart: on by default it would
/// end up in the server.
fn run_on_sqlcipher(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    println!("once more, over SQLCipher");
    let suites = ["--package", "tingfang-core", "--features", "sqlcipher", "--lib"];
    run_cargo(workspace, &suites, &crate::mobile_library::cipher(workspace)?, &["tingfang_core"], &[], tally)
}

fn run_cargo(
    workspace: &Workspace,
    suites: &[&str],
    variables: &[(String, String)],
    must_run: &[&str],
    filters: &[String],
    tally: &mut Tally,
) -> Result<()> {
    let mut watch = CargoWatch::default();
    let mut cargo = Run::cargo().args(["test", "--no-fail-fast"]).args(suites);
    for (name, value) in variables {
        cargo = cargo.env(name, value);
    }
    let status = cargo
        .args(if filters.is_empty() { &[][..] } else { &["--"][..] })
        .args(filters)
        .dir(workspace.path(""))
        .watched(|line| watch.line(line))?;
    let failed = watch.failed();
    watch.add_to(tally);
    if filters.is_empty() {
        tally
            .problems
            .extend(watch.idle(must_run).map(|suite| format!("{suite} had to run tests and ran none")));
    }
    if !status.success() && failed == 0 {
        bail!("`cargo test` failed ({status}) although no test did");
    }
    Ok(())
}
