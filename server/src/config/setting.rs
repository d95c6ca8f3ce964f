//! Settings as texts, where each came from, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt;

use tingfang_core::text::{Language, label, sentence};

use super::Secret;

/// The beginning of every variable.
pub(super) const PREFIX: &str = "TINGFANG_";

/// Variables that are not the server's: the file itself, read before the settings are, and what the
/// phone in a terminal and the tests go by.
const NOT_SETTINGS: &[&str] =
    &["TINGFANG_CONFIG", "TINGFANG_PHONE", "TINGFANG_SOAK", "TINGFANG_UPDATE_OPENAPI"];

/// The beginning of variables that are the tests' own; no setting will ever begin so.
const OF_TESTS: &str = "TINGFANG_TEST_";

/// Labels of these two stand in the locale under `config_source`.
const ENVIRONMENT: &str = "environment";
const COMMAND_LINE: &str = "command_line";

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where: a file, a variable, `environment` or `command_line`.
    pub source: String,
    /// What.
    pub fault: ConfigFault,
}

/// What is wrong. The sentences stand in the locale under `config_problem`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigFault {
    /// There is no such setting or variable.
    Unknown(String),
    /// The value of a setting cannot be understood. What it takes stands under `config_wanted`.
    Wrong {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
    },
    /// The source cannot be read; the reason is the system's or the parser's.
    Unreadable(String),
}

/// Everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

impl ConfigProblem {
    /// The problem as a sentence with its fix.
    pub fn text(&self, language: Language) -> String {
        let source = label(language, "config_source", &self.source).unwrap_or(&self.source);
        let say = |key, values: &[(&str, &str)]| sentence(language, "config_problem", key, values);
        let text = match &self.fault {
            ConfigFault::Unknown(name) => say("unknown", &[("name", name)]),
            ConfigFault::Wrong { key, value } => {
                let wanted = label(language, "config_wanted", &key.replace('.', "_")).unwrap_or_default();
                say("wrong", &[("key", key), ("value", value), ("wanted", wanted)])
            }
            ConfigFault::Unreadable(reason) => say("unreadable", &[("reason", reason)]),
        };
        format!("{source}: {text}")
    }
}

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|problem| problem.text(Language::En)).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Settings from every source, before they are understood. Add the sources from the weakest to the
/// strongest.
#[derive(Debug, Default)]
pub struct Settings {
    given: BTreeMap<String, Given>,
    variables: BTreeMap<String, String>,
    problems: Vec<ConfigProblem>,
}

#[derive(Debug)]
struct Given {
    text: String,
    source: String,
}

impl Settings {
    /// Adds what a TOML file says.
    pub fn file(&mut self, name: &str, text: &str) {
        match text.parse::<toml::Table>() {
            Ok(table) => self.table(name, "", &table),
            Err(error) => self.unreadable(name, error.to_string()),
        }
    }

    /// Adds the variables of the environment.
    pub fn variables(&mut self, variables: &BTreeMap<String, String>) {
        self.variables = variables.clone();
        self.variables
            .retain(|name, _| !NOT_SETTINGS.contains(&name.as_str()) && !name.starts_with(OF_TESTS));
    }

    /// Adds an argument of the command line, where it was given.
    pub fn argument(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.variables.remove(&variable_name(key));
            let given = Given { text: value.to_string(), source: COMMAND_LINE.to_owned() };
            self.given.insert(key.to_owned(), given);
        }
    }

    /// Adds a problem of a source that could not be read at all.
    pub fn unreadable(&mut self, source: &str, reason: impl Into<String>) {
        self.problem(source, ConfigFault::Unreadable(reason.into()));
    }

    /// Takes a setting out and understands it. One that cannot be understood becomes a problem, and
    /// its default goes on in its place.
    pub(super) fn take<T>(&mut self, key: &str, default: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        if let Some(Given { text, source }) = self.remove(key) {
            match parse(&text) {
                Some(value) => return value,
                None => self.problem(&source, ConfigFault::Wrong { key: key.to_owned(), value: text }),
            }
        }
        parse(default).expect("every default is sound; a test reads them all")
    }

    /// As [`Settings::take`], for a value that may hold a password: what is wrong is told without it.
    pub(super) fn take_hidden<T>(
        &mut self,
        key: &str,
        default: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        if let Some(Given { text, source }) = self.remove(key) {
            match parse(&text) {
                Some(value) => return value,
                None => {
                    self.problem(&source, ConfigFault::Wrong { key: key.to_owned(), value: "…".to_owned() })
                }
            }
        }
        parse(default).expect("every default is sound; a test reads them all")
    }

    /// Takes a secret out.
    pub(super) fn take_secret(&mut self, key: &str) -> Option<Secret> {
        self.remove(key).map(|given| Secret::new(given.text)).filter(|secret| !secret.expose().is_empty())
    }

    /// The result, unless something was wrong or nobody asked for it.
    pub(super) fn finish<T>(mut self, result: T) -> Result<T, ConfigProblems> {
        for (key, given) in std::mem::take(&mut self.given) {
            self.problem(&given.source, ConfigFault::Unknown(key));
        }
        for name in std::mem::take(&mut self.variables).into_keys() {
            self.problem(ENVIRONMENT, ConfigFault::Unknown(name));
        }
        if self.problems.is_empty() { Ok(result) } else { Err(ConfigProblems(self.problems)) }
    }

    /// The result, unless something was wrong with this setting.
    pub(super) fn finish_early<T>(self, key: &str, result: T) -> Result<T, ConfigProblems> {
        let about =
            |fault: &ConfigFault| matches!(fault, ConfigFault::Wrong { key: wrong, .. } if wrong == key);
        let problems: Vec<_> = self.problems.into_iter().filter(|problem| about(&problem.fault)).collect();
        if problems.is_empty() { Ok(result) } else { Err(ConfigProblems(problems)) }
    }

    fn problem(&mut self, source: &str, fault: ConfigFault) {
        self.problems.push(ConfigProblem { source: source.to_owned(), fault });
    }

    fn remove(&mut self, key: &str) -> Option<Given> {
        let weaker = self.given.remove(key);
        let variable = variable_name(key);
        match self.variables.remove(&variable) {
            Some(text) => Some(Given { text, source: variable }),
            None => weaker,
        }
    }

    fn table(&mut self, name: &str, prefix: &str, table: &toml::Table) {
        for (key, value) in table {
            let key = format!("{prefix}{key}");
            let text = match value {
                toml::Value::Table(inner) => {
                    self.table(name, &format!("{key}."), inner);
                    continue;
                }
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            self.given.insert(key, Given { text, source: name.to_owned() });
        }
    }
}

fn variable_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}
