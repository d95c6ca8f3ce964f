//! Judging the items of a frame, one after the other, outside of any transaction: everything that it
//! needs was read before.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::erasure::ERASED;
use tingfang_core::id::{DocumentId, PersonId, TenantId};
use tingfang_core::people::{TaskCommand, TaskReportKind};
use tingfang_core::policy::{self, Act, Policy, RecordState, Request};
use tingfang_core::record::document::{Actor, ChangeHash, Document, RawChange};
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::kind::Record;
use tingfang_core::record::seal::{Seal, SealPurpose};
use tingfang_core::record::shape::Merge;
use tingfang_core::record::shape_of;
use tingfang_core::record::size;
use tingfang_core::signature::DeviceKey;
use tingfang_core::sync::actor;
use tingfang_core::sync::copies::CAME_IN_BEFORE;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::gate::{self, History, Passage, Rejection};

use super::facts::{When, Writer};
use super::grounds::Grounds;
use super::questions::Questions;
use super::working::{Origin, Working, WorkingSet};
use crate::records::held::ENDS_OTHERWISE;
use crate::store::document;
use crate::store::record_link::RecordLink;

/// The rule that whoever never took part in an assignment is told, and whoever names one that is not there: so nobody
/// learns which of them there are.
pub(super) const NOT_ASSIGNED: &str = "not_assigned";

/// The rule by which what a lost or revoked device still sends waits.
pub(super) const DEVICE: &str = "device";

/// The rule by which a copy of what another device had written waits.
const WITNESS: &str = "witness";

/// What is to become of an item.
#[derive(Clone, Debug)]
pub(super) enum Decision {
    /// A document begins.
    Begin { document: DocumentId, derived: Vec<RawChange> },
    /// A change is accepted.
    Change { document: DocumentId, change: RawChange, actor: Actor },
    /// A seal is accepted.
    Seal { seal: Box<Seal> },
    /// A report on a task is accepted.
    TaskReport { command: Box<TaskCommand> },
    /// A confirmation is accepted.
    Confirm { confirmation: Box<Seal> },
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
pub(super) struct Judge<'t> {
    pub(super) tenant: TenantId,
    /// The policy that the phone knew.
    pub(super) policy_then: &'t Policy,
    /// The policy now.
    pub(super) policy_now: &'t Policy,
    pub(super) writer: &'t Writer,
    pub(super) device_key: DeviceKey,
    pub(super) device_is_active: bool,
    pub(super) origin: Origin,
    /// On what grounds items are judged that waited; nothing for a frame that has just come.
    pub(super) grounds: Option<&'t Grounds>,
    /// The log position that the frame's beacon proves.
    pub(super) then: LogPosition,
    /// The log position now.
    pub(super) now: LogPosition,
}

impl Judge<'_> {
    /// Judges one item, and carries what is accepted into the working set.
    pub(super) fn judge(&self, set: &mut WorkingSet, item: &Item) -> Decision {
        // It only says that two changes are one; whether either comes in is another matter.
        if let Item::Supersede { document, old, new } = item {
            set.rewrites(*document, *old, *new);
            return Decision::Supersede { document: *document, old: *old, new: *new };
        }
        // The order wins over any copy, and over everything that comes later.
        if set.erased.contains(&item.document()) {
            return refuse(ERASED);
        }
        // A phone takes out of its frames only what an order names.
        if matches!(item, Item::Erased { .. }) {
            return Decision::Malformed { code: ERASED };
        }
        // Nobody writes by bearing witness: what a copy says comes in when its own writer says it, or when a
        // manager has it carried over.
        if let Item::Witness { document, bytes, .. } = item {
            return witness(set, *document, bytes);
        }
        if !self.device_is_active && !self.is_decided() {
            // What was written for it meanwhile is in, and nothing to decide on; so is what it says once more.
            if came_in_before(set, item) {
                return refuse(CAME_IN_BEFORE);
            }
            if let Item::Change { document, bytes, .. } = item
                && is_in_the_log(set, *document, bytes)
            {
                return Decision::Duplicate;
            }
            // What a lost or revoked device still sends is kept for a person to decide.
            return hold(DEVICE);
        }
        match item {
            Item::Begin { document, kind, version, claim } => {
                self.begin(set, *document, kind, *version, claim)
            }
            Item::Change { document, rebase, bytes } => self.change(set, *document, *rebase, bytes),
            Item::Seal { seal } => self.seal(set, seal),
            Item::Confirm { confirmation } => self.confirm(set, confirmation),
            Item::TaskReport { command } => self.report(set, command),
            Item::Supersede { .. } | Item::Witness { .. } | Item::Erased { .. } => {
                unreachable!("judged above")
            }
        }
    }

    /// Whether a person has decided that what is held comes in.
    pub(super) const fn is_decided(&self) -> bool {
        matches!(self.grounds, Some(Grounds::Decided { .. } | Grounds::WithDecided))
    }

    /// What a manager links the record to that begins.
    pub(super) fn link(&self) -> Option<&RecordLink> {
        self.grounds.and_then(Grounds::link)
    }

    fn begin(
        &self,
        set: &mut WorkingSet,
        id: DocumentId,
        kind: &str,
        version: u32,
        claim: &Claim,
    ) -> Decision {
        let Some(shape) = shape_of(kind).filter(|shape| (1..=shape.version).contains(&version)) else {
            return hold("newer_schema");
        };
        // Also of a record that is there.
        if claim.assignment().is_some_and(|assignment| set.context(assignment).is_none()) {
            return refuse(NOT_ASSIGNED);
        }
        if let Some(known) = set.get(id) {
            let same = known.row.kind == kind
                && (known.row.writer.is_none() || known.row.writer == Some(self.writer.person));
            return if same { Decision::Duplicate } else { refuse("claim") };
        }
        let claimed = match self.check_claim(set, id, shape, claim) {
            Ok(claimed) => claimed,
            Err(decision) => return decision,
        };
        let document = Document::begin_at_version(shape, version, id);
        let derived = document.changes();
        let row = document::Kept {
            id,
            kind: kind.to_owned(),
            schema_version: version,
            assignment: claimed.context.as_ref().map(|context| context.assignment.id),
            case: claimed.case,
            undertaker: claimed.undertaker,
            transcribed_for: claimed.transcribed_for,
            writer: (shape.merge == Merge::SingleWriter).then_some(self.writer.person),
            amends: claimed.amends,
            begun_by: self.writer.person,
            begun_position: self.now,
            sealed_position: None,
            revision: 0,
            changed_at: Moment::default(),
            erased_by: None,
        };
        let working = Working {
            history: History::of(&document),
            document,
            bytes: derived.iter().map(|change| change.bytes.len()).sum(),
            row,
            shape,
            context: claimed.context,
            people: BTreeMap::new(),
            sent_by_device: BTreeSet::new(),
            seal: None,
            confirmation: None,
            base_revision: None,
        };
        match self.judge_act(&working, Act::Begin, &whole(), None, None) {
            policy::Judgement::Allow => {
                set.insert(working);
                Decision::Begin { document: id, derived }
            }
            policy::Judgement::Hold(rule) => Decision::Hold { rule },
            policy::Judgement::Refuse(rule) => Decision::Refuse { rule },
        }
    }

    fn change(&self, set: &mut WorkingSet, id: DocumentId, rebase: u32, bytes: &[u8]) -> Decision {
        let Some(hash) = gate::claimed_hash(bytes) else { return Decision::Malformed { code: "unreadable" } };
        let copies = set.copies(id, hash);
        let Some(working) = set.get(id) else { return Decision::Block { by: hash } };
        let actor = actor::derive(self.origin.device, id, self.origin.epoch, rebase);
        let identity = working.identity(self.tenant);
        let mut questions = Questions::new(self, working, &identity, actor);
        let mut passage = Passage::new(&working.document, &working.history, working.shape);
        let examined = passage.examine(actor, bytes, |operation| questions.ask(operation));
        let lengthens = questions.lengthens();
        match examined.and_then(|_| passage.prove()) {
            // Of what was written twice one copy comes in; whether the other were allowed is no matter then.
            Ok(_) | Err(Rejection::Refused { .. } | Rejection::Held { .. })
                if copies.iter().any(|copy| working.sent_by_device.contains(copy)) =>
            {
                refuse(CAME_IN_BEFORE)
            }
            Ok(_) if !self.is_decided() && size::is_full(&working.document, working.bytes, lengthens) => {
                hold(size::TOO_LARGE)
            }
            Ok(passed)
                if !self.is_decided()
                    && working.has_too_many_branches(&passed, (actor, self.writer.person)) =>
            {
                hold(size::TOO_MANY_BRANCHES)
            }
            Ok(passed) => {
                let change = RawChange { hash, bytes: bytes.to_vec() };
                working.take_in(passed, (actor, self.writer.person));
                Decision::Change { document: id, change, actor }
            }
            Err(Rejection::Duplicate) => Decision::Duplicate,
            Err(Rejection::Blocked { by }) => Decision::Block { by },
            Err(Rejection::Malformed { code }) => Decision::Malformed { code },
            Err(Rejection::Refused { rule }) => Decision::Refuse { rule },
            Err(Rejection::Held { rule }) => Decision::Hold { rule },
        }
    }

    fn seal(&self, set: &mut WorkingSet, given: &Seal) -> Decision {
        let statement = &given.statement;
        let Some(working) = set.get(statement.document) else {
            let by = statement.heads.first().copied().unwrap_or(ChangeHash([0; 32]));
            return Decision::Block { by };
        };
        if working.seal.as_ref() == Some(given) {
            return Decision::Duplicate;
        }
        if let Some(by) = statement.heads.iter().find(|head| !working.history.holds(head)) {
            return Decision::Block { by: *by };
        }
        if given.verify(&working.document, &self.device_key).is_err()
            || statement.schema_version != working.row.schema_version
            || statement.purpose
                != SealPurpose::of(working.shape.merge, working.row.transcribed_for.is_some())
        {
            return refuse("seal_statement");
        }
        // Evidence and grade read the sealed heads: what had come in beside them would count for nothing.
        let heads: BTreeSet<_> = working.document.heads().into_iter().collect();
        if heads != statement.heads.iter().copied().collect() {
            return refuse("seal_behind");
        }
        match self.judge_act(working, Act::Seal, &whole(), None, None) {
            policy::Judgement::Allow => {}
            policy::Judgement::Hold(rule) => return Decision::Hold { rule },
            policy::Judgement::Refuse(rule) => return Decision::Refuse { rule },
        }
        let record = Record::read(&working.row.kind, &working.document.content_at(&statement.heads));
        let sharers = working.context.as_ref().map_or_else(Vec::new, |context| context.sharers_at(self.now));
        if record.is_none_or(|record| !record.missing(&sharers).is_empty()) {
            return refuse("seal_incomplete");
        }
        working.row.sealed_position = Some(self.now);
        working.seal = Some(given.clone());
        Decision::Seal { seal: Box::new(given.clone()) }
    }

    fn confirm(&self, set: &mut WorkingSet, given: &Seal) -> Decision {
        let statement = &given.statement;
        let by = statement.heads.first().copied().unwrap_or(ChangeHash([0; 32]));
        let Some(working) = set.get(statement.document) else { return Decision::Block { by } };
        if working.confirmation.as_ref() == Some(given) {
            return Decision::Duplicate;
        }
        if working.row.transcribed_for != Some(self.writer.person) {
            return refuse("confirmation_of_own_paper");
        }
        let Some(sealed) = &working.seal else { return Decision::Block { by } };
        if working.confirmation.is_some()
            || !given.confirms(sealed)
            || given.verify(&working.document, &self.device_key).is_err()
        {
            return refuse("confirmation_statement");
        }
        match self.judge_act(working, Act::Confirm, &whole(), None, None) {
            policy::Judgement::Allow => {}
            policy::Judgement::Hold(rule) => return Decision::Hold { rule },
            policy::Judgement::Refuse(rule) => return Decision::Refuse { rule },
        }
        working.confirmation = Some(given.clone());
        Decision::Confirm { confirmation: Box::new(given.clone()) }
    }

    /// What a member says of a task. Who took part when the phone last heard of it, and does no more, is
    /// not refused: a person looks at it.
    fn report(&self, set: &mut WorkingSet, command: &TaskCommand) -> Decision {
        // The same again is the same; another under its id would be told to be kept, and would not be.
        if let Some(known) = set.reported.get(&command.id) {
            return if known == command { Decision::Duplicate } else { refuse("claim") };
        }
        if TaskReportKind::from_code(&command.kind).is_none() {
            return hold("newer_schema");
        }
        if let Some((_, rule)) = command.problem() {
            return refuse(rule);
        }
        let Some(context) = set.context(command.assignment) else { return refuse(NOT_ASSIGNED) };
        let duty_at = |position| context.assignment.duty_at(self.writer.person, position);
        let then = duty_at(self.then).is_some();
        let now = duty_at(self.now).is_some() && !context.is_closed();
        let is_member = |absent| context.assignment.members.iter().any(|member| member.person == absent);
        if command.absent.is_some_and(|absent| !is_member(absent)) {
            return refuse("report_of_no_member");
        }
        match (then, now) {
            (_, true) => {
                set.reported.insert(command.id, command.clone());
                Decision::TaskReport { command: Box::new(command.clone()) }
            }
            (true, false) if self.is_decided() => Decision::TaskReport { command: Box::new(command.clone()) },
            (true, false) => hold(if context.is_closed() { "assignment_closed" } else { NOT_ASSIGNED }),
            (false, false) => refuse(NOT_ASSIGNED),
        }
    }

    /// Judges an act on the facts that the sender could know, and on the facts now.
    pub(super) fn judge_act(
        &self,
        working: &Working,
        act: Act,
        path: &FieldPath,
        entry_owner: Option<PersonId>,
        value: Option<&str>,
    ) -> policy::Judgement {
        let context = working.context.as_ref();
        let roles_at = |position| self.writer.roles_at(position, context);
        let (roles_then, roles_now) = (roles_at(self.then), roles_at(self.now));
        let then = self.writer.facts(roles_then, context, Some(&working.row), (self.then, When::Then));
        let now = self.writer.facts(roles_now, context, Some(&working.row), (self.now, When::Now));
        debug_assert!(then.state != RecordState::Sealed || now.state == RecordState::Sealed);
        let request = Request { kind: &working.row.kind, act, path, entry_owner, value };
        match policy::judge_then_and_now((self.policy_then, &then), (self.policy_now, &now), &request) {
            // What comes too late for the seal says so in an amendment, whoever decides.
            policy::Judgement::Hold(rule)
                if self.is_decided() && !ENDS_OTHERWISE.contains(&rule.as_str()) =>
            {
                policy::Judgement::Allow
            }
            judgement => judgement,
        }
    }
}

/// A copy of what another device had written.
fn witness(set: &mut WorkingSet, id: DocumentId, bytes: &[u8]) -> Decision {
    match gate::claimed_hash(bytes) {
        None => Decision::Malformed { code: "unreadable" },
        Some(_) if is_in_the_log(set, id, bytes) => Decision::Duplicate,
        Some(_) => hold(WITNESS),
    }
}

/// Whether a change is in the log.
fn is_in_the_log(set: &mut WorkingSet, id: DocumentId, bytes: &[u8]) -> bool {
    let hash = gate::claimed_hash(bytes);
    hash.is_some_and(|hash| set.get(id).is_some_and(|working| working.history.holds(&hash)))
}

/// Whether what an item says is in the log under another name, by the same device or one that stands for it.
fn came_in_before(set: &mut WorkingSet, item: &Item) -> bool {
    let Item::Change { document, bytes, .. } = item else { return false };
    let Some(hash) = gate::claimed_hash(bytes) else { return false };
    let copies = set.copies(*document, hash);
    set.get(*document).is_some_and(|working| copies.iter().any(|copy| working.sent_by_device.contains(copy)))
}

pub(super) fn whole() -> FieldPath {
    FieldPath::new([""])
}

pub(super) fn refuse(rule: &str) -> Decision {
    Decision::Refuse { rule: rule.to_owned() }
}

pub(super) fn hold(rule: &str) -> Decision {
    Decision::Hold { rule: rule.to_owned() }
}
