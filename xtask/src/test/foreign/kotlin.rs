//! The Kotlin layer, the sample view models and their stories: compiled without a warning, and run on the JVM against
//! the real server.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{closing_line, with_server};
use crate::bindings;
use crate::run::Run;
use crate::setup;
use crate::test::tally::Tally;
use crate::workspace::Workspace;

/// What is compiled beside the generated source. What needs Android is left out.
const SOURCES: [&str; 2] = ["mobile-bindings/kotlin/lib/src", "mobile-bindings/samples/kotlin/viewmodels"];
/// The code of the guide, as the guide shows it.
const GUIDE: &str = "docs/mobile-guide.md";

/// Compiles and runs the Kotlin stories.
pub(super) fn run(workspace: &Workspace, filters: &[String], tally: &mut Tally) -> Result<()> {
    let path = compile(workspace)?;
    let (mut counts, mut is_detached) = (None, false);
    let run = Run::new("java").args(["-Xmx512m", "-cp"]).arg(path);
    let status = with_server(workspace, run)
        .arg(format!("-Djna.library.path={}", workspace.target("debug").display()))
        .arg(format!(
            "-Dtingfang.desk={}",
            workspace.path("mobile-bindings/stories/centre_desk.py").display()
        ))
        .arg("org.tingfang.story.StoriesKt")
        .args(filters)
        .dir(workspace.path(""))
        .watched(|line| {
            counts = closing_line(line).or(counts);
            // A desktop JVM says no more than this where Android's ends the process.
            is_detached |= line.contains("JNA: could not detach thread");
        })?;
    if is_detached {
        tally.problems.push("a callback inside of a callback has detached its thread".to_owned());
    }
    let (passed, failed) = counts.context("the Kotlin stories ended without a closing line")?;
    tally.add(passed, failed);
    if filters.is_empty() && passed + failed == 0 {
        tally.problems.push("the Kotlin stories had to run and ran none".to_owned());
    }
    if !status.success() && failed == 0 {
        bail!("the Kotlin stories failed ({status}) although no test did");
    }
    Ok(())
}

/// Compiles what there is of Kotlin; gives the class path.
pub(crate) fn compile(workspace: &Workspace) -> Result<std::ffi::OsString> {
    let jars = setup::kotlin(workspace)?;
    let stories = compiled(workspace, &jars)?;
    let path = std::env::join_paths(std::iter::once(&stories).chain(&jars.on_the_path))
        .context("a folder's name holds a colon")?;
    Ok(path)
}

/// The compiled stories. Compiling takes a minute, so it is done when a source is other than the last time.
fn compiled(workspace: &Workspace, jars: &setup::KotlinJars) -> Result<PathBuf> {
    let generated = bindings::folder(workspace, "kotlin").join("org/tingfang/tingfang.kt");
    let mut sources = vec![generated, guide_source(workspace)?];
    sources.extend(workspace.files(&SOURCES, &[".kt"])?.into_iter().map(|file| workspace.path(file)));
    let mut all = String::new();
    for source in &sources {
        all.push_str(&std::fs::read_to_string(source).with_context(|| source.display().to_string())?);
    }
    let (jar, mark) = (workspace.target("kotlin/stories.jar"), workspace.target("kotlin/stories.sources"));
    if jar.exists() && std::fs::read_to_string(&mark).is_ok_and(|compiled| compiled == all) {
        return Ok(jar);
    }
    println!("compiling the Kotlin stories");
    let path = std::env::join_paths(&jars.on_the_path).context("a folder's name holds a colon")?;
    Run::new("bash")
        .arg(&jars.compiler)
        .args(["-Werror", "-cp"])
        .arg(path)
        .arg("-d")
        .arg(&jar)
        .args(&sources)
        .dir(workspace.path(""))
        .captured()
        .context("the Kotlin sources do not compile")?;
    std::fs::write(&mark, all).with_context(|| mark.display().to_string())?;
    Ok(jar)
}

/// The Kotlin code of the guide as one source file: what stands there compiles.
fn guide_source(workspace: &Workspace) -> Result<PathBuf> {
    let guide = std::fs::read_to_string(workspace.path(GUIDE)).context(GUIDE)?;
    let code = code_blocks(&guide, "kotlin");
    anyhow::ensure!(!code.is_empty(), "{GUIDE} has no Kotlin code");
    let folder = workspace.target("kotlin");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join("Guide.kt");
    // Imports stand first in a file, wherever the guide names them.
    let lines: Vec<&str> = code.iter().flat_map(|block| block.lines()).collect();
    let (imports, rest): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| line.starts_with("import "));
    let text = format!("package org.tingfang.guide\n\n{}\n\n{}\n", imports.join("\n"), rest.join("\n"));
    std::fs::write(&file, text).with_context(|| file.display().to_string())?;
    Ok(file)
}

/// The blocks of code in a language.
fn code_blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[cfg(test)]
mod tests {
    use super::code_blocks;

    #[test]
    fn code_is_found_by_its_language() {
        let text =
            "one\n```kotlin\nval a = 1\n```\ntwo\n```swift\nlet b = 2\n```\n```kotlin\nval c = 3\n```\n";
        assert_eq!(code_blocks(text, "kotlin"), ["val a = 1\n", "val c = 3\n"]);
    }
}
