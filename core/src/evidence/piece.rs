//! One piece of evidence: one answer of one record, and its bearing on one item.

use serde::{Deserialize, Serialize};

use super::finding::FindingNote;
use super::missing_report::MissingReport;
use super::ratio::Ratio;
use super::words::{in_sentence, percent_text, points_text};
use crate::record::ItemId;
use crate::record::attendance::Presence;
use crate::record::common::ItemState;
use crate::record::file_review::Mark;
use crate::record::shape::{AnswerCode, PointsHundredths};
use crate::rubric::{Channel, Rubric};
use crate::text::{Bilingual, Language, sentence};

/// What a record answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A file review's mark.
    Mark(Mark),
    /// The undertaker's presence.
    Presence(Presence),
    /// Points on the observer's sheet.
    SheetPoints {
        /// The sheet's item.
        item: ItemId,
        /// The points given, never above the item's.
        points: PointsHundredths,
        /// The item's points.
        of: PointsHundredths,
    },
    /// The sheet says that it did not score the item, and why.
    SheetState {
        /// The sheet's item.
        item: ItemId,
        /// Not applicable or not observed.
        state: ItemState,
    },
    /// The answer to a question of a questionnaire or of a report's check.
    Question {
        /// The question.
        question: ItemId,
        /// The answer's code.
        code: AnswerCode,
        /// What it says, as the questionnaire had it.
        label: Bilingual,
    },
    /// A report that was asked for did not come: every question to it counts as not met.
    NoReport(MissingReport),
    /// Nothing but findings.
    Remark,
}

/// A piece of evidence on an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The way on which it came in.
    pub channel: Channel,
    /// The record, by its place in the evidence's sources; nothing where no record came.
    pub source: Option<usize>,
    /// What it answers.
    pub answer: Answer,
    /// Its part in the item's feed, in hundredths of a percent; nothing when it takes no part.
    pub percent: Option<i64>,
    /// What share of its part it reaches; nothing when it was not observed or does not apply.
    pub share: Option<Ratio>,
    /// What its findings take off the item.
    pub deduction: PointsHundredths,
    /// Findings on the item in the same record.
    pub findings: Vec<FindingNote>,
}

impl Piece {
    /// Whether it says that the item (or its part) does not apply.
    pub const fn says_not_applicable(&self) -> bool {
        matches!(
            self.answer,
            Answer::Mark(Mark::NotApplicable) | Answer::SheetState { state: ItemState::NotApplicable, .. }
        )
    }

    /// The answer as a sentence, without its findings; what was asked stands in the rubric's forms.
    pub fn sentence(&self, rubric: &Rubric, language: Language) -> String {
        let share = self.share.map(|share| (share * Ratio::whole(100_00)).round_half_up());
        let share = share.map(percent_text).unwrap_or_default();
        let part = self.percent.map(percent_text).unwrap_or_default();
        let whole = self.percent.is_none_or(|percent| percent == 100_00);
        let fill = |key: &str, values: &[(&str, &str)]| {
            let text = sentence(language, "evidence", key, &[values, &[("share", &share)]].concat());
            if whole { text } else { text + &sentence(language, "evidence", "part", &[("part", &part)]) }
        };
        match &self.answer {
            Answer::Mark(mark) if self.share.is_some() => {
                fill("mark", &[("mark", &*in_sentence(language, mark.label(language)))])
            }
            Answer::Mark(mark) => {
                fill("mark_unscored", &[("mark", &*in_sentence(language, mark.label(language)))])
            }
            Answer::Presence(presence) => {
                fill("presence", &[("presence", &*in_sentence(language, presence.label(language)))])
            }
            Answer::SheetPoints { item, points, of } => {
                let (points, of) = (points_text(*points), points_text(*of));
                fill("sheet_points", &[("item", item.as_str()), ("points", &points), ("of", &of)])
            }
            Answer::SheetState { item, state } => fill(
                "sheet_state",
                &[("item", item.as_str()), ("state", &*in_sentence(language, state.label(language)))],
            ),
            Answer::Question { question, label, .. } => {
                let key = if self.share.is_some() { "question" } else { "question_unscored" };
                let form = rubric.questionnaire(self.channel);
                let asked = form.and_then(|form| form.question(question));
                let asked = asked.map(|asked| asked.label.get(language)).unwrap_or_default();
                let values = [
                    ("channel", &*in_sentence(language, self.channel.label(language))),
                    ("question", question.as_str()),
                    ("asked", &*in_sentence(language, asked)),
                    ("answer", label.get(language)),
                ];
                fill(key, &values)
            }
            Answer::NoReport(missing) => fill("no_report", &[("due", &missing.due_at.minute_in_china())]),
            Answer::Remark => fill("remark", &[]),
        }
    }
}
