//! 今日 what is to be done.

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::{Task, TaskReportKind};
use tingfang_core::phone::{AgendaPlace, MonthFigure};

use super::Tingfang;
use crate::error::TingfangError;
use crate::model::agenda::Agenda;
use crate::model::contact::Contact;
use crate::model::page::{ReturnedPage, ToConfirmPage, place};

#[uniffi::export]
impl Tingfang {
    /// A page of what is to be done, the overdue first, then by time. `after` is `next` of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn agenda(&self, after: Option<String>, limit: u32) -> Result<Agenda, TingfangError> {
        let read = |text: String| {
            AgendaPlace::from_text(&text).ok_or_else(|| TingfangError::bad_argument("after is no place"))
        };
        let after = after.map(read).transpose()?;
        self.read(|phone| phone.agenda(after, limit)).map(Agenda::from)
    }

    /// How much of the month that a time lies in is done, kind by kind.
    pub fn month_figures(&self, in_month: Moment) -> Result<Vec<MonthFigure>, TingfangError> {
        self.read(|phone| phone.month_figures(in_month))
    }

    /// One task; nothing when this phone has none of this assignment.
    pub fn task(&self, assignment: AssignmentId) -> Result<Option<Task>, TingfangError> {
        self.read(|phone| phone.task(assignment))
    }

    /// The recipients of a task: with the rules of safe contact, and without the numbers of those at risk.
    pub fn contacts(&self, assignment: AssignmentId) -> Result<Vec<Contact>, TingfangError> {
        let cards = self.read(|phone| phone.contacts(assignment))?;
        Ok(cards.into_iter().map(Contact::from).collect())
    }

    /// The same with the numbers, for somebody who has read the rules; outside of the safe hours the
    /// number of a recipient at risk stays hidden.
    pub fn contacts_after_rules(&self, assignment: AssignmentId) -> Result<Vec<Contact>, TingfangError> {
        let cards = self.read(|phone| phone.contacts_after_rules(assignment))?;
        Ok(cards.into_iter().map(Contact::from).collect())
    }

    /// Says that a task cannot be done. It is kept when this returns, and sent with the next sync.
    pub fn report_impossible(
        &self,
        assignment: AssignmentId,
        reason: String,
    ) -> Result<DocumentId, TingfangError> {
        let kind = TaskReportKind::Impossible;
        self.written(|phone| phone.report_on_task(assignment, kind, &reason, None, None))
    }

    /// Says that a task is put off until a time.
    pub fn report_postponed(
        &self,
        assignment: AssignmentId,
        reason: String,
        until: Moment,
    ) -> Result<DocumentId, TingfangError> {
        let kind = TaskReportKind::Postponed;
        self.written(|phone| phone.report_on_task(assignment, kind, &reason, Some(until), None))
    }

    /// Says that a member of a task did not come.
    pub fn report_absent(
        &self,
        assignment: AssignmentId,
        reason: String,
        member: PersonId,
    ) -> Result<DocumentId, TingfangError> {
        let kind = TaskReportKind::MemberAbsent;
        self.written(|phone| phone.report_on_task(assignment, kind, &reason, None, Some(member)))
    }

    /// A page of the owner's records that were returned and not answered yet, what waits longest first. `after` is
    /// `next` of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn returned(&self, after: Option<String>, limit: u32) -> Result<ReturnedPage, TingfangError> {
        let after = place(after)?;
        self.read(|phone| phone.returned_page(after, limit)).map(ReturnedPage::from)
    }

    /// A page of the sealed copies of the owner's paper that a clerk has entered and that wait for the owner's word,
    /// what came first onto this phone first: `confirm`. One that the clerk has amended waits no more. `after` is
    /// `next` of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn to_confirm(&self, after: Option<String>, limit: u32) -> Result<ToConfirmPage, TingfangError> {
        let after = place(after)?;
        self.read(|phone| phone.to_confirm_page(after, limit)).map(ToConfirmPage::from)
    }
}
