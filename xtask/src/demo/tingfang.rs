//! The program `tingfang`, run as a person would run it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::Run;
use crate::workspace::Workspace;

/// The variable that names the server's data folder.
const DATA: &str = "TINGFANG_DATA";
/// The variable that names its database, where that is not the file in the folder.
const DATABASE: &str = "TINGFANG_DATABASE";

/// The built program and the variables that it is run with.
#[derive(Debug, Clone)]
pub(super) struct Tingfang {
    program: PathBuf,
    variables: Vec<(String, OsString)>,
}

impl Tingfang {
    /// Builds the program.
    pub(super) fn build(workspace: &Workspace) -> Result<Self> {
        Run::cargo()
            .args(["build", "--package", "tingfang-server", "--bin", "tingfang"])
            .dir(workspace.path(""))
            .streamed()?;
        let program = workspace.target("debug").join(format!("tingfang{}", std::env::consts::EXE_SUFFIX));
        Ok(Self { program, variables: Vec::new() })
    }

    /// Another program in its place.
    #[cfg(test)]
    pub(super) fn in_place_of(program: &str) -> Self {
        Self { program: program.into(), variables: Vec::new() }
    }

    /// The program with its data in this folder.
    pub(super) fn with_data(self, folder: impl AsRef<Path>) -> Self {
        self.without_data().with(DATA, folder.as_ref())
    }

    /// The program, told of no data.
    pub(super) fn without_data(mut self) -> Self {
        self.variables.retain(|(name, _)| name != DATA && name != DATABASE);
        self
    }

    /// The program with its rows at this database.
    pub(super) fn over(self, url: &str) -> Self {
        self.with(DATABASE, url)
    }

    /// The program with one more variable.
    pub(super) fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs a command and hands back what it printed.
    ///
    /// # Errors
    /// When it fails, with all that it said.
    pub(super) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<String> {
        let output = self.output(arguments)?;
        if !output.status.success() {
            bail!("{} failed ({})\n{}", line(arguments), output.status, said(&output));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs a command that prints JSON.
    pub(super) fn json<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<serde_json::Value> {
        let text = self.run(arguments)?;
        serde_json::from_str(&text).with_context(|| format!("{} printed no JSON:\n{text}", line(arguments)))
    }

    /// Runs a command that must fail, and hands back all that it said.
    pub(super) fn fails<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<String> {
        let output = self.output(arguments)?;
        if output.status.success() {
            bail!("{} had to fail and did not\n{}", line(arguments), said(&output));
        }
        Ok(said(&output))
    }

    /// The command itself, for what runs beside us.
    pub(super) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).envs(self.variables.iter().cloned()).stdin(Stdio::null());
        command
    }

    fn output<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Output> {
        self.command(arguments).output().with_context(|| format!("cannot run {}", self.program.display()))
    }
}

/// A command as a person would type it.
fn line<A: AsRef<OsStr>>(arguments: &[A]) -> String {
    let words: Vec<_> = arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect();
    format!("`tingfang {}`", words.join(" "))
}

fn said(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Tingfang {
        Tingfang::in_place_of("sh").with("WORD", "听访")
    }

    #[test]
    fn a_failing_command_tells_all_that_it_said() {
        let error = shell().run(&["-c", "echo $WORD; echo why >&2; exit 1"]).expect_err("exit 1").to_string();
        assert!(error.contains("听访") && error.contains("why"), "{error}");
    }

    #[test]
    fn a_command_that_must_fail_may_not_succeed() {
        assert_eq!(shell().fails(&["-c", "echo no; exit 2"]).expect("it fails"), "no\n");
        shell().fails(&["-c", "exit 0"]).expect_err("it succeeds");
    }

    #[test]
    fn json_is_read() {
        assert_eq!(shell().json(&["-c", "echo '{\"a\": 1}'"]).expect("JSON")["a"], 1);
    }
}
