//! Running other programs: streamed to the terminal, or captured whole.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

/// Builds everything, tests too. For a part alone cargo would choose other features for the same
/// dependencies, and build them twice.
pub(crate) const BUILD_ALL: [&str; 3] = ["build", "--workspace", "--all-targets"];

/// How the variables begin that tell a program which package it is.
const OF_THIS_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// A program with its arguments, to be run once.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
}

impl Run {
    /// A program found on the path, or at a path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(std::process::Stdio::null());
        Self { command }
    }

    /// The cargo that runs this program.
    ///
    /// It is not told of the package that this program is: some build scripts begin anew when they see
    /// another one than the last time, and half of the tree is built again.
    pub(crate) fn cargo() -> Self {
        let mut run = Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| OF_THIS_PACKAGE.iter().any(|part| name.starts_with(part))) {
                run.command.env_remove(name);
            }
        }
        run
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Runs in this folder.
    pub(crate) fn dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs with this terminal as its own; a failure is an error that names the command.
    pub(crate) fn streamed(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| format!("cannot run {}", self.line()))?;
        self.judge(status, "")
    }

    /// Runs in silence and hands back standard output; a failure tells all that was said.
    pub(crate) fn captured(mut self) -> Result<String> {
        let output = self.command.output().with_context(|| format!("cannot run {}", self.line()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut whole = said.clone();
        whole.push_str(&String::from_utf8_lossy(&output.stderr));
        self.judge(output.status, &whole)?;
        Ok(said)
    }

    /// Whether it runs and ends well; nothing is shown.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.output().is_ok_and(|output| output.status.success())
    }

    /// Runs with standard output and error in one stream, in their order. Every line goes on to our
    /// standard output and to `line`.
    pub(crate) fn watched(mut self, mut line: impl FnMut(&str)) -> Result<ExitStatus> {
        let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
        self.command.stdout(writer.try_clone().context("cannot share the pipe")?).stderr(writer);
        let shown = self.line();
        let mut child = self.command.spawn().with_context(|| format!("cannot run {shown}"))?;
        // The command keeps its ends of the pipe open, and the stream would never end.
        drop(self.command);
        let mut reader = BufReader::new(reader);
        let mut bytes = Vec::new();
        let mut out = std::io::stdout();
        while reader.read_until(b'\n', &mut bytes).context("cannot read what the tests say")? > 0 {
            out.write_all(&bytes)?;
            out.flush()?;
            line(String::from_utf8_lossy(&bytes).trim_end());
            bytes.clear();
        }
        child.wait().with_context(|| format!("cannot wait for {shown}"))
    }

    /// The command as a person would type it.
    pub(crate) fn line(&self) -> String {
        let mut line = self.command.get_program().to_string_lossy().into_owned();
        for argument in self.command.get_args() {
            let _ = write!(line, " {}", argument.to_string_lossy());
        }
        line
    }

    fn judge(&self, status: ExitStatus, said: &str) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let gap = if said.is_empty() { "" } else { "\n" };
        bail!("`{}` failed ({status}){gap}{}", self.line(), said.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_tells_what_it_said() {
        let error =
            Run::new("sh").args(["-c", "echo said; echo cried >&2; exit 3"]).captured().expect_err("exit 3");
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("said") && text.contains("cried"), "{text}");
    }

    #[test]
    fn both_streams_are_watched_in_their_order() {
        let mut lines = Vec::new();
        let script = "echo one; echo two >&2; echo three";
        let status =
            Run::new("sh").args(["-c", script]).watched(|line| lines.push(line.to_owned())).expect("sh runs");
        assert!(status.success());
        assert_eq!(lines, ["one", "two", "three"]);
    }
}
