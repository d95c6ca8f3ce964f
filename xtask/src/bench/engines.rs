//! The same measures over both engines, one after the other on the same machine, with their ratio.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::with_table;
use crate::run::Run;
use crate::scratch_postgres::ScratchPostgres;
use crate::setup::{self, Available};
use crate::workspace::Workspace;

const FILE: &str = "docs/scale.md";

/// What was measured, and how much it was.
type Measured = Vec<(String, String)>;

/// Measures SQLite, PostgreSQL, or both; only both are written down.
pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let engine = arguments.iter().skip_while(|argument| *argument != "--engine").nth(1);
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (sqlite, postgres) = match engine.map(String::as_str) {
        Some("sqlite") => (true, false),
        Some("postgres") => (false, true),
        Some("both") => (true, true),
        _ => bail!("--engine needs sqlite, postgres or both"),
    };
    let on_sqlite = if sqlite { measure(workspace, quick, None)? } else { Vec::new() };
    let on_postgres = if postgres {
        if let Available::No(reason) = setup::postgres() {
            bail!("{reason}");
        }
        let server = ScratchPostgres::start_durable(workspace)?;
        measure(workspace, quick, Some(server.url()))?
    } else {
        Vec::new()
    };
    let table = table(&on_sqlite, &on_postgres);
    println!("{}", table.join("\n"));
    if sqlite && postgres && !quick {
        let path = workspace.path(FILE);
        let text = std::fs::read_to_string(&path).context(FILE)?;
        std::fs::write(&path, with_table(&text, &table)?).context(FILE)?;
        println!("{FILE} is written");
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(workspace: &Workspace, quick: bool, postgres: Option<&str>) -> Result<Measured> {
    let mut found = Measured::new();
    let profile = if quick { &[][..] } else { &["--release"][..] };
    let mut bench = Run::cargo()
        .arg("run")
        .args(profile)
        .args(["--package", "tingfang-tests", "--bin", "bench", "--", "--server"])
        .args(if quick { &["--quick"][..] } else { &[][..] })
        .dir(workspace.path(""));
    if let Some(url) = postgres {
        bench = bench.env("TINGFANG_TEST_POSTGRES", url);
    }
    let status = bench.watched(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        if let (true, Some(what), Some(_), Some(measured)) =
            (line.starts_with("| "), cells.next(), cells.next(), cells.next())
            && what != "what"
        {
            found.push((what.to_owned(), measured.to_owned()));
        }
    })?;
    anyhow::ensure!(status.success(), "the benchmark failed: {status}");
    Ok(found)
}

fn table(sqlite: &Measured, postgres: &Measured) -> Vec<String> {
    let mut lines = vec!["| what | SQLite | PostgreSQL |".to_owned(), "|---|---|---|".to_owned()];
    let of = |measured: &Measured, what: &str| {
        measured.iter().find(|(name, _)| name == what).map_or("–".to_owned(), |(_, value)| value.clone())
    };
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in sqlite.iter().chain(postgres) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    lines.extend(
        names.iter().map(|name| format!("| {name} | {} | {} |", of(sqlite, name), of(postgres, name))),
    );
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_engine_has_stands_beside_a_dash() {
        let of = |rows: &[(&str, &str)]| -> Measured {
            rows.iter().map(|(what, value)| ((*what).to_owned(), (*value).to_owned())).collect()
        };
        let lines = table(&of(&[("push", "1 s")]), &of(&[("push", "2 s"), ("two nodes", "3/s")]));
        assert_eq!(lines[2..], ["| push | 1 s | 2 s |".to_owned(), "| two nodes | – | 3/s |".to_owned()]);
    }

    #[test]
    fn the_committed_file_has_the_marks() {
        let text = include_str!("../../../docs/scale.md");
        with_table(text, &[]).expect("both marks");
    }
}
