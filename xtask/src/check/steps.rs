//! The steps that other tools do.

use anyhow::Result;

use super::Outcome;
use crate::run::Run;
use crate::setup::{self, Available, WASM_TARGET};
use crate::workspace::Workspace;

/// The code is formatted as `rustfmt.toml` says.
pub(super) fn format(workspace: &Workspace) -> Result<Outcome> {
    Run::cargo().args(["fmt", "--all", "--check"]).dir(workspace.path("")).streamed()?;
    Ok(Outcome::Held)
}

/// Clippy has nothing to say, in tests and benchmarks too.
pub(super) fn clippy(workspace: &Workspace) -> Result<Outcome> {
    Run::cargo()
        .args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])
        .dir(workspace.path(""))
        .streamed()?;
    Ok(Outcome::Held)
}

/// The documentation has no broken link and no missing piece.
pub(super) fn docs(workspace: &Workspace) -> Result<Outcome> {
    Run::cargo()
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "--deny warnings")
        .dir(workspace.path(""))
        .streamed()?;
    Ok(Outcome::Held)
}

/// Every declared dependency is used.
pub(super) fn unused_dependencies(workspace: &Workspace) -> Result<Outcome> {
    let machete = setup::machete(workspace)?;
    Run::new(machete).dir(workspace.path("")).streamed()?;
    Ok(Outcome::Held)
}

/// English words are spelt right; `_typos.toml` lists those that are right all the same.
pub(super) fn spelling(workspace: &Workspace) -> Result<Outcome> {
    let typos = setup::typos(workspace)?;
    Run::new(typos).dir(workspace.path("")).streamed()?;
    Ok(Outcome::Held)
}

/// Core without the phone's store type-checks for a web client.
///
/// No C is compiled for it: a type check links nothing, and a C compiler for the web is one thing
/// less to install.
pub(super) fn wasm(workspace: &Workspace) -> Result<Outcome> {
    if let Available::No(reason) = setup::wasm_target(workspace) {
        return Ok(Outcome::Skipped(format!("{WASM_TARGET} cannot be installed here: {reason}")));
    }
    Run::cargo()
        .args(["check", "--package", "tingfang-core", "--no-default-features", "--target", WASM_TARGET])
        .env("CC_wasm32_unknown_unknown", "true")
        .env("AR_wasm32_unknown_unknown", "true")
        .dir(workspace.path(""))
        .streamed()?;
    Ok(Outcome::Held)
}
