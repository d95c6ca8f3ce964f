//! Rows of cases.

use tingfang_core::case::{Case, CaseFlags, CaseSource, CaseStatus};

use super::apply::{Change, Context, Refusal};
use super::parties;
use crate::db::Tx;
use crate::exchange::CaseRow;
use crate::exchange::key::number_key;
use crate::planning::correction;
use crate::store::legal_case;

/// Applies one row.
pub(super) fn apply(tx: &Tx, context: &Context, row: &CaseRow) -> Result<Change, Refusal> {
    let found = legal_case::by_case_no(tx, context.organisation, &row.case_no)?;
    let mut undertakers = Vec::new();
    for entry in &row.undertakers {
        let part = parties::undertaker(tx, context, entry)?;
        if !undertakers.contains(&part) {
            undertakers.push(part);
        }
    }
    let mut wanted = found.clone().unwrap_or_else(|| fresh(context, row));
    if let Some(found) = &found {
        wanted.case_no = the_fuller(context, &row.case_no, &found.case_no).to_owned();
    }
    wanted.kind = row.kind;
    wanted.cause.clone_from(&row.cause);
    if !undertakers.is_empty() {
        wanted.undertakers = undertakers;
    }
    if !row.recipients.is_empty() {
        wanted.recipients.clone_from(&row.recipients);
    }
    set(&mut wanted.organ_case_no, &row.organ_case_no);
    set(&mut wanted.stage, &row.stage);
    set(&mut wanted.aid_form, &row.aid_form);
    set(&mut wanted.organ, &row.organ);
    set(&mut wanted.assigned_on, &row.assigned_on);
    set(&mut wanted.closed_on, &row.closed_on);
    set(&mut wanted.archived_on, &row.archived_on);
    set(&mut wanted.close_method, &row.close_method);
    set(&mut wanted.effect, &row.effect);
    row.flags.apply(&mut wanted.flags);
    wanted.source = row.source.unwrap_or(wanted.source);
    wanted.status = row.status.unwrap_or(wanted.status);
    wanted.first_case_of_undertaker = row.first_case_of_undertaker.unwrap_or(wanted.first_case_of_undertaker);

    match found {
        Some(found) if found == wanted => Ok(Change::Unchanged),
        Some(_) => {
            legal_case::save(tx, &wanted)?;
            Ok(Change::Updated {
                tasks_renewed: correction::case_corrected(tx, wanted.id, context.minter.clock().now())?,
            })
        }
        None => {
            legal_case::save(tx, &wanted)?;
            Ok(Change::Created)
        }
    }
}

/// Of two numbers that differ in the zeros at their front, the one that has them. Excel takes zeros
/// away and gives none. That they were taken for one is told.
pub(super) fn the_fuller<'n>(context: &Context, said: &'n str, stored: &'n str) -> &'n str {
    if number_key(said).len() == number_key(stored).len() {
        return stored;
    }
    context.took("case_no", said, stored);
    if number_key(said).len() > number_key(stored).len() { said } else { stored }
}

fn fresh(context: &Context, row: &CaseRow) -> Case {
    Case {
        id: context.minter.mint(),
        organisation: context.organisation,
        case_no: row.case_no.clone(),
        organ_case_no: None,
        kind: row.kind,
        stage: None,
        cause: row.cause.clone(),
        source: CaseSource::Application,
        aid_form: None,
        status: told_by_dates(row),
        undertakers: Vec::new(),
        recipients: Vec::new(),
        organ: None,
        assigned_on: None,
        closed_on: None,
        archived_on: None,
        close_method: None,
        effect: None,
        flags: CaseFlags::default(),
        first_case_of_undertaker: false,
    }
}

/// Where a new case stands when its row does not say.
const fn told_by_dates(row: &CaseRow) -> CaseStatus {
    if row.archived_on.is_some() {
        CaseStatus::Archived
    } else if row.closed_on.is_some() {
        CaseStatus::Closed
    } else if row.undertakers.is_empty() {
        CaseStatus::PendingAssignment
    } else {
        CaseStatus::InProgress
    }
}

/// Sets what the row says; what it does not say stays.
pub(super) fn set<T: Clone>(field: &mut Option<T>, said: &Option<T>) {
    if said.is_some() {
        field.clone_from(said);
    }
}
