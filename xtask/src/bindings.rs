//! `cargo xtask bindings`: the sources that Kotlin, Swift and Python apps compile, made from the
//! very library that they load, so that the two can never be of different versions.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::run::{BUILD_ALL, Run};
use crate::workspace::Workspace;

const LANGUAGES: &[&str] = &["kotlin", "swift", "python"];

/// Builds the library and makes the sources of every language in `target/bindings/<language>`.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<ExitCode> {
    generate(workspace, LANGUAGES)?;
    for language in LANGUAGES {
        println!("{language}: {}", folder(workspace, language).display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of a language's sources.
pub(crate) fn folder(workspace: &Workspace, language: &str) -> PathBuf {
    workspace.target("bindings").join(language)
}

/// Builds the library and makes the sources of these languages; beside each lies the library.
pub(crate) fn generate(workspace: &Workspace, languages: &[&str]) -> Result<()> {
    Run::cargo().args(BUILD_ALL).dir(workspace.path("")).streamed()?;
    let library = library(workspace);
    let generator =
        workspace.target("debug").join(format!("tingfang-bindgen{}", std::env::consts::EXE_SUFFIX));
    for language in languages {
        let folder = folder(workspace, language);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Run::new(&generator)
            .args(["generate", "--no-format", "--language", language, "--out-dir"])
            .arg(&folder)
            .arg(&library)
            .dir(workspace.path(""))
            .captured()?;
        if *language == "python" {
            stubs(workspace, &library, &folder)?;
        }
        std::fs::copy(&library, folder.join(library_name()))
            .with_context(|| format!("cannot copy the library to {}", folder.display()))?;
    }
    Ok(())
}

/// The typed stubs of the Python module, beside it.
fn stubs(workspace: &Workspace, library: &Path, folder: &Path) -> Result<()> {
    let program = workspace.target("debug").join(format!("tingfang-stubs{}", std::env::consts::EXE_SUFFIX));
    let stubs = Run::new(program).arg(library).captured()?;
    let file = folder.join("tingfang.pyi");
    std::fs::write(&file, stubs).with_context(|| format!("cannot write {}", file.display()))
}

/// The built library.
pub(crate) fn library(workspace: &Workspace) -> PathBuf {
    workspace.target("debug").join(library_name())
}

fn library_name() -> String {
    format!("{}tingfang{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}
