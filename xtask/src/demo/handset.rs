//! A phone of the story: a folder, and the program run on it, one process for each act.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Child;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::Stage;
use super::console::Console;
use super::expect::{list, text};
use super::plot::PASSWORD;
use super::tingfang::Tingfang;

/// A phone and its owner.
#[derive(Debug, Clone)]
pub(super) struct Handset {
    tingfang: Tingfang,
    folder: PathBuf,
    person: String,
    name: String,
}

impl Handset {
    /// The phone of the person who signs in by this name; enrolled when they have none yet, with a
    /// one-time code that the administrator hands out: a manager may do so for the field alone.
    pub(super) fn of(stage: &Stage<'_>, manager: &Console, login: &str) -> Result<Self> {
        let owner = person(manager, login)?;
        let phone = Self {
            // A phone knows nothing of the server's folder.
            tingfang: stage.tingfang.clone().without_data(),
            folder: stage.folder.path(format!("phones/{login}")),
            person: text(&owner, "/id")?.to_owned(),
            name: text(&owner, "/name")?.to_owned(),
        };
        if phone.folder.exists() {
            return Ok(phone);
        }
        let admin = Console::sign_in(stage.server.url(), "admin", PASSWORD)?;
        let code = admin.post("/devices/enrolments", &json!({ "person": phone.person }))?;
        let fingerprint = text(&code, "/key_fingerprint")?;
        let code = text(&code, "/code")?;
        let (server, called) = (stage.server.url(), format!("{}的手机", phone.name));
        let enrol = ["enrol", "--server", server, "--code", code, "--fingerprint", fingerprint];
        phone.json(&[&enrol[..], &["--name", &called]].concat())?;
        Ok(phone)
    }

    /// Whose phone it is.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The id of its owner.
    pub(super) fn person(&self) -> &str {
        &self.person
    }

    /// Runs a verb and hands back what its owner reads.
    pub(super) fn run(&self, verb: &[&str]) -> Result<String> {
        self.tingfang.run(&self.arguments(&[], verb)).with_context(|| format!("on {}'s phone", self.name))
    }

    /// Runs a verb for its data.
    pub(super) fn json(&self, verb: &[&str]) -> Result<Value> {
        self.tingfang
            .json(&self.arguments(&["--json"], verb))
            .with_context(|| format!("on {}'s phone", self.name))
    }

    /// Runs a verb that must be refused, and hands back what its owner reads.
    pub(super) fn refuses(&self, verb: &[&str]) -> Result<String> {
        self.tingfang.fails(&self.arguments(&[], verb))
    }

    /// Sends and reads. Everything that waited must be in the log afterwards.
    pub(super) fn sync(&self) -> Result<Value> {
        let done = self.json(&["sync"])?;
        let clean = ["/not_accepted", "/waiting"].iter().all(|key| done.pointer(key) == Some(&json!(0)));
        if !clean || done["rejected"] != json!([]) {
            bail!("not everything of {}'s phone arrived: {done}", self.name);
        }
        Ok(done)
    }

    /// Starts a sync that goes on beside us.
    pub(super) fn sync_beside_us(&self) -> Result<Child> {
        let mut command = self.tingfang.command(&self.arguments(&["--json"], &["sync"]));
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.spawn().with_context(|| format!("on {}'s phone", self.name))
    }

    /// Starts a record of a task, or finds the one that is there.
    pub(super) fn record(&self, assignment: &str, kind: &str, case: Option<&str>) -> Result<String> {
        let mut verb = vec!["record", assignment, "--kind", kind];
        verb.extend(case.iter().flat_map(|case| ["--case", *case]));
        Ok(text(&self.json(&verb)?, "/record")?.to_owned())
    }

    /// Writes fields into a record.
    pub(super) fn set(&self, record: &str, fields: &[(&str, &str)]) -> Result<()> {
        let fields: Vec<String> = fields.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let mut verb = vec!["edit", record];
        verb.extend(fields.iter().flat_map(|field| ["--set", field.as_str()]));
        self.json(&verb).map(|_| ())
    }

    /// Writes whatever an edit may hold, in one act: `--set`, `--add` and `--append`.
    pub(super) fn edit(&self, record: &str, edits: &[(&str, String)]) -> Result<()> {
        let mut verb = vec!["edit", record];
        verb.extend(edits.iter().flat_map(|(how, what)| [*how, what.as_str()]));
        self.json(&verb).map(|_| ())
    }

    /// Goes on writing a long text.
    pub(super) fn append(&self, record: &str, container: &str, words: &str) -> Result<()> {
        self.json(&["edit", record, "--append", &format!("{container}={words}")]).map(|_| ())
    }

    /// The records on it that are of a kind.
    pub(super) fn records(&self, kind: &str) -> Result<Vec<Value>> {
        let rows = self.json(&["list", "--limit", "1000"])?;
        Ok(list(&rows, "")?.iter().filter(|row| row["kind"] == kind).cloned().collect())
    }

    fn arguments(&self, before: &[&str], verb: &[&str]) -> Vec<OsString> {
        let mut all: Vec<OsString> = before.iter().map(Into::into).collect();
        all.extend(["phone".into(), "--dir".into(), self.folder.clone().into()]);
        all.extend(verb.iter().map(Into::into));
        all
    }
}

/// The person who signs in by this name.
pub(super) fn person(manager: &Console, login: &str) -> Result<Value> {
    let found = manager.all(&format!("/people?search={login}"))?;
    found
        .into_iter()
        .find(|person| person["login"] == login)
        .with_context(|| format!("nobody signs in as {login}"))
}
