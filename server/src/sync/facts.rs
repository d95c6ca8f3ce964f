//! The facts that the policy looks at, for a person and a record, at a position of the log.

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{AssignmentId, CaseId, PersonId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{Assignment, Duty, PersonTies, Relation, Role, RoleGrant, relation_to_case};
use tingfang_core::policy::{Facts, RecordState};

use crate::db::{DbError, Tx};
use crate::store::{assignment, case_relation, document, person, role_grant};

/// What is known of the sender, at every position.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) person: PersonId,
    ties: PersonTies,
    grants: Vec<RoleGrant>,
}

/// What is known of the assignment that a record answers.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) assignment: Assignment,
    closed: bool,
    relation: Relation,
}

/// The roles of a writer at one position; facts borrow them.
pub(super) struct Roles(Vec<Role>);

impl Writer {
    pub(super) fn read(tx: &Tx, id: PersonId) -> Result<Self, DbError> {
        let ties = person::find(tx, id)?
            .map(|person| person.ties())
            .ok_or_else(|| DbError::Damaged("a device belongs to nobody".to_owned()))?;
        Ok(Self { person: id, ties, grants: role_grant::of_person(tx, id)? })
    }

    pub(super) fn roles_at(&self, position: LogPosition) -> Roles {
        let held = self.grants.iter().filter(|grant| grant.span.contains(position));
        Roles(held.map(|grant| grant.role).collect())
    }

    /// The context of an assignment for this writer; nothing when there is no such assignment.
    pub(super) fn context(&self, tx: &Tx, id: AssignmentId) -> Result<Option<Context>, DbError> {
        let Some(kept) = assignment::find(tx, id)? else { return Ok(None) };
        let cases: std::collections::BTreeSet<CaseId> =
            kept.assignment.subjects.iter().map(|subject| subject.case).collect();
        let mut relation = Relation::None;
        for case in cases {
            if let Some(ties) = case_relation::ties(tx, case)? {
                relation = relation.max(relation_to_case(&self.ties, &ties));
            }
        }
        Ok(Some(Context { closed: kept.state == TaskState::Closed, assignment: kept.assignment, relation }))
    }

    /// The facts for a record at a position.
    pub(super) fn facts<'r>(
        &self,
        roles: &'r Roles,
        context: Option<&Context>,
        record: Option<&document::Kept>,
        position: LogPosition,
    ) -> Facts<'r> {
        let sealed =
            record.and_then(|record| record.sealed_position).is_some_and(|sealed| sealed <= position);
        let closed = context.is_some_and(|context| context.closed);
        Facts {
            person: self.person,
            roles: &roles.0,
            duty: context.and_then(|context| context.assignment.duty_at(self.person, position)),
            relation: context.map_or(Relation::None, |context| context.relation),
            is_writer: record.is_none_or(|record| record.writer == Some(self.person)),
            state: match (sealed, closed) {
                (true, _) => RecordState::Sealed,
                (false, true) => RecordState::Closed,
                (false, false) => RecordState::Open,
            },
        }
    }
}

impl Context {
    /// The observers of the assignment at a position: chair and observers, not the clerk.
    pub(super) fn observers_at(&self, position: LogPosition) -> Vec<PersonId> {
        let members = self.assignment.members_at(position);
        members
            .filter(|member| matches!(member.duty, Duty::Chair | Duty::Observer))
            .map(|member| member.person)
            .collect()
    }
}

/// The people who receive a record: the members of its assignment, or its one writer.
pub(super) fn readers(
    context: Option<&Context>,
    record: &document::Kept,
    head: LogPosition,
) -> Vec<PersonId> {
    match (record.writer, context) {
        (Some(writer), _) => vec![writer],
        (None, Some(context)) => context.assignment.members_at(head).map(|member| member.person).collect(),
        (None, None) => vec![record.begun_by],
    }
}
