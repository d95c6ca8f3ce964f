//! Questionnaires: what return visit, court visit and report check ask, and what an answer is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::feed::{PercentHundredths, WHOLE};
use super::hash::ContentHash;
use super::item::Status;
use super::problem::{DataProblem, DataProblemCode, Problems};
use crate::record::ItemId;
use crate::record::scoresheet::VetoCode;
use crate::text::Bilingual;

/// A questionnaire (domain 11.6 to 11.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Questionnaire {
    /// Its id, for instance `RTV`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whose rule it is.
    pub status: Status,
    /// The channel that it belongs to.
    pub channel: Channel,
    /// Its name.
    pub name: Bilingual,
    /// The questions, in order.
    pub questions: Vec<Question>,
    hash: ContentHash,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Its id, for instance `RTV-02`.
    pub id: ItemId,
    /// What is asked.
    pub label: Bilingual,
    /// Whether its answers bear on rubric items; if not it feeds statistics or opens a check.
    pub scored: bool,
    /// The answers by code.
    pub answers: BTreeMap<String, Answer>,
    /// Where it comes from.
    pub source: String,
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What it says.
    pub label: Bilingual,
    /// What it is worth; nothing when it tells nothing (the question counts as not observed).
    pub percent: Option<PercentHundredths>,
    /// The veto that it alleges.
    pub raises: Option<VetoCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionnaireFile {
    id: String,
    version: String,
    status: String,
    channel: String,
    zh: String,
    en: String,
    #[serde(default)]
    answers: BTreeMap<String, BTreeMap<String, AnswerEntry>>,
    #[serde(default)]
    question: Vec<QuestionEntry>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct AnswerEntry {
    percent: Option<i64>,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionEntry {
    id: String,
    zh: String,
    en: String,
    answers: String,
    scored: bool,
    #[serde(default)]
    raises: BTreeMap<String, String>,
    source: String,
}

impl Questionnaire {
    /// Reads and checks a questionnaire.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<DataProblem>> {
        let mut problems = Problems::of(file);
        let (raw, tree): (QuestionnaireFile, _) = problems.read(text)?;
        let status = problems.code("status", &raw.status, Status::from_code, Status::CODES);
        let channel = problems.code("channel", &raw.channel, Channel::from_code, Channel::CODES);
        problems.wants_text("zh, en", &[&raw.zh, &raw.en]);
        for (set, answers) in &raw.answers {
            for (code, answer) in answers {
                let place = format!("answers.{set}.{code}");
                problems.wants_text(&place, &[&answer.zh, &answer.en]);
                if let Some(percent) = answer.percent {
                    problems.wants_range(&place, percent, 0, WHOLE);
                }
            }
        }
        let questions: Vec<Question> =
            raw.question.into_iter().filter_map(|entry| entry.check(&raw.answers, &mut problems)).collect();
        for (nth, question) in questions.iter().enumerate() {
            if questions[..nth].iter().any(|other| other.id == question.id) {
                problems.add(&question.id, DataProblemCode::Duplicate, &[("what", &question.id)]);
            }
        }
        if questions.is_empty() {
            problems.add("question", DataProblemCode::NoItems, &[]);
        }
        let hash = ContentHash::of("tingfang-questionnaire/1", &tree);
        let questionnaire = status.zip(channel).map(|(status, channel)| Self {
            id: raw.id,
            version: raw.version,
            status,
            channel,
            name: Bilingual { zh: raw.zh, en: raw.en },
            questions,
            hash,
        });
        problems.finish(questionnaire)
    }

    /// The content hash.
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// The question with this id.
    pub fn question(&self, id: &ItemId) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == *id)
    }
}

impl QuestionEntry {
    fn check(
        self,
        sets: &BTreeMap<String, BTreeMap<String, AnswerEntry>>,
        problems: &mut Problems,
    ) -> Option<Question> {
        problems.wants_text(&self.id, &[&self.zh, &self.en]);
        let id = ItemId::parse(&self.id);
        if id.is_none() {
            problems.add(&self.id, DataProblemCode::BadItemId, &[]);
        }
        let set = sets.get(&self.answers);
        if set.is_none() {
            let known = sets.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            problems.add(
                &self.id,
                DataProblemCode::UnknownCode,
                &[("code", &self.answers), ("known", &known)],
            );
        }
        let mut answers: BTreeMap<String, Answer> = set
            .into_iter()
            .flatten()
            .map(|(code, entry)| {
                let label = Bilingual { zh: entry.zh.clone(), en: entry.en.clone() };
                (code.clone(), Answer { label, percent: entry.percent, raises: None })
            })
            .collect();
        for (answer, veto) in &self.raises {
            let veto = problems.code(&self.id, veto, VetoCode::from_code, VetoCode::CODES);
            match answers.get_mut(answer) {
                Some(answer) => answer.raises = veto,
                None if set.is_some() => {
                    let known = answers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                    problems.add(
                        &self.id,
                        DataProblemCode::UnknownCode,
                        &[("code", answer), ("known", &known)],
                    );
                }
                None => {}
            }
        }
        if self.scored && set.is_some() && answers.values().all(|answer| answer.percent.is_none()) {
            problems.add(&self.id, DataProblemCode::ShareMissing, &[("what", &self.answers)]);
        }
        Some(Question {
            id: id?,
            label: Bilingual { zh: self.zh, en: self.en },
            scored: self.scored,
            answers,
            source: self.source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::templates;

    #[test]
    fn an_answer_without_percent_tells_nothing() {
        let visit = &templates().questionnaires[0];
        let manner = visit.question(&ItemId::parse("RTV-01").expect("an id")).expect("a question");
        assert_eq!(manner.answers["satisfied"].percent, Some(85_00));
        assert_eq!(manner.answers["not_rated"].percent, None);
        let money = visit.question(&ItemId::parse("RTV-06").expect("an id")).expect("a question");
        assert_eq!(money.answers["yes"].raises, Some(VetoCode::TookBenefit));
    }

    #[test]
    fn all_that_is_wrong_is_reported_together() {
        let text = "id='Q'\nversion='1'\nstatus='mine'\nchannel='by_mail'\nzh='问'\nen=''\n\
            [[question]]\nid='q 1'\nzh='问'\nen='q'\nanswers='none'\nscored=true\nsource='s'";
        let problems = Questionnaire::parse("q.toml", text).expect_err("five problems");
        let codes: Vec<_> = problems.iter().map(DataProblem::code).collect();
        assert_eq!(
            codes,
            ["unknown_code", "unknown_code", "empty_text", "bad_item_id", "unknown_code", "no_items"]
        );
    }
}
