//! Beginning records: what a task asks for, and amendments of sealed ones.

use super::permission::{task_facts, whole};
use super::records::{keep_own_changes, open_record};
use super::store::Tx;
use super::store::change::{self, ChangeDetails};
use super::store::document::{self, DocumentRow, NewDocument};
use super::store::item;
use super::{Phone, PhoneError, tasks};
use crate::clock::Moment;
use crate::erasure::ERASED;
use crate::id::{AssignmentId, CaseId, DocumentId, OwnRecord, PersonId, UndertakerId};
use crate::people::task::TaskSubject;
use crate::people::{AssignmentKind, Duty, SubjectCount, Task};
use crate::policy::{Act, RecordState};
use crate::record::amendment;
use crate::record::common::{CaptureMode, ScanState};
use crate::record::document::Document;
use crate::record::edit::Edit;
use crate::record::identity::Identity;
use crate::record::kind::shape_of;
use crate::record::shape::{ContainerShape, KindShape, Merge, ScalarType};
use crate::record::value::{Node, Scalar};
use crate::rubric::InspectionStandard;
use crate::sync::actor;
use crate::sync::frame::{Claim, Item};

/// Which of the records that a task asks for is meant. What a task has only one of may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The case.
    pub case: Option<CaseId>,
    /// The undertaker whose work it is about.
    pub undertaker: Option<UndertakerId>,
    /// The observer whose paper sheet a clerk enters.
    pub for_observer: Option<PersonId>,
}

impl About {
    /// The one subject of a task that is meant.
    fn subject_in(self, task: &Task) -> Result<&TaskSubject, PhoneError> {
        let mut meant = task.subjects.iter().filter(|subject| {
            self.case.is_none_or(|case| case == subject.case)
                && self.undertaker.is_none_or(|undertaker| undertaker == subject.undertaker)
        });
        match (meant.next(), meant.count()) {
            (Some(subject), 0) => Ok(subject),
            (first, more) => Err(PhoneError::WhichSubject { found: usize::from(first.is_some()) + more }),
        }
    }
}

/// A record that begins.
pub(super) struct Beginning<'e> {
    pub(super) shape: &'static KindShape,
    pub(super) id: DocumentId,
    pub(super) claim: Claim,
    pub(super) assignment: Option<AssignmentId>,
    pub(super) identity: Identity,
    /// What is written in it at once.
    pub(super) edits: &'e [Edit],
}

impl Phone {
    /// Starts the record of a kind that a task asks for, or returns the one that is there.
    ///
    /// A record whose beginning the server did not accept is sent again with all that was written
    /// since: what stood against it may be gone.
    ///
    /// # Errors
    /// When there is no such task, it does not ask for the kind, several subjects are meant, a
    /// transcript names no observer of the task, or the policy does not allow it.
    pub fn start(
        &mut self,
        assignment: AssignmentId,
        kind: &str,
        about: About,
    ) -> Result<DocumentId, PhoneError> {
        self.check_lease()?;
        let task = self.known_task(assignment)?.ok_or(PhoneError::NoSuchTask(assignment))?;
        let kinds = task.kind.record_kinds();
        let shape = shape_of(kind).filter(|shape| kinds.contains(&shape.code));
        let shape = shape
            .ok_or_else(|| PhoneError::WrongKind { kind: kind.to_owned(), expected: kinds.join(", ") })?;
        let (document, claim) = self.claim(shape, &task, about)?;
        if document::find(self.store.reader(), document)?.is_some() {
            self.store.write("beginning a record again", |tx| item::begin_again(tx, document))?;
            return Ok(document);
        }
        if self.is_erased(document)? {
            return Err(PhoneError::NotAllowed { rule: ERASED.to_owned() });
        }
        self.check_allowed(&task_facts(&task, self.profile.person), kind, Act::Begin, &whole(), None)?;
        let identity = self.identity_of(&claim, &task);
        let mut opening = self.subject_edits(shape, &task, &identity)?;
        let seen = task.hearing.as_ref().map(|hearing| hearing.starts_at);
        opening.extend(self.origin_edits(shape, &identity, seen));
        let assignment = Some(assignment);
        self.begin(Beginning { shape, id: document, claim, assignment, identity, edits: &opening })?;
        Ok(document)
    }

    /// Begins an amendment of a sealed record: a new record of the same kind with its content.
    ///
    /// # Errors
    /// When the record is not sealed, or the policy does not allow it.
    pub fn amend(&mut self, sealed: DocumentId, reason: &str) -> Result<DocumentId, PhoneError> {
        let row = self.row(sealed)?;
        let facts = self.facts(&row)?;
        if facts.state != RecordState::Sealed {
            return Err(PhoneError::NotAllowed { rule: "not_sealed".to_owned() });
        }
        self.check_allowed(&facts, &row.kind, Act::Amend, &whole(), None)?;
        let original = open_record(self.store.reader(), sealed)?;
        let shape = original.shape()?;
        let edits = amendment::begin(shape, &original.content(), sealed, reason);
        let document = self.minter.mint();
        let identity = Identity {
            case: row.case,
            undertaker: row.undertaker,
            transcribed_for: row.transcribed_for,
            ..Identity::default()
        };
        let (claim, assignment) = (Claim::Amendment { of: sealed }, row.assignment);
        self.begin(Beginning { shape, id: document, claim, assignment, identity, edits: &edits })?;
        Ok(document)
    }

    /// The id of the record that is meant, and the claim by which it begins.
    fn claim(&self, shape: &KindShape, task: &Task, about: About) -> Result<(DocumentId, Claim), PhoneError> {
        let (tenant, writer, assignment) = (self.profile.tenant, self.profile.person, task.assignment);
        if shape.merge == Merge::Shared {
            return Ok((DocumentId::shared(tenant, assignment), Claim::Shared { assignment }));
        }
        if shape.each_time {
            let none = task.kind.subject_count() == SubjectCount::None;
            let subject = if none { None } else { Some(about.subject_in(task)?) };
            let (case, undertaker) =
                (subject.map(|subject| subject.case), subject.map(|subject| subject.undertaker));
            return Ok((self.minter.mint(), Claim::EachTime { assignment, case, undertaker }));
        }
        let TaskSubject { case, undertaker, .. } = about.subject_in(task)?;
        let transcribed_for = about.for_observer;
        if let Some(observer) = transcribed_for
            && !task.duty_of(observer).is_some_and(Duty::observes)
        {
            return Err(PhoneError::NotAllowed { rule: "transcript_of_no_observer".to_owned() });
        }
        if task.duty_of(writer) == Some(Duty::Clerk) && transcribed_for.is_none() {
            return Err(PhoneError::NotAllowed { rule: "transcript_of_no_observer".to_owned() });
        }
        let (case, undertaker) = (*case, *undertaker);
        let own = OwnRecord { assignment, kind: shape.code, case, undertaker, writer, transcribed_for };
        let claim = Claim::Own { assignment, case, undertaker, transcribed_for };
        Ok((DocumentId::own(tenant, &own), claim))
    }

    fn identity_of(&self, claim: &Claim, task: &Task) -> Identity {
        let mut identity = self.identity_in(task);
        match claim {
            Claim::Own { case, undertaker, transcribed_for, .. } => {
                identity.author = Some(self.profile.person);
                identity.case = Some(*case);
                identity.undertaker = Some(*undertaker);
                identity.transcribed_for = *transcribed_for;
            }
            Claim::EachTime { case, undertaker, .. } => {
                identity.author = Some(self.profile.person);
                identity.case = *case;
                identity.undertaker = *undertaker;
            }
            Claim::Shared { .. } | Claim::Amendment { .. } | Claim::LateWork { .. } | Claim::Unassigned => {}
        }
        identity
    }

    /// What every record of a task is about.
    pub(super) fn identity_in(&self, task: &Task) -> Identity {
        let attends = task.kind == AssignmentKind::Attendance;
        Identity {
            hearing: task.hearing.as_ref().map(|hearing| hearing.id),
            round: task.round.as_ref().map(|round| round.id),
            organisation: task.inspected.as_ref().map(|inspected| inspected.id),
            attendance: attends.then(|| DocumentId::shared(self.profile.tenant, task.assignment)),
            ..Identity::default()
        }
        .about(task.only_subject())
    }

    /// The first edits of a record: what the task already knows, so that nothing is asked twice.
    pub(super) fn subject_edits(
        &self,
        shape: &KindShape,
        task: &Task,
        identity: &Identity,
    ) -> Result<Vec<Edit>, PhoneError> {
        let rubric = match &task.round {
            Some(round) => Some(round.rubric.clone()),
            None => self.observer_rubric()?,
        };
        let questionnaire = self.questionnaire_of(shape.code)?.map(|form| form.hash().to_string());
        let standard = InspectionStandard::shipped_hash().to_string();
        let known: [(&str, Option<Scalar>); 9] = [
            ("standard", Some(Scalar::Text(standard))),
            ("questionnaire", questionnaire.map(Scalar::Text)),
            ("organisation", identity.organisation.map(|id| id.to_scalar())),
            ("hearing", identity.hearing.map(|id| id.to_scalar())),
            ("case", identity.case.map(|id| id.to_scalar())),
            ("undertaker", identity.undertaker.map(|id| id.to_scalar())),
            ("round", identity.round.map(|id| id.to_scalar())),
            ("rubric", rubric.map(Scalar::Text)),
            ("attendance", identity.attendance.map(|id| id.to_scalar())),
        ];
        let has = |container: &str, field: &str| match shape.container(container).map(|found| found.shape) {
            Some(ContainerShape::Group(fields)) => fields.iter().any(|known| known.name == field),
            _ => false,
        };
        let planned = [("facts", "stage", task.stage.map(|stage| stage.to_scalar()))];
        Ok(known
            .into_iter()
            .map(|(field, value)| ("subject", field, value))
            .chain(planned)
            .filter(|(container, field, _)| has(container, field))
            .filter_map(|(container, field, value)| Some(Edit::set([container, field], value?)))
            .collect())
    }

    /// What a record of a task was to say from its first edit on, and does not: a person has decided against its
    /// opening, or a restored server has lost it. Without it nobody could ever seal it, and there is one such record
    /// for each task.
    pub(super) fn lost_opening(&self, row: &DocumentRow, opened: &Document) -> Result<Vec<Edit>, PhoneError> {
        let content = opened.content();
        let says_whose = content.get("origin").is_some_and(|origin| origin.get("author").is_some());
        let says_of_what = matches!(content.get("subject"), Some(Node::Map(fields)) if !fields.is_empty());
        // All of it is one change.
        let is_said = if row.own { says_whose } else { says_of_what };
        if is_said {
            return Ok(Vec::new());
        }
        let task = row.assignment.map(|assignment| self.known_task(assignment)).transpose()?.flatten();
        let Some(task) = task else { return Ok(Vec::new()) };
        let shape = opened.shape()?;
        let (tenant, writer, assignment) = (self.profile.tenant, self.profile.person, task.assignment);
        let own = |(case, undertaker)| {
            let transcribed_for = row.transcribed_for;
            let own = OwnRecord { assignment, kind: shape.code, case, undertaker, writer, transcribed_for };
            row.own && DocumentId::own(tenant, &own) == row.document
        };
        let is_the_tasks = row.document == DocumentId::shared(tenant, assignment)
            || row.case.zip(row.undertaker).is_some_and(own);
        if !is_the_tasks {
            return Ok(Vec::new());
        }
        let known = self.identity_in(&task);
        let identity = Identity {
            author: row.own.then_some(writer),
            transcribed_for: row.transcribed_for,
            case: row.case.or(known.case),
            undertaker: row.undertaker.or(known.undertaker),
            ..known
        };
        let seen = task.hearing.as_ref().map(|hearing| hearing.starts_at);
        let mut opening = self.subject_edits(shape, &task, &identity)?;
        opening.extend(self.origin_edits(shape, &identity, seen));
        opening.retain(|edit| {
            let (_, path) = Act::of_edit(edit);
            let [container, field] = path.parts() else { return false };
            content.get(container).and_then(|fields| fields.get(field)).is_none()
        });
        let lacks = |edit: &Edit| identity.at(&Act::of_edit(edit).1).is_some();
        Ok(if opening.iter().any(lacks) { opening } else { Vec::new() })
    }

    /// Who writes a record of one writer, and whose paper it repeats: seen when the hearing began,
    /// until somebody says otherwise.
    pub(super) fn origin_edits(
        &self,
        shape: &KindShape,
        identity: &Identity,
        seen: Option<Moment>,
    ) -> Vec<Edit> {
        let mut edits = Vec::new();
        if shape.merge == Merge::SingleWriter {
            edits.push(Edit::set(["origin", "author"], self.profile.person.to_scalar()));
            edits.push(Edit::set(["origin", "entered_at"], self.now().to_scalar()));
        }
        if let Some(observer) = identity.transcribed_for {
            edits.push(Edit::set(["origin", "transcribed_for"], observer.to_scalar()));
            edits.push(Edit::set(["origin", "capture_mode"], CaptureMode::PaperThenEntry.to_scalar()));
            edits.extend(seen.map(|seen| Edit::set(["origin", "observed_at"], seen.to_scalar())));
            edits.push(Edit::set(["origin", "scan"], ScanState::Pending.to_scalar()));
        }
        edits
    }

    pub(super) fn begin(&mut self, beginning: Beginning<'_>) -> Result<(), PhoneError> {
        self.begin_and(beginning, |_| Ok(()))
    }

    /// The same, and something else that is stored with it or not at all.
    pub(super) fn begin_and(
        &mut self,
        beginning: Beginning<'_>,
        also: impl FnOnce(&Tx<'_>) -> Result<(), PhoneError>,
    ) -> Result<(), PhoneError> {
        let Beginning { shape, id, claim, assignment, identity, edits } = beginning;
        let mut opened = Document::begin(shape, id);
        let derived = opened.changes();
        let rebase = document::fresh_rebase(self.store.reader(), id)?;
        let actor = actor::derive(self.profile.device, id, self.epoch(), rebase);
        let changes = if edits.is_empty() { Vec::new() } else { opened.edit(actor, edits)? };
        let now = self.now();
        let begun = Item::Begin { document: id, kind: shape.code.to_owned(), version: shape.version, claim };
        self.store.write("starting a record", |tx| {
            document::insert(
                tx,
                &NewDocument {
                    document: id,
                    kind: shape.code,
                    assignment,
                    case: identity.case,
                    undertaker: identity.undertaker,
                    transcribed_for: identity.transcribed_for,
                    own: shape.merge == Merge::SingleWriter,
                    touched_at: now.as_millis(),
                },
            )?;
            for derived in &derived {
                change::save(tx, id, derived, "accepted", ChangeDetails::default())?;
            }
            item::enqueue(tx, "begin", &begun)?;
            keep_own_changes(tx, id, rebase, &changes, edits, now)?;
            also(tx)?;
            tasks::look_again(tx, self.profile.person)
        })
    }
}
