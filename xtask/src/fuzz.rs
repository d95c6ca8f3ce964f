//! `cargo xtask fuzz [TARGET] [SECONDS]`: looks for bytes that get past the gate, a rebase, or the readers of
//! frames, tokens, workbooks and uploads, and do harm. What comes over HTTP has a story too
//! (`tests/stories/hostile_requests.rs`). No part of the tests: it ends when its time is over, not when it has
//! found nothing.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::run::Run;
use crate::setup;
use crate::workspace::Workspace;

/// The folder of the targets.
const FOLDER: &str = "tests/fuzz";
const TARGETS: &[&str] = &["gate", "frame", "rebase", "token", "workbook", "upload"];
const SECONDS: u64 = 60;

/// Fuzzes one target, or all one after the other; the time is for each.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let (mut targets, mut seconds) = (Vec::new(), SECONDS);
    for argument in arguments {
        if let Some(target) = TARGETS.iter().find(|target| *target == argument) {
            targets.push(*target);
        } else if let Ok(given) = argument.parse() {
            seconds = given;
        } else {
            bail!("there is no target {argument:?}; there are {}", TARGETS.join(", "));
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    let cargo_fuzz = setup::cargo_fuzz(workspace)?;
    for target in targets {
        let corpus = workspace.path(FOLDER).join("corpus").join(target);
        std::fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
        Run::cargo()
            .args(["run", "--quiet", "--package", "tingfang-tests", "--bin", "fuzz-seeds", "--", target])
            .arg(&corpus)
            .dir(workspace.path(""))
            .streamed()?;
        // Without a sanitizer the stable toolchain is enough: what is looked for is harm to records,
        // which the target itself checks, and panics.
        Run::new(&cargo_fuzz)
            .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir"])
            .arg(workspace.path(FOLDER))
            .args([
                target,
                "--",
                &format!("-max_total_time={seconds}"),
                "-max_len=65536",
                "-print_final_stats=1",
            ])
            .dir(workspace.path(FOLDER))
            .streamed()?;
    }
    Ok(ExitCode::SUCCESS)
}
