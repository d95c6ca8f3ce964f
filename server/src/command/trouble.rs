//! Why a verb could not do its work.

use tingfang_core::audit::proof::ProofProblem;
use tingfang_core::recovery::RecoveryProblem;
use tingfang_core::rescue::RescueProblem;
use tingfang_core::text::{Language, sentence};

use crate::app::StartError;
use crate::config::ConfigProblems;
use crate::db::{DbError, NoPlace};
use crate::phone_cli::{PhoneCliError, causes};
use crate::policies::PolicyProblem;
use crate::problem::{Problem, ProblemBody};

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigProblems),
    /// The data folder cannot be used.
    #[error("cannot start")]
    Start(#[from] StartError),
    /// A request of the verb was refused.
    #[error("refused")]
    Problem(#[from] Problem),
    /// The terminal phone says why.
    #[error("the phone did not do it")]
    Phone(#[from] PhoneCliError),
    /// The data is not as it should be.
    #[error("{0} differences")]
    Differs(usize),
    /// The proof of a record does not hold.
    #[error(transparent)]
    Proof(#[from] ProofProblem),
    /// A text of a recovery, or a key, is not what it should be.
    #[error(transparent)]
    Recovery(#[from] RecoveryProblem),
    /// A file is no rescue file, or cannot be opened.
    #[error(transparent)]
    Rescue(#[from] RescueProblem),
    /// A policy was not adopted, or does not exist.
    #[error(transparent)]
    Policy(PolicyProblem),
    /// A file that is to be restored holds no backup.
    #[error("{file} is no backup")]
    NoBackup {
        /// The file.
        file: String,
    },
    /// A text names no database.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// A file or the network failed.
    #[error("cannot {doing} {what}")]
    Io {
        /// What was being done: the end of a key `cannot_…` of the locale section `command`.
        doing: &'static str,
        /// With what.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Start(error.into())
    }
}

impl From<PolicyProblem> for Trouble {
    fn from(problem: PolicyProblem) -> Self {
        match problem {
            PolicyProblem::Db(error) => error.into(),
            other => Self::Policy(other),
        }
    }
}

impl Trouble {
    /// A failure of a file or of the network.
    pub fn io(doing: &'static str, what: impl ToString) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { doing, what, source }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config_wrong",
            Self::Start(StartError::NotInitialised { .. }) => "not_initialised",
            Self::Start(StartError::Folder { .. }) => "cannot_make",
            Self::Start(StartError::Files { .. }) => "no_files_place",
            Self::Start(StartError::Db(error)) => database_code(error),
            Self::Problem(problem) => match internal_database(problem) {
                Some(error) => database_code(error),
                None => problem.code(),
            },
            Self::Phone(error) => error.code(),
            Self::Differs(_) => "differences",
            Self::Proof(ProofProblem::Unreadable) => "no_proof",
            Self::Proof(ProofProblem::OtherServer(_)) => "proof_of_other_server",
            Self::Proof(ProofProblem::Part(_)) => "proof_broken",
            Self::Recovery(RecoveryProblem::Unreadable) => "recovery_unreadable",
            Self::Recovery(RecoveryProblem::OtherKey) => "recovery_other_key",
            Self::Rescue(RescueProblem::Unreadable) => "rescue_unreadable",
            Self::Rescue(RescueProblem::OtherKey) => "rescue_other_key",
            Self::Rescue(RescueProblem::Damaged | RescueProblem::Io(_)) => "rescue_damaged",
            Self::Policy(PolicyProblem::OldNumber { .. }) => "policy_old_number",
            Self::Policy(PolicyProblem::NoVersion { .. }) => "policy_no_version",
            Self::Policy(_) => "policy_unreadable",
            Self::NoBackup { .. } => "no_backup",
            Self::NoPlace(_) => "no_place",
            Self::Io { doing, .. } => doing,
        }
    }

    /// What to tell, line by line.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let say = |key: &str, values: &[(&str, &str)]| vec![sentence(language, "command", key, values)];
        match self {
            Self::Config(problems) => {
                let mut lines = say("config_wrong", &[]);
                lines.extend(problems.0.iter().map(|problem| problem.text(language)));
                lines
            }
            Self::Start(StartError::NotInitialised { folder }) => {
                say("not_initialised", &[("folder", folder)])
            }
            Self::Start(StartError::Folder { folder, source }) => {
                say("cannot_make", &[("what", folder), ("reason", &source.to_string())])
            }
            Self::Start(StartError::Files { place, source }) => {
                say("no_files_place", &[("what", place), ("reason", &causes(source))])
            }
            Self::Start(StartError::Db(error)) => vec![database_line(error, language)],
            Self::Io { doing, what, source } => {
                say(&format!("cannot_{doing}"), &[("what", what), ("reason", &source.to_string())])
            }
            Self::Problem(problem) => match (internal_database(problem), problem) {
                (Some(error), _) => vec![database_line(error, language)],
                (None, Problem::Internal(error)) => say("failed", &[("reason", &causes(error.as_ref()))]),
                (None, other) => other.body().lines(language),
            },
            Self::Phone(error) => error.lines(language),
            Self::Differs(_) => say("differences", &[]),
            Self::Proof(problem) => {
                let values = match problem {
                    ProofProblem::Unreadable => String::new(),
                    ProofProblem::OtherServer(shown) => shown.clone(),
                    ProofProblem::Part(part) => sentence(language, "proof", part, &[]),
                };
                say(self.code(), &[("what", &values)])
            }
            Self::Recovery(_) | Self::Rescue(_) => say(self.code(), &[]),
            Self::Policy(PolicyProblem::OldNumber { version, newest }) => {
                let values = [("version", &*version.to_string()), ("newest", &*newest.to_string())];
                say(self.code(), &values)
            }
            Self::Policy(PolicyProblem::NoVersion { version }) => {
                say(self.code(), &[("version", &version.to_string())])
            }
            Self::Policy(other) => say(self.code(), &[("reason", causes(other).trim_end())]),
            Self::NoBackup { file } => say("no_backup", &[("file", file)]),
            Self::NoPlace(NoPlace(given)) => say("no_place", &[("given", given)]),
        }
    }

    /// The same as a JSON document.
    pub fn document(&self) -> serde_json::Value {
        let body: Option<ProblemBody> = match self {
            Self::Problem(problem) => Some(problem.body()),
            _ => None,
        };
        serde_json::json!({
            "code": self.code(), "problem": body, "text": self.lines(Language::En).join("\n")
        })
    }
}

/// The failure of the database behind a failure on our side.
fn internal_database(problem: &Problem) -> Option<&DbError> {
    match problem {
        Problem::Internal(error) => error.downcast_ref(),
        _ => None,
    }
}

/// The key of a failure of the database in the locale section `database_problem`.
fn database_code(error: &DbError) -> &'static str {
    match error {
        DbError::Open { .. } => "open",
        DbError::Statement { .. } | DbError::Unique { .. } | DbError::Transaction { .. } => "statement",
        DbError::Places { .. } | DbError::Column { .. } => "program",
        DbError::Backup { .. } => "backup",
        DbError::Missing { .. } => "missing",
        DbError::Foreign { .. } => "foreign",
        DbError::NewerSchema { .. } => "newer_schema",
        DbError::OlderSchema { .. } => "older_schema",
        DbError::EditedSchema { .. } => "edited_schema",
        DbError::Damaged(_) => "stored",
        DbError::NoAnswer => "no_answer",
        DbError::Lost { .. } => "lost",
        DbError::Conflict { .. } => "conflict",
        DbError::NotEmpty { .. } => "not_empty",
    }
}

fn database_line(error: &DbError, language: Language) -> String {
    let (path, found, known) = match error {
        DbError::Open { place, .. }
        | DbError::Backup { place, .. }
        | DbError::Missing { place }
        | DbError::Foreign { place } => (place.clone(), 0, 0),
        DbError::NotEmpty { table } => (table.clone(), 0, 0),
        DbError::NewerSchema { found, known } | DbError::OlderSchema { found, known } => {
            (String::new(), *found, *known)
        }
        _ => (String::new(), 0, 0),
    };
    let (reason, found, known) = (causes(error), found.to_string(), known.to_string());
    let values = [("path", path.as_str()), ("reason", &reason), ("found", &found), ("known", &known)];
    sentence(language, "database_problem", database_code(error), &values)
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::sync::Arc;

    use super::*;

    /// The failure of the database after this one. A new variant does not compile before it has its
    /// place here.
    fn after(error: Option<&DbError>) -> Option<DbError> {
        let source = || -> Arc<dyn Error + Send + Sync> { Arc::new(std::io::Error::other("x")) };
        let text = || "x".to_owned();
        Some(match error {
            None => DbError::Open { place: text(), source: source() },
            Some(DbError::Open { .. }) => DbError::Statement { sql: text(), source: source() },
            Some(DbError::Statement { .. }) => DbError::Unique { constraint: text(), source: source() },
            Some(DbError::Unique { .. }) => DbError::Places { sql: text(), wanted: 1, given: 2 },
            Some(DbError::Places { .. }) => DbError::Column { column: text(), wanted: text() },
            Some(DbError::Column { .. }) => DbError::Transaction { doing: "begin", source: source() },
            Some(DbError::Transaction { .. }) => DbError::Backup { place: text(), source: source() },
            Some(DbError::Backup { .. }) => DbError::Missing { place: text() },
            Some(DbError::Missing { .. }) => DbError::Foreign { place: text() },
            Some(DbError::Foreign { .. }) => DbError::NewerSchema { found: 9, known: 4 },
            Some(DbError::NewerSchema { .. }) => DbError::OlderSchema { found: 1, known: 4 },
            Some(DbError::OlderSchema { .. }) => DbError::EditedSchema { name: text() },
            Some(DbError::EditedSchema { .. }) => DbError::Damaged(text()),
            Some(DbError::Damaged(_)) => DbError::NoAnswer,
            Some(DbError::NoAnswer) => DbError::Lost { source: source() },
            Some(DbError::Lost { .. }) => DbError::Conflict { source: source() },
            Some(DbError::Conflict { .. }) => DbError::NotEmpty { table: text() },
            Some(DbError::NotEmpty { .. }) => return None,
        })
    }

    #[test]
    fn every_failure_is_told_in_both_languages_with_nothing_left_open() {
        let io = || std::io::Error::other("x");
        let mut troubles = vec![
            Trouble::Config(ConfigProblems(Vec::new())),
            StartError::NotInitialised { folder: "x".to_owned() }.into(),
            StartError::Folder { folder: "x".to_owned(), source: io() }.into(),
            Problem::internal(io()).into(),
            Trouble::Differs(1),
            Trouble::NoBackup { file: "x".to_owned() },
            ProofProblem::Unreadable.into(),
            ProofProblem::OtherServer("x".to_owned()).into(),
        ];
        let parts = [
            "proof_signature",
            "device_enrolment",
            "frame_signature",
            "seal",
            "countersignature",
            "checkpoint",
            "inclusion",
            "changes",
            "kind",
            "change_origin",
            "item_origin",
            "receipt",
            "device",
        ];
        troubles.extend(parts.map(|part| ProofProblem::Part(part).into()));
        let doings = ["start", "listen", "read", "write"];
        troubles.extend(doings.map(|doing| Trouble::io(doing, "x")(io())));
        let mut last = None;
        while let Some(next) = after(last.as_ref()) {
            troubles.push(Problem::from(next.clone()).into());
            last = Some(next);
        }
        let chinese = |text: &str| text.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
        for trouble in troubles {
            let code = trouble.code();
            let (zh, en) = (trouble.lines(Language::Zh).join(" "), trouble.lines(Language::En).join(" "));
            assert!(chinese(&zh) && !chinese(&en), "{code}: {zh} / {en}");
            assert!(!zh.contains(['{', '}']) && !en.contains(['{', '}']), "{code}: {zh} / {en}");
        }
    }
}
