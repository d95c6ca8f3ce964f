//! The phone library as it ships: its own profile, the encrypted store, and small. What the linker does for that is of
//! x86-64 Linux with the linker that Rust brings there; packed addresses need glibc 2.36 or later.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::Run;
use crate::workspace::Workspace;

/// Builds what SQLCipher ciphers with.
const CIPHER: &str = "mobile-bindings/scripts/cipher.sh";
/// How the library is made smaller.
const SMALLER: &str = "mobile-bindings/scripts/smaller.env";
/// Addresses to be put right are packed, in the way of this platform.
const PACKED: [&str; 2] = ["-C", "link-arg=-Wl,-z,pack-relative-relocs"];

/// Builds it; gives the file, which has its symbols.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let links_smaller = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    let mut build = Run::cargo().args(["rustc", "--package", "tingfang-mobile", "--lib"]);
    build = build.args(["--profile", "mobile", "--features", "mobile", "--"]);
    if links_smaller {
        build = build.args(PACKED);
    }
    for (name, value) in cipher(workspace)?.into_iter().chain(settings(&workspace.path(SMALLER))?) {
        build = match &*name {
            "RUST_SMALLER" if links_smaller => build.env("RUSTFLAGS", value),
            "LINK_SMALLER" if links_smaller => build.args(value.split(' ')),
            "RUST_SMALLER" | "LINK_SMALLER" => build,
            _ => build.env(&name, value),
        };
    }
    build.dir(workspace.path("")).streamed()?;
    Ok(workspace.target("mobile").join(name()))
}

/// Strips it of its symbols, which stay in the file that was built; gives the file that ships.
pub(crate) fn strip(workspace: &Workspace, library: &Path) -> Result<PathBuf> {
    let folder = workspace.target("mobile").join("shipped");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let stripped = folder.join(name());
    // Apple's has no long options, and keeps what others link to with this one.
    let all = if cfg!(target_os = "macos") { "-x" } else { "--strip-all" };
    Run::new("strip").arg(all).arg("-o").arg(&stripped).arg(library).captured()?;
    Ok(stripped)
}

/// Builds the cipher of the encrypted store; gives the settings with which a build finds it.
pub(crate) fn cipher(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let folder = workspace.target("cipher");
    Run::new(workspace.path(CIPHER)).arg(&folder).dir(workspace.path("")).streamed()?;
    settings(&folder.join("env"))
}

/// The settings that a file has for a build, one `NAME='VALUE'` on a line.
fn settings(file: &Path) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect())
}

/// What it is called on this platform.
fn name() -> String {
    format!("{}tingfang{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}
