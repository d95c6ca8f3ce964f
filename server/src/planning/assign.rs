//! Making an assignment. Nothing gets past the gates: there is no override, only a corrected fact.

use tingfang_core::case::{Case, Hearing};
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, HearingId, OrganisationId, PersonId};
use tingfang_core::people::task::TaskRound;
use tingfang_core::people::{Assignment, AssignmentKind, Duty, ReportDue, Subject, VisitStage};

use super::{check, task};
use crate::db::Tx;
use crate::problem::Problem;
use crate::store::assignment::{self, Kept};
use crate::store::{hearing, legal_case, organisation};

/// An assignment that somebody wants.
#[derive(Clone, Debug)]
pub struct NewAssignment {
    /// Its id, freshly minted.
    pub id: AssignmentId,
    /// What is to be done.
    pub kind: AssignmentKind,
    /// The organisation that assigns it.
    pub organisation: OrganisationId,
    /// The hearing to attend, or the one that a report comes before.
    pub hearing: Option<HearingId>,
    /// The workstation or centre to inspect.
    pub inspected: Option<OrganisationId>,
    /// The point of the case at which a recipient is to be asked.
    pub stage: Option<VisitStage>,
    /// What is to be known beside.
    pub note: Option<String>,
    /// The evaluation round, of an assessment or a file review.
    pub round: Option<TaskRound>,
    /// What it is about. Nobody named means everybody who undertakes the hearing's case.
    pub subjects: Vec<Subject>,
    /// Who takes part, as what.
    pub members: Vec<(PersonId, Duty)>,
    /// When it should be done. Of a report it must be known: set here, or by its hearing.
    pub due_at: Option<Moment>,
    /// Who wants it.
    pub created_by: Option<PersonId>,
}

/// What the checks look at: everything that the wish names, found.
pub(super) struct Named {
    pub(super) hearing: Option<Hearing>,
    pub(super) cases: Vec<Case>,
}

/// Makes the assignment, when nothing refuses, and publishes a task to every member.
///
/// # Errors
/// [`Problem::NotFound`] for what it names in vain, [`Problem::Invalid`] for what does not fit
/// together, [`Problem::Refused`] with every rule of the two gates that refuses, and
/// [`Problem::Exists`] when the same work in the same hearing is assigned already.
pub fn assign(tx: &Tx, mut wish: NewAssignment, now: Moment) -> Result<Kept, Problem> {
    let named = named(tx, &mut wish)?;
    if let (AssignmentKind::PreHearingReport, None, Some(hearing)) = (wish.kind, wish.due_at, &named.hearing)
    {
        // Days before the hearing; by the hearing itself when it is nearer than that.
        let days_before = ReportDue::shipped().before(hearing.starts_at);
        wish.due_at = Some(if days_before > now { days_before } else { hearing.starts_at });
    }
    check::fits(&wish, &named)?;
    check::can_still_be_done(&wish, now)?;
    check::people(tx, &wish)?;
    check::legal_gate(&wish, &named, now)?;
    check::member_gates(tx, &wish, &named)?;
    check::not_assigned_already(tx, &wish)?;
    let assignment = Assignment {
        id: wish.id,
        kind: wish.kind,
        organisation: wish.organisation,
        hearing: wish.hearing,
        round: wish.round.as_ref().map(|round| round.id),
        inspected: wish.inspected,
        stage: wish.stage,
        note: wish.note,
        subjects: wish.subjects,
        members: Vec::new(),
        due_at: wish.due_at,
    };
    assignment::insert(tx, &assignment, wish.round.as_ref(), &wish.members, wish.created_by, now)?;
    let kept = assignment::find(tx, wish.id)?.ok_or(Problem::NotFound { what: "assignment" })?;
    task::publish(tx, &kept)?;
    Ok(kept)
}

pub(super) fn named(tx: &Tx, wish: &mut NewAssignment) -> Result<Named, Problem> {
    let found = wish
        .hearing
        .map(|id| hearing::find(tx, id)?.ok_or(Problem::NotFound { what: "hearing" }))
        .transpose()?;
    if let Some(id) = wish.inspected {
        organisation::find(tx, id)?.ok_or(Problem::NotFound { what: "organisation" })?;
    }
    let find = |id| legal_case::find(tx, id)?.ok_or(Problem::NotFound { what: "case" });
    if let (Some(hearing), true) = (&found, wish.subjects.is_empty()) {
        let case = find(hearing.case)?;
        wish.subjects = case
            .undertakers
            .iter()
            .map(|part| Subject { case: case.id, undertaker: part.undertaker })
            .collect();
    }
    let mut cases: Vec<Case> = Vec::new();
    for subject in &wish.subjects {
        if cases.iter().all(|case| case.id != subject.case) {
            cases.push(find(subject.case)?);
        }
    }
    Ok(Named { hearing: found, cases })
}
