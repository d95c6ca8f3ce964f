//! The steps that other tools do.

use anyhow::Result;

use super::Outcome;
use crate::run::Run;
use crate::setup::{self, Available};
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

/// The fuzz targets type-check, without the fuzzer's runtime being built: they are a workspace of their own, and nothing
/// else would notice that they no longer do.
pub(super) fn fuzz_targets(workspace: &Workspace) -> Result<Outcome> {
    Run::cargo()
        .args(["check", "--locked", "--manifest-path", "tests/fuzz/Cargo.toml", "--target-dir"])
        .arg(workspace.target(""))
        .env("CUSTOM_LIBFUZZER_PATH", workspace.path("Cargo.toml"))
        .dir(workspace.path(""))
        .streamed()?;
    Ok(Outcome::Held)
}

/// Core without the phone's store type-checks for a web client.
pub(super) fn web(workspace: &Workspace) -> Result<Outcome> {
    type_checks(workspace, &["--package", "tingfang-core", "--no-default-features"], setup::WEB)
}

/// The phone face type-checks for phones.
pub(super) fn phones(workspace: &Workspace) -> Result<Outcome> {
    type_checks(workspace, &["--package", "tingfang-mobile"], setup::PHONES)
}

/// A package type-checks for these targets, as far as they can be had.
///
/// No C is compiled for them: a type check links nothing, and a C compiler for each is one thing less to install.
fn type_checks(workspace: &Workspace, package: &[&str], targets: &[&str]) -> Result<Outcome> {
    let mut missing = Vec::new();
    for target in targets {
        if let Available::No(reason) = setup::target(workspace, target) {
            missing.push(format!("{target} cannot be installed here: {reason}"));
            continue;
        }
        let of_target = target.replace('-', "_");
        Run::cargo()
            .arg("check")
            .args(package)
            .args(["--target", target])
            .env(&format!("CC_{of_target}"), "true")
            .env(&format!("AR_{of_target}"), "true")
            // Where Apple's headers would lie; none is read.
            .env("SDKROOT", workspace.target(""))
            .dir(workspace.path(""))
            .streamed()?;
    }
    Ok(if missing.is_empty() { Outcome::Held } else { Outcome::Skipped(missing.join("; ")) })
}
