//! Kotlin's compiler, as npm has it, and the jars that the stories need.

use std::path::PathBuf;

use anyhow::Result;

use super::{debian, npm};
use crate::workspace::Workspace;

/// The folder of the compiler's lock file.
const COMPILER: &str = "mobile-bindings/kotlin/compiler";

/// The compiler, and what stands on the class path.
#[derive(Debug, Clone)]
pub(crate) struct KotlinJars {
    /// The script that compiles.
    pub(crate) compiler: PathBuf,
    /// The jars.
    pub(crate) on_the_path: Vec<PathBuf>,
}

/// Installs them.
pub(crate) fn install(workspace: &Workspace) -> Result<KotlinJars> {
    debian::need(&[debian::NODE, debian::NPM, debian::JAVA, debian::KOTLIN_JARS])?;
    npm::install(workspace, COMPILER)?;
    let kotlin = workspace.path(COMPILER).join("node_modules/kotlin-compiler");
    let with_compiler = ["kotlin-stdlib", "kotlinx-coroutines-core-jvm"];
    let of_debian = ["jna", "junit4", "hamcrest"];
    let on_the_path = with_compiler
        .iter()
        .map(|name| kotlin.join(format!("lib/{name}.jar")))
        .chain(of_debian.iter().map(|name| PathBuf::from(format!("/usr/share/java/{name}.jar"))));
    Ok(KotlinJars { compiler: kotlin.join("bin/kotlinc"), on_the_path: on_the_path.collect() })
}
