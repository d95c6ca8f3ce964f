//! Questionnaires on the phone: what is asked now, which answers fit, and what is still to be asked.
//!
//! The server sends each as a row. A phone that has none yet keeps any answer; the server reads it
//! with the questionnaire that the record names.

use std::collections::BTreeMap;

use super::{Phone, PhoneError};
use crate::record::ItemId;
use crate::record::edit::{Edit, FieldPath};
use crate::record::inspection::Inspection;
use crate::record::kind::Record;
use crate::record::return_visit::ReturnVisit;
use crate::record::shape::{AnswerCode, RecordKind};
use crate::record::value::Scalar;
use crate::rubric::{InspectionStandard, Questionnaire};
use crate::sync::row_kind::RowKind;

/// The container in which answers stand under their questions.
pub(super) const ANSWERS: &str = "answers";
/// The container of an inspection's points.
pub(super) const POINTS: &str = "points";
/// The container that says why an item of it was not scored.
pub(super) const STATES: &str = "states";

impl Phone {
    /// The questionnaire of a record kind, once the server has sent it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn questionnaire_of(&self, kind: &str) -> Result<Option<Questionnaire>, PhoneError> {
        let body = self.known_row(RowKind::Questionnaire, kind)?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// Whether an edit answers a question as its questionnaire has it, and gives no more points than the
    /// standard of an inspection.
    pub(super) fn check_answer(&self, kind: &str, edit: &Edit) -> Result<(), PhoneError> {
        if kind == Inspection::SHAPE.code {
            return check_points(edit);
        }
        let Edit::Set { path, value: Scalar::Text(given) } = edit else { return Ok(()) };
        let [container, question] = path.parts() else { return Ok(()) };
        if container != ANSWERS {
            return Ok(());
        }
        let Some(form) = self.questionnaire_of(kind)? else { return Ok(()) };
        let known = ItemId::parse(question).and_then(|id| form.question(&id).cloned());
        let Some(known) = known else {
            let expected = form.questions.iter().map(|known| known.id.to_string()).collect();
            return Err(PhoneError::NoSuchQuestion { path: path.clone(), expected });
        };
        if known.answers.contains_key(given) {
            return Ok(());
        }
        let expected = known.answers.keys().cloned().collect();
        Err(PhoneError::NoSuchAnswer { path: path.clone(), given: given.clone(), expected })
    }

    /// The required questions that are asked and not answered yet.
    pub(super) fn missing_answers(&self, record: &Record) -> Result<Vec<FieldPath>, PhoneError> {
        let Record::ReturnVisit(visit) = record else { return Ok(Vec::new()) };
        if !must_be_answered(visit) {
            return Ok(Vec::new());
        }
        let Some(form) = self.questionnaire_of(record.shape().code)? else { return Ok(Vec::new()) };
        let answers: &BTreeMap<ItemId, AnswerCode> = &visit.answers;
        let open = form
            .asked(visit.facts.stage, answers)
            .filter(|question| question.required && !answers.contains_key(&question.id));
        Ok(open.map(|question| FieldPath::new([ANSWERS, question.id.as_str()])).collect())
    }
}

/// Whether a visit is complete only with answers: who reached nobody asked nothing, and an amendment says what is other.
pub(super) fn must_be_answered(visit: &ReturnVisit) -> bool {
    visit.is_connected() && visit.origin.amends.is_none()
}

/// Points of an inspection stay within what its standard has.
fn check_points(edit: &Edit) -> Result<(), PhoneError> {
    let Edit::Set { path, value } = edit else { return Ok(()) };
    let [container, id] = path.parts() else { return Ok(()) };
    if container != POINTS && container != STATES {
        return Ok(());
    }
    let standard = InspectionStandard::shipped();
    let Some(item) = ItemId::parse(id).and_then(|id| standard.item(&id).cloned()) else {
        let expected = standard.items.iter().map(|item| item.id.to_string()).collect();
        return Err(PhoneError::NoSuchQuestion { path: path.clone(), expected });
    };
    let given = match value {
        Scalar::Integer(given) if !(0..=item.points.0).contains(given) => given,
        _ => return Ok(()),
    };
    let expected = vec![format!("0–{}", item.points.0)];
    Err(PhoneError::NoSuchAnswer { path: path.clone(), given: given.to_string(), expected })
}
