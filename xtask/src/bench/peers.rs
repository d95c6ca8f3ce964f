//! The same first copy by ours and by the sync engines of others, one after the other on the same machine
//! (`tests/peers`), with what each takes beside what ours takes.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;

use super::with_table_between;
use crate::run::Run;
use crate::setup;
use crate::workspace::Workspace;

const FILE: &str = "docs/measurements.md";
const BEGIN: &str = "<!-- written by cargo xtask bench --peers: begin -->";
const END: &str = "<!-- written by cargo xtask bench --peers: end -->";

/// The program of a peer, and how many records: automerge-repo does not end with ten thousand.
const RUNS: [(&str, &str); 5] = [
    ("ours", "1000"),
    ("automerge-repo.mjs", "1000"),
    ("ours", "10000"),
    ("pouchdb.mjs", "10000"),
    // Once more at the end: what the machine did meanwhile shows.
    ("ours", "10000"),
];

/// Measures all of them, prints the table, and writes it down.
pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<ExitCode> {
    setup::for_peers(workspace)?;
    let profile = if quick { &[][..] } else { &["--release"][..] };
    for package in [["tingfang-server", "tingfang"], ["tingfang-tests", "bench"]] {
        Run::cargo()
            .arg("build")
            .args(profile)
            .args(["--package", package[0], "--bin", package[1]])
            .dir(workspace.path(""))
            .streamed()?;
    }
    let folder = workspace.target(if quick { "debug" } else { "release" });
    let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut figures = Vec::new();
    for (peer, count) in RUNS {
        let count = if quick { "100" } else { count };
        let said = if peer == "ours" {
            Run::new(program("bench"))
                .args(["--child", "peer", count, "templated"])
                .env("TINGFANG_TEST_PROGRAM", program("tingfang"))
                .dir(workspace.path(""))
                .captured()?
        } else {
            Run::new("node").args([peer, count, "templated"]).dir(workspace.path("tests/peers")).captured()?
        };
        let line = said.lines().rev().find(|line| line.starts_with('{'));
        let line = line.with_context(|| format!("{peer} printed no figures"))?;
        println!("{line}");
        figures.push(serde_json::from_str(line).with_context(|| format!("the figures of {peer}"))?);
    }
    let table = table(&figures);
    println!("{}", table.join("\n"));
    if !quick {
        let path = workspace.path(FILE);
        let text = std::fs::read_to_string(&path).context(FILE)?;
        std::fs::write(&path, with_table_between(&text, BEGIN, END, &table)?).context(FILE)?;
        println!("{FILE} is written");
    }
    Ok(ExitCode::SUCCESS)
}

fn table(figures: &[Value]) -> Vec<String> {
    let mut lines = vec![
        "| first copy of | records | clock | processor | bytes both ways | requests or messages | nothing changed | memory of server and client |".to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    let number = |row: &Value, key: &str| row[key].as_f64();
    for row in figures {
        // The first of ours with as many records.
        let ours = figures.iter().find(|ours| ours["peer"] == "tingfang" && ours["count"] == row["count"]);
        let beside = |key: &str, unit: &str| {
            let Some(value) = number(row, key) else { return "did not end".to_owned() };
            let shown = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") };
            match ours.and_then(|ours| number(ours, key)).filter(|ours| *ours > 0.0) {
                Some(ours) if row["peer"] != "tingfang" => format!("{shown}{unit} ({:.1} ×)", value / ours),
                _ => format!("{shown}{unit}"),
            }
        };
        lines.push(format!(
            "| {} {} | {} | {} | {} | {} | {} | {} | {} MB, {} MB |",
            row["peer"].as_str().unwrap_or_default(),
            row["version"].as_str().unwrap_or_default(),
            row["count"],
            beside("first_pull_s", " s"),
            beside("processor_s", " s"),
            beside("bytes", ""),
            beside("requests_or_messages", ""),
            beside("idle_bytes", " B"),
            row["server_rss_mb"],
            row["client_rss_mb"],
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_take_stands_beside_what_ours_takes() {
        let row = |peer: &str, bytes: u32| serde_json::json!({ "peer": peer, "version": "1", "count": 10, "bytes": bytes, "first_pull_s": null });
        let table = table(&[row("tingfang", 100), row("other", 250)]);
        assert!(table[2].contains("| 100 |") && table[3].contains("| 250 (2.5 ×) |"), "{table:?}");
        assert!(table[3].contains("did not end"));
    }

    #[test]
    fn the_committed_file_has_the_marks() {
        with_table_between(include_str!("../../../docs/measurements.md"), BEGIN, END, &[])
            .expect("both marks");
    }
}
