//! A PostgreSQL server on a private port and folder, for as long as this program wants it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::Run;
use crate::workspace::Workspace;

const PROGRAM: &str = "scratch-postgres";

/// A running server; it ends when this is dropped, or when this program dies.
pub(crate) struct ScratchPostgres {
    child: Child,
    held: Option<ChildStdin>,
    url: String,
}

impl ScratchPostgres {
    /// Builds the program that the tests use too, and starts one.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        build(workspace)?;
        Self::start_built(workspace, &[])
    }

    /// The same, waiting for the disk at every commit.
    pub(crate) fn start_durable(workspace: &Workspace) -> Result<Self> {
        build(workspace)?;
        Self::start_built(workspace, &["--durable"])
    }

    /// Starts one with the program as it was built together with everything else.
    pub(crate) fn start_built(workspace: &Workspace, arguments: &[&str]) -> Result<Self> {
        let program = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
        let mut child = Command::new(workspace.target("debug").join(program))
            .args(arguments)
            .current_dir(workspace.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a PostgreSQL server")?;
        let held = child.stdin.take();
        let mut url = String::new();
        let stdout = child.stdout.take().context("its output is piped")?;
        BufReader::new(stdout).read_line(&mut url).context("cannot read where the server is")?;
        let mut server = Self { child, held, url: url.trim().to_owned() };
        if server.url.is_empty() {
            let status = server.child.wait().context("cannot wait for it")?;
            bail!("the PostgreSQL server for the tests did not start ({status})");
        }
        Ok(server)
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

fn build(workspace: &Workspace) -> Result<()> {
    Run::cargo()
        .args(["build", "--quiet", "--package", "tingfang-tests", "--bin", PROGRAM])
        .dir(workspace.path(""))
        .streamed()
}

impl Drop for ScratchPostgres {
    fn drop(&mut self) {
        drop(self.held.take());
        let _ = self.child.wait();
    }
}
