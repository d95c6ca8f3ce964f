//! `cargo xtask bench --faces`: what a person waits for on a phone with many cases, measured through the Kotlin and the
//! Python face.

use std::process::ExitCode;

use anyhow::{Context, Result};

use super::{FILE, with_table_between};
use crate::run::Run;
use crate::test::compile_kotlin;
use crate::workspace::Workspace;
use crate::{bindings, mobile_library, setup};

/// The program that lays the phone.
const LAYER: &str = "phone-to-measure";
const BEGIN: &str = "<!-- written by cargo xtask bench --faces: begin -->";
const END: &str = "<!-- written by cargo xtask bench --faces: end -->";

/// Lays a phone, measures, and writes the table: over the library as it ships, whose store is encrypted. Quick takes
/// the debug library, whose store is plain, and writes nothing.
///
/// # Errors
/// Also when something takes longer than is aimed at; the table is written all the same.
pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<ExitCode> {
    setup::for_tests(workspace)?;
    bindings::generate(workspace, &["kotlin", "python"])?;
    let (profile, library) = if quick {
        ("debug", bindings::library(workspace))
    } else {
        let shipped = mobile_library::strip(workspace, &mobile_library::build(workspace)?)?;
        // What lays the phone encrypts its store in the same way.
        let mut laying =
            Run::cargo().args(["build", "--release", "--package", "tingfang-tests", "--bin", LAYER]);
        laying = laying.args(["--features", "tingfang-mobile/mobile"]);
        for (name, value) in mobile_library::cipher(workspace)? {
            laying = laying.env(&name, value);
        }
        laying.dir(workspace.path("")).streamed()?;
        ("release", shipped)
    };
    let folder = workspace.target("faces");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    let phone = folder.join("phone");
    let layer = format!("{LAYER}{}", std::env::consts::EXE_SUFFIX);
    let told = Run::new(workspace.target(profile).join(layer)).arg(&phone).captured()?;
    // Python loads the library that lies beside its module.
    let module = folder.join("python");
    std::fs::create_dir_all(&module).with_context(|| format!("cannot make {}", module.display()))?;
    let name = library.file_name().context("a library without a name")?;
    for (from, to) in [
        (bindings::folder(workspace, "python").join("tingfang.py"), module.join("tingfang.py")),
        (library.clone(), module.join(name)),
    ] {
        std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let path = compile_kotlin(workspace)?;
    let kotlin = Run::new("java")
        .arg("-cp")
        .arg(path)
        .arg(format!("-Djna.library.path={}", module.display()))
        .arg("org.tingfang.story.BenchKt");
    let python =
        Run::new("python3").arg(workspace.path("mobile-bindings/python/bench.py")).env("PYTHONPATH", &module);
    let mut table = vec!["| what | target | measured |".to_owned(), "|---|---|---|".to_owned()];
    table.extend(
        told.lines().filter(|line| line.starts_with('|')).inspect(|row| println!("{row}")).map(str::to_owned),
    );
    for face in [kotlin, python] {
        let status = face.arg(&phone).dir(workspace.path("")).watched(|line| {
            if line.starts_with('|') {
                table.push(line.to_owned());
            }
        })?;
        anyhow::ensure!(status.success(), "the benchmark failed: {status}");
    }
    if !quick {
        let path = workspace.path(FILE);
        let text = std::fs::read_to_string(&path).context(FILE)?;
        std::fs::write(&path, with_table_between(&text, BEGIN, END, &table)?).context(FILE)?;
        println!("{FILE} is written");
    }
    let slow: Vec<&String> = table.iter().filter(|row| is_over(row)).collect();
    anyhow::ensure!(quick || slow.is_empty(), "slower than is aimed at: {slow:#?}");
    Ok(ExitCode::SUCCESS)
}

/// Whether a row `| what | ≤ N ms | M ms |` has more than is aimed at; one that aims at nothing has not.
fn is_over(row: &str) -> bool {
    let millis = |cell: &str| {
        cell.trim().trim_start_matches('≤').trim().strip_suffix("ms")?.trim().parse::<f64>().ok()
    };
    let cells: Vec<Option<f64>> = row.split('|').rev().skip(1).take(2).map(millis).collect();
    matches!(cells[..], [Some(measured), Some(most)] if measured > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_file_has_the_marks() {
        let text = include_str!("../../../docs/measurements.md");
        with_table_between(text, BEGIN, END, &[]).expect("both marks");
    }

    #[test]
    fn a_row_is_over_when_more_is_measured_than_is_aimed_at() {
        assert!(is_over("| Kotlin: open a record | ≤ 10 ms | 10.1 ms |"));
        for within in [
            "| Kotlin: open a record | ≤ 10 ms | 9.9 ms |",
            "| the first time | – | 229.4 ms |",
            "| what | target | measured |",
        ] {
            assert!(!is_over(within), "{within}");
        }
    }
}
