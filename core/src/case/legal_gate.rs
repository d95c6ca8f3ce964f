//! The legal gate: may anybody be sent to this hearing (domain 6.1).
//!
//! Pure, and without an override: a refused hearing opens only by a corrected fact. It is asked
//! when an attendance is planned, when it is assigned, and for every case of a joint trial.

use super::aid_case::{Case, CaseKind};
use super::gate_rule::{GateArticle, GateRefusal, GateRule};
use super::hearing::{Hearing, HearingKind, HearingState, Known, Openness};
use crate::clock::Moment;

/// Whether the law lets the hearing of this case be attended, asked at this moment: whatever its
/// state says, a hearing of a day that has passed is over.
///
/// # Errors
/// Every rule that refuses, all together, in the order of [`GateRule`].
pub fn may_attend(hearing: &Hearing, case: &Case, now: Moment) -> Result<(), Vec<GateRefusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |rule, article| refusals.push(GateRefusal { rule, article });

    if case.flags.secret {
        refuse(GateRule::SecretCase, GateArticle::StateSecrets);
    }
    let closed = closed_article(hearing, case);
    match hearing.openness {
        Openness::Public => {}
        Openness::ClosedByLaw => refuse(GateRule::ClosedByLaw, closed),
        Openness::ClosedOnApplication => refuse(GateRule::ClosedOnApplication, closed),
        Openness::Unknown => refuse(GateRule::OpennessUnknown, closed),
    }
    let sealable = sealable_article(hearing.kind);
    let minor = match hearing.kind {
        HearingKind::Judgment => GateArticle::SealableJudgment,
        HearingKind::ProcuratorateHearing => GateArticle::ProcuratorateHearing,
        _ => GateArticle::MinorTrial,
    };
    // A fact of criminal procedure that nobody knows blocks; in other matters nobody asks for it.
    // Stated as true it refuses everywhere.
    match hearing.defendant_under_18_at_trial {
        Known::Yes => refuse(GateRule::DefendantUnder18, minor),
        Known::Unknown if case.is_criminal() => refuse(GateRule::DefendantAgeUnknown, minor),
        Known::Unknown | Known::No => {}
    }
    match hearing.record_may_be_sealed {
        Known::Yes => refuse(GateRule::SealableRecord, sealable),
        Known::Unknown if case.is_criminal() => refuse(GateRule::SealableRecordUnknown, sealable),
        Known::Unknown | Known::No => {}
    }
    match hearing.state {
        HearingState::Scheduled if has_passed(hearing, now) => {
            refuse(GateRule::HearingOver, GateArticle::Schedule);
        }
        HearingState::Scheduled => {}
        HearingState::Cancelled => refuse(GateRule::HearingCancelled, GateArticle::Schedule),
        HearingState::Postponed => refuse(GateRule::HearingPostponed, GateArticle::Schedule),
        HearingState::Held => refuse(GateRule::HearingOver, GateArticle::Schedule),
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether the day of a hearing has passed where it is held. On its own day it may still go on.
fn has_passed(hearing: &Hearing, now: Moment) -> bool {
    hearing.starts_at.in_china().date() < now.in_china().date()
}

/// The article that says when a sitting of this kind is not public.
const fn closed_article(hearing: &Hearing, case: &Case) -> GateArticle {
    match (hearing.kind, case.kind) {
        (HearingKind::ProcuratorateHearing, _) => GateArticle::ProcuratorateHearing,
        (HearingKind::Arbitration, _) => GateArticle::ArbitrationClosed,
        (_, CaseKind::Criminal | CaseKind::DutyCounsel) => GateArticle::CriminalClosed,
        (_, CaseKind::Administrative | CaseKind::StateCompensation) => GateArticle::AdministrativeClosed,
        // A labour dispute that has come before a court is a civil case.
        (
            _,
            CaseKind::Civil | CaseKind::LabourArbitration | CaseKind::NonLitigation | CaseKind::Enforcement,
        ) => GateArticle::CivilClosed,
    }
}

const fn sealable_article(kind: HearingKind) -> GateArticle {
    match kind {
        HearingKind::Judgment => GateArticle::SealableJudgment,
        _ => GateArticle::SealableTrial,
    }
}

#[cfg(test)]
mod tests;
