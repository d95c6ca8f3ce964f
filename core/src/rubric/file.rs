//! The form of a rubric file, as it is written. What stands in it is checked by [`super::read`].

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::text::Bilingual;

/// A rubric file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RubricFile {
    pub(super) id: String,
    pub(super) version: String,
    /// `proposal` or `adopted`.
    pub(super) status: String,
    /// `case` or `observer_sheet`.
    pub(super) purpose: String,
    /// Case kinds, or `any` alone.
    pub(super) applies_to: Vec<String>,
    pub(super) full_points: i64,
    pub(super) scale: Option<String>,
    pub(super) source: String,
    /// The observer's sheet that the evidence map reads.
    pub(super) observer_sheet: Option<String>,
    /// The questionnaires that the evidence map reads.
    #[serde(default)]
    pub(super) questionnaires: Vec<String>,
    pub(super) name: Bilingual,
    #[serde(default)]
    pub(super) group: Vec<GroupEntry>,
    #[serde(default)]
    pub(super) item: Vec<ItemEntry>,
    #[serde(default)]
    pub(super) shares: SharesEntry,
    /// Channel → item → source → percent in hundredths.
    #[serde(default)]
    pub(super) evidence: BTreeMap<String, BTreeMap<String, BTreeMap<String, i64>>>,
    /// Answer → item.
    #[serde(default)]
    pub(super) shown_beside: BTreeMap<String, String>,
}

/// `[[group]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    pub(super) id: String,
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) points: i64,
    #[serde(default)]
    pub(super) item: Vec<ItemEntry>,
}

/// `[[item]]` or `[[group.item]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemEntry {
    pub(super) id: String,
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) points: i64,
    /// The channel that counts first at the front.
    pub(super) channels: Vec<String>,
    #[serde(default)]
    pub(super) vetoes: Vec<String>,
    pub(super) guide: Option<Bilingual>,
    pub(super) source: String,
}

/// `[shares]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SharesEntry {
    pub(super) mark: BTreeMap<String, i64>,
    pub(super) presence: BTreeMap<String, i64>,
}
