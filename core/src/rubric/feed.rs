//! The evidence map: which answers of a channel make up an item, in percent of the item.

use std::collections::BTreeMap;

use serde::Serialize;

use super::channel::Channel;
use crate::record::ItemId;
use crate::record::attendance::Presence;
use crate::record::file_review::Mark;

/// Percent in hundredths: 60 % is 60_00.
pub type PercentHundredths = i64;

/// The whole, in percent.
pub const WHOLE: PercentHundredths = 100_00;

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// The mark that a file review gives the item itself.
    Mark,
    /// The undertaker's presence at the hearing, as the attendance states it.
    Presence,
    /// An item of the observer's sheet, for instance `HRG-01`.
    Sheet(ItemId),
    /// A question of a questionnaire or report check, for instance `RTV-02`.
    Question(ItemId),
}

/// One answer's part in an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The answer.
    pub from: AnswerSource,
    /// Its part; the parts of a feed total [`WHOLE`].
    pub percent: PercentHundredths,
}

/// What one channel feeds into an item.
///
/// Parts that nobody observed drop out and the others are re-scaled. When all drop out the item
/// falls to its next feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feed {
    /// The channel.
    pub channel: Channel,
    /// Its parts; none in an observer's sheet, whose items are answers themselves.
    pub parts: Vec<Part>,
}

/// What share of what they answer the fixed answers are worth, in percent.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Shares {
    /// A file review's marks; `not_applicable` and `not_observed` have none.
    pub mark: BTreeMap<Mark, PercentHundredths>,
    /// The undertaker's presence.
    pub presence: BTreeMap<Presence, PercentHundredths>,
}
