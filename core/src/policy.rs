//! Who may write what. The phone asks before it writes, the server before it accepts: the same
//! function, on the same data.
//!
//! The rules are data (`core/data/policy`), read by a small interpreter that does not change with
//! them. The server evaluates them twice: on the facts at the log position that the phone's beacon
//! proves, and on the facts now. Denied both times is refused; allowed then and denied now is held
//! for a person to decide.

mod facts;
mod rules;
mod visibility;

pub use facts::{Act, Facts, RecordState, Request};
pub use rules::{Policy, PolicyError, Ruling};
pub use visibility::Visibility;

/// What both evaluations together say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Allowed now.
    Allow,
    /// Allowed when the writer last heard from the server, denied now by this rule.
    Hold(String),
    /// Denied both times, by this rule.
    Refuse(String),
}

impl Policy {
    /// Judges a request on the facts that the writer could know and on the facts now.
    pub fn judge_then_and_now(&self, then: &Facts<'_>, now: &Facts<'_>, request: &Request<'_>) -> Judgement {
        match self.judge(now, request) {
            Ruling::Allow(_) => Judgement::Allow,
            Ruling::Deny(rule) => match self.judge(then, request) {
                Ruling::Allow(_) => Judgement::Hold(rule.to_owned()),
                Ruling::Deny(_) => Judgement::Refuse(rule.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests;
