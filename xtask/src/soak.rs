//! `cargo xtask soak [--seeds N] [--first SEED]`: lives through many seasons in which everything goes wrong
//! (`tests/src/simulation`). The tests live through some; this is for nights.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::run::Run;
use crate::workspace::Workspace;

/// How many seasons, unless another number is asked for.
const SEEDS: u64 = 2_000;

/// Lives through seasons, and prints how often each fault happened.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let (mut seeds, mut first) = (SEEDS, 0);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let number = || -> Result<u64> {
            let given = rest.clone().next().with_context(|| format!("{argument} needs a number"))?;
            given.parse().with_context(|| format!("{argument} {given:?} is no number"))
        };
        match argument.as_str() {
            "--seeds" => seeds = number()?,
            "--first" => first = number()?,
            _ => bail!("there is no argument {argument:?}; there are --seeds N and --first SEED"),
        }
        rest.next();
    }
    Run::cargo()
        .args(["test", "--package", "tingfang-tests", "--test", "stories", "--", "--nocapture", "simulation"])
        .env("TINGFANG_TEST_SEASONS", seeds.to_string())
        .env("TINGFANG_TEST_FIRST_SEED", first.to_string())
        .dir(workspace.path(""))
        .streamed()?;
    Ok(ExitCode::SUCCESS)
}
