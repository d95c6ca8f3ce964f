//! Why a verb could not do its work.

use tingfang_core::text::{Language, sentence};

use crate::app::StartError;
use crate::config::ConfigProblems;
use crate::db::DbError;
use crate::problem::{Problem, ProblemBody, ProblemField};

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
    /// The terminal phone said why.
    #[error("{0}")]
    Phone(String),
    /// The data is not as it should be.
    #[error("{0} differences")]
    Differs(usize),
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
        Self::Problem(error.into())
    }
}

impl Trouble {
    /// A failure of a file or of the network.
    pub fn io(doing: &'static str, what: impl ToString) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { doing, what, source }
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
            Self::Io { doing, what, source } => {
                say(&format!("cannot_{doing}"), &[("what", what), ("reason", &source.to_string())])
            }
            Self::Problem(Problem::Internal(error)) => vec![chain(error.as_ref())],
            Self::Problem(problem) => {
                let body = problem.body();
                let mut lines = vec![match language {
                    Language::Zh => body.detail.clone(),
                    Language::En => body.detail_en.clone(),
                }];
                lines.extend(body.errors.iter().map(|field| field_line(field, language)));
                lines
            }
            Self::Differs(_) => vec![sentence(language, "command", "differences", &[])],
            other => vec![chain(other)],
        }
    }

    /// The same as a JSON document.
    pub fn document(&self) -> serde_json::Value {
        let body: Option<ProblemBody> = match self {
            Self::Problem(problem) => Some(problem.body()),
            _ => None,
        };
        serde_json::json!({ "problem": body, "text": self.lines(Language::En).join("\n") })
    }
}

fn field_line(field: &ProblemField, language: Language) -> String {
    let (detail, fix) = match language {
        Language::Zh => (&field.detail, &field.fix),
        Language::En => (&field.detail_en, &field.fix_en),
    };
    format!("{}: {detail} {fix}", field.field)
}

/// An error with everything that caused it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
