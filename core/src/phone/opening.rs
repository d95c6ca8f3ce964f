//! Beginning records: what a task asks for, and amendments of sealed ones.

use super::permission::{task_facts, whole};
use super::records::{keep_own_changes, open_record};
use super::store::change::{self, ChangeDetails};
use super::store::document::{self, NewDocument};
use super::store::item;
use super::{Phone, PhoneError};
use crate::id::{AssignmentId, CaseId, DocumentId, PersonId};
use crate::people::Task;
use crate::policy::{Act, RecordState};
use crate::record::amendment;
use crate::record::document::{Document, derived_changes};
use crate::record::edit::Edit;
use crate::record::kind::shape_of;
use crate::record::shape::{ContainerShape, KindShape, Merge, ScalarType};
use crate::record::value::Scalar;
use crate::sync::actor;
use crate::sync::frame::{Claim, Item};

impl Phone {
    /// Starts the record of a kind that a task asks for, or returns the one that is there.
    ///
    /// `case` says which of the task's subjects a single-writer record is about; it may be left
    /// out when the task has one. `for_observer` is the observer whose paper sheet a clerk enters.
    ///
    /// # Errors
    /// When there is no such task, it does not ask for the kind, or the policy does not allow it.
    pub fn start(
        &mut self,
        assignment: AssignmentId,
        kind: &str,
        case: Option<CaseId>,
        for_observer: Option<PersonId>,
    ) -> Result<DocumentId, PhoneError> {
        let task = self.task(assignment)?.ok_or(PhoneError::NoSuchTask(assignment))?;
        let kinds = task.kind.record_kinds();
        let shape = shape_of(kind).filter(|shape| kinds.contains(&shape.code));
        let shape = shape
            .ok_or_else(|| PhoneError::WrongKind { kind: kind.to_owned(), expected: kinds.join(", ") })?;
        let case = case.or_else(|| task.subjects.first().map(|subject| subject.case));
        let (document, claim) = self.identify(shape, &task, case);
        if document::find(self.store.reader(), document)?.is_some() {
            return Ok(document);
        }
        self.check_allowed(&task_facts(&task, self.profile.person), kind, Act::Begin, &whole())?;
        let opening = self.opening(shape, &task, case, for_observer)?;
        self.begin(shape, document, claim, Some(assignment), case, &opening)?;
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
        self.check_allowed(&facts, &row.kind, Act::Amend, &whole())?;
        let original = open_record(self.store.reader(), sealed)?;
        let shape = original.shape()?;
        let edits = amendment::begin(shape, &original.content(), sealed, reason);
        let document = self.minter.mint();
        self.begin(shape, document, Claim::Amendment { of: sealed }, row.assignment, row.case, &edits)?;
        Ok(document)
    }

    fn identify(&self, shape: &KindShape, task: &Task, case: Option<CaseId>) -> (DocumentId, Claim) {
        let (tenant, person) = (self.profile.tenant, self.profile.person);
        let assignment = task.assignment;
        match (shape.merge, case) {
            (Merge::SingleWriter, Some(case)) => (
                DocumentId::single_writer(tenant, assignment, shape.code, case.as_bytes(), person),
                Claim::Own { assignment, case },
            ),
            _ => (DocumentId::shared(tenant, assignment), Claim::Shared { assignment }),
        }
    }

    /// The first edits of a record: what the task already knows, so that nothing is asked twice.
    fn opening(
        &self,
        shape: &KindShape,
        task: &Task,
        case: Option<CaseId>,
        for_observer: Option<PersonId>,
    ) -> Result<Vec<Edit>, PhoneError> {
        let subject = task.subjects.iter().find(|subject| Some(subject.case) == case);
        let rubric = match &task.round {
            Some(round) => Some(round.rubric.clone()),
            None => self.observer_rubric()?,
        };
        let known: [(&str, Option<Scalar>); 6] = [
            ("hearing", task.hearing.as_ref().map(|hearing| hearing.id.to_scalar())),
            ("case", subject.map(|subject| subject.case.to_scalar())),
            ("undertaker", subject.map(|subject| subject.undertaker.to_scalar())),
            ("round", task.round.as_ref().map(|round| round.id.to_scalar())),
            ("rubric", rubric.map(Scalar::Text)),
            (
                "attendance",
                task.hearing
                    .as_ref()
                    .map(|_| DocumentId::shared(self.profile.tenant, task.assignment).to_scalar()),
            ),
        ];
        let has = |container: &str, field: &str| match shape.container(container).map(|found| found.shape) {
            Some(ContainerShape::Group(fields)) => fields.iter().any(|known| known.name == field),
            _ => false,
        };
        let mut edits: Vec<Edit> = known
            .into_iter()
            .filter(|(field, _)| has("subject", field))
            .filter_map(|(field, value)| Some(Edit::set(["subject", field], value?)))
            .collect();
        if shape.merge == Merge::SingleWriter {
            edits.push(Edit::set(["origin", "author"], self.profile.person.to_scalar()));
            edits.push(Edit::set(["origin", "entered_at"], self.now().to_scalar()));
        }
        if let Some(observer) = for_observer {
            edits.push(Edit::set(["origin", "transcribed_for"], observer.to_scalar()));
            edits.push(Edit::set(["origin", "scan"], Scalar::Text("pending".into())));
        }
        Ok(edits)
    }

    fn begin(
        &mut self,
        shape: &'static KindShape,
        id: DocumentId,
        claim: Claim,
        assignment: Option<AssignmentId>,
        case: Option<CaseId>,
        edits: &[Edit],
    ) -> Result<(), PhoneError> {
        let beginning = derived_changes(shape, shape.version, id);
        let mut opened = Document::begin(shape, id);
        let actor = actor::derive(self.profile.device, id, self.secrets.epoch, 0);
        let changes = if edits.is_empty() { Vec::new() } else { opened.edit(actor, edits)? };
        let now = self.now().as_millis();
        let begun = Item::Begin { document: id, kind: shape.code.to_owned(), version: shape.version, claim };
        self.store.write("starting a record", |tx| {
            document::insert(
                tx,
                &NewDocument {
                    document: id,
                    kind: shape.code,
                    assignment,
                    case,
                    own: shape.merge == Merge::SingleWriter,
                    touched_at: now,
                },
            )?;
            for derived in &beginning {
                change::save(tx, id, derived, "accepted", ChangeDetails::default())?;
            }
            item::enqueue(tx, "begin", &begun)?;
            keep_own_changes(tx, id, 0, &changes, edits)
        })
    }
}
