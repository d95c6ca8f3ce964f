//! The one place where failures become HTTP answers (RFC 9457).
//!
//! Handlers return a [`Problem`]; nobody else makes a status. Every problem has a stable code, a
//! title in both languages and, where fields are wrong, one [`FieldProblem`] each with the fix.
//! What failed inside is logged once, here, and never told to the client.

mod answer;
mod field;

use tingfang_core::id::InvalidId;
use tingfang_core::people::Role;

use crate::db::DbError;
use crate::files::FilesError;

pub use answer::{ProblemBody, ProblemField, may_pass, panicked};
pub use field::FieldProblem;

/// Every way a request can fail, as the client sees it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No token, or one that is unknown or has run out.
    #[error("nobody is signed in")]
    SignInFirst,
    /// Login or password is wrong; which of them is never said.
    #[error("wrong login or password")]
    WrongCredentials,
    /// Too many sign-ins have failed, or too many enrolment codes were wrong.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// The roles do not allow it.
    #[error("not allowed")]
    NotAllowed {
        /// The roles of which one is needed.
        needed: Vec<Role>,
    },
    /// There is no such thing, or none that this person may know of.
    #[error("no such {what}")]
    NotFound {
        /// The noun's key in the locale.
        what: &'static str,
    },
    /// There is no such path.
    #[error("no such path")]
    NoSuchPath,
    /// The path takes other methods.
    #[error("the path takes other methods")]
    MethodNotAllowed,
    /// The request cannot be read.
    #[error("the request cannot be read: {detail}")]
    Unreadable {
        /// What stands in the way, in English, from the parser.
        detail: String,
    },
    /// Fields are wrong.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<FieldProblem>),
    /// What it said was erased by order.
    #[error("erased by order {order}")]
    Erased {
        /// The order's number.
        order: u64,
    },
    /// It exists already.
    #[error("the {what} exists already")]
    Exists {
        /// The noun's key in the locale.
        what: &'static str,
    },
    /// A rule of law or of the centre refuses; each rule is named with its article.
    #[error("{} rules refuse", .0.len())]
    Refused(Vec<FieldProblem>),
    /// The enrolment code is unknown, spent, or has run out.
    #[error("the enrolment code does not count")]
    CodeSpent,
    /// The device is held by a court, lost or revoked.
    #[error("the device is not active")]
    DeviceInactive,
    /// The body is too large.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What would be taken.
        limit_bytes: usize,
    },
    /// The body is of a kind that the path does not take.
    #[error("the body is not {wanted}")]
    UnsupportedMedia {
        /// What it takes.
        wanted: &'static str,
    },
    /// A piece of a file does not begin where the file ends.
    #[error("the file has {received_bytes} bytes so far")]
    UploadOffset {
        /// How much of the file is here.
        received_bytes: u64,
    },
    /// The bytes of a file are not what their digest says.
    #[error("the bytes are not what their digest says")]
    OtherDigest,
    /// The client speaks another version of tus.
    #[error("only tus 1.0.0 is spoken here")]
    TusVersion,
    /// So much is on its way, or waits to be hashed, that more would not help.
    #[error("too much is on its way")]
    Wait {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// It took too long.
    #[error("the request took too long")]
    TimedOut,
    /// The server is not ready, or too busy.
    #[error("the server is not ready")]
    NotReady {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// Something failed on our side.
    #[error("something failed on our side")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Problem {
    /// A single wrong field.
    pub fn field(field: impl Into<String>, code: &'static str) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, code)])
    }

    /// A failure on our side that is no database failure.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.may_pass() {
            // The database is away or busy; nothing is wrong with the request.
            tracing::warn!(%error, "the database did not answer");
            return Self::NotReady { retry_after_s: 2 };
        }
        Self::internal(error)
    }
}

impl From<InvalidId> for Problem {
    fn from(error: InvalidId) -> Self {
        Self::Unreadable { detail: error.to_string() }
    }
}

impl From<FilesError> for Problem {
    fn from(error: FilesError) -> Self {
        if error.is_missing() {
            return Self::NotFound { what: "file" };
        }
        // A disk that is full or a store that is away; the phone has the file and tries again.
        tracing::error!(error = &error as &dyn std::error::Error, "the store of files failed");
        Self::NotReady { retry_after_s: 60 }
    }
}
