//! The phone library as it ships: its own profile, the encrypted store, and the Python stories once more over it.

use std::path::Path;

use anyhow::{Context, Result};

use super::foreign::python;
use super::tally::Tally;
use crate::bindings;
use crate::run::Run;
use crate::workspace::Workspace;

/// Builds what SQLCipher ciphers with.
const CIPHER: &str = "mobile-bindings/scripts/cipher.sh";
/// How it is made smaller.
const SMALLER: &str = "mobile-bindings/scripts/smaller.env";
/// The most that the library may take on this platform, in bytes, without symbols. 6 MB are aimed at
/// (`docs/measurements.md` says where they go).
const MOST_BYTES: u64 = 6_700_000;
/// Addresses to be put right are packed, in the way of this platform.
const PACKED: [&str; 2] = ["-C", "link-arg=-Wl,-z,pack-relative-relocs"];
/// Libraries that no phone has.
const NOT_ON_PHONES: [&str; 3] = ["libcrypto", "libssl", "libsqlite3"];

/// Builds the cipher of the encrypted store; gives the settings with which a build finds it.
pub(super) fn cipher(workspace: &Workspace) -> Result<Vec<(String, String)>> {
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

/// Builds the library as it ships, looks at it, and runs the Python stories over it.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    println!("the phone library as it ships");
    let mut build = Run::cargo().args(["rustc", "--package", "tingfang-mobile", "--lib"]);
    build = build.args(["--profile", "mobile", "--features", "mobile", "--"]).args(PACKED);
    for (name, value) in cipher(workspace)?.into_iter().chain(settings(&workspace.path(SMALLER))?) {
        build = match &*name {
            "RUST_SMALLER" => build.env("RUSTFLAGS", value),
            "LINK_SMALLER" => build.args(value.split(' ')),
            _ => build.env(&name, value),
        };
    }
    build.dir(workspace.path("")).streamed()?;
    let library = workspace.target("mobile").join(library_name());
    look_at(workspace, &library, tally)?;
    let folder = workspace.target("bindings").join("python-shipped");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // What was made from the other build describes this one too, or it does not load.
    let module = "tingfang.py";
    copy(&bindings::folder(workspace, "python").join(module), &folder.join(module))?;
    copy(&library, &folder.join(library_name()))?;
    python::stories(workspace, &folder, &[], tally)
}

/// Whether it is small enough, and needs nothing that a phone does not have.
fn look_at(workspace: &Workspace, library: &Path, tally: &mut Tally) -> Result<()> {
    let stripped = workspace.target("mobile").join("stripped");
    Run::new("strip").arg("--strip-all").arg("-o").arg(&stripped).arg(library).captured()?;
    let bytes = std::fs::metadata(&stripped).context("the stripped library")?.len();
    let needed = Run::new("readelf").args(["--dynamic", "--wide"]).arg(&stripped).captured()?;
    let needed: Vec<&str> = needed.lines().filter(|line| line.contains("(NEEDED)")).collect();
    let foreign = needed.iter().any(|line| NOT_ON_PHONES.iter().any(|name| line.contains(name)));
    println!("it has {bytes} bytes without symbols; at most {MOST_BYTES} are allowed");
    if foreign {
        println!("it needs what no phone has: {needed:?}");
    }
    let failed = u64::from(bytes > MOST_BYTES) + u64::from(foreign);
    tally.add(2 - failed, failed);
    Ok(())
}

fn library_name() -> String {
    format!("{}tingfang{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display())).map(|_| ())
}
