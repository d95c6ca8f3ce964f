//! Judging the items of a frame, one after the other, outside of any transaction that writes.

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{AssignmentId, CaseId, DocumentId, PersonId};
use tingfang_core::people::Subject;
use tingfang_core::policy::{self, Act, Policy, RecordState, Request};
use tingfang_core::record::document::{Actor, ChangeHash, Document, RawChange, derived_changes};
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::kind::Record;
use tingfang_core::record::seal::Seal;
use tingfang_core::record::shape::Merge;
use tingfang_core::record::shape_of;
use tingfang_core::signature::PublicKey;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::gate::{self, Action, Judgement, Operation, Rejection};

use super::facts::Writer;
use super::working::{Origin, Working, WorkingSet};
use crate::db::{DbError, Tx};
use crate::store::{document, seal};

/// What is to become of an item.
#[derive(Clone, Debug)]
pub(super) enum Decision {
    /// A document begins.
    Begin { document: DocumentId, derived: Vec<RawChange> },
    /// A change is accepted.
    Change { document: DocumentId, change: RawChange, actor: Actor },
    /// A seal is accepted.
    Seal { seal: Seal },
    /// A change that was not accepted has been written anew.
    Supersede { document: DocumentId, old: ChangeHash, new: ChangeHash },
    /// It is in the log already, or came earlier in the same frame.
    Duplicate,
    /// A person or a newer server decides.
    Hold { rule: String },
    /// Not accepted.
    Refuse { rule: String },
    /// Rests on what is not accepted.
    Block { by: ChangeHash },
    /// No well-formed item.
    Malformed { code: &'static str },
}

/// Everything that judging an item needs.
pub(super) struct Judge<'t, 'c> {
    pub(super) tx: &'t Tx<'c>,
    pub(super) tenant: tingfang_core::id::TenantId,
    pub(super) policy: &'t Policy,
    pub(super) writer: &'t Writer,
    pub(super) device_key: PublicKey,
    pub(super) origin: Origin,
    /// The log position that the frame's beacon proves.
    pub(super) then: LogPosition,
    /// The log position now.
    pub(super) now: LogPosition,
}

impl Judge<'_, '_> {
    /// Judges one item, and carries what is accepted into the working set.
    pub(super) fn judge(&self, set: &mut WorkingSet, item: &Item) -> Result<Decision, DbError> {
        match item {
            Item::Begin { document, kind, version, claim } => {
                self.begin(set, *document, kind, *version, claim)
            }
            Item::Change { document, rebase, bytes } => self.change(set, *document, *rebase, bytes),
            Item::Seal { seal } => self.seal(set, seal),
            Item::Supersede { document, old, new } => {
                Ok(Decision::Supersede { document: *document, old: *old, new: *new })
            }
        }
    }

    fn begin(
        &self,
        set: &mut WorkingSet,
        id: DocumentId,
        kind: &str,
        version: u32,
        claim: &Claim,
    ) -> Result<Decision, DbError> {
        let Some(shape) = shape_of(kind).filter(|shape| (1..=shape.version).contains(&version)) else {
            return Ok(hold("newer_schema"));
        };
        if let Some(known) = set.get(self.tx, self.writer, id)? {
            let same = known.row.kind == kind
                && (known.row.writer.is_none() || known.row.writer == Some(self.writer.person));
            return Ok(if same { Decision::Duplicate } else { refuse("claim") });
        }
        let claimed = match self.check_claim(set, id, shape.code, shape.merge, claim)? {
            Ok(claimed) => claimed,
            Err(decision) => return Ok(decision),
        };
        let context = match claimed.assignment {
            Some(assignment) => self.writer.context(self.tx, assignment)?,
            None => None,
        };
        let derived = derived_changes(shape, version, id);
        let row = document::Kept {
            id,
            kind: kind.to_owned(),
            schema_version: version,
            assignment: claimed.assignment,
            case: claimed.case,
            writer: (shape.merge == Merge::SingleWriter).then_some(self.writer.person),
            amends: claimed.amends,
            begun_by: self.writer.person,
            begun_position: self.now,
            sealed_position: None,
            revision: 0,
            changed_at: tingfang_core::clock::Moment::default(),
        };
        let working = Working {
            document: Document::begin_at_version(shape, version, id),
            changes: derived.iter().map(|change| change.hash).collect(),
            row,
            shape,
            context,
            people: std::collections::BTreeMap::new(),
            base_revision: None,
        };
        match self.judge_act(&working, Act::Begin, &whole(), None) {
            policy::Judgement::Allow => {
                set.insert(working);
                Ok(Decision::Begin { document: id, derived })
            }
            policy::Judgement::Hold(rule) => Ok(Decision::Hold { rule }),
            policy::Judgement::Refuse(rule) => Ok(Decision::Refuse { rule }),
        }
    }

    /// What a document is begun for, when the claim holds against the server's rows.
    fn check_claim(
        &self,
        set: &mut WorkingSet,
        id: DocumentId,
        kind: &str,
        merge: Merge,
        claim: &Claim,
    ) -> Result<Result<Claimed, Decision>, DbError> {
        match (claim, merge) {
            (Claim::Shared { assignment }, Merge::Shared) => {
                let holds = DocumentId::shared(self.tenant, *assignment) == id;
                self.assigned(*assignment, kind, None, holds)
            }
            (Claim::Own { assignment, case }, Merge::SingleWriter) => {
                let own = DocumentId::single_writer(
                    self.tenant,
                    *assignment,
                    kind,
                    case.as_bytes(),
                    self.writer.person,
                );
                self.assigned(*assignment, kind, Some(*case), own == id)
            }
            (Claim::Amendment { of }, _) => {
                let Some(original) = set.get(self.tx, self.writer, *of)? else {
                    return Ok(Err(refuse("claim")));
                };
                if original.row.kind != kind || original.row.sealed_position.is_none() {
                    return Ok(Err(refuse("claim")));
                }
                Ok(match self.judge_act(original, Act::Amend, &whole(), None) {
                    policy::Judgement::Allow => Ok(Claimed {
                        assignment: original.row.assignment,
                        case: original.row.case,
                        amends: Some(*of),
                    }),
                    policy::Judgement::Hold(rule) => Err(Decision::Hold { rule }),
                    policy::Judgement::Refuse(rule) => Err(Decision::Refuse { rule }),
                })
            }
            // Kept until a manager links it to an assignment.
            (Claim::Unassigned, _) => Ok(Err(hold("unassigned"))),
            _ => Ok(Err(refuse("claim"))),
        }
    }

    fn assigned(
        &self,
        id: AssignmentId,
        kind: &str,
        case: Option<CaseId>,
        id_holds: bool,
    ) -> Result<Result<Claimed, Decision>, DbError> {
        let Some(context) = self.writer.context(self.tx, id)? else {
            return Ok(Err(refuse("no_such_assignment")));
        };
        let assignment = &context.assignment;
        let covers =
            case.is_none_or(|case| assignment.subjects.iter().any(|subject: &Subject| subject.case == case));
        if !id_holds || !covers || !assignment.kind.record_kinds().contains(&kind) {
            return Ok(Err(refuse("claim")));
        }
        Ok(Ok(Claimed { assignment: Some(id), case, amends: None }))
    }

    fn change(
        &self,
        set: &mut WorkingSet,
        id: DocumentId,
        rebase: u32,
        bytes: &[u8],
    ) -> Result<Decision, DbError> {
        let Some(working) = set.get(self.tx, self.writer, id)? else {
            return Ok(match gate::claimed_hash(bytes) {
                Some(hash) => Decision::Block { by: hash },
                None => Decision::Malformed { code: "unreadable" },
            });
        };
        let actor = actor::derive(self.origin.device, id, self.origin.epoch, rebase);
        let mut judged: Option<(FieldPath, Act, Option<Actor>, Judgement)> = None;
        let result = gate::admit(&working.document, working.shape, actor, bytes, |operation| {
            let act = act_of(operation);
            // A text is one operation a character: the same question is asked once.
            if let Some((path, known_act, owner, judgement)) = &judged
                && (path, known_act, owner) == (&operation.path, &act, &operation.owner)
            {
                return judgement.clone();
            }
            let owner = operation.owner.map(|owner| self.person_of(working, owner, actor));
            let judgement = match self.judge_act(working, act, &operation.path, owner.flatten()) {
                policy::Judgement::Allow => Judgement::Allow,
                policy::Judgement::Hold(rule) => Judgement::Hold(rule),
                policy::Judgement::Refuse(rule) => Judgement::Refuse(rule),
            };
            judged = Some((operation.path.clone(), act, operation.owner, judgement.clone()));
            judgement
        });
        Ok(match result {
            Ok(admitted) => {
                working.document = admitted.document;
                working.people.insert(actor, self.writer.person);
                working.changes.insert(admitted.change.hash);
                Decision::Change { document: id, change: admitted.change, actor }
            }
            Err(Rejection::Duplicate) => Decision::Duplicate,
            Err(Rejection::Blocked { by }) => Decision::Block { by },
            Err(Rejection::Malformed { code }) => Decision::Malformed { code },
            Err(Rejection::Refused { rule }) => Decision::Refuse { rule },
            Err(Rejection::Held { rule }) => Decision::Hold { rule },
        })
    }

    fn person_of(&self, working: &Working, owner: Actor, writing: Actor) -> Option<PersonId> {
        if owner == writing { Some(self.writer.person) } else { working.people.get(&owner).copied() }
    }

    fn seal(&self, set: &mut WorkingSet, given: &Seal) -> Result<Decision, DbError> {
        let statement = &given.statement;
        let Some(working) = set.get(self.tx, self.writer, statement.document)? else {
            let by = statement.heads.first().copied().unwrap_or(ChangeHash([0; 32]));
            return Ok(Decision::Block { by });
        };
        if working.row.sealed_position.is_some()
            && let Some(kept) = seal::find(self.tx, statement.document)?
            && kept.seal == *given
        {
            return Ok(Decision::Duplicate);
        }
        if let Some(by) = statement.heads.iter().find(|head| !working.changes.contains(head)) {
            return Ok(Decision::Block { by: *by });
        }
        if given.verify(&working.document, &self.device_key).is_err()
            || statement.schema_version != working.row.schema_version
        {
            return Ok(refuse("seal_statement"));
        }
        match self.judge_act(working, Act::Seal, &whole(), None) {
            policy::Judgement::Allow => {}
            policy::Judgement::Hold(rule) => return Ok(Decision::Hold { rule }),
            policy::Judgement::Refuse(rule) => return Ok(Decision::Refuse { rule }),
        }
        let record = Record::read(&working.row.kind, &working.document.content_at(&statement.heads));
        let observers =
            working.context.as_ref().map_or_else(Vec::new, |context| context.observers_at(self.now));
        if record.is_none_or(|record| !record.missing(&observers).is_empty()) {
            return Ok(refuse("seal_incomplete"));
        }
        working.row.sealed_position = Some(self.now);
        Ok(Decision::Seal { seal: given.clone() })
    }

    /// Judges an act on the facts that the sender could know, and on the facts now.
    fn judge_act(
        &self,
        working: &Working,
        act: Act,
        path: &FieldPath,
        entry_owner: Option<PersonId>,
    ) -> policy::Judgement {
        let (roles_then, roles_now) = (self.writer.roles_at(self.then), self.writer.roles_at(self.now));
        let context = working.context.as_ref();
        let then = self.writer.facts(&roles_then, context, Some(&working.row), self.then);
        let now = self.writer.facts(&roles_now, context, Some(&working.row), self.now);
        debug_assert!(then.state != RecordState::Sealed || now.state == RecordState::Sealed);
        let request = Request { kind: &working.row.kind, act, path, entry_owner };
        self.policy.judge_then_and_now(&then, &now, &request)
    }
}

struct Claimed {
    assignment: Option<AssignmentId>,
    case: Option<CaseId>,
    amends: Option<DocumentId>,
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

fn whole() -> FieldPath {
    FieldPath::new([""])
}

fn refuse(rule: &str) -> Decision {
    Decision::Refuse { rule: rule.to_owned() }
}

fn hold(rule: &str) -> Decision {
    Decision::Hold { rule: rule.to_owned() }
}
