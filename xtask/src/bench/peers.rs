//! The same records copied to an empty phone, and from a phone to an empty server, by ours and by the sync engines of
//! others, one after the other on the same machine (`tests/peers`), with what each takes beside what ours takes.

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

/// Which way, the program of a peer, and how many records: automerge-repo does not end a pull of ten thousand, and its
/// server breaks off a push of a thousand.
const RUNS: [(&str, &str, &str); 10] = [
    ("pull", "ours", "1000"),
    ("pull", "automerge-repo.mjs", "1000"),
    ("pull", "ours", "10000"),
    ("pull", "pouchdb.mjs", "10000"),
    // Once more at the end: what the machine did meanwhile shows.
    ("pull", "ours", "10000"),
    ("push", "ours", "200"),
    ("push", "automerge-repo.mjs", "200"),
    ("push", "ours", "10000"),
    ("push", "pouchdb.mjs", "10000"),
    ("push", "ours", "10000"),
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
    for (way, peer, count) in RUNS {
        let count = if quick { "100" } else { count };
        let said = if peer == "ours" {
            Run::new(program("bench"))
                .args(["--child", "peer", count, "templated", way])
                .env("TINGFANG_TEST_PROGRAM", program("tingfang"))
                .dir(workspace.path(""))
                .captured()?
        } else {
            Run::new("node")
                .args([peer, count, "templated", way])
                .dir(workspace.path("tests/peers"))
                .captured()?
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
        "| first copy | by | records | clock | processor | bytes both ways | requests or messages | nothing changed | memory of server and client |".to_owned(),
        "|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    let number = |row: &Value, key: &str| row[key].as_f64();
    for row in figures {
        // The first of ours the same way with as many records.
        let ours = figures.iter().find(|ours| {
            ours["peer"] == "tingfang" && ours["way"] == row["way"] && ours["count"] == row["count"]
        });
        let beside = |key: &str, unit: &str| {
            let Some(value) = number(row, key) else { return "did not end".to_owned() };
            let shown = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") };
            match ours.and_then(|ours| number(ours, key)).filter(|ours| *ours > 0.0) {
                Some(ours) if row["peer"] != "tingfang" => format!("{shown}{unit} ({:.1} ×)", value / ours),
                _ => format!("{shown}{unit}"),
            }
        };
        lines.push(format!(
            "| {} | {} {} | {} | {} | {} | {} | {} | {} | {} MB, {} MB |",
            row["way"].as_str().unwrap_or_default(),
            row["peer"].as_str().unwrap_or_default(),
            row["version"].as_str().unwrap_or_default(),
            row["count"],
            beside("clock_s", " s"),
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
        let row = |way: &str, peer: &str, bytes: u32| serde_json::json!({ "way": way, "peer": peer, "version": "1", "count": 10, "bytes": bytes, "clock_s": null });
        let table = table(&[
            row("push", "tingfang", 500),
            row("pull", "tingfang", 100),
            row("pull", "other", 250),
            row("push", "other", 250),
        ]);
        assert!(table[3].contains("| 100 |") && table[4].contains("| 250 (2.5 ×) |"), "{table:?}");
        assert!(table[5].contains("| 250 (0.5 ×) |"), "each way beside its own: {table:?}");
        assert!(table[4].contains("did not end"));
    }

    #[test]
    fn the_committed_file_has_the_marks() {
        with_table_between(include_str!("../../../docs/measurements.md"), BEGIN, END, &[])
            .expect("both marks");
    }
}
