//! 评估定级: rounds, proposals, representations, final grades, and what follows from them.
//!
//! Everything here runs inside one transaction that the caller opened, and every step is an entry
//! of the ledger. The rules are the core's ([`tingfang_core::grading`]); the data is the round's.

mod decide;
mod recompute;
mod round;

pub use decide::{Step, allege, answer_representation, finalise, propose, supersede, tell_undertaker};
pub use recompute::{Recomputed, explanation, recompute, subsidy};
pub use round::{NewRound, begin, work};

use tingfang_core::clock::Moment;
use tingfang_core::grading::StepRefused;
use tingfang_core::id::PersonId;
use tingfang_core::text::{Bilingual, Language, label};

use crate::problem::{FieldProblem, Problem};

/// Kinds of ledger entries.
pub mod entry {
    /// A round was begun.
    pub const ROUND: &str = "round";
    /// A step of a decision was taken.
    pub const GRADE_STEP: &str = "grade_step";
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
