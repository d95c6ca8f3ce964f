//! 评估定级: rounds, proposals, representations, final grades, and what follows from them.
//!
//! Everything here runs inside one transaction that the caller opened, and every step is an entry
//! of the ledger. The rules are the core's ([`tingfang_core::grading`]); the data is the round's.

mod decide;
mod re_review;
mod recompute;
mod round;
mod scoresheets;
mod veto;

pub use decide::{Step, answer_representation, finalise, propose, supersede, tell_undertaker};
pub use re_review::{NewSpotCheck, check_on_the_spot, send_to_re_review};
pub use recompute::{Findings, Recomputed, explanation, phase_of, recompute, subsidy};
pub use round::{NewRound, NewWork, Rule, begin, close, reopen, work};
pub use scoresheets::{SheetOfRound, sheets_of_subject};
pub use veto::{NewRuling, RuledOn, rule_on_veto};

use tingfang_core::clock::Moment;
use tingfang_core::grading::StepRefused;
use tingfang_core::id::PersonId;
use tingfang_core::text::{Bilingual, Language, label};

use crate::problem::{FieldProblem, Problem};

/// Kinds of ledger entries.
pub mod entry {
    /// A round was begun.
    pub const ROUND: &str = "round";
    /// A round was closed.
    pub const ROUND_CLOSED: &str = "round_closed";
    /// A closed round was opened again.
    pub const ROUND_REOPENED: &str = "round_reopened";
    /// A step of a decision was taken.
    pub const GRADE_STEP: &str = "grade_step";
    /// Somebody went and looked.
    pub const SPOT_CHECK: &str = "spot_check";
    /// Somebody ruled on a veto.
    pub const VETO_RULING: &str = "veto_ruling";
    /// A subsidy line, or one that reverses it.
    pub const SUBSIDY_LINE: &str = "subsidy_line";
}

/// Who acts, and when.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// When.
    pub at: Moment,
}

/// A step that the core refuses, as a problem.
fn refused(error: &StepRefused) -> Problem {
    let code = error.refusal.code();
    let text = |language| label(language, "decision_refusal", code).unwrap_or(code).to_owned();
    let text = Bilingual { zh: text(Language::Zh), en: text(Language::En) };
    Problem::Refused(vec![FieldProblem::said("state", code, text)])
}
