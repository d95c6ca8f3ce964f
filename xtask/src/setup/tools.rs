//! Tools of `cargo xtask check`, each pinned and installed below `target/tools` for this checkout alone.

use std::path::PathBuf;

use anyhow::Result;

use super::debian;
use crate::run::Run;
use crate::workspace::Workspace;

const MACHETE: &str = "0.9.2";
const TYPOS: &str = "1.52.0";

/// cargo-machete, which finds dependencies that nothing uses.
pub(crate) fn machete(workspace: &Workspace) -> Result<PathBuf> {
    let program = workspace.tools("bin/cargo-machete");
    let there =
        Run::new(&program).arg("--version").captured().is_ok_and(|version| version.trim().ends_with(MACHETE));
    if !there {
        println!("installing cargo-machete {MACHETE}");
        Run::cargo()
            .args([
                "install",
                "--locked",
                "--quiet",
                "--force",
                "cargo-machete",
                "--version",
                MACHETE,
                "--root",
            ])
            .arg(workspace.tools(""))
            .dir(workspace.path(""))
            .streamed()?;
    }
    Ok(program)
}

/// typos, which finds misspelt words. Its authors publish the built program on PyPI; building it
/// would take minutes.
pub(crate) fn typos(workspace: &Workspace) -> Result<PathBuf> {
    let program = workspace.tools("python/bin/typos");
    let there =
        Run::new(&program).arg("--version").captured().is_ok_and(|version| version.trim().ends_with(TYPOS));
    if !there {
        debian::need(&[debian::PYTHON, debian::PYTHON_VENV])?;
        println!("installing typos {TYPOS}");
        let folder = workspace.tools("python");
        Run::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).captured()?;
        Run::new(folder.join("bin/pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary",
                ":all:",
            ])
            .arg(format!("typos=={TYPOS}"))
            .captured()?;
    }
    Ok(program)
}
