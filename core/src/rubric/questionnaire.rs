//! Questionnaires: what return visit, court visit and report check ask, and what an answer is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::feed::{PercentHundredths, WHOLE};
use super::hash::ContentHash;
use super::item::Status;
use super::problem::{DataProblem, DataProblemCode, Problems};
use crate::codes;
use crate::people::VisitStage;
use crate::record::ItemId;
use crate::record::court_visit::OpinionLine;
use crate::record::scoresheet::VetoCode;
use crate::record::shape::{AnswerCode, FieldGroup, ScalarKind};
use crate::text::Bilingual;

codes! {
    /// What answers a question by itself.
    Derivation as "derivation" {
        /// Whether the record came in time, by the server's times: `met` or `not_met`.
        OnTime = "on_time",
    }
}

/// A questionnaire (domain 11.6 to 11.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its id, for instance `RTV-02`.
    pub id: ItemId,
    /// What is asked.
    pub label: Bilingual,
    /// Whether its answers bear on rubric items; if not it feeds statistics or opens a check.
    pub scored: bool,
    /// Whether it must be answered wherever it is asked.
    pub required: bool,
    /// The points of the case at which it is asked; all when empty.
    pub stages: Vec<VisitStage>,
    /// It is asked only where these questions have one of these answers.
    pub only_if: BTreeMap<ItemId, Vec<String>>,
    /// The text of the record that it is about, for instance `viewpoint`; nothing where there is none.
    pub says: Option<String>,
    /// The items of the observer's sheet in which the same is seen in court.
    pub seen_as: Vec<ItemId>,
    /// What answers it by itself; nobody is asked then.
    pub derived: Option<Derivation>,
    /// The field of an opinion line that answers it; nothing where answers stand under the question's
    /// own id.
    pub field: Option<String>,
    /// The answers by code.
    pub answers: BTreeMap<String, Answer>,
    /// Where it comes from.
    pub source: String,
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it says.
    pub label: Bilingual,
    /// What it is worth; nothing when it tells nothing (the question counts as not observed).
    pub percent: Option<PercentHundredths>,
    /// The veto that it alleges.
    pub raises: Option<VetoCode>,
    /// Its place among the answers of the file, counted from 0: how they are shown where nothing else orders them. It
    /// says nothing of what an answer is worth, so the content hash does not hold it. 0 from an older server.
    #[serde(default)]
    pub place: u32,
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
    answers: BTreeMap<String, AnswerSet>,
    #[serde(default)]
    question: Vec<QuestionEntry>,
}

/// Answers by code, each with where it stands in the file.
type AnswerSet = BTreeMap<String, toml::Spanned<AnswerEntry>>;

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
    required: Option<bool>,
    #[serde(default)]
    stages: Vec<String>,
    #[serde(default)]
    only_if: BTreeMap<String, Vec<String>>,
    says: Option<String>,
    #[serde(default)]
    seen_as: Vec<String>,
    derived: Option<String>,
    field: Option<String>,
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
                let (place, answer) = (format!("answers.{set}.{code}"), answer.as_ref());
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
        check_conditions(&questions, &mut problems);
        check_fields(channel, &questions, &mut problems);
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

    /// The questions that are asked at a point of the case, given what was answered so far.
    ///
    /// A question without a point of the case is asked always, and one that hangs on another only
    /// where that one has the answer.
    pub fn asked(
        &self,
        stage: Option<VisitStage>,
        answers: &BTreeMap<ItemId, AnswerCode>,
    ) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |question| question.is_asked(stage, answers))
    }

    /// The question with this id.
    pub fn question(&self, id: &ItemId) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == *id)
    }
}

impl Question {
    /// Whether it is asked of anybody here.
    pub fn is_asked(&self, stage: Option<VisitStage>, answers: &BTreeMap<ItemId, AnswerCode>) -> bool {
        let in_stage = self.stages.is_empty() || stage.is_none_or(|stage| self.stages.contains(&stage));
        self.derived.is_none()
            && in_stage
            && self
                .only_if
                .iter()
                .all(|(other, wanted)| answers.get(other).is_some_and(|answer| wanted.contains(&answer.0)))
    }
}

/// A condition names a question that comes before, and answers that it has.
fn check_conditions(questions: &[Question], problems: &mut Problems) {
    for (nth, question) in questions.iter().enumerate() {
        for (other, wanted) in &question.only_if {
            let Some(before) = questions[..nth].iter().find(|before| before.id == *other) else {
                problems.add(&question.id, DataProblemCode::UnknownTarget, &[("target", other)]);
                continue;
            };
            let known = before.answers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            for code in wanted.iter().filter(|code| !before.answers.contains_key(*code)) {
                problems.add(
                    &question.id,
                    DataProblemCode::UnknownCode,
                    &[("code", code), ("known", &known)],
                );
            }
        }
    }
}

/// The questions of a court visit are answered by the fields of an opinion line, with their codes.
fn check_fields(channel: Option<Channel>, questions: &[Question], problems: &mut Problems) {
    if channel != Some(Channel::CourtVisit) {
        return;
    }
    for question in questions {
        let shape = OpinionLine::FIELDS.iter().find(|shape| Some(shape.name) == question.field.as_deref());
        let Some(ScalarKind::Code { codes, .. }) = shape.map(|shape| shape.kind) else {
            let field = question.field.clone().unwrap_or_default();
            problems.add(&question.id, DataProblemCode::UnknownTarget, &[("target", &field)]);
            continue;
        };
        let known = codes.join(", ");
        for code in question.answers.keys().filter(|code| !codes.contains(&code.as_str())) {
            problems.add(&question.id, DataProblemCode::UnknownCode, &[("code", code), ("known", &known)]);
        }
    }
}

impl QuestionEntry {
    fn check(self, sets: &BTreeMap<String, AnswerSet>, problems: &mut Problems) -> Option<Question> {
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
        let mut listed: Vec<_> = set.into_iter().flatten().collect();
        listed.sort_by_key(|(_, entry)| entry.span().start);
        let mut answers: BTreeMap<String, Answer> = (0..)
            .zip(listed)
            .map(|(place, (code, entry))| {
                let AnswerEntry { percent, zh, en } = entry.as_ref().clone();
                (code.clone(), Answer { label: Bilingual { zh, en }, percent, raises: None, place })
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
        let stages = self
            .stages
            .iter()
            .filter_map(|stage| problems.code(&self.id, stage, VisitStage::from_code, VisitStage::CODES))
            .collect();
        let derived = self
            .derived
            .as_ref()
            .and_then(|derived| problems.code(&self.id, derived, Derivation::from_code, Derivation::CODES));
        let mut seen_as = Vec::new();
        for item in &self.seen_as {
            match ItemId::parse(item) {
                Some(item) => seen_as.push(item),
                None => problems.add(&self.id, DataProblemCode::BadItemId, &[]),
            }
        }
        let mut only_if = BTreeMap::new();
        for (other, wanted) in self.only_if {
            match ItemId::parse(&other) {
                Some(other) => drop(only_if.insert(other, wanted)),
                None => problems.add(&self.id, DataProblemCode::BadItemId, &[]),
            }
        }
        Some(Question {
            id: id?,
            label: Bilingual { zh: self.zh, en: self.en },
            scored: self.scored,
            required: self.required.unwrap_or(self.scored),
            stages,
            only_if,
            says: self.says,
            seen_as,
            derived,
            field: self.field,
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
    fn answers_know_their_place_in_the_file() {
        let visit = &templates().questionnaires[0];
        let money = visit.question(&ItemId::parse("RTV-06").expect("an id")).expect("a question");
        let places = ["yes", "no", "refused"].map(|code| money.answers[code].place);
        assert_eq!(places, [0, 1, 2]);
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
