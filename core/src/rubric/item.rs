//! A rubric, its groups and its items.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::channel::Channel;
use super::feed::{AnswerSource, Feed, Shares};
use super::hash::ContentHash;
use super::questionnaire::Questionnaire;
use super::veto::Vetoes;
use crate::case::CaseKind;
use crate::codes;
use crate::record::ItemId;
use crate::record::scoresheet::VetoCode;
use crate::record::shape::PointsHundredths;
use crate::text::Bilingual;

codes! {
    /// Whose rule a data file is.
    Status as "data_status" {
        /// The project's proposal, shipped as a template; not an official table.
        Proposal = "proposal",
        /// Taken over by a centre.
        Adopted = "adopted",
    }

    /// What a rubric is filled in for.
    Purpose as "rubric_purpose" {
        /// An assessor scores a case.
        Case = "case",
        /// An observer scores an undertaker at a hearing.
        ObserverSheet = "observer_sheet",
    }
}

/// A rubric 评估标准: checked, and frozen by its content hash.
///
/// Made by [`Rubric::parse`] only, so what holds one never checks it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rubric {
    /// Its id, for instance `CRM-TRIAL`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whose rule it is.
    pub status: Status,
    /// What it is filled in for.
    pub purpose: Purpose,
    /// Its name.
    pub name: Bilingual,
    /// Where it comes from.
    pub source: String,
    /// The case kinds that it is for; all when empty.
    pub applies_to: Vec<CaseKind>,
    /// What its items total.
    pub full_points: PointsHundredths,
    /// The id of the scale that turns its score into a grade; a case rubric has one.
    pub scale: Option<String>,
    /// The indicators 一级指标, in order; none where the items stand alone.
    pub groups: Vec<Group>,
    /// The items, in order.
    pub items: Vec<Item>,
    /// What the fixed answers are worth.
    pub shares: Shares,
    /// Scored answers that no item takes points from, and the item that each is shown beside.
    pub shown_beside: BTreeMap<ItemId, ItemId>,
    /// The content hashes of what it leans on, by id: observer's sheet, questionnaires, vetoes.
    pub leans_on: BTreeMap<String, ContentHash>,
    pub(super) hash: ContentHash,
    #[serde(skip)]
    pub(super) text: Arc<str>,
    #[serde(skip)]
    pub(super) vetoes: Arc<Vetoes>,
    #[serde(skip)]
    pub(super) questionnaires: Arc<[Questionnaire]>,
    #[serde(skip)]
    pub(super) places: BTreeMap<ItemId, usize>,
}

/// An indicator 一级指标.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its id, for instance `CRM-1`.
    pub id: String,
    /// Its name.
    pub label: Bilingual,
    /// What its items total.
    pub points: PointsHundredths,
}

/// An item 指标.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its id, for instance `CRM-1.1`.
    pub id: ItemId,
    /// Its group's place in [`Rubric::groups`].
    pub group: Option<usize>,
    /// Its name.
    pub label: Bilingual,
    /// What it is worth.
    pub points: PointsHundredths,
    /// What feeds it, the channel that counts first at the front.
    pub feeds: Vec<Feed>,
    /// Vetoes that a grave finding on it may open.
    pub vetoes: Vec<VetoCode>,
    /// What is taken off for what.
    pub guide: Option<Bilingual>,
    /// Where it comes from.
    pub source: String,
}

impl Rubric {
    /// The content hash over the file's canonical form (see [`super::hash`]).
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// The file's text, as it was read. Whoever is to use the rubric gets this text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The vetoes that it links to.
    pub fn vetoes(&self) -> &Vetoes {
        &self.vetoes
    }

    /// The questionnaires whose answers it reads.
    pub fn questionnaires(&self) -> &[Questionnaire] {
        &self.questionnaires
    }

    /// The questionnaire of a channel, where it reads one.
    pub fn questionnaire(&self, channel: Channel) -> Option<&Questionnaire> {
        self.questionnaires.iter().find(|form| form.channel == channel)
    }

    /// The item with this id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.place(id).map(|place| &self.items[place])
    }

    /// The place of an item in [`Rubric::items`].
    pub fn place(&self, id: &ItemId) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Whether it is for cases of this kind.
    pub fn applies_to(&self, kind: CaseKind) -> bool {
        self.applies_to.is_empty() || self.applies_to.contains(&kind)
    }

    /// The first item that an answer bears on: one that it feeds, else the one it is shown beside.
    pub fn landing_place(&self, answer: &ItemId) -> Option<usize> {
        let fed = |item: &Item| {
            item.feeds.iter().flat_map(|feed| &feed.parts).any(|part| match &part.from {
                AnswerSource::Sheet(id) | AnswerSource::Question(id) => id == answer,
                AnswerSource::Mark | AnswerSource::Presence => false,
            })
        };
        self.items
            .iter()
            .position(fed)
            .or_else(|| self.shown_beside.get(answer).and_then(|target| self.place(target)))
    }
}

impl Item {
    /// What a channel feeds into it, where it lists the channel.
    pub fn feed(&self, channel: Channel) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.channel == channel)
    }
}
