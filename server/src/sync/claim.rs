//! Why a document may begin: the claim of its first item, held against the server's rows.

use tingfang_core::id::{AssignmentId, CaseId, DocumentId, OwnRecord, PersonId, UndertakerId};
use tingfang_core::people::{Duty, Subject, SubjectCount};
use tingfang_core::policy::{self, Act};
use tingfang_core::record::shape::{KindShape, Merge};
use tingfang_core::sync::frame::Claim;

use super::facts::Context;
use super::judging::{Decision, Judge, NOT_ASSIGNED, hold, refuse, whole};
use super::working::WorkingSet;
use crate::records::unlinked;

/// What a document is begun for.
pub(super) struct Claimed {
    pub(super) context: Option<Context>,
    pub(super) case: Option<CaseId>,
    pub(super) undertaker: Option<UndertakerId>,
    pub(super) transcribed_for: Option<PersonId>,
    pub(super) amends: Option<DocumentId>,
}

impl Judge<'_> {
    /// What a document is begun for, when the claim holds against the server's rows.
    pub(super) fn check_claim(
        &self,
        set: &WorkingSet,
        id: DocumentId,
        shape: &KindShape,
        claim: &Claim,
    ) -> Result<Claimed, Decision> {
        let (kind, merge, each_time) = (shape.code, shape.merge, shape.each_time);
        match (claim, merge) {
            (Claim::Shared { assignment }, Merge::Shared) => {
                let holds = DocumentId::shared(self.tenant, *assignment) == id;
                assigned(set, *assignment, kind, None, holds)
            }
            (Claim::Own { .. }, Merge::SingleWriter) if each_time => Err(refuse("claim")),
            (Claim::EachTime { assignment, case, undertaker }, Merge::SingleWriter) if each_time => {
                let subject = case.zip(*undertaker).map(|(case, undertaker)| Subject { case, undertaker });
                let context = set.context(*assignment).ok_or_else(|| refuse(NOT_ASSIGNED))?;
                let wanted = context.assignment.kind.subject_count() != SubjectCount::None;
                // A derived id belongs to whoever it is derived for.
                let whole = case.is_some() == undertaker.is_some();
                let holds = id.is_minted() && whole && subject.is_some() == wanted;
                assigned(set, *assignment, kind, subject, holds)
            }
            (Claim::Own { assignment, case, undertaker, transcribed_for }, Merge::SingleWriter) => {
                let own = OwnRecord {
                    assignment: *assignment,
                    kind,
                    case: *case,
                    undertaker: *undertaker,
                    writer: self.writer.person,
                    transcribed_for: *transcribed_for,
                };
                let holds = DocumentId::own(self.tenant, &own) == id;
                let subject = Subject { case: *case, undertaker: *undertaker };
                let claimed = assigned(set, *assignment, kind, Some(subject), holds)?;
                self.check_transcript(&claimed, *transcribed_for)?;
                Ok(Claimed { transcribed_for: *transcribed_for, ..claimed })
            }
            (Claim::Amendment { of }, _) => self.amended(set, id, kind, *of, Act::Amend),
            // Nobody else adds to what others have sealed together.
            (Claim::LateWork { of }, Merge::Shared) if set.late_work.contains(of) => {
                self.amended(set, id, kind, *of, Act::AddLate)
            }
            (Claim::Unassigned, merge) => {
                // A derived id belongs to whoever it is derived for.
                if !id.is_minted() {
                    return Err(refuse("claim"));
                }
                // Kept until a manager links it to an assignment.
                let link =
                    self.link().filter(|link| link.document == id).ok_or_else(|| hold(unlinked::RULE))?;
                let subject = match merge {
                    Merge::Shared => None,
                    Merge::SingleWriter => link.subject,
                };
                let claimed = assigned(set, link.assignment, kind, subject, true)?;
                let about_cases = claimed
                    .context
                    .as_ref()
                    .is_some_and(|context| context.assignment.kind.subject_count() != SubjectCount::None);
                if merge == Merge::SingleWriter && subject.is_some() != about_cases {
                    return Err(refuse("claim"));
                }
                self.check_transcript(&claimed, None)?;
                Ok(claimed)
            }
            _ => Err(refuse("claim")),
        }
    }

    /// The claim that a record adds to a sealed one, or takes its place.
    fn amended(
        &self,
        set: &WorkingSet,
        id: DocumentId,
        kind: &str,
        of: DocumentId,
        act: Act,
    ) -> Result<Claimed, Decision> {
        let original = set.documents.get(&of).ok_or_else(|| refuse("claim"))?;
        let sealed = original.row.sealed_position.is_some();
        // A derived id belongs to whoever it is derived for.
        if original.row.kind != kind || !sealed || !id.is_minted() {
            return Err(refuse("claim"));
        }
        match self.judge_act(original, act, &whole(), None, None) {
            policy::Judgement::Allow => Ok(Claimed {
                context: original.context.clone(),
                case: original.row.case,
                undertaker: original.row.undertaker,
                transcribed_for: original.row.transcribed_for,
                amends: Some(of),
            }),
            policy::Judgement::Hold(rule) => Err(Decision::Hold { rule }),
            policy::Judgement::Refuse(rule) => Err(Decision::Refuse { rule }),
        }
    }

    /// A clerk enters what an observer of the assignment has written on paper, and nobody else does.
    fn check_transcript(&self, claimed: &Claimed, observer: Option<PersonId>) -> Result<(), Decision> {
        let Some(context) = &claimed.context else { return Ok(()) };
        let is_clerk = [self.then, self.now]
            .iter()
            .any(|at| context.assignment.duty_at(self.writer.person, *at) == Some(Duty::Clerk));
        let of_observer = observer.is_some_and(|observer| {
            let duties = context.assignment.members.iter().filter(|member| member.person == observer);
            duties.into_iter().any(|member| member.duty.observes())
        });
        if is_clerk == of_observer && is_clerk == observer.is_some() {
            Ok(())
        } else {
            Err(refuse("transcript_of_no_observer"))
        }
    }
}

/// The claim that a record answers an assignment.
fn assigned(
    set: &WorkingSet,
    id: AssignmentId,
    kind: &str,
    subject: Option<Subject>,
    id_holds: bool,
) -> Result<Claimed, Decision> {
    let context = set.context(id).ok_or_else(|| refuse(NOT_ASSIGNED))?;
    let assignment = &context.assignment;
    let covers = subject.is_none_or(|subject| assignment.covers(subject));
    if !id_holds || !covers || !assignment.kind.record_kinds().contains(&kind) {
        return Err(refuse("claim"));
    }
    Ok(Claimed {
        context: Some(context.clone()),
        case: subject.map(|subject| subject.case),
        undertaker: subject.map(|subject| subject.undertaker),
        transcribed_for: None,
        amends: None,
    })
}
