//! Tools of `cargo xtask check`, each pinned and installed below `target/tools` for this checkout alone.

use std::path::PathBuf;

use anyhow::Result;

use super::debian;
use crate::run::Run;
use crate::workspace::Workspace;

const MACHETE: &str = "0.9.2";
const CARGO_FUZZ: &str = "0.13.2";
const CARGO_DEB: &str = "3.8.0";
const TYPOS: &str = "1.52.0";
const MYPY: &str = "2.4.1";

/// cargo-machete, which finds dependencies that nothing uses.
pub(crate) fn machete(workspace: &Workspace) -> Result<PathBuf> {
    cargo_tool(workspace, "cargo-machete", MACHETE, &["--version"])
}

/// cargo-fuzz, which builds and runs fuzz targets.
pub(crate) fn cargo_fuzz(workspace: &Workspace) -> Result<PathBuf> {
    cargo_tool(workspace, "cargo-fuzz", CARGO_FUZZ, &["fuzz", "--version"])
}

/// cargo-deb, which makes Debian packages.
pub(crate) fn cargo_deb(workspace: &Workspace) -> Result<PathBuf> {
    cargo_tool(workspace, "cargo-deb", CARGO_DEB, &["--version"])
}

/// A program that cargo builds and installs for this checkout alone.
fn cargo_tool(workspace: &Workspace, name: &str, version: &str, probe: &[&str]) -> Result<PathBuf> {
    let program = workspace.tools("bin").join(name);
    let there = Run::new(&program).args(probe).captured().is_ok_and(|said| said.trim().ends_with(version));
    if !there {
        println!("installing {name} {version}");
        Run::cargo()
            .args(["install", "--locked", "--quiet", "--force", name, "--version", version, "--root"])
            .arg(workspace.tools(""))
            .dir(workspace.path(""))
            .streamed()?;
    }
    Ok(program)
}

/// typos, which finds misspelt words. Its authors publish the built program on PyPI; building it
/// would take minutes.
pub(crate) fn typos(workspace: &Workspace) -> Result<PathBuf> {
    python_tool(workspace, "typos", TYPOS, &["--no-deps", "--only-binary", ":all:"])
}

/// mypy, which checks types in Python.
pub(crate) fn mypy(workspace: &Workspace) -> Result<PathBuf> {
    python_tool(workspace, "mypy", MYPY, &["--only-binary", ":all:"])
}

/// A Python of this checkout's own, which may install what it builds with.
pub(crate) fn python(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools("python/own");
    let program = folder.join("bin/python");
    if !Run::new(&program).args(["-m", "pip", "--version"]).succeeds() {
        debian::need(&[debian::PYTHON, debian::PYTHON_VENV])?;
        Run::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).captured()?;
    }
    Ok(program)
}

/// A program of PyPI's, in a folder of its own for this checkout alone.
fn python_tool(workspace: &Workspace, name: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let folder = workspace.tools("python").join(name);
    let program = folder.join("bin").join(name);
    let is_this = |said: String| said.split_whitespace().any(|word| word == version);
    if !Run::new(&program).arg("--version").captured().is_ok_and(is_this) {
        debian::need(&[debian::PYTHON, debian::PYTHON_VENV])?;
        println!("installing {name} {version}");
        Run::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).captured()?;
        Run::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(options)
            .arg(format!("{name}=={version}"))
            .captured()?;
    }
    Ok(program)
}
