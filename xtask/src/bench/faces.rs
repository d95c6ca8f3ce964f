//! `cargo xtask bench --faces`: what a person waits for on a phone with many cases, measured through the Kotlin and the
//! Python face.

use std::process::ExitCode;

use anyhow::{Context, Result};

use super::{FILE, with_table_between};
use crate::run::Run;
use crate::test::compile_kotlin;
use crate::workspace::Workspace;
use crate::{bindings, setup};

/// The program that lays the phone.
const LAYER: &str = "phone-to-measure";
const BEGIN: &str = "<!-- written by cargo xtask bench --faces: begin -->";
const END: &str = "<!-- written by cargo xtask bench --faces: end -->";

/// Lays a phone, measures, and writes the table; quick takes the debug library and writes nothing.
pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<ExitCode> {
    setup::for_tests(workspace)?;
    bindings::generate(workspace, &["kotlin", "python"])?;
    let profile = if quick { "debug" } else { "release" };
    if !quick {
        for what in [&["--package", "tingfang-mobile"][..], &["--package", "tingfang-tests", "--bin", LAYER]]
        {
            let built = Run::cargo().args(["build", "--release"]).args(what);
            built.dir(workspace.path("")).streamed()?;
        }
    }
    let folder = workspace.target("faces");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    let phone = folder.join("phone");
    let layer = format!("{LAYER}{}", std::env::consts::EXE_SUFFIX);
    let told = Run::new(workspace.target(profile).join(layer)).arg(&phone).captured()?;
    let library = workspace.target(profile);
    // Python loads the library that lies beside its module.
    let module = folder.join("python");
    std::fs::create_dir_all(&module).with_context(|| format!("cannot make {}", module.display()))?;
    let name = bindings::library(workspace);
    let name = name.file_name().context("a library without a name")?;
    for (from, to) in [
        (bindings::folder(workspace, "python").join("tingfang.py"), module.join("tingfang.py")),
        (library.join(name), module.join(name)),
    ] {
        std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let path = compile_kotlin(workspace)?;
    let kotlin = Run::new("java")
        .arg("-cp")
        .arg(path)
        .arg(format!("-Djna.library.path={}", library.display()))
        .arg("org.tingfang.story.BenchKt");
    let python =
        Run::new("python3").arg(workspace.path("mobile-bindings/python/bench.py")).env("PYTHONPATH", module);
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
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_file_has_the_marks() {
        let text = include_str!("../../../docs/measurements.md");
        with_table_between(text, BEGIN, END, &[]).expect("both marks");
    }
}
