//! Reads the evidence map and checks it against what it reads: sheet, questionnaires and items.

use std::collections::{BTreeMap, BTreeSet};

use super::super::channel::Channel;
use super::super::feed::{AnswerSource, Part, PercentHundredths, Shares, WHOLE};
use super::super::file::RubricFile;
use super::super::hash::ContentHash;
use super::super::item::{Item, Purpose, Rubric};
use super::super::problem::{DataProblemCode, Problems};
use super::super::questionnaire::Questionnaire;
use super::{Forms, Points};
use crate::record::ItemId;
use crate::record::attendance::Presence;
use crate::record::file_review::Mark;

/// The forms that a rubric's evidence map reads.
pub(super) struct Reader<'a> {
    sheet: Option<&'a Rubric>,
    questionnaires: Vec<&'a Questionnaire>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &RubricFile, forms: &'a Forms, problems: &mut Problems) -> Self {
        let wanted = raw.observer_sheet.as_deref().unwrap_or("-");
        let sheet =
            forms.sheets.iter().find(|form| form.id == wanted && form.purpose == Purpose::ObserverSheet);
        if sheet.is_none() {
            let known = forms.sheets.iter().map(|form| form.id.as_str()).collect::<Vec<_>>().join(", ");
            problems.add(
                "observer_sheet",
                DataProblemCode::UnknownForm,
                &[("form", &wanted), ("known", &known)],
            );
        }
        let mut questionnaires = Vec::new();
        for wanted in &raw.questionnaires {
            match forms.questionnaires.iter().find(|form| form.id == *wanted) {
                Some(form) => questionnaires.push(form),
                None => {
                    let known = forms
                        .questionnaires
                        .iter()
                        .map(|form| form.id.as_str())
                        .collect::<Vec<_>>()
                        .join(", ");
                    let values: [(&str, &dyn std::fmt::Display); 2] = [("form", wanted), ("known", &known)];
                    problems.add("questionnaires", DataProblemCode::UnknownForm, &values);
                }
            }
        }
        Self { sheet, questionnaires }
    }

    /// The hashes of the forms, by id.
    pub(super) fn leans_on(&self) -> impl Iterator<Item = (String, ContentHash)> {
        let sheet = self.sheet.iter().map(|form| (form.id.clone(), form.hash()));
        sheet.chain(self.questionnaires.iter().map(|form| (form.id.clone(), form.hash())))
    }

    /// Puts the parts into the items' feeds; gives the shares and what is shown beside.
    pub(super) fn read(
        &self,
        raw: &RubricFile,
        items: &mut [Item],
        places: &BTreeMap<ItemId, usize>,
        problems: &mut Problems,
    ) -> (Shares, BTreeMap<ItemId, ItemId>) {
        let mut landed = BTreeSet::new();
        for (code, lines) in &raw.evidence {
            let place = format!("evidence.{code}");
            let Some(channel) = problems.code(&place, code, Channel::from_code, Channel::CODES) else {
                continue;
            };
            for (target, sources) in lines {
                let place = format!("{place}.{target}");
                let parts = self.parts(channel, sources, &place, problems);
                landed.extend(parts.iter().filter_map(|part| part.from.answer().cloned()));
                let Some(item) = ItemId::parse(target).and_then(|id| places.get(&id)) else {
                    problems.add(place, DataProblemCode::UnknownTarget, &[("target", target)]);
                    continue;
                };
                match items[*item].feeds.iter_mut().find(|feed| feed.channel == channel) {
                    Some(feed) => feed.parts = parts,
                    None => problems.add(
                        place,
                        DataProblemCode::TargetLacksChannel,
                        &[("target", target), ("channel", &channel)],
                    ),
                }
            }
        }
        for item in items.iter() {
            for feed in item.feeds.iter().filter(|feed| feed.parts.is_empty()) {
                let fed = raw
                    .evidence
                    .get(feed.channel.code())
                    .is_some_and(|map| map.contains_key(item.id.as_str()));
                if !fed {
                    problems.add(&item.id, DataProblemCode::ChannelNotFed, &[("channel", &feed.channel)]);
                }
            }
        }
        let shares = shares(raw, problems);
        let beside = self.beside(raw, places, &landed, problems);
        for (id, channel) in
            self.scored().filter(|(id, _)| !landed.contains(*id) && !beside.contains_key(*id))
        {
            problems.add(id, DataProblemCode::LandsNowhere, &[("channel", &channel)]);
        }
        (shares, beside)
    }

    fn parts(
        &self,
        channel: Channel,
        sources: &BTreeMap<String, i64>,
        place: &str,
        problems: &mut Problems,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        for (source, percent) in sources {
            problems.wants_range(place, *percent, 1, WHOLE);
            if let Some(from) = self.source(channel, source, place, problems) {
                parts.push(Part { from, percent: *percent });
            }
        }
        let total: PercentHundredths = sources.values().fold(0, |sum, percent| sum.saturating_add(*percent));
        if total != WHOLE {
            problems.add(place, DataProblemCode::PercentTotal, &[("total", &Points(total))]);
        }
        parts
    }

    fn source(
        &self,
        channel: Channel,
        source: &str,
        place: &str,
        problems: &mut Problems,
    ) -> Option<AnswerSource> {
        let id = ItemId::parse(source);
        let question = id.as_ref().and_then(|id| {
            let mut forms = self.questionnaires.iter().filter(|form| form.channel == channel);
            forms.find_map(|form| form.question(id))
        });
        let on_sheet = id.as_ref().is_some_and(|id| self.sheet.is_some_and(|sheet| sheet.item(id).is_some()));
        match (channel, source, id) {
            (Channel::FileReview, "mark", _) => Some(AnswerSource::Mark),
            (Channel::Attendance, "presence", _) => Some(AnswerSource::Presence),
            (Channel::Attendance, _, Some(id)) if on_sheet => Some(AnswerSource::Sheet(id)),
            (_, _, Some(id)) if question.is_some() => {
                if question.is_some_and(|question| !question.scored) {
                    problems.add(place, DataProblemCode::PartNotScored, &[("part", &source)]);
                }
                Some(AnswerSource::Question(id))
            }
            _ => {
                let values: [(&str, &dyn std::fmt::Display); 2] = [("part", &source), ("channel", &channel)];
                problems.add(place, DataProblemCode::UnknownPart, &values);
                None
            }
        }
    }

    /// Every answer that is scored, with its channel.
    fn scored(&self) -> impl Iterator<Item = (&'a ItemId, Channel)> {
        let sheet = self.sheet.into_iter().flat_map(|form| &form.items);
        let questions = self.questionnaires.clone().into_iter().flat_map(|form| {
            form.questions
                .iter()
                .filter(|question| question.scored)
                .map(|question| (&question.id, form.channel))
        });
        sheet.map(|item| (&item.id, Channel::Attendance)).chain(questions)
    }

    fn beside(
        &self,
        raw: &RubricFile,
        places: &BTreeMap<ItemId, usize>,
        landed: &BTreeSet<ItemId>,
        problems: &mut Problems,
    ) -> BTreeMap<ItemId, ItemId> {
        let mut beside = BTreeMap::new();
        for (answer, target) in &raw.shown_beside {
            let place = format!("shown_beside.{answer}");
            let Some(known) = self.scored().find(|(id, _)| id.as_str() == answer).map(|(id, _)| id) else {
                problems.add(place, DataProblemCode::UnknownPart, &[("part", answer), ("channel", &"-")]);
                continue;
            };
            if landed.contains(known) {
                problems.add(&place, DataProblemCode::LandsTwice, &[("part", known)]);
            }
            match ItemId::parse(target).filter(|id| places.contains_key(id)) {
                Some(target) => {
                    beside.insert(known.clone(), target);
                }
                None => problems.add(place, DataProblemCode::UnknownTarget, &[("target", target)]),
            }
        }
        beside
    }
}

impl AnswerSource {
    /// The id of the answer, where it stands on a form.
    pub const fn answer(&self) -> Option<&ItemId> {
        match self {
            Self::Sheet(id) | Self::Question(id) => Some(id),
            Self::Mark | Self::Presence => None,
        }
    }
}

/// Every mark and presence that says something has a share, and a worse mark never has more.
fn shares(raw: &RubricFile, problems: &mut Problems) -> Shares {
    const MARKS: [Mark; 5] = [Mark::Full, Mark::Mostly, Mark::Half, Mark::Little, Mark::None];
    let mark = share_table("shares.mark", &raw.shares.mark, Mark::from_code, &MARKS, problems);
    let mut last = WHOLE;
    for code in MARKS.iter().filter(|code| mark.contains_key(code)) {
        if mark[code] > last {
            problems.add(format!("shares.mark.{code}"), DataProblemCode::ShareOrder, &[]);
        }
        last = mark[code];
    }
    let presence =
        share_table("shares.presence", &raw.shares.presence, Presence::from_code, Presence::ALL, problems);
    Shares { mark, presence }
}

fn share_table<T: Copy + Ord + std::fmt::Display>(
    place: &str,
    table: &BTreeMap<String, i64>,
    read: fn(&str) -> Option<T>,
    wanted: &[T],
    problems: &mut Problems,
) -> BTreeMap<T, PercentHundredths> {
    let known = wanted.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
    let mut shares = BTreeMap::new();
    for (code, percent) in table {
        let place = format!("{place}.{code}");
        problems.wants_range(&place, *percent, 0, WHOLE);
        match read(code).filter(|code| wanted.contains(code)) {
            Some(code) => {
                shares.insert(code, *percent);
            }
            None => {
                problems.add(place, DataProblemCode::UnknownCode, &[("code", code), ("known", &known)]);
            }
        }
    }
    for code in wanted.iter().filter(|code| !shares.contains_key(code)) {
        problems.add(place, DataProblemCode::ShareMissing, &[("what", code)]);
    }
    shares
}
