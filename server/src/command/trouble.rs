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
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: String,
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
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// What to tell, line by line.
    pub fn lines(&self, language: Language) -> Vec<String> {
        match self {
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
