//! Why there is no grade: what is wrong, where, and how to put it right.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::codes;
use crate::evidence::words::in_sentence;
use crate::id::DocumentId;
use crate::record::ItemId;
use crate::text::{Language, label, sentence};

codes! {
    /// Why a scoresheet cannot be used or a grade cannot be made. The sentence stands in the locale
    /// under `grade_problem`, the way to put it right under `grade_fix`.
    GradeProblemCode as "grade_problem" {
        NotDecided = "not_decided",
        UnknownItem = "unknown_item",
        NoPoints = "no_points",
        NoReason = "no_reason",
        AboveItem = "above_item",
        NotTheDefault = "not_the_default",
        NothingToAccept = "nothing_to_accept",
        OtherRubric = "other_rubric",
        OtherSubject = "other_subject",
        TooLittleApplicable = "too_little_applicable",
        TooFewSheets = "too_few_sheets",
        TooFewReReviewSheets = "too_few_re_review_sheets",
        SameAssessor = "same_assessor",
        SameReReviewer = "same_re_reviewer",
        ChannelMissing = "channel_missing",
        EvidenceOfOtherRubric = "evidence_of_other_rubric",
        OtherScale = "other_scale",
    }
}

/// One reason why there is no grade. All are reported together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct GradeProblem {
    /// What is wrong.
    pub code: GradeProblemCode,
    /// The scoresheet, where one is at fault.
    pub sheet: Option<DocumentId>,
    /// The item, where one is at fault.
    pub item: Option<ItemId>,
    /// What the sentence speaks of.
    pub values: BTreeMap<&'static str, String>,
}

impl GradeProblem {
    pub(super) fn new(code: GradeProblemCode) -> Self {
        Self { code, sheet: None, item: None, values: BTreeMap::new() }
    }

    pub(super) fn at(mut self, item: &ItemId) -> Self {
        self.item = Some(item.clone());
        self
    }

    pub(super) fn of_sheet(mut self, sheet: DocumentId) -> Self {
        self.sheet = Some(sheet);
        self
    }

    pub(super) fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.values.insert(key, value.to_string());
        self
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code.code()
    }

    /// What is wrong, for people.
    pub fn what(&self, language: Language) -> String {
        self.fill(language, GradeProblemCode::NAME)
    }

    /// How to put it right.
    pub fn fix(&self, language: Language) -> String {
        self.fill(language, "grade_fix")
    }

    /// Item, what and fix in one line.
    pub fn text(&self, language: Language) -> String {
        let (what, fix) = (self.what(language), self.fix(language));
        let item = self.item.as_ref().map_or("", ItemId::as_str);
        let key = if item.is_empty() { "line" } else { "item_line" };
        sentence(language, "grade_problem_line", key, &[("item", item), ("what", &what), ("fix", &fix)])
    }

    fn fill(&self, language: Language, section: &str) -> String {
        // Channels are named by their labels, everything else stands as it is.
        let channels = self.values.get("channels").map(|codes| {
            let names = codes
                .split(',')
                .map(|code| in_sentence(language, label(language, "channel", code).unwrap_or(code)));
            any_of(language, &names.collect::<Vec<_>>())
        });
        let mut values: Vec<(&str, &str)> = Vec::new();
        if let Some(channels) = &channels {
            values.push(("channels", channels));
        }
        values.extend(self.values.iter().map(|(key, value)| (*key, value.as_str())));
        sentence(language, section, self.code(), &values)
    }
}

/// "a, b or c" in the language's own way.
fn any_of(language: Language, names: &[Cow<'_, str>]) -> String {
    let word = |key| label(language, "grade_problem_line", key).unwrap_or("/");
    match names.split_last() {
        Some((last, [])) => last.to_string(),
        Some((last, rest)) => rest.join(word("comma")) + word("or") + last,
        None => String::new(),
    }
}

impl fmt::Display for GradeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}
