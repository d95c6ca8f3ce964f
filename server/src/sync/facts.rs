//! The facts that the policy looks at, for a person and a record, at a position of the log.

use std::collections::BTreeSet;

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{AssignmentId, CaseId, PersonId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{Assignment, PersonTies, Relation, Role, RoleGrant, relation_to_case};
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
    closed: Option<LogPosition>,
    /// How the writer stands to the cases by what was declared up to the beacon.
    relation_then: Relation,
    /// The same by what is declared now.
    relation_now: Relation,
}

/// On which facts a judgement rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Those that the sender could know.
    Then,
    /// Those of now.
    Now,
}

impl Writer {
    pub(super) fn read(tx: &Tx, id: PersonId) -> Result<Self, DbError> {
        let ties = person::find(tx, id)?
            .map(|person| person.ties())
            .ok_or_else(|| DbError::Damaged("a device belongs to nobody".to_owned()))?;
        Ok(Self { person: id, ties, grants: role_grant::of_person(tx, id)? })
    }

    /// The roles that the writer held at a position: where the assignment belongs, or anywhere for a record
    /// that answers none.
    pub(super) fn roles_at(&self, position: LogPosition, context: Option<&Context>) -> BTreeSet<Role> {
        let counts = |grant: &&RoleGrant| {
            grant.span.contains(position)
                && context.is_none_or(|context| context.assignment.organisation == grant.organisation)
        };
        self.grants.iter().filter(counts).map(|grant| grant.role).collect()
    }

    /// The context of an assignment for this writer; nothing when there is no such assignment.
    ///
    /// `then` is the position that the frame's beacon proves.
    pub(super) fn context(
        &self,
        tx: &Tx,
        id: AssignmentId,
        then: LogPosition,
    ) -> Result<Option<Context>, DbError> {
        let Some(kept) = assignment::find(tx, id)? else { return Ok(None) };
        let cases: BTreeSet<CaseId> = kept.assignment.subjects.iter().map(|subject| subject.case).collect();
        let (mut relation_then, mut relation_now) = (Relation::None, Relation::None);
        for case in cases {
            if let Some(ties) = case_relation::ties_at(tx, case, then)? {
                relation_then = relation_then.max(relation_to_case(&self.ties, &ties));
            }
            if let Some(ties) = case_relation::ties(tx, case)? {
                relation_now = relation_now.max(relation_to_case(&self.ties, &ties));
            }
        }
        let closed = kept.closed_position.filter(|_| kept.state == TaskState::Closed);
        Ok(Some(Context { assignment: kept.assignment, closed, relation_then, relation_now }))
    }

    /// The facts for a record at a position: that of the beacon, or now.
    pub(super) fn facts(
        &self,
        roles: BTreeSet<Role>,
        context: Option<&Context>,
        record: Option<&document::Kept>,
        (position, when): (LogPosition, When),
    ) -> Facts {
        let sealed =
            record.and_then(|record| record.sealed_position).is_some_and(|sealed| sealed <= position);
        let closed = context.and_then(|context| context.closed).is_some_and(|closed| closed <= position);
        let relation = context.map_or(Relation::None, |context| match when {
            When::Then => context.relation_then,
            When::Now => context.relation_now,
        });
        Facts {
            person: self.person,
            roles,
            duty: context.and_then(|context| context.assignment.duty_at(self.person, position)),
            relation,
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
    /// Whether the assignment is closed now.
    pub(super) const fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Who writes the shared record of the assignment at a position.
    pub(super) fn sharers_at(&self, position: LogPosition) -> Vec<PersonId> {
        let members = self.assignment.members_at(position);
        members.filter(|member| member.duty.shares()).map(|member| member.person).collect()
    }

    /// The observers of the assignment at a position: chair and observers, not the clerk.
    pub(super) fn observers_at(&self, position: LogPosition) -> Vec<PersonId> {
        let members = self.assignment.members_at(position);
        members.filter(|member| member.duty.observes()).map(|member| member.person).collect()
    }
}

/// The people who receive a record: the observers of its assignment, or its one writer; a sealed
/// transcript also goes to the observer who is to confirm it. The audience of a document is its
/// writers (DESIGN invariant 16), and a transcript's words are its observer's.
pub(super) fn readers(
    context: Option<&Context>,
    record: &document::Kept,
    head: LogPosition,
) -> Vec<PersonId> {
    match (record.writer, context) {
        (Some(writer), Some(context)) => {
            let observers = context.observers_at(head).into_iter();
            observers.filter(|observer| record.is_confirmable_by(*observer)).chain([writer]).collect()
        }
        (Some(writer), None) => vec![writer],
        (None, Some(context)) => context.sharers_at(head),
        (None, None) => vec![record.begun_by],
    }
}
