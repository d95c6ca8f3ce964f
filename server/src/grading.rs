//! 评估定级: rounds, proposals, representations, final grades, and what follows from them.
//!
//! Everything here runs inside one transaction that the caller opened, and every step is an entry
//! of the ledger. The rules are the core's ([`tingfang_core::grading`]); the data is the round's.

mod bulletin;
mod decide;
mod entry;
mod explanation;
mod money;
mod re_review;
mod recompute;
mod representation;
mod round;
mod scoresheets;
mod shown;
mod telling;
mod veto;

pub use bulletin::{Published, find as find_bulletin, publish as publish_bulletin};
pub use decide::{Step, finalise, not_barred, propose, supersede};
pub use entry::{carried_over, held_decision as held_decided, record_erased, report_check as report_checked};
pub use explanation::explanation;
pub use money::subsidy;
pub use re_review::{NewSpotCheck, check_on_the_spot, send_to_re_review};
pub use recompute::{Findings, Recomputed, phase_of, recompute};
pub(crate) use representation::statement_of;
pub use representation::{Statement, answer_representation, tell_undertaker};
pub use round::{NewRound, NewWork, Rule, begin, close, reopen, work};
pub use scoresheets::{SheetOfRound, sheets_of_subject};
pub(crate) use shown::unseen;
pub use veto::{NewRuling, RuledOn, rule_on_veto};

use tingfang_core::clock::Moment;
use tingfang_core::grading::StepRefused;
use tingfang_core::id::PersonId;
use tingfang_core::text::{Bilingual, Language, label};

use crate::problem::{FieldProblem, Problem};

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
