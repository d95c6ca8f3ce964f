//! The surface that foreign languages see, held against the committed one: what an app relies on stays.

use anyhow::{Context, Result};

use crate::bindings;
use crate::run::Run;
use crate::test::tally::Tally;
use crate::workspace::Workspace;

/// The committed surface.
const FILE: &str = "mobile-bindings/surface.txt";
/// Set to write the file anew.
const UPDATE: &str = "TINGFANG_UPDATE_SURFACE";

/// Compares the library's surface with the committed one.
pub(super) fn check(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let program = workspace.target("debug").join(format!("tingfang-surface{}", std::env::consts::EXE_SUFFIX));
    let found = Run::new(program).arg(bindings::library(workspace)).captured()?;
    let file = workspace.path(FILE);
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &found).context(FILE)?;
    }
    let committed = std::fs::read_to_string(&file).context(FILE)?;
    let changes = changes(&committed, &found);
    for change in &changes {
        println!("{change}");
    }
    if !changes.is_empty() {
        println!(
            "the foreign surface is other than in {FILE}: what went breaks apps and may go with a major version \
             only; {UPDATE}=1 takes what came into the file"
        );
    }
    let failed = u64::from(!changes.is_empty());
    tally.add(1 - failed, failed);
    Ok(())
}

/// What went and what came, line by line.
fn changes(before: &str, now: &str) -> Vec<String> {
    let without = |these: &str, those: &str, mark: &str| {
        let those: std::collections::BTreeSet<String> = those.lines().map(str::to_owned).collect();
        let found = these.lines().filter(|line| !those.contains(*line)).map(|line| format!("{mark} {line}"));
        found.collect::<Vec<_>>()
    };
    [without(before, now, "went:"), without(now, before, "came:")].concat()
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn what_went_is_told_before_what_came() {
        assert_eq!(changes("a\nb\n", "b\nc\n"), ["went: a", "came: c"]);
        assert!(changes("a\n", "a\n").is_empty());
    }
}
