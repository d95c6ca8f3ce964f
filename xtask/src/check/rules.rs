//! The house rules that no other tool knows. Each is an invariant of ARCHITECTURE.md or a rule of
//! STYLE.md; a broken one is told with place and fix.

mod confined;
mod manifest;
mod size;
mod unwrap;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::Outcome;
use super::source::Source;
use crate::workspace::Workspace;

/// The folders that hold our code.
const CODE: &[&str] = &["core", "mobile-bindings", "server", "tests", "xtask"];

/// One Rust file that the rules look at.
struct File {
    /// Its path from the root, with `/`.
    path: String,
    /// Its text as it stands.
    text: String,
    /// Its code apart from comments, strings and tests.
    source: Source,
}

impl File {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), source: Source::parse(&text), text }
    }

    /// Whether the whole file is test code.
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
    }
}

/// A rule looks at all files and tells what breaks it, a line for each place.
type Rule = fn(&[File]) -> Vec<String>;

const RULES: &[Rule] = &[confined::check, unwrap::check, size::check];

/// Checks every rule.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let paths = workspace.files(CODE, &[".rs"])?;
    let files = paths.into_iter().map(|path| read(workspace, path)).collect::<Result<Vec<_>>>()?;
    let mut broken: Vec<String> = RULES.iter().flat_map(|rule| rule(&files)).collect();
    broken.extend(manifest::check(workspace)?);
    if !broken.is_empty() {
        bail!("house rules are broken:\n{}", broken.join("\n"));
    }
    Ok(Outcome::Held)
}

fn read(workspace: &Workspace, path: PathBuf) -> Result<File> {
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(File::new(&workspace.relative(&path).to_string_lossy().replace('\\', "/"), text))
}
