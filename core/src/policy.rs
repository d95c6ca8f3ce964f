//! Who may write what. The phone asks before it writes, the server before it accepts: the same
//! function, on the same data.
//!
//! The rules are data (`core/data/policy`), read by a small interpreter that does not change with
//! them. The server evaluates them twice: by the version that the phone knew, on the facts at the log
//! position that its beacon proves; and by the version and on the facts now. Denied both times is refused;
//! allowed then and denied now is held for a person to decide. Phones receive each version signed
//! ([`SignedPolicy`]).

mod fact;
mod facts;
mod rules;
mod signed;
mod visibility;

pub use fact::Fact;
pub use facts::{Act, Facts, RecordState, Request};
pub use rules::{Policy, PolicyError, Ruling};
pub use signed::SignedPolicy;
pub use visibility::Visibility;

/// The rule of the shipped policy by which nothing is written after a seal. What it stands against ends otherwise
/// than by a decision: it becomes an addendum or an amendment.
pub const RECORD_SEALED: &str = "record_sealed";

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

/// Judges a request by the policy and on the facts that the writer could know, and by the policy and on the
/// facts now.
pub fn judge_then_and_now(
    (policy_then, then): (&Policy, &Facts),
    (policy_now, now): (&Policy, &Facts),
    request: &Request<'_>,
) -> Judgement {
    match policy_now.judge(now, request) {
        Ruling::Allow(_) => Judgement::Allow,
        Ruling::Deny(rule) => match policy_then.judge(then, request) {
            Ruling::Allow(_) => Judgement::Hold(rule.to_owned()),
            Ruling::Deny(_) => Judgement::Refuse(rule.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests;
