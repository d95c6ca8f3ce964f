//! What the policy is asked of the operations of a change.

use std::collections::BTreeSet;

use tingfang_core::id::PersonId;
use tingfang_core::policy::{self, Act};
use tingfang_core::record::document::Actor;
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::identity::Identity;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::gate::{Action, Judgement, Operation};

use super::judging::Judge;
use super::working::Working;

/// The questions that one change raises.
pub(super) struct Questions<'q> {
    judge: &'q Judge<'q>,
    working: &'q Working,
    identity: &'q Identity,
    /// The actor of the change.
    actor: Actor,
    /// The entries that it has added so far.
    added: BTreeSet<FieldPath>,
    last: Option<Answered>,
    lengthens: bool,
}

/// The last question and its answer.
struct Answered {
    path: FieldPath,
    act: Act,
    owner: Option<Actor>,
    judgement: Judgement,
}

impl<'q> Questions<'q> {
    pub(super) fn new(
        judge: &'q Judge<'q>,
        working: &'q Working,
        identity: &'q Identity,
        actor: Actor,
    ) -> Self {
        Self { judge, working, identity, actor, added: BTreeSet::new(), last: None, lengthens: false }
    }

    /// Whether the record gets longer by what was asked for so far.
    pub(super) const fn lengthens(&self) -> bool {
        self.lengthens
    }

    /// What is said of one operation.
    pub(super) fn ask(&mut self, operation: &Operation) -> Judgement {
        if operation.action == Action::Add {
            self.added.insert(operation.path.clone());
        }
        // The first fields of an entry come with it: they are added, not changed.
        let entry = operation.path.entry().filter(|entry| self.added.contains(entry));
        let act = if entry.is_some() { Act::Add } else { act_of(operation) };
        self.lengthens |= act.lengthens();
        let path = entry.unwrap_or_else(|| operation.path.clone());
        let written = if let Action::Set(value) = &operation.action { Some(value) } else { None };
        if !self.identity.admits(&operation.path, written) {
            return Judgement::Refuse("identity_is_given".to_owned());
        }
        // A text is one operation a character: the same question is asked once.
        if let Some(last) = &self.last
            && act != Act::Set
            && (&last.path, &last.act, &last.owner) == (&path, &act, &operation.owner)
        {
            return last.judgement.clone();
        }
        let owner = operation.owner.and_then(|owner| self.person_of(owner));
        let value = if let Some(Scalar::Text(text)) = written { Some(text.as_str()) } else { None };
        let judgement = match self.judge.judge_act(self.working, act, &path, owner, value) {
            policy::Judgement::Allow => Judgement::Allow,
            policy::Judgement::Hold(rule) => Judgement::Hold(rule),
            policy::Judgement::Refuse(rule) => Judgement::Refuse(rule),
        };
        self.last = Some(Answered { path, act, owner: operation.owner, judgement: judgement.clone() });
        judgement
    }

    fn person_of(&self, owner: Actor) -> Option<PersonId> {
        if owner == self.actor {
            return Some(self.judge.writer.person);
        }
        self.working.people.get(&owner).copied()
    }
}

const fn act_of(operation: &Operation) -> Act {
    match operation.action {
        Action::Set(_) => Act::Set,
        Action::Clear => Act::Clear,
        Action::Add => Act::Add,
        Action::InsertText => Act::InsertText,
        Action::DeleteText => Act::DeleteText,
    }
}
