//! The checks before an assignment.

use std::collections::BTreeSet;

use tingfang_core::case::{
    GateArticle, GateRefusal, GateRule, Hearing, ObserverFacts, may_attend, may_observe,
};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, OrganisationId, PersonId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{
    Assignment, AssignmentKind, CaseTies, Duty, Person, Relation, Role, Subject, SubjectCount,
    relation_to_case,
};

use super::assign::{Named, NewAssignment};
use crate::db::{DbError, Tx};
use crate::policies;
use crate::problem::{FieldProblem, Problem};
use crate::store::{assignment, case_relation, legal_case, person, role_grant, undertaker};

/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 500;

/// Whether the parts of the wish fit together.
pub(super) fn fits(wish: &NewAssignment, named: &Named) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    let attendance = wish.kind == AssignmentKind::Attendance;
    match &named.hearing {
        None if attendance => wrong.push(FieldProblem::new("hearing", "empty")),
        Some(_) if !wish.kind.may_name_hearing() => {
            wrong.push(FieldProblem::new("hearing", "not_of_this_kind"));
        }
        Some(hearing) if wish.subjects.iter().all(|subject| subject.case != hearing.case) => {
            wrong.push(FieldProblem::new("subjects", "hearing_of_other_case"));
        }
        _ => {}
    }
    match (wish.kind.subject_count(), wish.subjects.len()) {
        (SubjectCount::One | SubjectCount::Some, 0) => wrong.push(FieldProblem::new("subjects", "empty")),
        (SubjectCount::One, 2..) => wrong.push(FieldProblem::new("subjects", "one_subject")),
        (SubjectCount::None, 1..) => wrong.push(FieldProblem::new("subjects", "not_of_this_kind")),
        _ => {}
    }
    let inspects = wish.kind == AssignmentKind::Inspection;
    match wish.inspected {
        None if inspects => wrong.push(FieldProblem::new("inspected", "empty")),
        Some(_) if !inspects => wrong.push(FieldProblem::new("inspected", "not_of_this_kind")),
        _ => {}
    }
    match wish.stage {
        None if wish.kind == AssignmentKind::ReturnVisit => wrong.push(FieldProblem::new("stage", "empty")),
        Some(_) if wish.kind != AssignmentKind::ReturnVisit => {
            wrong.push(FieldProblem::new("stage", "not_of_this_kind"));
        }
        _ => {}
    }
    if wish.kind == AssignmentKind::PreHearingReport && wish.due_at.is_none() {
        wrong.push(FieldProblem::new("due_at", "empty"));
    }
    if wish.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
        wrong.push(FieldProblem::new("note", "too_long").with("max", MAX_NOTE_CHARS));
    }
    for (index, subject) in wish.subjects.iter().enumerate() {
        let case = named.cases.iter().find(|case| case.id == subject.case);
        let undertakes = |case: &tingfang_core::case::Case| {
            case.undertakers.iter().any(|part| part.undertaker == subject.undertaker)
        };
        if !case.is_some_and(undertakes) {
            wrong.push(FieldProblem::new(format!("subjects[{index}].undertaker"), "not_undertaking"));
        }
        if case.is_some_and(|case| case.organisation != wish.organisation) {
            wrong.push(FieldProblem::new(format!("subjects[{index}].case"), "other_organisation"));
        }
        if wish.subjects[..index].contains(subject) {
            wrong.push(FieldProblem::new(format!("subjects[{index}]"), "twice"));
        }
    }
    let leads = wish.members.iter().filter(|(_, duty)| duty.leads()).count();
    if leads != 1 && wish.kind.duties().iter().any(|duty| duty.leads()) {
        wrong.push(FieldProblem::new("members", "one_lead"));
    }
    if wish.members.is_empty() {
        wrong.push(FieldProblem::new("members", "empty"));
    }
    for (index, (id, duty)) in wish.members.iter().enumerate() {
        if !wish.kind.duties().contains(duty) {
            wrong.push(FieldProblem::new(format!("members[{index}].duty"), "not_of_this_kind"));
        }
        if wish.members[..index].iter().any(|(earlier, _)| earlier == id) {
            wrong.push(FieldProblem::new(format!("members[{index}].person"), "twice"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Problem::Invalid(wrong)) }
}

/// Whether a report can come in time at all: what was due before it was asked for would be missing at once.
pub(super) fn can_still_be_done(wish: &NewAssignment, now: Moment) -> Result<(), Problem> {
    let late = wish.due_at.is_some_and(|due_at| due_at <= now);
    if wish.kind == AssignmentKind::PreHearingReport && late {
        return Err(Problem::field("due_at", "in_the_past"));
    }
    Ok(())
}

/// Whether every member exists and holds a role that may do all that the duty asks for, by the same
/// policy that judges the records, in this organisation.
pub(super) fn people(tx: &Tx, wish: &NewAssignment) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    for (index, (id, duty)) in wish.members.iter().enumerate() {
        let field = format!("members[{index}].person");
        if person::find(tx, *id)?.is_none() {
            wrong.push(FieldProblem::new(field, "no_such_person"));
            continue;
        }
        if !holds_role_for(tx, *id, (wish.kind, *duty), wish.organisation)? {
            wrong.push(FieldProblem::new(field, "role_missing"));
        } else if wish.kind.asks_the_undertaker() && !is_asked_side(tx, wish, *id)? {
            wrong.push(FieldProblem::new(field, "not_undertaking"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Problem::Invalid(wrong)) }
}

/// Whether somebody holds a role in this organisation that may do all that a duty asks for.
pub(super) fn holds_role_for(
    tx: &Tx,
    person: PersonId,
    (kind, duty): (AssignmentKind, Duty),
    organisation: OrganisationId,
) -> Result<bool, DbError> {
    let held = role_grant::held(tx, person)?;
    let fits =
        |role: &Role| held.iter().any(|grant| grant.organisation == organisation && grant.role == *role);
    Ok(policies::current(tx)?.roles_of_duty(kind.record_kinds(), duty).iter().any(fits))
}

/// Whether somebody who takes part in work that is over still has it on their phone: not who has lost the role for it,
/// nor who turned out to be related to its case.
pub(super) fn may_keep(
    tx: &Tx,
    assignment: &Assignment,
    (person, duty): (PersonId, Duty),
) -> Result<bool, DbError> {
    if !holds_role_for(tx, person, (assignment.kind, duty), assignment.organisation)? {
        return Ok(false);
    }
    let Some(found) = person::find(tx, person)? else { return Ok(false) };
    let cases: Vec<CaseId> = assignment.subjects.iter().map(|subject| subject.case).collect();
    Ok(assignment.kind.asks_the_undertaker() || avoidance(tx, &found, &cases)?.is_empty())
}

/// Whether somebody may report or answer: the undertaker; and for an answer, the provider too.
fn is_asked_side(tx: &Tx, wish: &NewAssignment, id: PersonId) -> Result<bool, DbError> {
    let Some(person) = person::find(tx, id)? else { return Ok(false) };
    let Some(subject) = wish.subjects.first() else { return Ok(false) };
    if person.undertaker == Some(subject.undertaker) {
        return Ok(true);
    }
    let provider = undertaker::find(tx, subject.undertaker)?.map(|undertaker| undertaker.provider);
    Ok(wish.kind == AssignmentKind::Response && provider.is_some() && person.provider == provider)
}

/// Asks whether the law lets the hearing be attended, for every case, and whether a case touches
/// state secrets, whatever the work. Names everything that refuses.
pub(super) fn legal_gate(wish: &NewAssignment, named: &Named, now: Moment) -> Result<(), Problem> {
    let mut refused: BTreeSet<(String, GateRefusal)> = BTreeSet::new();
    for case in &named.cases {
        match attended(wish, named) {
            Some(hearing) => {
                let answer = may_attend(hearing, case, now).err().unwrap_or_default();
                refused.extend(answer.into_iter().map(|refusal| ("hearing".to_owned(), refusal)));
            }
            None if case.flags.secret => {
                let secret = GateRefusal { rule: GateRule::SecretCase, article: GateArticle::StateSecrets };
                refused.insert(("subjects".to_owned(), secret));
            }
            None => {}
        }
    }
    refusal(refused)
}

/// Asks whether every member may take part: the gate of observers, or avoidance. Names everybody who
/// may not, and why.
pub(super) fn member_gates(tx: &Tx, wish: &NewAssignment, named: &Named) -> Result<(), Problem> {
    let mut refused: BTreeSet<(String, GateRefusal)> = BTreeSet::new();
    let mut ties: Vec<CaseTies> = Vec::new();
    for case in &named.cases {
        ties.extend(case_relation::ties(tx, case.id)?);
    }
    for (index, (id, _)) in wish.members.iter().enumerate() {
        let Some(member) = person::find(tx, *id)? else { continue };
        let field = format!("members[{index}].person");
        let answer = match attended(wish, named) {
            _ if wish.kind.asks_the_undertaker() => Vec::new(),
            Some(hearing) => {
                may_observe(&ObserverFacts::of(&member, &ties), hearing).err().unwrap_or_default()
            }
            None => related(&member, &ties),
        };
        refused.extend(answer.into_iter().map(|refusal| (field.clone(), refusal)));
    }
    refusal(refused)
}

/// The hearing that is to be attended; that of a report only tells by when it is wanted.
fn attended<'n>(wish: &NewAssignment, named: &'n Named) -> Option<&'n Hearing> {
    named.hearing.as_ref().filter(|_| wish.kind == AssignmentKind::Attendance)
}

fn refusal(refused: BTreeSet<(String, GateRefusal)>) -> Result<(), Problem> {
    if refused.is_empty() {
        return Ok(());
    }
    Err(Problem::Refused(
        refused.into_iter().map(|(field, refusal)| FieldProblem::gate(field, refusal)).collect(),
    ))
}

/// Whether the same work in the same hearing, or by the same people in the same round, is assigned.
pub(super) fn not_assigned_already(tx: &Tx, wish: &NewAssignment) -> Result<(), Problem> {
    // A recipient is visited, a case followed and a report asked for as often as it is needed.
    if wish.kind != AssignmentKind::Attendance && wish.round.is_none() {
        return Ok(());
    }
    let others = match (wish.hearing, &wish.round) {
        (Some(hearing), _) => assignment::of_hearing(tx, hearing)?,
        (None, Some(round)) => assignment::of_round(tx, round.id)?,
        (None, None) => Vec::new(),
    };
    let same = |other: &assignment::Kept| {
        let by_same_people = wish.hearing.is_some()
            || other.assignment.members.iter().any(|member| {
                member.span.until.is_none() && wish.members.iter().any(|(person, _)| *person == member.person)
            });
        other.state == TaskState::Open
            && other.assignment.kind == wish.kind
            && by_same_people
            && wish.subjects.iter().any(|subject| other.assignment.covers(*subject))
    };
    if others.iter().any(same) { Err(Problem::Exists { what: "assignment" }) } else { Ok(()) }
}

/// The first rule that closes work on these subjects: of the legal gate where there is a hearing,
/// and whatever the work, that a case touches state secrets.
pub(super) fn closing_rule(
    tx: &Tx,
    hearing: Option<&Hearing>,
    subjects: &[Subject],
    now: Moment,
) -> Result<Option<GateRule>, Problem> {
    let mut first: Option<GateRule> = None;
    for subject in subjects {
        let Some(case) = legal_case::find(tx, subject.case)? else { continue };
        let secret = case.flags.secret.then_some(GateRule::SecretCase);
        // Asked as of the hearing itself: that its day has passed closes nothing.
        let answer = hearing.and_then(|hearing| may_attend(hearing, &case, hearing.starts_at).err());
        let refusals = answer.unwrap_or_default();
        let rules = refusals.into_iter().map(|refusal| refusal.rule);
        // Who was there has a record to make, whatever became of the hearing: that it was put off
        // or called off is what the record says.
        let begun = hearing.is_some_and(|hearing| hearing.starts_at <= now);
        let closing = rules.filter(|rule| match rule {
            GateRule::HearingOver => false,
            GateRule::HearingPostponed | GateRule::HearingCancelled => !begun,
            _ => true,
        });
        first = first.into_iter().chain(secret).chain(closing).min();
    }
    Ok(first)
}

/// Why a person may not review, assess or check these cases; nothing when they may.
///
/// # Errors
/// When the database fails.
pub fn avoidance(tx: &Tx, person: &Person, cases: &[CaseId]) -> Result<Vec<GateRefusal>, DbError> {
    let mut ties = Vec::new();
    for case in cases {
        ties.extend(case_relation::ties(tx, *case)?);
    }
    Ok(related(person, &ties))
}

/// Who undertakes a case, is related to it or belongs to its provider does not review or assess it.
fn related(member: &Person, cases: &[CaseTies]) -> Vec<GateRefusal> {
    let relation = cases.iter().map(|case| relation_to_case(&member.ties(), case)).max();
    let rule = match relation {
        None | Some(Relation::None) => return Vec::new(),
        Some(Relation::Related) => GateRule::ObserverRelated,
        Some(Relation::SameProvider) => GateRule::ObserverSameProvider,
        Some(Relation::Undertakes) => GateRule::ObserverUndertakes,
    };
    vec![GateRefusal { rule, article: GateArticle::Avoidance }]
}
