//! What a record asks that is data and no field of its form: the questions of a questionnaire, the items of a standard.

use super::questionnaires::{ANSWERS, POINTS, STATES, must_be_answered};
use super::records::open_record;
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::record::ItemId;
use crate::record::common::ItemState;
use crate::record::edit::FieldPath;
use crate::record::inspection::Inspection;
use crate::record::kind::Record;
use crate::record::return_visit::ReturnVisit;
use crate::record::shape::PointsHundredths;
use crate::rubric::{Answer, InspectionStandard, Question, Questionnaire, StandardItem};
use crate::text::{Bilingual, Language};

/// A question beside what is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedQuestion {
    /// Its id, for instance `RTV-02` or `CTR-1`.
    pub id: ItemId,
    /// What is asked.
    pub label: Bilingual,
    /// Whether the record is complete only with an answer.
    pub is_required: bool,
    /// How it is answered.
    pub answer: Answering,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    /// By one of several answers, in the field at this path.
    Choice {
        /// Where the code of the answer is written.
        path: FieldPath,
        /// The answers, the best first; those that tell nothing of the quality stand last, in the order of the
        /// questionnaire.
        answers: Vec<PossibleAnswer>,
        /// The code of the one that was given.
        given: Option<String>,
    },
    /// By points, in the field at this path.
    Points {
        /// Where the points are written.
        path: FieldPath,
        /// Where it is written why none are given.
        state_path: FieldPath,
        /// The most points, in hundredths.
        most: PointsHundredths,
        /// Those that were given.
        given: Option<PointsHundredths>,
        /// What was said in the place of points, or of them (`item_state`).
        state: Option<ItemState>,
    },
}

/// An answer that may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PossibleAnswer {
    /// What is written into the record.
    pub code: String,
    /// What it says.
    pub label: Bilingual,
}

impl Phone {
    /// What is asked in a record now, in order: the questions of a return visit that its stage and the answers so far
    /// leave, the items of an inspection. Empty for other kinds, and while the server has not sent the questionnaire.
    ///
    /// # Errors
    /// When there is no such record, it is damaged, or the phone is locked.
    pub fn questions(&self, document: DocumentId) -> Result<Vec<AskedQuestion>, PhoneError> {
        self.check_lease()?;
        let row = self.row(document)?;
        let content = open_record(self.store.reader(), document)?.content();
        match Record::read(&row.kind, &content) {
            Some(Record::ReturnVisit(visit)) => {
                let form = self.questionnaire_of(&row.kind)?;
                Ok(form.map_or_else(Vec::new, |form| of_return_visit(&form, &visit)))
            }
            Some(Record::Inspection(inspection)) => {
                let items = InspectionStandard::shipped().items;
                Ok(items.iter().map(|item| of_inspection(item, &inspection)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }
}

fn of_return_visit(form: &Questionnaire, visit: &ReturnVisit) -> Vec<AskedQuestion> {
    let asked = form.asked(visit.facts.stage, &visit.answers);
    let with_answer = |question: &Question| AskedQuestion {
        id: question.id.clone(),
        label: question.label.clone(),
        is_required: question.required && must_be_answered(visit),
        answer: Answering::Choice {
            path: FieldPath::new([ANSWERS, question.id.as_str()]),
            answers: possible_answers(question),
            given: visit.answers.get(&question.id).map(|given| given.0.clone()),
        },
    };
    asked.map(with_answer).collect()
}

fn possible_answers(question: &Question) -> Vec<PossibleAnswer> {
    let mut answers: Vec<_> = question.answers.iter().collect();
    answers.sort_by_key(|(_, answer)| (std::cmp::Reverse(answer.percent), answer.place));
    let possible = |(code, answer): (&String, &Answer)| PossibleAnswer {
        code: code.clone(),
        label: answer.label.clone(),
    };
    answers.into_iter().map(possible).collect()
}

fn of_inspection(item: &StandardItem, inspection: &Inspection) -> AskedQuestion {
    AskedQuestion {
        id: item.id.clone(),
        label: Bilingual { zh: item.label(Language::Zh).to_owned(), en: item.label(Language::En).to_owned() },
        is_required: false,
        answer: Answering::Points {
            path: FieldPath::new([POINTS, item.id.as_str()]),
            state_path: FieldPath::new([STATES, item.id.as_str()]),
            most: item.points,
            given: inspection.points.get(&item.id).copied(),
            state: inspection.states.get(&item.id).copied(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AssignmentId;
    use crate::people::{AssignmentKind, Duty};
    use crate::phone::About;
    use crate::phone::store::server_row;
    use crate::phone::testing::{phone, task};
    use crate::record::edit::Edit;
    use crate::record::shape::ScalarType;
    use crate::rubric::templates;

    #[test]
    fn an_inspection_says_of_each_item_what_was_given_and_why_nothing_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let assignment = AssignmentId::from_bytes([5; 16]);
        let told = task(assignment, AssignmentKind::Inspection, Duty::Lead);
        phone.store.write("testing", |tx| server_row::save(tx, &told, None)).expect("stored");
        let record = phone.start(assignment, "inspection", About::default()).expect("the lead begins it");
        let edits = [
            Edit::set([POINTS, "CTR-1"], PointsHundredths(20_00).to_scalar()),
            Edit::set([STATES, "CTR-2"], ItemState::NotObserved.to_scalar()),
        ];
        phone.edit(record, &edits).expect("fits");
        let asked = phone.questions(record).expect("readable");
        let given = asked.into_iter().map(|question| match question.answer {
            Answering::Points { given, state, .. } => (given, state),
            Answering::Choice { .. } => panic!("an inspection is answered by points"),
        });
        let expected = [
            (Some(PointsHundredths(20_00)), None),
            (None, Some(ItemState::NotObserved)),
            (None, None),
            (None, None),
        ];
        assert_eq!(given.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn answers_stand_the_best_first_and_otherwise_as_the_questionnaire_lists_them() {
        let form = &templates().questionnaires[0];
        let codes = |question: &str| {
            let id = ItemId::parse(question).expect("an id");
            let answers = possible_answers(form.question(&id).expect("a question"));
            answers.into_iter().map(|answer| answer.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("RTV-06"), ["yes", "no", "refused"]);
        assert_eq!(codes("RTV-11"), ["all", "part", "none", "not_sure"]);
        let satisfaction =
            ["very_satisfied", "satisfied", "basically", "dissatisfied", "unknown", "not_rated"];
        assert_eq!(codes("RTV-01"), satisfaction);
    }
}
