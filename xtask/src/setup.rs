//! `cargo xtask setup`: installs what the other commands need. Safe to run again: what is there is
//! left alone. Versions are pinned here and in lock files, nowhere else.

mod debian;
mod kotlin;
mod npm;
mod target;
mod tools;

use std::process::ExitCode;

use anyhow::Result;

pub(crate) use kotlin::{KotlinJars, install as kotlin};
pub(crate) use tools::{cargo_deb, cargo_fuzz, machete, mypy, python, typos};

use crate::workspace::Workspace;

/// The target of a web client, against which core is type-checked.
pub(crate) const WEB: &[&str] = &["wasm32-unknown-unknown"];
/// The targets of phones, against which the phone face is type-checked.
pub(crate) const PHONES: &[&str] = &[
    "aarch64-linux-android",
    "armv7-linux-androideabi",
    "x86_64-linux-android",
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
];

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
    for name in WEB.iter().chain(PHONES) {
        match target(workspace, name) {
            Available::Yes => println!("{name}: there"),
            Available::No(reason) => println!("{name}: not there, its check will be skipped ({reason})"),
        }
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

/// Tries to install Rust's standard library for another target.
pub(crate) fn target(workspace: &Workspace, target: &str) -> Available {
    target::install(workspace, target)
}
