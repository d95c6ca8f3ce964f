//! Rows of hearings.

use tingfang_core::case::{Case, Hearing, HearingKind, HearingState, Known, Openness};

use super::apply::{Change, Context, Refusal};
use super::cases::{set, the_fuller};
use crate::db::Tx;
use crate::exchange::key::name_key;
use crate::exchange::{HearingRow, ProblemCode};
use crate::planning::correction;
use crate::store::{hearing, legal_case};

/// Applies one row.
pub(super) fn apply(tx: &Tx, context: &Context, row: &HearingRow) -> Result<Change, Refusal> {
    let case = case_of(tx, context, row)?;
    let court = name_key(&row.court);
    let day = row.starts_at.in_china().date();
    let found = hearing::of_case(tx, case.id)?
        .into_iter()
        .find(|hearing| name_key(&hearing.court) == court && hearing.starts_at.in_china().date() == day);
    let mut wanted = found.clone().unwrap_or_else(|| fresh(context, &case, row));
    wanted.starts_at = row.starts_at;
    wanted.kind = row.kind.unwrap_or(wanted.kind);
    wanted.state = row.state.unwrap_or(wanted.state);
    wanted.openness = row.openness.unwrap_or(wanted.openness);
    wanted.defendant_under_18_at_trial =
        row.defendant_under_18_at_trial.unwrap_or(wanted.defendant_under_18_at_trial);
    wanted.record_may_be_sealed = row.record_may_be_sealed.unwrap_or(wanted.record_may_be_sealed);
    set(&mut wanted.courtroom, &row.courtroom);
    set(&mut wanted.procedure, &row.procedure);
    set(&mut wanted.instance, &row.instance);
    set(&mut wanted.presiding, &row.presiding);
    set(&mut wanted.device_rule, &row.device_rule);
    set(&mut wanted.source, &row.source);

    match found {
        Some(found) if found == wanted => Ok(Change::Unchanged),
        Some(_) => {
            hearing::save(tx, &wanted)?;
            Ok(Change::Updated {
                tasks_renewed: correction::hearing_corrected(tx, wanted.id, context.minter.clock().now())?,
            })
        }
        None => {
            hearing::save(tx, &wanted)?;
            Ok(Change::Created)
        }
    }
}

/// The case by the centre's number, or else by the court's where that names one case only.
fn case_of(tx: &Tx, context: &Context, row: &HearingRow) -> Result<Case, Refusal> {
    if let Some(case) = legal_case::by_case_no(tx, context.organisation, &row.case_no)? {
        the_fuller(context, &row.case_no, &case.case_no);
        return Ok(case);
    }
    let mut found = legal_case::by_organ_case_no(tx, context.organisation, &row.case_no)?;
    match (found.pop(), found.is_empty()) {
        (Some(case), true) => Ok(case),
        (Some(_), false) => Err(Refusal::row(ProblemCode::AmbiguousCase, &row.case_no)),
        (None, _) => Err(Refusal::row(ProblemCode::UnknownCase, &row.case_no)),
    }
}

fn fresh(context: &Context, case: &Case, row: &HearingRow) -> Hearing {
    Hearing {
        id: context.minter.mint(),
        case: case.id,
        kind: HearingKind::Trial,
        state: HearingState::Scheduled,
        court: row.court.clone(),
        courtroom: None,
        starts_at: row.starts_at,
        procedure: None,
        instance: None,
        // The gate blocks what is not known.
        openness: Openness::Unknown,
        defendant_under_18_at_trial: Known::Unknown,
        record_may_be_sealed: Known::Unknown,
        presiding: None,
        device_rule: None,
        source: None,
    }
}
