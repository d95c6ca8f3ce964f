//! Reports that were asked for and did not come before a round began.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::evidence::MissingReport;
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{AssignmentKind, Subject};
use tingfang_core::record::pre_hearing_report::PreHearingReport;
use tingfang_core::record::shape::RecordKind;

use crate::db::{DbError, Tx};
use crate::store::assignment::{self, Kept};
use crate::store::document;

/// The reports on a subject that were due by a moment and were not there at a position of the log;
/// nothing for the newest. What was called off by then is not missing.
///
/// # Errors
/// When the data layer fails.
pub(super) fn missing_reports(
    tx: &Tx,
    subject: Subject,
    by: Moment,
    until: Option<LogPosition>,
) -> Result<Vec<MissingReport>, DbError> {
    let known = |position: LogPosition| until.is_none_or(|until| position <= until);
    let mut missing = Vec::new();
    for kept in assignment::of_case(tx, subject.case)? {
        let Some(due_at) = asked(&kept, subject).filter(|due_at| *due_at < by) else { continue };
        let begun = kept.assignment.members.iter().map(|member| member.span.from).min();
        let called_off = kept.state == TaskState::Closed && kept.closed_position.is_none_or(known);
        if called_off || !begun.is_some_and(known) {
            continue;
        }
        let came = document::of_assignment(tx, kept.assignment.id)?
            .iter()
            .filter(|row| row.kind == PreHearingReport::SHAPE.code)
            .any(|row| row.sealed_position.is_some_and(known));
        if !came {
            missing.push(MissingReport { assignment: kept.assignment.id, due_at });
        }
    }
    Ok(missing)
}

/// When a report of this subject was due by an assignment, where it asks for one.
fn asked(kept: &Kept, subject: Subject) -> Option<Moment> {
    let assignment = &kept.assignment;
    assignment
        .due_at
        .filter(|_| assignment.kind == AssignmentKind::PreHearingReport && assignment.covers(subject))
}
