//! 回执: the server's durable word on one item of a frame.
//!
//! A verdict is no transport failure: it arrives with HTTP 200, and one bad item never holds up
//! the others. "Stored on server" is shown only for `accepted` or `duplicate`.

use crate::clock::LogPosition;
use crate::id::QuarantineId;
use crate::record::document::ChangeHash;

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Verdict {
    /// In the log, at this position.
    #[n(0)]
    Accepted {
        /// Where in the log.
        #[n(0)]
        position: LogPosition,
    },
    /// Was in the log already, at this position.
    #[n(1)]
    Duplicate {
        /// Where in the log.
        #[n(0)]
        position: LogPosition,
    },
    /// Kept until a person or a newer server decides.
    #[n(2)]
    Held {
        /// Where it is kept.
        #[n(0)]
        quarantine: QuarantineId,
        /// The rule that asks for a decision.
        #[n(1)]
        rule: String,
    },
    /// Not accepted: the writer had no right to it. Kept and listed.
    #[n(3)]
    Refused {
        /// Where it is kept.
        #[n(0)]
        quarantine: QuarantineId,
        /// The rule that refused.
        #[n(1)]
        rule: String,
    },
    /// Rests on a change that the server has not accepted. Kept; judged again when that one is.
    #[n(4)]
    Blocked {
        /// The change that it rests on.
        #[n(0)]
        by: ChangeHash,
    },
    /// No well-formed item. Kept and listed.
    #[n(5)]
    Malformed {
        /// Where it is kept.
        #[n(0)]
        quarantine: QuarantineId,
        /// What is wrong, as a stable code.
        #[n(1)]
        code: String,
    },
}

impl Verdict {
    /// Whether the item is in the log.
    pub const fn is_stored(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::Duplicate { .. })
    }

    /// The verdict's name, for lists and figures.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Duplicate { .. } => "duplicate",
            Self::Held { .. } => "held",
            Self::Refused { .. } => "refused",
            Self::Blocked { .. } => "blocked",
            Self::Malformed { .. } => "malformed",
        }
    }

    /// The rule or code behind it, where there is one.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Held { rule, .. } | Self::Refused { rule, .. } => Some(rule),
            Self::Malformed { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// A list of verdicts, to be kept beside its frame.
pub fn encode_list(verdicts: &[Verdict]) -> Vec<u8> {
    minicbor::to_vec(verdicts).expect("encoding into memory cannot fail")
}

/// Reads a kept list; nothing when it cannot be read.
pub fn decode_list(bytes: &[u8]) -> Option<Vec<Verdict>> {
    minicbor::decode(bytes).ok()
}
