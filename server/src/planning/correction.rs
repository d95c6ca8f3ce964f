//! What a corrected fact does to work that is assigned already.
//!
//! A hearing that the law refuses now closes its assignments, a case that turned out secret closes
//! all of its own, and their records leave the phones; a correction back opens those that were closed for it. Tasks are published anew. A
//! report is not wanted any more when its hearing is cancelled.
//! That a hearing is over closes nothing, and neither does what became of one that has begun: the
//! records of it are still to come.

use std::collections::BTreeSet;

use tingfang_core::case::{GateRule, Hearing, HearingState};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, HearingId};
use tingfang_core::people::AssignmentKind;
use tingfang_core::people::task::TaskState;

use super::{check, members, task};
use crate::db::Tx;
use crate::problem::Problem;
use crate::project;
use crate::store::assignment::{self, Kept};
use crate::store::hearing;

/// Looks again at the assignments of a hearing whose facts were corrected. Returns how many there
/// are.
///
/// # Errors
/// When the database fails.
pub fn hearing_corrected(tx: &Tx, id: HearingId, now: Moment) -> Result<usize, Problem> {
    let assignments = assignment::of_hearing(tx, id)?;
    for kept in &assignments {
        look_again(tx, kept, now)?;
    }
    Ok(assignments.len())
}

/// Looks again at the assignments of a case whose facts were corrected: those about it, and those of
/// its hearings. Returns how many there are.
///
/// # Errors
/// When the database fails.
pub fn case_corrected(tx: &Tx, id: CaseId, now: Moment) -> Result<usize, Problem> {
    let mut seen = BTreeSet::new();
    let mut assignments = assignment::of_case(tx, id)?;
    for hearing in hearing::of_case(tx, id)? {
        assignments.extend(assignment::of_hearing(tx, hearing.id)?);
    }
    for kept in &assignments {
        if seen.insert(kept.assignment.id) {
            look_again(tx, kept, now)?;
        }
    }
    Ok(seen.len())
}

fn look_again(tx: &Tx, kept: &Kept, now: Moment) -> Result<(), Problem> {
    let id = kept.assignment.id;
    // The law is asked of what is attended; the hearing of a report only says by when it is wanted.
    let attended = kept.assignment.hearing.filter(|_| kept.assignment.kind == AssignmentKind::Attendance);
    let hearing = attended.map(|id| hearing::find(tx, id)).transpose()?.flatten();
    let mut rule = check::closing_rule(tx, hearing.as_ref(), &kept.assignment.subjects, now)?;
    let reports = kept.assignment.kind == AssignmentKind::PreHearingReport;
    if let (true, None, Some(hearing)) = (reports, rule, kept.assignment.hearing) {
        let cancelled =
            |hearing: &Hearing| hearing.state == HearingState::Cancelled && now < hearing.starts_at;
        rule = hearing::find(tx, hearing)?
            .is_some_and(|found| cancelled(&found))
            .then_some(GateRule::HearingCancelled);
    }
    match (kept.state, rule) {
        (TaskState::Open, Some(rule)) => {
            assignment::set_state(tx, id, TaskState::Closed, Some(rule.code()))?;
        }
        // Only what a rule closed is opened again by a corrected fact. A report is asked for anew: a grade
        // may rest on it that none was missing meanwhile.
        (TaskState::Closed, None) if members::closed_by_a_rule(kept) && !reports => {
            assignment::set_state(tx, id, TaskState::Open, None)?;
        }
        (TaskState::Open | TaskState::Closed, _) => {}
    }
    let Some(kept) = assignment::find(tx, id)? else { return Ok(()) };
    if rule == Some(GateRule::SecretCase) {
        members::take_records_back(tx, &kept)?;
    } else {
        members::give_records_back(tx, &kept)?;
        task::publish(tx, &kept)?;
    }
    Ok(project::on_called_off(tx, &kept)?)
}
