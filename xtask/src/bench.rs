//! `cargo xtask bench`: the numbers that the project promises, measured in the release profile.

use std::process::ExitCode;

use anyhow::Result;

use crate::run::Run;
use crate::workspace::Workspace;

/// Runs the benchmark program with the arguments given.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    Run::cargo()
        .args(["run", "--release", "--package", "tingfang-tests", "--bin", "bench", "--"])
        .args(arguments)
        .dir(workspace.path(""))
        .streamed()?;
    Ok(ExitCode::SUCCESS)
}
