//! What is doubtful in a record, and what is to be tried next: derived from what stands in it.

use jiff::civil::Date;
use tingfang_core::id::CaseId;
use tingfang_core::record::Record;
use tingfang_core::record::doubt::{Doubt, Yardstick, doubts};
use tingfang_core::record::retry_plan::{NextAttempt, RetryPlan};

use super::OpenRecord;
use crate::db::{DbError, Tx};
use crate::store::{assignment, legal_case};

/// What is doubtful in a record as it stands: held against the time at which its last change was received
/// and the day on which its case was assigned. It is kept all the same.
///
/// # Errors
/// When the data layer fails.
pub fn doubts_of(tx: &Tx, record: &OpenRecord) -> Result<Vec<Doubt>, DbError> {
    let Some(read) = Record::read(&record.row.kind, &record.document.content()) else {
        return Ok(Vec::new());
    };
    let assigned_on = assigned_on(tx, record)?;
    Ok(doubts(&read, Yardstick { now: record.row.changed_at, assigned_on }))
}

/// The day on which the case of a record was assigned; the first one where it is about several.
fn assigned_on(tx: &Tx, record: &OpenRecord) -> Result<Option<Date>, DbError> {
    let cases: Vec<CaseId> = match (record.row.case, record.row.assignment) {
        (Some(case), _) => vec![case],
        (None, Some(id)) => {
            let subjects = assignment::find(tx, id)?.map(|kept| kept.assignment.subjects);
            subjects.into_iter().flatten().map(|subject| subject.case).collect()
        }
        (None, None) => Vec::new(),
    };
    let mut days = Vec::new();
    for case in cases {
        days.extend(legal_case::find(tx, case)?.and_then(|case| case.assigned_on));
    }
    Ok(days.into_iter().min())
}

/// When a recipient who was not reached is tried again; nothing for any other record and for a sealed one.
pub fn next_attempt(record: &OpenRecord) -> Option<NextAttempt> {
    let read = Record::read(&record.row.kind, &record.document.content())?;
    RetryPlan::shipped().next_in(&read, record.seal.is_some())
}
