//! The project's commands, each the same for a person and for CI.
//!
//! They install what they need themselves, may be run again at any time, and stream what the tools
//! below them say. `cargo xtask` without a command lists them.
#![expect(clippy::print_stdout, reason = "a command line program talks on standard output")]

mod bench;
mod bindings;
mod check;
mod demo;
mod demo_data;
mod fuzz;
mod mobile_library;
mod mutants;
mod package;
mod run;
mod scratch_postgres;
mod setup;
mod soak;
mod test;
mod wheel;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;

/// One command: its name, what it does, and the function that does it.
struct Task {
    name: &'static str,
    purpose: &'static str,
    run: fn(&Workspace, &[String]) -> Result<ExitCode>,
}

const TASKS: &[Task] = &[
    Task {
        name: "demo",
        purpose: "shows the whole path on this machine [--headless] [--database sqlite|postgres] [--data DIR]",
        run: demo::run,
    },
    Task { name: "test", purpose: "runs every test [FILTER ...]", run: test::run },
    Task {
        name: "check",
        purpose: "format, lints, docs, licences, spelling, house rules [NAME ...]",
        run: check::run,
    },
    Task {
        name: "bench",
        purpose: "measures, and writes the table of docs/measurements.md [--quick] [--engine both] [--peers] [--faces]",
        run: bench::run,
    },
    Task { name: "fuzz", purpose: "looks for harmful bytes [TARGET ...] [SECONDS]", run: fuzz::run },
    Task { name: "mutants", purpose: "sends forged changes through the gate [COUNT]", run: mutants::run },
    Task {
        name: "soak",
        purpose: "lives through many seasons of faults [--seeds N] [--first SEED]",
        run: soak::run,
    },
    Task { name: "bindings", purpose: "makes the Kotlin, Swift and Python sources", run: bindings::run },
    Task { name: "wheel", purpose: "packs the Python module of the phone library", run: wheel::run },
    Task { name: "package", purpose: "makes the Debian package of the server", run: package::run },
    Task { name: "demo-data", purpose: "writes the demo's Excel files again", run: demo_data::run },
    Task { name: "setup", purpose: "installs what the other commands need", run: setup::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        usage();
        return ExitCode::from(2);
    };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        eprintln!("there is no command {name:?}");
        usage();
        return ExitCode::from(2);
    };
    match Workspace::find().and_then(|workspace| (task.run)(&workspace, rest)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() {
    eprintln!("usage: cargo xtask COMMAND");
    for task in TASKS {
        eprintln!("  {:9} {}", task.name, task.purpose);
    }
}
