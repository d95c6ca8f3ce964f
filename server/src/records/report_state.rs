//! How an undertaker's report stands 庭前报告状态: derived from what there is, never entered (domain 7.4).

use tingfang_core::clock::Moment;
use tingfang_core::codes;
use tingfang_core::evidence::is_late;
use tingfang_core::id::DocumentId;
use tingfang_core::people::AssignmentKind;
use tingfang_core::people::task::TaskState;
use tingfang_core::record::pre_hearing_report::CheckState;

use crate::db::{DbError, Tx};
use crate::store::{assignment, document, hearing, record_return, report_check, seal};

/// The kind of record that it is.
const REPORT: &str = "pre_hearing_report";

codes! {
    /// How a report stands (domain 10.2).
    ReportState as "report_state" {
        /// Not there yet, and not due.
        Due = "due",
        /// Not there although it was due.
        Overdue = "overdue",
        /// Not there although the hearing has begun.
        Missing = "missing",
        /// Not there, and not asked for any more.
        CalledOff = "called_off",
        Submitted = "submitted",
        Read = "read",
        Returned = "returned",
        Accepted = "accepted",
        SentToDiscussion = "sent_to_discussion",
    }
}

/// A report that was asked for, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The newest sealed report, amendments included.
    pub record: Option<DocumentId>,
    /// How it stands.
    pub state: ReportState,
    /// Whether the first one came late, as far as that can be proved.
    pub late: bool,
    /// When the first one was received.
    pub received_at: Option<Moment>,
}

/// How the report of an assignment stands now; nothing for an assignment that asks for none.
///
/// # Errors
/// When the data layer fails.
pub fn of_assignment(tx: &Tx, kept: &assignment::Kept, now: Moment) -> Result<Option<Report>, DbError> {
    let assignment = &kept.assignment;
    if assignment.kind != AssignmentKind::PreHearingReport {
        return Ok(None);
    }
    let rows = document::of_assignment(tx, assignment.id)?;
    let mut sealed: Vec<_> =
        rows.into_iter().filter(|row| row.kind == REPORT && row.sealed_position.is_some()).collect();
    sealed.sort_by_key(|row| row.sealed_position);
    let (Some(first), Some(last)) = (sealed.first(), sealed.last()) else {
        let begins = assignment.hearing.map(|id| hearing::find(tx, id)).transpose()?.flatten();
        let begun = begins.is_some_and(|hearing| hearing.starts_at <= now);
        let due = assignment.due_at.is_some_and(|due| due < now);
        let state = match (begun, due) {
            _ if kept.state == TaskState::Closed => ReportState::CalledOff,
            (true, _) => ReportState::Missing,
            (false, true) => ReportState::Overdue,
            (false, false) => ReportState::Due,
        };
        return Ok(Some(Report { record: None, state, late: false, received_at: None }));
    };
    let seal = seal::find(tx, first.id)?.map(|kept| kept.sealed);
    let late = assignment.due_at.zip(seal).is_some_and(|(due, sealed)| is_late(sealed, due));
    let open = record_return::of_document(tx, last.id)?.iter().any(|kept| kept.answered_by.is_none());
    let checked = report_check::of_document(tx, last.id)?.last().map(|check| check.state);
    let state = match (open, checked) {
        (true, _) => ReportState::Returned,
        (false, None) => ReportState::Submitted,
        (false, Some(CheckState::Read)) => ReportState::Read,
        (false, Some(CheckState::Accepted)) => ReportState::Accepted,
        (false, Some(CheckState::SentToDiscussion)) => ReportState::SentToDiscussion,
    };
    let received_at = seal.map(|sealed| sealed.not_after);
    Ok(Some(Report { record: Some(last.id), state, late, received_at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tingfang_core::text::{Language, label};

    #[test]
    fn every_state_has_a_label_in_both_languages() {
        let states = ReportState::CODES.iter().map(|code| (ReportState::NAME, code));
        let checks = CheckState::CODES.iter().map(|code| (CheckState::NAME, code));
        for (name, code) in states.chain(checks) {
            for language in [Language::Zh, Language::En] {
                assert!(label(language, name, code).is_some(), "{language:?} lacks {name}.{code}");
            }
        }
    }
}
