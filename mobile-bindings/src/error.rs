//! What an app can act on. One enumeration, short, with stable codes.

use tingfang_core::id::InvalidId;
use tingfang_core::phone::PhoneError;
use tingfang_core::record::edit::{EditError, ValueProblem};

/// Why a call did not do its work; nothing was written then.
///
/// Foreign implementations of `KeyStore` and `Transport` throw it too, and what they throw comes
/// out of the call that they were asked in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum TingfangError {
    /// A rule does not allow it. Its sentence is `label(language, "rule", rule)`.
    #[error("not allowed: {rule}")]
    NotAllowed {
        /// The rule's stable name.
        rule: String,
    },
    /// The record cannot be sealed before these fields are filled.
    #[error("fields must be filled before the seal: {}", .missing.join(", "))]
    Incomplete {
        /// The fields' paths.
        missing: Vec<String>,
    },
    /// An edit does not fit the record: no such field, or a value that may not stand there.
    #[error("{path} does not fit: {reason}")]
    DoesNotFit {
        /// The field's path.
        path: String,
        /// What would be right, in English; never the value that was given.
        reason: String,
    },
    /// There is no such record on this phone.
    #[error("there is no record {record}")]
    NoSuchRecord {
        /// The id.
        record: String,
    },
    /// There is no such task on this phone.
    #[error("there is no task {assignment}")]
    NoSuchTask {
        /// The id.
        assignment: String,
    },
    /// The task does not ask for a record of this kind.
    #[error("the task asks for {expected}, not for {kind}")]
    WrongKind {
        /// What was asked for.
        kind: String,
        /// What the task asks for.
        expected: String,
    },
    /// The task has several subjects, or none, that are meant: name case and undertaker.
    #[error("{found} subjects of the task are meant")]
    WhichSubject {
        /// How many are meant.
        found: u32,
    },
    /// The phone has a PIN; open it with the PIN.
    #[error("the phone has a PIN")]
    PinNeeded,
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    WrongPin {
        /// How many more wrong ones are free.
        tries_left: u32,
    },
    /// Too many wrong PINs; nothing is erased.
    #[error("too many wrong PINs; the next can be tried at {until}")]
    PinLocked {
        /// When the next may be tried, RFC 3339.
        until: String,
    },
    /// The PIN is too short.
    #[error("the PIN has fewer than {shortest} signs")]
    PinTooShort {
        /// The fewest signs.
        shortest: u32,
    },
    /// The centre cannot open this phone with what was given.
    #[error("the centre cannot open this phone with that")]
    NoRecovery,
    /// The key that signs is not the one with which the phone was enrolled: secure hardware has lost it and made another,
    /// or it was not handed in. What is written stays and can be read; nothing can be sent under another key.
    #[error("the phone was enrolled with another key than the one that signs now")]
    OtherKey,
    /// The phone was without the server for longer than the centre allows. Nothing is lost: a sync opens it.
    #[error("the phone was to see the server by {until}; sync to open it again")]
    LeaseOver {
        /// Until when it was leased, RFC 3339.
        until: String,
    },
    /// An argument is no id, no address, no enrolment code.
    #[error("not acceptable: {reason}")]
    BadArgument {
        /// What is wrong with it.
        reason: String,
    },
    /// The key store holds no keys of this phone, or damaged ones: a recovery request asks the centre for them. Where it
    /// has no recovery key, what is on this phone cannot be read any more; enrol anew beside it.
    #[error("the keys cannot be used: {reason}")]
    NoKeys {
        /// What is wrong.
        reason: String,
    },
    /// The key store holds the keys of an enrolled phone already. They key its store too: whoever enrols anew on this
    /// phone takes another entry of the key store and another folder, and leaves these as they are.
    #[error("this phone is enrolled already")]
    AlreadyEnrolled,
    /// An enrolment was begun in this key store and has not had its answer: enrol again with the same code.
    #[error("the enrolment has not come to its end")]
    EnrolmentUnfinished,
    /// The server is not the one whose fingerprint stands in the enrolment code.
    #[error("another server: its key has the fingerprint {fingerprint}")]
    WrongServer {
        /// The fingerprint of the key that answered.
        fingerprint: String,
    },
    /// There is no connection; what was written is safe on the phone.
    #[error("no connection")]
    Offline {
        /// After how many seconds to try again, when the server said so.
        retry_after_s: Option<u32>,
    },
    /// The server's certificate is not trusted, or encryption failed otherwise.
    #[error("the connection is not trusted: {reason}")]
    NotTrusted {
        /// What the platform said.
        reason: String,
    },
    /// Somebody else answered in the server's place: the portal of a public network, a proxy.
    #[error("not the server answered: status {status}, {content_type}")]
    NotTheServer {
        /// The HTTP status.
        status: u16,
        /// What it said that it sends.
        content_type: String,
    },
    /// The server does not know the device's token (HTTP 401 with one of the server's own problems): nothing is taken
    /// from this phone any more. Export for rescue first; then enrol under a new code, with another entry of the key
    /// store and another folder. The secrets that are kept are the only way into this store.
    #[error("the server does not take this device any more")]
    TokenRefused,
    /// The server answered with another problem.
    #[error("the server answered {status}: {reason}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// The `detail` or `title` of its problem.
        reason: String,
    },
    /// The server's answer cannot be used: not its own, not to this request, or damaged.
    #[error("the answer cannot be used: {reason}")]
    BadResponse {
        /// What is wrong with it.
        reason: String,
    },
    /// The server has not said that it has this file: what lies on the phone may be all that there is of it.
    #[error("the server has not said that it has the file")]
    NotOnServer,
    /// The phone was shut; open it again.
    #[error("the phone is shut")]
    Closed,
    /// The phone is in a court room: nothing is sent, fetched or attached before its owner has left.
    #[error("the phone is in a court room since {since}")]
    InCourtRoom {
        /// Since when, RFC 3339.
        since: String,
    },
    /// Another sync is under way.
    #[error("a sync is under way")]
    SyncUnderWay,
    /// A record on this phone is damaged.
    #[error("a record is damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// The database fails, or a file cannot be written: the disk is full, or damaged.
    #[error("the store failed: {reason}")]
    Store {
        /// What was being done, and what SQLite or the system said.
        reason: String,
    },
    /// The app's own part threw something else, or did not answer in time.
    #[error("the app's part failed: {reason}")]
    Host {
        /// The first line of it.
        reason: String,
    },
    /// A mistake in this library. Open the phone again; nothing that was acknowledged is lost.
    #[error("internal: {reason}")]
    Internal {
        /// What happened.
        reason: String,
    },
}

impl TingfangError {
    /// The app's part failed.
    pub(crate) fn host(reason: impl Into<String>) -> Self {
        Self::Host { reason: reason.into() }
    }

    /// An argument is not acceptable.
    pub(crate) fn bad_argument(reason: impl std::fmt::Display) -> Self {
        Self::BadArgument { reason: reason.to_string() }
    }

    /// Whether somebody answered, and it was not the server about what was asked.
    pub(crate) const fn is_no_word_of_the_server(&self) -> bool {
        matches!(self, Self::NotTheServer { .. } | Self::BadResponse { .. } | Self::Server { .. })
    }
}

#[uniffi::export]
impl TingfangError {
    /// The stable code, for logs and for the app's own texts.
    pub fn code(&self) -> String {
        let code = match self {
            Self::NotAllowed { .. } => "not_allowed",
            Self::Incomplete { .. } => "incomplete",
            Self::DoesNotFit { .. } => "does_not_fit",
            Self::NoSuchRecord { .. } => "no_such_record",
            Self::NoSuchTask { .. } => "no_such_task",
            Self::WrongKind { .. } => "wrong_kind",
            Self::WhichSubject { .. } => "which_subject",
            Self::BadArgument { .. } => "bad_argument",
            Self::PinNeeded => "pin_needed",
            Self::WrongPin { .. } => "wrong_pin",
            Self::PinLocked { .. } => "pin_locked",
            Self::PinTooShort { .. } => "pin_too_short",
            Self::NoRecovery => "no_recovery",
            Self::OtherKey => "other_key",
            Self::LeaseOver { .. } => "lease_over",
            Self::NoKeys { .. } => "no_keys",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::EnrolmentUnfinished => "enrolment_unfinished",
            Self::WrongServer { .. } => "wrong_server",
            Self::Offline { .. } => "offline",
            Self::NotOnServer => "not_on_server",
            Self::Closed => "closed",
            Self::InCourtRoom { .. } => "in_court_room",
            Self::NotTrusted { .. } => "not_trusted",
            Self::NotTheServer { .. } => "not_the_server",
            Self::TokenRefused => "token_refused",
            Self::Server { .. } => "server",
            Self::BadResponse { .. } => "bad_response",
            Self::SyncUnderWay => "sync_under_way",
            Self::Damaged { .. } => "damaged",
            Self::Store { .. } => "store",
            Self::Host { .. } => "host",
            Self::Internal { .. } => "internal",
        };
        code.to_owned()
    }
}

impl From<PhoneError> for TingfangError {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::Store { doing, source } => Self::Store { reason: format!("{doing}: {source}") },
            PhoneError::KeyStore(error) => Self::NoKeys { reason: error.reason },
            PhoneError::Edit(error) => error.into(),
            PhoneError::NotAllowed { rule } => Self::NotAllowed { rule },
            PhoneError::NoSuchRecord(record) => Self::NoSuchRecord { record: record.to_string() },
            PhoneError::NoSuchTask(assignment) => Self::NoSuchTask { assignment: assignment.to_string() },
            PhoneError::WrongKind { kind, expected } => Self::WrongKind { kind, expected },
            PhoneError::WhichSubject { found } => {
                Self::WhichSubject { found: u32::try_from(found).unwrap_or(u32::MAX) }
            }
            PhoneError::Incomplete(paths) => {
                Self::Incomplete { missing: paths.iter().map(ToString::to_string).collect() }
            }
            PhoneError::NoSuchQuestion { ref path, .. } => {
                Self::DoesNotFit { path: path.to_string(), reason: error.to_string() }
            }
            // What was answered is somebody's word on a case: it goes into no log.
            PhoneError::NoSuchAnswer { path, expected, .. } => Self::DoesNotFit {
                path: path.to_string(),
                reason: format!("no such answer; answers are {}", expected.join(", ")),
            },
            PhoneError::Attachment(_)
            | PhoneError::FileTooLarge { .. }
            | PhoneError::NoSuchFile(_)
            | PhoneError::FileElsewhere(_) => Self::BadArgument { reason: error.to_string() },
            PhoneError::FileNotOnServer(_) => Self::NotOnServer,
            PhoneError::PinNeeded => Self::PinNeeded,
            PhoneError::WrongPin { tries_left } => Self::WrongPin { tries_left },
            PhoneError::PinLocked { until } => Self::PinLocked { until: until.to_string() },
            PhoneError::PinTooShort { shortest } => {
                Self::PinTooShort { shortest: u32::try_from(shortest).unwrap_or(u32::MAX) }
            }
            PhoneError::NoRecovery => Self::NoRecovery,
            PhoneError::OtherKey => Self::OtherKey,
            PhoneError::LeaseOver { until } => Self::LeaseOver { until: until.to_string() },
            PhoneError::InCourtRoom { since } => Self::InCourtRoom { since: since.to_string() },
            PhoneError::DamagedFile => Self::Damaged { reason: error.to_string() },
            PhoneError::File { doing, source } => Self::Store { reason: format!("{doing}: {source}") },
            PhoneError::Damaged { reason } => Self::Damaged { reason },
            PhoneError::BadResponse { reason } => Self::BadResponse { reason },
        }
    }
}

impl From<EditError> for TingfangError {
    fn from(error: EditError) -> Self {
        let reason = error.to_string();
        match error {
            EditError::UnknownField { path, .. } | EditError::NoSuchEntry { path } => {
                Self::DoesNotFit { path, reason }
            }
            EditError::Value { path, problem } => {
                Self::DoesNotFit { path, reason: without_the_value(&problem) }
            }
            EditError::Document { reason } => Self::Damaged { reason },
        }
    }
}

/// What would fit. The value itself is left out: texts of errors end up in logs, and no log may hold what was written.
fn without_the_value(problem: &ValueProblem) -> String {
    match problem {
        ValueProblem::Wanted { wanted, .. } => format!("it takes {wanted}"),
        ValueProblem::TooLong { .. } => problem.to_string(),
        ValueProblem::OutOfBounds { min, max, .. } => format!("it takes a number from {min} to {max}"),
    }
}

impl From<InvalidId> for TingfangError {
    fn from(error: InvalidId) -> Self {
        Self::bad_argument(error)
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TingfangError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // The reason of a Java exception is its whole stack trace.
        Self::host(error.reason.lines().next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code is a promise to apps, and the guide says what an app does about it.
    #[test]
    fn every_code_stands_in_the_guide_and_the_guide_names_no_other() {
        let surface = include_str!("../surface.txt").lines();
        let mut codes: Vec<String> = surface
            .filter_map(|line| line.strip_prefix("variant TingfangError."))
            .filter(|rest| !rest.contains('.'))
            .map(|rest| snake_case(rest.split([' ', '(', ':']).next().unwrap_or_default()))
            .collect();
        let guide = include_str!("../../docs/mobile-guide.md");
        let table =
            guide.split_once("| code |").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a table").0;
        let firsts = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split_once(" | "));
        let mut told: Vec<String> = firsts
            .flat_map(|(first, _)| first.split(", "))
            .map(|code| code.trim_matches('`').to_owned())
            .collect();
        codes.sort();
        told.sort();
        assert_eq!(told, codes);
        assert_eq!(
            TingfangError::WrongPin { tries_left: 1 }.code(),
            "wrong_pin",
            "a code is its name in small letters"
        );
    }

    fn snake_case(name: &str) -> String {
        let small = |(nth, letter): (usize, char)| {
            let gap = if letter.is_uppercase() && nth > 0 { "_" } else { "" };
            format!("{gap}{}", letter.to_lowercase())
        };
        name.chars().enumerate().map(small).collect()
    }

    #[test]
    fn what_was_written_stands_in_no_error() {
        let value = |problem| PhoneError::Edit(EditError::Value { path: "facts/outcome".into(), problem });
        let given = || "李某说收了钱".to_owned();
        let secret = 13_800_000_000_i64;
        for error in [
            value(ValueProblem::Wanted { given: given(), wanted: "one of attended, adjourned".into() }),
            value(ValueProblem::OutOfBounds { value: secret, min: 0, max: 100 }),
            value(ValueProblem::TooLong { chars: 900, max_chars: 200 }),
            PhoneError::NoSuchAnswer {
                path: tingfang_core::record::edit::FieldPath::new(["answers", "RV-03"]),
                given: given(),
                expected: vec!["yes".into(), "no".into()],
            },
        ] {
            let told = TingfangError::from(error);
            assert_eq!(told.code(), "does_not_fit");
            for text in [told.to_string(), format!("{told:?}")] {
                assert!(!text.contains("李某") && !text.contains(&secret.to_string()), "{text}");
            }
        }
    }
}
