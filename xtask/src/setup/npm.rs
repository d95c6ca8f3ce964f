//! Packages of the npm registry, exactly as a folder's lock file names them.

use anyhow::{Context, Result};

use crate::run::Run;
use crate::workspace::Workspace;

/// Installs the packages of a folder that has a lock file, unless they are there already.
pub(crate) fn install(workspace: &Workspace, folder: &str) -> Result<()> {
    let folder = workspace.path(folder);
    let lock_file = folder.join("package-lock.json");
    let lock = std::fs::read(&lock_file).with_context(|| format!("cannot read {}", lock_file.display()))?;
    // npm's own copy of the lock differs from ours in form, so we leave a mark of our own.
    let mark = folder.join("node_modules/.installed-lock");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("installing the npm packages of {}", folder.display());
    Run::new("npm").args(["ci", "--no-audit", "--no-fund"]).dir(&folder).captured()?;
    std::fs::write(&mark, &lock).with_context(|| format!("cannot write {}", mark.display()))
}
