//! Manifests: every member takes lints, edition and licence from the workspace, and every version
//! of a dependency stands in the workspace's own table.

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::workspace::Workspace;

/// The core's own manifest: everything depends on it, and it on nothing that faces outward.
const CORE: &str = "core/Cargo.toml";

fn is_outward(dependency: &str) -> bool {
    ["uniffi", "axum", "tokio", "tingfang", "postgres"].iter().any(|outward| dependency.starts_with(outward))
}

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for path in workspace.files(super::CODE, &["Cargo.toml"])? {
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = workspace.relative(&path).display().to_string();
        let manifest: Table = text.parse().with_context(|| format!("{name} is not TOML"))?;
        // A workspace of its own (the fuzz targets) inherits nothing from ours.
        if manifest.contains_key("workspace") {
            continue;
        }
        broken.extend(judge(&manifest).into_iter().map(|rule| format!("  {name}: {rule}")));
        if name == CORE {
            let outward = dependencies(&manifest).into_iter().filter(|(name, _)| is_outward(name));
            broken.extend(outward.map(|(dependency, _)| {
                format!("  {name}: {dependency} has no place in the core; what faces outward depends on it")
            }));
        }
    }
    Ok(broken)
}

fn judge(manifest: &Table) -> Vec<String> {
    let mut broken = Vec::new();
    let inherits = |table: &str, key: Option<&str>| {
        let table = manifest.get(table);
        let value = key.map_or(table, |key| table.and_then(|table| table.get(key)));
        value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
    };
    if !inherits("lints", None) {
        broken.push("has no `[lints] workspace = true`".to_owned());
    }
    for key in ["edition", "license", "rust-version"] {
        if !inherits("package", Some(key)) {
            broken.push(format!("has no `{key}.workspace = true`"));
        }
    }
    for (name, dependency) in dependencies(manifest) {
        if dependency.get("workspace").and_then(Value::as_bool) != Some(true) {
            broken.push(format!(
                "{name} must stand in [workspace.dependencies]; write `{name}.workspace = true`"
            ));
        }
    }
    broken
}

/// The dependencies of every kind, also those of one platform alone.
fn dependencies(manifest: &Table) -> Vec<(&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = std::iter::once(manifest)
        .chain(targets.into_iter().flat_map(Table::values).filter_map(Value::as_table));
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    tables
        .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind).and_then(Value::as_table)))
        .flat_map(Table::iter)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
        [package]
        edition.workspace = true
        license.workspace = true
        rust-version.workspace = true
        [dependencies]
        serde = { workspace = true, optional = true }
        [lints]
        workspace = true
    ";

    #[test]
    fn a_member_that_inherits_everything_is_good() {
        assert_eq!(judge(&GOOD.parse().expect("TOML")), Vec::<String>::new());
    }

    #[test]
    fn a_version_of_its_own_and_lints_of_its_own_are_told() {
        let text = GOOD.replace("[lints]\n        workspace = true", "[dev-dependencies]\nrand = \"0.10\"");
        let broken = judge(&text.parse().expect("TOML"));
        assert_eq!(broken.len(), 2, "{broken:?}");
        assert!(broken[1].starts_with("rand must stand"), "{broken:?}");
    }
}
