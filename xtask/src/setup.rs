//! `cargo xtask setup`: installs what the other commands need. Safe to run again: what is there is
//! left alone. Versions are pinned here and in lock files, nowhere else.

mod debian;
mod kotlin;
mod npm;
mod tools;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

pub(crate) use kotlin::{KotlinJars, install as kotlin};
pub(crate) use tools::{cargo_deb, cargo_fuzz, machete, mypy, typos};
pub(crate) use wasm::WASM_TARGET;

use crate::workspace::Workspace;

/// Whether something that is good to have is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Available {
    /// It is there.
    Yes,
    /// It cannot be had here, and why.
    No(String),
}

/// Installs everything.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<ExitCode> {
    for_tests(workspace)?;
    println!("cargo-machete: {}", machete(workspace)?.display());
    println!("typos: {}", typos(workspace)?.display());
    match postgres() {
        Available::Yes => println!("PostgreSQL: there"),
        Available::No(reason) => println!("PostgreSQL: not there, its tests will be skipped ({reason})"),
    }
    match wasm_target(workspace) {
        Available::Yes => println!("{WASM_TARGET}: there"),
        Available::No(reason) => println!("{WASM_TARGET}: not there, its check will be skipped ({reason})"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Installs what the tests need: Node.js with the packages of the JavaScript stories, Python, and what compiles and
/// runs the Kotlin stories.
pub(crate) fn for_tests(workspace: &Workspace) -> Result<()> {
    debian::need(&[debian::NODE, debian::NPM, debian::PYTHON])?;
    npm::install(workspace, "tests/foreign/javascript")?;
    mypy(workspace)?;
    kotlin(workspace).map(|_| ())
}

/// Installs what the sync engines of others need, beside which ours is measured.
pub(crate) fn for_peers(workspace: &Workspace) -> Result<()> {
    debian::need(&[debian::NODE, debian::NPM])?;
    npm::install(workspace, "tests/peers")
}

/// Tries to install PostgreSQL, on which the server's tests run a second time.
pub(crate) fn postgres() -> Available {
    match debian::need(&[debian::POSTGRES]) {
        Ok(()) => Available::Yes,
        Err(error) => Available::No(format!("{error:#}")),
    }
}

/// Tries to install Rust's standard library for the web.
pub(crate) fn wasm_target(workspace: &Workspace) -> Available {
    wasm::install(workspace)
}
