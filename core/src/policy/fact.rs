//! What a console shows beside records: who reads it, a table says ([`super::Visibility`]).

use serde::Deserialize;

/// A kind of fact that lists and pages of a console show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// 受援案件: that a case is there, its number, kind, court and undertakers.
    Case,
    /// The names of a case's recipients.
    RecipientName,
    /// How recipients are reached, and what is to be minded.
    RecipientContact,
    /// What a secret case is about.
    Secret,
    /// 庭审: when and where a case is heard, and the legal gate's answer.
    Hearing,
    /// 旁听计划: who attends, visits or reviews what, and when. The undertaker never learns of it before (domain 6.3).
    Plan,
    /// What is overdue, who is not back, what came too late.
    Alert,
    /// 庭前报告: which reports were asked for, and whether they came.
    Report,
    /// What the undertaker has reported beside what was seen.
    CrossCheck,
    /// 投诉: what is complained of. An allegation about money is told nobody else.
    Complaint,
    /// 等次: rounds, scoresheets' totals, vetoes, grades, subsidies, the ledger and bulletins.
    Grade,
    /// Which records were erased by order.
    Erasure,
    /// People and their roles.
    Person,
    /// 机构: providers and undertakers.
    Provider,
    /// Whether the proofs hold.
    Verification,
}

impl Fact {
    /// Every kind of fact.
    pub const ALL: &'static [Self] = &[
        Self::Case,
        Self::RecipientName,
        Self::RecipientContact,
        Self::Secret,
        Self::Hearing,
        Self::Plan,
        Self::Alert,
        Self::Report,
        Self::CrossCheck,
        Self::Complaint,
        Self::Grade,
        Self::Erasure,
        Self::Person,
        Self::Provider,
        Self::Verification,
    ];
}
