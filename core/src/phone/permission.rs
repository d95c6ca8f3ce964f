//! What the phone's owner may write, asked before anything is written. The server judges again.

use std::collections::BTreeSet;

use super::store::document::DocumentRow;
use super::{Phone, PhoneError};
use crate::id::{DocumentId, PersonId};
use crate::people::task::TaskState;
use crate::people::{Duty, Relation, Role, Task};
use crate::policy::{Act, Facts, RecordState, Request, Ruling};
use crate::record::document::Document;
use crate::record::edit::FieldPath;
use crate::sync::actor;

/// How often a record may have been reopened before the phone stops recognising its own entries.
const MOST_REBASES: u32 = 32;

impl Phone {
    pub(super) fn facts(&self, row: &DocumentRow) -> Result<Facts, PhoneError> {
        if row.assignment.is_none() {
            return Ok(self.unassigned_facts(&row.kind, row.own));
        }
        let task = row.assignment.map(|assignment| self.known_task(assignment)).transpose()?.flatten();
        let base = task
            .as_ref()
            .map_or_else(|| no_task_facts(self.profile.person), |task| task_facts(task, self.profile.person));
        let state = match row.state.as_str() {
            "sealed" => RecordState::Sealed,
            // No longer in view, and kept for work that was not sent.
            "locked" => RecordState::Closed,
            _ => base.state,
        };
        Ok(Facts { state, is_writer: row.own, ..base })
    }

    pub(super) fn check_allowed(
        &self,
        facts: &Facts,
        kind: &str,
        act: Act,
        path: &FieldPath,
        value: Option<&str>,
    ) -> Result<(), PhoneError> {
        self.check_allowed_in_entry(facts, kind, act, path, None, value)
    }

    pub(super) fn check_allowed_in_entry(
        &self,
        facts: &Facts,
        kind: &str,
        act: Act,
        path: &FieldPath,
        entry_owner: Option<PersonId>,
        value: Option<&str>,
    ) -> Result<(), PhoneError> {
        match self.rules.get().policy.judge(facts, &Request { kind, act, path, entry_owner, value }) {
            Ruling::Allow(_) => Ok(()),
            Ruling::Deny(rule) => Err(PhoneError::NotAllowed { rule: rule.to_owned() }),
        }
    }

    /// The owner of the entry that a path lies in, as far as this phone can tell: itself, or nobody
    /// that it knows.
    pub(super) fn entry_owner(&self, opened: &Document, path: &FieldPath) -> Option<PersonId> {
        let entry = path.parts().get(..2).filter(|_| path.parts().len() == 3)?;
        let maker = opened.maker(&FieldPath::new([&entry[0], &entry[1]]))?;
        let own = (0..=self.epoch()).any(|epoch| {
            (0..=MOST_REBASES)
                .any(|rebase| actor::derive(self.profile.device, opened_id(opened), epoch, rebase) == maker)
        });
        own.then_some(self.profile.person)
    }

    /// Who writes a shared record together.
    pub(super) fn sharers(&self, row: &DocumentRow) -> Vec<PersonId> {
        let task = row.assignment.and_then(|assignment| self.known_task(assignment).ok().flatten());
        task.map_or_else(Vec::new, |task| {
            task.members.iter().filter(|member| member.duty.shares()).map(|member| member.person).collect()
        })
    }
}

fn opened_id(opened: &Document) -> DocumentId {
    opened.schema().map_or(DocumentId::from_bytes([0; 16]), |schema| schema.document)
}

pub(super) fn whole() -> FieldPath {
    FieldPath::new([""])
}

/// What a phone knows of its owner in a task. Until a server has said which roles they hold, those that the duty
/// implies; the server judges again.
pub(super) fn task_facts(task: &Task, person: PersonId) -> Facts {
    let state = match task.state {
        TaskState::Open => RecordState::Open,
        TaskState::Closed => RecordState::Closed,
    };
    let facts = task_facts_of_duty(person, task.duty_of(person), state);
    match &task.roles {
        Some(held) => {
            Facts { roles: held.iter().filter_map(|code| Role::from_code(code)).collect(), ..facts }
        }
        None => facts,
    }
}

pub(super) fn task_facts_of_duty(person: PersonId, duty: Option<Duty>, state: RecordState) -> Facts {
    Facts {
        duty,
        roles: Role::ALL.iter().copied().collect(),
        state,
        is_writer: true,
        ..no_task_facts(person)
    }
}

fn no_task_facts(person: PersonId) -> Facts {
    Facts {
        person,
        roles: BTreeSet::new(),
        duty: None,
        relation: Relation::None,
        is_writer: false,
        state: RecordState::Open,
    }
}
