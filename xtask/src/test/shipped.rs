//! The phone library as it ships, packed into its wheel, and the Python stories once more over what the wheel installs.

use std::path::Path;

use anyhow::{Context, Result};

use super::foreign::python;
use super::tally::Tally;
use crate::run::Run;
use crate::workspace::Workspace;
use crate::{mobile_library, setup, wheel};

/// The most that the library may take on this platform, in bytes, without symbols. 6 MB are aimed at
/// (`docs/measurements.md` says where they go).
const MOST_BYTES: u64 = 6_750_000;
/// Libraries that no phone has.
const NOT_ON_PHONES: [&str; 3] = ["libcrypto", "libssl", "libsqlite3"];

/// Builds the library as it ships, looks at it, and runs the Python stories over the wheel with it.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    println!("the phone library as it ships");
    let library = mobile_library::build(workspace)?;
    let stripped = mobile_library::strip(workspace, &library)?;
    look_at(&stripped, tally)?;
    // What was made from the other build describes this one too, or it does not load.
    let wheel = wheel::pack(workspace, &stripped)?;
    let installed = workspace.target("bindings").join("python-installed");
    if installed.exists() {
        std::fs::remove_dir_all(&installed)
            .with_context(|| format!("cannot clear {}", installed.display()))?;
    }
    Run::new(setup::python(workspace)?)
        .args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target"])
        .arg(&installed)
        .arg(&wheel)
        .streamed()?;
    python::stories(workspace, (&installed, python::Library::Ships), &[], tally)
}

/// Whether it is small enough, and needs nothing that a phone does not have.
fn look_at(library: &Path, tally: &mut Tally) -> Result<()> {
    let bytes = std::fs::metadata(library).context("the stripped library")?.len();
    let needed = Run::new("readelf").args(["--dynamic", "--wide"]).arg(library).captured()?;
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
