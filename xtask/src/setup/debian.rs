//! Programs that come with the system. On Debian, as root, they are installed; elsewhere the message
//! says what to install.

use anyhow::{Context, Result, bail};

use crate::run::Run;

/// A program and the Debian packages that bring it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program {
    /// How to see that it is there: a command that ends well.
    probe: &'static [&'static str],
    /// The Debian packages.
    packages: &'static [&'static str],
}

/// Node.js, which runs the JavaScript stories. 18 or newer, as Debian 12 has it.
pub(crate) const NODE: Program = Program {
    probe: &["node", "-e", "process.exit(Number(process.versions.node.split('.')[0]) >= 18 ? 0 : 1)"],
    packages: &["nodejs"],
};

/// npm, which installs JavaScript packages.
pub(crate) const NPM: Program = Program { probe: &["npm", "--version"], packages: &["npm"] };

/// Python, which runs the Python stories. 3.9 or newer.
pub(crate) const PYTHON: Program = Program {
    probe: &["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))"],
    packages: &["python3"],
};

/// Python's own way of installing packages for one folder alone; Debian packs it apart.
pub(crate) const PYTHON_VENV: Program =
    Program { probe: &["python3", "-c", "import venv, ensurepip"], packages: &["python3", "python3-venv"] };

/// A Java runtime, which runs the Kotlin stories and their compiler.
pub(crate) const JAVA: Program =
    Program { probe: &["java", "-version"], packages: &["openjdk-17-jre-headless"] };

/// JNA, over which Kotlin calls the library, and JUnit: jars of Debian's.
pub(crate) const KOTLIN_JARS: Program = Program {
    probe: &["sh", "-c", "cd /usr/share/java && ls jna.jar junit4.jar hamcrest.jar"],
    packages: &["libjna-java", "libjna-jni", "junit4", "libhamcrest-java"],
};

/// PostgreSQL's server and its tools, which stand in a folder of their version's.
pub(crate) const POSTGRES: Program = Program {
    probe: &["sh", "-c", "ls /usr/lib/postgresql/*/bin/initdb && command -v psql"],
    packages: &["postgresql", "postgresql-client"],
};

impl Program {
    fn is_there(&self) -> bool {
        Run::new(self.probe[0]).args(&self.probe[1..]).succeeds()
    }
}

/// Sees to it that these programs are there.
pub(crate) fn need(programs: &[Program]) -> Result<()> {
    let packages: Vec<&str> = programs
        .iter()
        .filter(|program| !program.is_there())
        .flat_map(|program| program.packages)
        .copied()
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    let wanted = packages.join(" ");
    let apt = Run::new("apt-get").arg("--version").succeeds();
    if !apt || !is_root() {
        bail!("these programs are missing; install them and run this again: apt-get install {wanted}");
    }
    println!("installing {wanted}");
    let apt = || Run::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    apt().args(["update", "-q"]).captured()?;
    apt()
        .args(["install", "-q", "-y", "--no-install-recommends"])
        .args(&packages)
        .captured()
        .with_context(|| format!("cannot install {wanted}"))?;
    if let Some(program) = programs.iter().find(|program| !program.is_there()) {
        bail!(
            "{} is there but too old, or does not run: `{}` fails",
            program.packages[0],
            program.probe.join(" ")
        );
    }
    Ok(())
}

fn is_root() -> bool {
    Run::new("id").arg("-u").captured().is_ok_and(|id| id.trim() == "0")
}
