//! A PostgreSQL server on a private port and folder, for as long as this program wants it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A running server; it ends when this is dropped, or when this program dies.
pub(crate) struct ScratchPostgres {
    child: Child,
    held: Option<ChildStdin>,
    url: String,
}

impl ScratchPostgres {
    /// Starts one with the program that the tests use too.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        Self::start_with(workspace, &[])
    }

    /// The same, waiting for the disk at every commit.
    pub(crate) fn start_durable(workspace: &Workspace) -> Result<Self> {
        Self::start_with(workspace, &["--durable"])
    }

    fn start_with(workspace: &Workspace, arguments: &[&str]) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut child = Command::new(cargo)
            .args(["run", "--quiet", "-p", "tingfang-tests", "--bin", "scratch-postgres", "--"])
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

impl Drop for ScratchPostgres {
    fn drop(&mut self) {
        drop(self.held.take());
        let _ = self.child.wait();
    }
}
