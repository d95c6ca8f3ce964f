//! `cargo xtask package`: the Debian package of the server, with its unit and its configuration.

use std::process::ExitCode;

use anyhow::Result;

use crate::run::Run;
use crate::setup;
use crate::workspace::Workspace;

/// Builds the program in the release profile and packs it.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<ExitCode> {
    let cargo_deb = setup::cargo_deb(workspace)?;
    let made = Run::new(cargo_deb)
        .args(["--strip", "--package", "tingfang-server", "--output"])
        .arg(workspace.target("debian"))
        .dir(workspace.path(""))
        .captured()?;
    print!("{made}");
    Ok(ExitCode::SUCCESS)
}
