//! Settings as texts, where each came from, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt;

use super::Secret;

/// The beginning of every variable.
pub(super) const PREFIX: &str = "TINGFANG_";

/// Names the configuration file itself; read before the settings are.
const FILE_VARIABLE: &str = "TINGFANG_CONFIG";

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where: a file, a variable, the command line.
    pub source: String,
    /// What, with the fix.
    pub text: String,
}

/// Everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration has problems:")?;
        for ConfigProblem { source, text } in &self.0 {
            write!(f, "\n  {source}: {text}")?;
        }
        Ok(())
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
            Err(error) => self.problem(name, error.to_string()),
        }
    }

    /// Adds the variables of the environment.
    pub fn variables(&mut self, variables: &BTreeMap<String, String>) {
        self.variables = variables.clone();
        self.variables.remove(FILE_VARIABLE);
    }

    /// Adds an argument of the command line, where it was given.
    pub fn argument(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.variables.remove(&variable_name(key));
            let given = Given { text: value.to_string(), source: "the command line".to_owned() };
            self.given.insert(key.to_owned(), given);
        }
    }

    /// Adds a problem of a source that could not be read at all.
    pub fn problem(&mut self, source: &str, text: impl Into<String>) {
        self.problems.push(ConfigProblem { source: source.to_owned(), text: text.into() });
    }

    /// Takes a setting out and understands it. One that cannot be understood becomes a problem, and
    /// its default goes on in its place.
    pub(super) fn take<T>(
        &mut self,
        key: &str,
        default: &str,
        parse: impl Fn(&str) -> Option<T>,
        wanted: &str,
    ) -> T {
        if let Some(Given { text, source }) = self.remove(key) {
            match parse(&text) {
                Some(value) => return value,
                None => self.problem(&source, format!("{key} = {text:?} is not {wanted}")),
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
            self.problem(&given.source, format!("there is no setting {key}"));
        }
        for name in std::mem::take(&mut self.variables).into_keys() {
            self.problem("the environment", format!("there is no setting behind {name}"));
        }
        if self.problems.is_empty() { Ok(result) } else { Err(ConfigProblems(self.problems)) }
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
