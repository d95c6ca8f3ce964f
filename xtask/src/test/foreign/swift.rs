//! The Swift package and its story, wherever a Swift toolchain is found.

use anyhow::{Context, Result, bail};

use super::{closing_line, with_server};
use crate::run::Run;
use crate::test::tally::Tally;
use crate::workspace::Workspace;

/// Does everything on a machine that has Swift.
const CHECK: &str = "mobile-bindings/swift/check.sh";

/// Runs the Swift story, or says why not.
pub(super) fn run(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    if !filters.is_empty() {
        return Ok(());
    }
    // Another program is called `swift`, too.
    let said = Run::new("swift").arg("--version").captured().unwrap_or_default();
    if !said.contains("Swift version") {
        println!("swift: skipped, no Swift toolchain was found");
        return Ok(());
    }
    let mut counts = None;
    let run = with_server(workspace, Run::new("bash"));
    let status = run
        .arg(workspace.path(CHECK))
        .arg("--built")
        .dir(workspace.path(""))
        .watched(|line| counts = closing_line(line).or(counts))?;
    let (passed, failed) = counts.context("the Swift story ended without a closing line")?;
    tally.add(passed, failed);
    if !status.success() && failed == 0 {
        bail!("the Swift story failed ({status}) although no test did");
    }
    Ok(())
}
