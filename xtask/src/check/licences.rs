//! Every dependency has a licence that `deny.toml` allows.
//!
//! The file has cargo-deny's form, so that cargo-deny can be run on it too. Here one call of
//! `cargo metadata` answers the same question without building a tool of 140 crates first.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Outcome, spdx};
use crate::run::Run;
use crate::workspace::Workspace;

/// What `deny.toml` says about licences.
struct Policy {
    allowed: BTreeSet<String>,
    /// More licences for single crates.
    exceptions: BTreeMap<String, Vec<String>>,
}

/// Checks every package of the lock file, also those of other platforms.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let path = workspace.path("deny.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let policy = Policy::parse(&text)?;
    let metadata = Run::cargo()
        .args(["metadata", "--format-version", "1", "--locked"])
        .dir(workspace.path(""))
        .captured()?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let refused: Vec<String> = packages.iter().filter_map(|package| policy.refusal(package)).collect();
    if !refused.is_empty() {
        bail!("deny.toml does not allow the licences of\n{}", refused.join("\n"));
    }
    Ok(Outcome::Held)
}

impl Policy {
    fn parse(text: &str) -> Result<Self> {
        let file: toml::Table = text.parse().context("deny.toml is not TOML")?;
        let licenses =
            file.get("licenses").and_then(toml::Value::as_table).context("deny.toml has no [licenses]")?;
        let strings = |value: &toml::Value| -> Vec<String> {
            let array = value.as_array().map(Vec::as_slice).unwrap_or_default();
            array.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let allowed = licenses.get("allow").map(strings).context("deny.toml has no licenses.allow")?;
        let exceptions = licenses.get("exceptions").and_then(toml::Value::as_array).map(Vec::as_slice);
        let exceptions = exceptions.unwrap_or_default().iter().filter_map(|exception| {
            let name = exception.get("crate").or_else(|| exception.get("name"))?.as_str()?;
            Some((name.to_owned(), strings(exception.get("allow")?)))
        });
        Ok(Self { allowed: allowed.into_iter().collect(), exceptions: exceptions.collect() })
    }

    /// Why this package is not allowed.
    fn refusal(&self, package: &Value) -> Option<String> {
        let name = package["name"].as_str().unwrap_or_default();
        let version = package["version"].as_str().unwrap_or_default();
        let Some(expression) = package["license"].as_str() else {
            return Some(format!("  {name} {version}: names no licence"));
        };
        let mut allowed = self.allowed.clone();
        allowed.extend(self.exceptions.get(name).into_iter().flatten().cloned());
        match spdx::allows(expression, &allowed) {
            Some(true) => None,
            Some(false) => Some(format!("  {name} {version}: {expression}")),
            None => Some(format!("  {name} {version}: {expression} cannot be read")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT"]
        exceptions = [{ crate = "odd", allow = ["MPL-2.0"] }]
    "#;

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        let policy = Policy::parse(POLICY).expect("a policy");
        let package = |name: &str| json!({ "name": name, "version": "1.0.0", "license": "MPL-2.0" });
        assert_eq!(policy.refusal(&package("odd")), None);
        assert_eq!(policy.refusal(&package("even")).as_deref(), Some("  even 1.0.0: MPL-2.0"));
    }

    #[test]
    fn a_package_without_a_licence_is_refused() {
        let policy = Policy::parse(POLICY).expect("a policy");
        assert!(policy.refusal(&json!({ "name": "bare", "version": "1.0.0", "license": null })).is_some());
    }
}
