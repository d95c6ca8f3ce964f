//! Tasks: an assignment as each of its members' phones gets it.

use std::collections::BTreeSet;

use tingfang_core::case::legal_gate::may_attend;
use tingfang_core::case::{Hearing, Instance, Procedure};
use tingfang_core::id::{AssignmentId, OrganisationId, PersonId};
use tingfang_core::people::task::{TaskHearing, TaskMember, TaskOrganisation, TaskState, TaskSubject};
use tingfang_core::people::{Assignment, RecipientContact, Task, TaskReport};
use tingfang_core::record::return_visit::ReturnVisit;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::sync::row_kind::RowKind;

use super::check;
use crate::db::{DbError, Tx};
use crate::log;
use crate::store::assignment::Kept;
use crate::store::{
    document, hearing, legal_case, organisation, person, provider, recipient, role_grant, task_report,
    undertaker,
};

/// The task of an assignment; the same for every member, but for what they are themselves. Of a case that turned out secret it says
/// the number only (domain 10.3, rule 9).
///
/// # Errors
/// When the database fails.
pub fn build(tx: &Tx, kept: &Kept) -> Result<Task, DbError> {
    let assignment = &kept.assignment;
    let mut subjects = Vec::new();
    for subject in &assignment.subjects {
        let Some(case) = legal_case::find(tx, subject.case)? else { continue };
        let part = case.undertakers.iter().find(|part| part.undertaker == subject.undertaker);
        let who = undertaker::find(tx, subject.undertaker)?;
        // An undertaker who has left the case since is still shown with the provider of today.
        let provider_id = part.map(|part| part.provider).or_else(|| who.as_ref().map(|who| who.provider));
        let firm = provider_id.map(|id| provider::find(tx, id)).transpose()?.flatten();
        let secret = case.flags.secret;
        let said = |text: String| if secret { String::new() } else { text };
        subjects.push(TaskSubject {
            case: case.id,
            case_no: case.case_no,
            case_kind: case.kind.code().to_owned(),
            cause: said(case.cause),
            undertaker: subject.undertaker,
            undertaker_name: said(who.map(|who| who.name).unwrap_or_default()),
            provider_name: said(firm.map(|firm| firm.name).unwrap_or_default()),
            assigned_on: case.assigned_on.filter(|_| !secret),
        });
    }
    let mut members = Vec::new();
    for member in assignment.members.iter().filter(|member| member.span.until.is_none()) {
        let name = person::find(tx, member.person)?.map(|found| found.name).unwrap_or_default();
        members.push(TaskMember { person: member.person, name, duty: member.duty });
    }
    let found = assignment.hearing.map(|id| hearing::find(tx, id)).transpose()?.flatten();
    let refused_by = found.as_ref().map(|hearing| refused_by(tx, hearing, assignment)).transpose()?;
    Ok(Task {
        assignment: assignment.id,
        kind: assignment.kind,
        due_at: assignment.due_at,
        hearing: found.map(|hearing| TaskHearing {
            id: hearing.id,
            court: hearing.court,
            courtroom: hearing.courtroom,
            starts_at: hearing.starts_at,
            kind: hearing.kind.code().to_owned(),
            procedure: hearing.procedure.map(Procedure::code).map(str::to_owned),
            instance: hearing.instance.map(Instance::code).map(str::to_owned),
            openness: hearing.openness.code().to_owned(),
            device_rule: hearing.device_rule,
            refused_by: refused_by.unwrap_or_default(),
        }),
        round: kept.round.clone(),
        stage: assignment.stage,
        inspected: inspected(tx, assignment)?,
        note: assignment.note.clone(),
        reports: reports(tx, assignment.id)?,
        subjects,
        members,
        state: kept.state,
        roles: None,
    })
}

/// The rules by which the law forbids to attend a hearing: asked of the facts alone, not of the day, for a row does
/// not change by the clock.
fn refused_by(tx: &Tx, hearing: &Hearing, assignment: &Assignment) -> Result<Vec<String>, DbError> {
    let mut rules = BTreeSet::new();
    for subject in &assignment.subjects {
        let Some(case) = legal_case::find(tx, subject.case)? else { continue };
        if let Err(refusals) = may_attend(hearing, &case, hearing.starts_at) {
            rules.extend(refusals.into_iter().map(|refusal| refusal.rule));
        }
    }
    Ok(rules.into_iter().map(|rule| rule.code().to_owned()).collect())
}

fn inspected(tx: &Tx, assignment: &Assignment) -> Result<Option<TaskOrganisation>, DbError> {
    let found = assignment.inspected.map(|id| organisation::find(tx, id)).transpose()?.flatten();
    Ok(found.map(|found| TaskOrganisation { id: found.id, name: found.name }))
}

/// How the recipients are reached. Of a secret case nothing leaves.
fn recipients(tx: &Tx, assignment: &Assignment) -> Result<Vec<RecipientContact>, DbError> {
    let mut found = Vec::new();
    for subject in &assignment.subjects {
        if legal_case::find(tx, subject.case)?.is_some_and(|case| !case.flags.secret) {
            found.extend(recipient::of_case(tx, subject.case)?);
        }
    }
    Ok(found)
}

/// Tells the members how the recipients are reached, where their work has to reach them; once it is
/// closed or the visit is sealed nobody has to, and the contacts leave the phones.
///
/// # Errors
/// When the database fails.
pub fn publish_recipients(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    if !kept.assignment.kind.reaches_the_recipient() {
        return Ok(());
    }
    let sealed = document::of_assignment(tx, kept.assignment.id)?
        .iter()
        .any(|row| row.kind == ReturnVisit::SHAPE.code && row.sealed_position.is_some());
    let open = kept.state == TaskState::Open && !sealed;
    let contacts = if open { recipients(tx, &kept.assignment)? } else { Vec::new() };
    let body = serde_json::to_value(&contacts).map_err(|error| DbError::damaged("contacts", &error))?;
    let key = kept.assignment.id.to_string();
    for member in kept.assignment.members.iter().filter(|member| member.span.until.is_none()) {
        log::publish(tx, member.person, RowKind::Recipients, &key, &body)?;
    }
    Ok(())
}

fn reports(tx: &Tx, id: AssignmentId) -> Result<Vec<TaskReport>, DbError> {
    let name = |id| Ok::<_, DbError>(person::find(tx, id)?.map(|found| found.name));
    task_report::of_assignment(tx, id)?
        .into_iter()
        .map(|kept| {
            Ok(TaskReport {
                absent: kept.command.absent.map(name).transpose()?.flatten(),
                by: name(kept.person)?.unwrap_or_default(),
                kind: kept.command.kind,
                reason: kept.command.reason,
                until: kept.command.until,
                said_at: kept.command.said_at,
            })
        })
        .collect()
}

/// Publishes the task to every member.
///
/// # Errors
/// When the database fails.
pub fn publish(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    publish_row(tx, kept)?;
    publish_recipients(tx, kept)?;
    crate::project::on_assigned(tx, kept)
}

/// Publishes the task alone, when nothing changed but what members have said of it.
///
/// # Errors
/// When the database fails.
pub fn publish_row(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    let mut task = build(tx, kept)?;
    let key = kept.assignment.id.to_string();
    for member in task.members.clone() {
        let part = (member.person, member.duty);
        if kept.state == TaskState::Closed && !check::may_keep(tx, &kept.assignment, part)? {
            publish_gone(tx, kept, member.person)?;
            continue;
        }
        task.roles = Some(roles(tx, member.person, kept.assignment.organisation)?);
        let body = serde_json::to_value(&task).map_err(|error| DbError::damaged("a task", &error))?;
        log::publish(tx, member.person, RowKind::Task, &key, &body)?;
    }
    Ok(())
}

/// Tells somebody who takes no part any more that the task is closed for them.
///
/// # Errors
/// When the database fails.
pub fn publish_gone(tx: &Tx, kept: &Kept, person: PersonId) -> Result<(), DbError> {
    let mut gone = build(tx, kept)?;
    gone.state = TaskState::Closed;
    gone.members.clear();
    let body = serde_json::to_value(&gone).map_err(|error| DbError::damaged("a task", &error))?;
    log::publish(tx, person, RowKind::Task, &kept.assignment.id.to_string(), &body)?;
    Ok(())
}

/// The codes of the roles that somebody holds in an organisation.
fn roles(tx: &Tx, person: PersonId, organisation: OrganisationId) -> Result<Vec<String>, DbError> {
    let held = role_grant::held(tx, person)?.into_iter().filter(|grant| grant.organisation == organisation);
    Ok(held.map(|grant| grant.role.code().to_owned()).collect())
}
