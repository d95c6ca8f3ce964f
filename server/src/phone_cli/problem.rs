//! Why a command of the phone did not do its work, and how people are told: every failure has a code
//! and, under it in the locale section `phone_problem`, a sentence that says what would help.

use std::error::Error;

use tingfang_core::phone::PhoneError;
use tingfang_core::record::edit::{EditError, ValueProblem};
use tingfang_core::record::shape::ScalarKind;
use tingfang_core::text::{Language, label, sentence};

use super::transport::TransportError;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum PhoneCliError {
    /// The phone refuses or fails.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The network or the server fails.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The folder is no enrolled phone.
    #[error("{folder} is no enrolled phone")]
    NotEnrolled {
        /// The folder.
        folder: String,
    },
    /// The folder is an enrolled phone already.
    #[error("{folder} is an enrolled phone already")]
    AlreadyEnrolled {
        /// The folder.
        folder: String,
    },
    /// The server has another key than was expected.
    #[error("the server's key has the fingerprint {shown}, not {expected}")]
    OtherServer {
        /// The fingerprint that was given.
        expected: String,
        /// The one of the server that answered.
        shown: String,
    },
    /// Enrolment was cut off when the code had been sent.
    #[error("the connection ended before the server's answer came")]
    CutOff(#[source] TransportError),
    /// A file cannot be used.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the folder does not hold what it should.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What was given means nothing, or several things.
    #[error("{given:?} means {count} things")]
    NotOne {
        /// What was wanted: the end of a key `wanted_…`.
        wanted: &'static str,
        /// What was given.
        given: String,
        /// How many it means.
        count: usize,
    },
    /// An argument is not built as it must be.
    #[error("{given:?} is not like {example}")]
    NotLike {
        /// What was given.
        given: String,
        /// One that would be right.
        example: &'static str,
    },
    /// A value may not stand in its field.
    #[error("{field}: {problem}")]
    Value {
        /// The field.
        field: String,
        /// What it takes.
        kind: ScalarKind,
        /// What is wrong.
        problem: ValueProblem,
    },
    /// This version does not know the kind of the record.
    #[error("the record kind {kind} is not known")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// An edit that writes nothing.
    #[error("nothing was given to write")]
    NothingToWrite,
    /// Fields are missing before the seal, by their names.
    #[error("these fields must be filled before the seal: {}", .fields.join(", "))]
    Incomplete {
        /// The fields, as people know them.
        fields: Vec<String>,
    },
    /// The kind of a file cannot be told by its name.
    #[error("the kind of {path} cannot be told")]
    UnknownType {
        /// The file.
        path: String,
        /// The kinds that there are.
        known: String,
    },
    /// A field that is to be settled has one value only.
    #[error("{field} has no conflict")]
    NoConflict {
        /// The field.
        field: String,
    },
    /// A conflict is to be settled with a value that nobody wrote.
    #[error("{value:?} is none of the values of {field}")]
    NoCandidate {
        /// The field.
        field: String,
        /// What was given.
        value: String,
        /// What was written.
        candidates: Vec<String>,
    },
}

impl PhoneCliError {
    /// The stable code: its key in the locale section `phone_problem`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Phone(error) => code_of_phone(error),
            Self::Transport(error) => error.code(),
            Self::NotEnrolled { .. } => "not_enrolled",
            Self::AlreadyEnrolled { .. } => "already_enrolled",
            Self::OtherServer { .. } => "other_server",
            Self::CutOff(_) => "cut_off",
            Self::File { .. } => "file",
            Self::Damaged { .. } => "file_damaged",
            Self::NotOne { .. } => "not_one",
            Self::NotLike { .. } => "not_like",
            Self::Value { problem, .. } => code_of_value(problem),
            Self::UnknownKind { .. } => "unknown_kind",
            Self::NothingToWrite => "nothing_to_write",
            Self::Incomplete { .. } => "incomplete",
            Self::UnknownType { .. } => "unknown_type",
            Self::NoConflict { .. } => "no_conflict",
            Self::NoCandidate { .. } => "no_candidate",
        }
    }

    /// What people read, line by line.
    pub fn lines(&self, language: Language) -> Vec<String> {
        if let Self::Transport(TransportError::Problem { body: Some(body), .. }) = self {
            return body.lines(language);
        }
        let given = self.values(language);
        let values: Vec<(&str, &str)> = given.iter().map(|(name, text)| (*name, text.as_str())).collect();
        vec![sentence(language, "phone_problem", self.code(), &values)]
    }

    /// What fills the places of the sentence.
    fn values(&self, language: Language) -> Vec<(&'static str, String)> {
        let listed = |items: &[String]| items.join(label(language, "phone", "list").unwrap_or(", "));
        match self {
            Self::Phone(error) => values_of_phone(error, language),
            Self::Transport(error) => error.values(),
            Self::NotEnrolled { folder } | Self::AlreadyEnrolled { folder } => {
                vec![("folder", folder.clone())]
            }
            Self::OtherServer { expected, shown } => {
                vec![("expected", expected.clone()), ("shown", shown.clone())]
            }
            Self::CutOff(error) => vec![("reason", causes(error))],
            Self::File { path, source } => vec![("path", path.clone()), ("reason", source.to_string())],
            Self::Damaged { path, reason } => vec![("path", path.clone()), ("reason", reason.clone())],
            Self::NotOne { wanted, given, count } => {
                let wanted = format!("wanted_{wanted}");
                let wanted = label(language, "phone_problem", &wanted).unwrap_or_default().to_owned();
                vec![("given", given.clone()), ("count", count.to_string()), ("wanted", wanted)]
            }
            Self::NotLike { given, example } => {
                vec![("given", given.clone()), ("example", (*example).to_owned())]
            }
            Self::Value { field, kind, problem } => {
                let mut values = values_of_value(problem);
                values.push(("field", field.clone()));
                values.push(("wanted", wanted_text(kind, language)));
                values
            }
            Self::UnknownKind { kind } => vec![("kind", kind.clone())],
            Self::NothingToWrite => Vec::new(),
            Self::Incomplete { fields } => vec![("fields", listed(fields))],
            Self::UnknownType { path, known } => vec![("path", path.clone()), ("known", known.clone())],
            Self::NoConflict { field } => vec![("field", field.clone())],
            Self::NoCandidate { field, value, candidates } => {
                vec![("field", field.clone()), ("value", value.clone()), ("candidates", listed(candidates))]
            }
        }
    }
}

fn code_of_phone(error: &PhoneError) -> &'static str {
    match error {
        PhoneError::Store { .. } => "store",
        PhoneError::KeyStore(_) => "keys",
        PhoneError::Edit(EditError::UnknownField { .. }) => "unknown_field",
        PhoneError::Edit(EditError::Value { problem, .. }) => code_of_value(problem),
        PhoneError::Edit(EditError::NoSuchEntry { .. }) => "no_such_entry",
        PhoneError::Edit(EditError::Document { .. }) | PhoneError::Damaged { .. } => "damaged",
        PhoneError::NotAllowed { .. } => "not_allowed",
        PhoneError::NoSuchRecord(_) => "no_such_record",
        PhoneError::NoSuchTask(_) => "no_such_task",
        PhoneError::WrongKind { .. } => "wrong_kind",
        PhoneError::WhichSubject { .. } => "which_subject",
        PhoneError::NoSuchQuestion { .. } => "no_such_question",
        PhoneError::NoSuchAnswer { .. } => "no_such_answer",
        PhoneError::Incomplete(_) => "incomplete",
        PhoneError::BadResponse { .. } => "bad_response",
        PhoneError::LeaseOver { .. } => "lease_over",
        PhoneError::InCourtRoom { .. } => "in_court_room",
        PhoneError::PinNeeded => "pin_needed",
        PhoneError::WrongPin { .. } => "wrong_pin",
        PhoneError::PinLocked { .. } => "pin_locked",
        PhoneError::PinTooShort { .. } => "pin_too_short",
        PhoneError::NoRecovery => "no_recovery",
        PhoneError::OtherKey => "other_key",
        PhoneError::Attachment(_) => "attachment",
        PhoneError::FileTooLarge { .. } => "file_too_large",
        PhoneError::NoSuchFile(_) => "no_such_file",
        PhoneError::FileElsewhere(_) => "file_elsewhere",
        PhoneError::FileNotOnServer(_) => "file_not_on_server",
        PhoneError::DamagedFile => "file_on_phone_damaged",
        PhoneError::File { .. } => "store",
    }
}

fn values_of_phone(error: &PhoneError, language: Language) -> Vec<(&'static str, String)> {
    let kind_name = |kind: &str| label(language, "kind", kind).unwrap_or(kind).to_owned();
    match error {
        PhoneError::Store { source, .. } => vec![("reason", causes(source))],
        PhoneError::KeyStore(error) => vec![("reason", error.reason.clone())],
        PhoneError::Edit(EditError::UnknownField { kind, path, known }) => {
            vec![("kind", kind_name(kind)), ("field", path.clone()), ("known", known.clone())]
        }
        PhoneError::Edit(EditError::Value { path, problem }) => {
            let mut values = values_of_value(problem);
            values.push(("field", path.clone()));
            let wanted = label(language, "phone_problem", "wanted_value").unwrap_or_default();
            values.push(("wanted", wanted.to_owned()));
            values
        }
        PhoneError::Edit(EditError::NoSuchEntry { path }) => vec![("field", path.clone())],
        PhoneError::Edit(EditError::Document { reason })
        | PhoneError::Damaged { reason }
        | PhoneError::BadResponse { reason } => vec![("reason", reason.clone())],
        PhoneError::NotAllowed { rule } => {
            vec![("reason", label(language, "rule", rule).unwrap_or(rule).to_owned())]
        }
        PhoneError::Attachment(problem) => vec![("reason", problem.sentence(language))],
        PhoneError::FileTooLarge { most_bytes } => vec![("most", most_bytes.to_string())],
        PhoneError::NoSuchFile(digest)
        | PhoneError::FileElsewhere(digest)
        | PhoneError::FileNotOnServer(digest) => vec![("file", digest.to_string())],
        PhoneError::PinNeeded | PhoneError::NoRecovery | PhoneError::OtherKey => Vec::new(),
        PhoneError::WrongPin { tries_left } => vec![("tries", tries_left.to_string())],
        PhoneError::PinTooShort { shortest } => vec![("shortest", shortest.to_string())],
        PhoneError::PinLocked { until } | PhoneError::LeaseOver { until } => {
            vec![("until", until.minute_in_china())]
        }
        PhoneError::InCourtRoom { since } => vec![("since", since.minute_in_china())],
        PhoneError::DamagedFile => Vec::new(),
        PhoneError::File { source, .. } => vec![("reason", source.to_string())],
        PhoneError::NoSuchRecord(record) => vec![("record", record.to_string())],
        PhoneError::NoSuchTask(task) => vec![("task", task.to_string())],
        PhoneError::WrongKind { kind, expected } => {
            vec![("kind", kind_name(kind)), ("expected", kind_name(expected))]
        }
        PhoneError::WhichSubject { found } => vec![("count", found.to_string())],
        PhoneError::NoSuchQuestion { path, expected } => {
            vec![("question", path.to_string()), ("expected", expected.join(list_mark(language)))]
        }
        PhoneError::NoSuchAnswer { path, given, expected } => vec![
            ("question", path.to_string()),
            ("given", given.clone()),
            ("expected", expected.join(list_mark(language))),
        ],
        PhoneError::Incomplete(paths) => {
            let fields: Vec<String> = paths.iter().map(ToString::to_string).collect();
            vec![("fields", fields.join(list_mark(language)))]
        }
    }
}

fn list_mark(language: Language) -> &'static str {
    label(language, "phone", "list").unwrap_or(", ")
}

fn code_of_value(problem: &ValueProblem) -> &'static str {
    match problem {
        ValueProblem::Wanted { .. } => "value",
        ValueProblem::TooLong { .. } => "value_too_long",
        ValueProblem::OutOfBounds { .. } => "value_out_of_bounds",
    }
}

fn values_of_value(problem: &ValueProblem) -> Vec<(&'static str, String)> {
    match problem {
        ValueProblem::Wanted { given, .. } => vec![("given", given.clone())],
        ValueProblem::TooLong { chars, max_chars } => {
            vec![("chars", chars.to_string()), ("most", max_chars.to_string())]
        }
        ValueProblem::OutOfBounds { value, min, max } => {
            vec![("given", value.to_string()), ("min", min.to_string()), ("max", max.to_string())]
        }
    }
}

/// What a field takes, in words.
fn wanted_text(kind: &ScalarKind, language: Language) -> String {
    let say = |key: &str, values: &[(&str, &str)]| sentence(language, "phone_problem", key, values);
    match kind {
        ScalarKind::Text { max_chars } => say("wanted_text", &[("most", &max_chars.to_string())]),
        ScalarKind::Code { name, codes } => {
            let named = |code: &&str| {
                label(language, name, code)
                    .map_or_else(|| (*code).to_owned(), |label| format!("{code}({label})"))
            };
            let codes: Vec<String> = codes.iter().map(named).collect();
            let list = label(language, "phone", "list").unwrap_or(", ");
            say("wanted_code", &[("codes", &codes.join(list))])
        }
        ScalarKind::Flag => say("wanted_flag", &[]),
        ScalarKind::Integer { min, max } => {
            say("wanted_integer", &[("min", &min.to_string()), ("max", &max.to_string())])
        }
        ScalarKind::Moment => say("wanted_moment", &[]),
        ScalarKind::Id => say("wanted_id", &[]),
    }
}

/// The causes of a failure, as the system words them; its own words when there are none.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

#[cfg(test)]
mod tests;
