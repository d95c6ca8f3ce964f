//! `cargo xtask check`: everything about the code that a machine can judge without running it.
//!
//! Every step runs, also after another has failed, and a table at the end says how each went. With
//! names as arguments only those steps run.

mod licences;
mod rules;
mod source;
mod spdx;
mod steps;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// How a step went when it did not fail.
enum Outcome {
    /// What it checks holds.
    Held,
    /// It could not be done here, and why.
    Skipped(String),
}

struct Step {
    name: &'static str,
    run: fn(&Workspace) -> Result<Outcome>,
}

/// The quick ones first.
const STEPS: &[Step] = &[
    Step { name: "format", run: steps::format },
    Step { name: "rules", run: rules::check },
    Step { name: "licences", run: licences::check },
    Step { name: "unused", run: steps::unused_dependencies },
    Step { name: "spelling", run: steps::spelling },
    Step { name: "clippy", run: steps::clippy },
    Step { name: "docs", run: steps::docs },
    Step { name: "fuzz", run: steps::fuzz_targets },
    Step { name: "web", run: steps::web },
    Step { name: "phones", run: steps::phones },
];

/// Runs the steps of these names, or all.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = names.iter().find(|name| STEPS.iter().all(|step| step.name != *name)) {
        let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("there is no step {unknown:?}; there are {}", known.join(", "));
    }
    let mut table = Vec::new();
    let mut failed = 0;
    for step in STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)) {
        println!("== {}", step.name);
        let begun = Instant::now();
        let said = match (step.run)(workspace) {
            Ok(Outcome::Held) => "holds".to_owned(),
            Ok(Outcome::Skipped(reason)) => format!("skipped: {reason}"),
            Err(error) => {
                failed += 1;
                eprintln!("{error:#}");
                "FAILED".to_owned()
            }
        };
        table.push(format!("{:9} {:4} s  {said}", step.name, begun.elapsed().as_secs()));
    }
    println!("\n{}", table.join("\n"));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
