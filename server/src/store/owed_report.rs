//! Reports that are owed in long cases: running cases of which no report was asked for a long time.

use jiff::civil::Date;
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, OrganisationId, UndertakerId};
use tingfang_core::people::AssignmentKind;
use tingfang_core::people::task::TaskState;

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};

/// An undertaker's work in a case of which a report should be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedReport {
    /// The case.
    pub case: CaseId,
    /// The centre's number of the case.
    pub case_no: String,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// Their name.
    pub undertaker_name: String,
    /// Since when the case runs.
    pub assigned_on: Option<Date>,
}

/// Running cases that were assigned on a day or before it and of which no report is or was due after a
/// moment, the longest running first. What was called off was not asked.
pub fn since(
    tx: &Tx,
    organisations: &[OrganisationId],
    assigned_by: Date,
    last_due: Moment,
    limit: u32,
) -> Result<Vec<OwedReport>, DbError> {
    let mut filter = Filter::default();
    filter.one_of("legal_case.organisation_id", organisations.iter().copied());
    filter.equals("legal_case.status", Some("in_progress"));
    filter.compare("legal_case.assigned_on", "<=", Some(assigned_by));
    let (kind, due) = (filter.place(AssignmentKind::PreHearingReport.code()), filter.place(last_due));
    let open = filter.place(TaskState::Open.code());
    filter.condition(format!(
        "not exists (select 1 from assignment
             join assignment_subject on assignment_subject.assignment_id = assignment.assignment_id
             where assignment_subject.legal_case_id = case_undertaker.legal_case_id
               and assignment_subject.undertaker_id = case_undertaker.undertaker_id
               and assignment.kind = {kind} and assignment.state = {open} and assignment.due_at > {due})"
    ));
    let sql = filter.select(
        "select case_undertaker.legal_case_id as legal_case_id, legal_case.case_no as case_no,
             case_undertaker.undertaker_id as undertaker_id, undertaker.name as name,
             legal_case.assigned_on as assigned_on
         from case_undertaker
         join legal_case on legal_case.legal_case_id = case_undertaker.legal_case_id
         join undertaker on undertaker.undertaker_id = case_undertaker.undertaker_id",
        "legal_case.assigned_on, case_undertaker.legal_case_id, case_undertaker.undertaker_id",
        limit,
    );
    tx.query(&sql, filter.values(), read)
}

fn read(row: &Row) -> Result<OwedReport, DbError> {
    Ok(OwedReport {
        case: row.get("legal_case_id")?,
        case_no: row.get("case_no")?,
        undertaker: row.get("undertaker_id")?,
        undertaker_name: row.get("name")?,
        assigned_on: row.get("assigned_on")?,
    })
}
