//! What a record asks by data, mirrored.

use tingfang_core::phone::{self, Answering};
use tingfang_core::record::shape::PointsHundredths;
use tingfang_core::text::Bilingual;

/// A question of a record beside its answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Question {
    /// Its id, for instance `RTV-02` or `CTR-1`.
    pub id: String,
    /// What is asked.
    pub label: Bilingual,
    /// Whether the record is complete only with an answer.
    pub is_required: bool,
    /// How it is answered, and what was.
    pub answer: QuestionAnswer,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum QuestionAnswer {
    /// By one of several answers.
    Choice {
        /// The path at which the code of the answer is written.
        path: String,
        /// The answers, the best first; those that tell nothing of the quality stand last, in the order of the
        /// questionnaire.
        answers: Vec<PossibleAnswer>,
        /// The code of the one that was given.
        given: Option<String>,
    },
    /// By points.
    Points {
        /// The path at which the points are written, in hundredths.
        path: String,
        /// The path at which it is written why none are given (labels: `item_state`).
        state_path: String,
        /// The most points, in hundredths.
        most: PointsHundredths,
        /// Those that were given.
        given: Option<PointsHundredths>,
        /// What was said in the place of points, or of them: `scored`, `not_observed` or `not_applicable` (labels:
        /// `item_state`).
        state: Option<String>,
    },
}

/// An answer that may be given.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PossibleAnswer {
    /// What is written into the record.
    pub code: String,
    /// What it says.
    pub label: Bilingual,
}

impl From<phone::AskedQuestion> for Question {
    fn from(asked: phone::AskedQuestion) -> Self {
        let phone::AskedQuestion { id, label, is_required, answer } = asked;
        let answer = match answer {
            Answering::Choice { path, answers, given } => {
                let possible = |phone::PossibleAnswer { code, label }| PossibleAnswer { code, label };
                let answers = answers.into_iter().map(possible).collect();
                QuestionAnswer::Choice { path: path.to_string(), answers, given }
            }
            Answering::Points { path, state_path, most, given, state } => QuestionAnswer::Points {
                path: path.to_string(),
                state_path: state_path.to_string(),
                most,
                given,
                state: state.map(|state| state.code().to_owned()),
            },
        };
        Self { id: id.to_string(), label, is_required, answer }
    }
}
