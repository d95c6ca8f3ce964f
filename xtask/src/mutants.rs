//! `cargo xtask mutants [COUNT]`: sends that many forged changes, which the parser takes, through the gate, and
//! looks whether one of them does harm. The tests send some every time; this is for once and for nights.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::run::Run;
use crate::workspace::Workspace;

/// How many, unless another number is asked for.
const COUNT: u64 = 10_000_000;

/// Sends forged changes, and prints what became of them.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let count = match arguments.first() {
        Some(given) => given.parse().with_context(|| format!("{given:?} is no number"))?,
        None => COUNT,
    };
    Run::cargo()
        .args(["run", "--quiet", "--package", "tingfang-tests", "--bin", "mutants", "--"])
        .arg(count.to_string())
        .dir(workspace.path(""))
        .streamed()?;
    Ok(ExitCode::SUCCESS)
}
