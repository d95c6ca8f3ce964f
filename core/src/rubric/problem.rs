//! What is wrong with a data file: the file, the place in it, what, and how to put it right.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::codes;
use crate::text::{Language, sentence};

codes! {
    /// What can be wrong with a rubric or another data file. The sentence stands in the locale
    /// under `data_problem`, the way to put it right under `data_fix`.
    DataProblemCode as "data_problem" {
        Syntax = "syntax",
        EmptyText = "empty_text",
        UnknownCode = "unknown_code",
        BadItemId = "bad_item_id",
        Duplicate = "duplicate",
        OutOfRange = "out_of_range",
        NotQuarters = "not_quarters",
        NoItems = "no_items",
        NoChannel = "no_channel",
        GroupTotal = "group_total",
        FullPoints = "full_points",
        VetoOutOfReach = "veto_out_of_reach",
        UnknownForm = "unknown_form",
        UnknownScale = "unknown_scale",
        SheetWithEvidence = "sheet_with_evidence",
        SheetChannel = "sheet_channel",
        UnknownTarget = "unknown_target",
        TargetLacksChannel = "target_lacks_channel",
        ChannelNotFed = "channel_not_fed",
        UnknownPart = "unknown_part",
        PartNotScored = "part_not_scored",
        PercentTotal = "percent_total",
        LandsNowhere = "lands_nowhere",
        LandsTwice = "lands_twice",
        ShareMissing = "share_missing",
        ShareOrder = "share_order",
        Missing = "missing",
        BandOrder = "band_order",
        LastBand = "last_band",
        Overlap = "overlap",
        FactorOrder = "factor_order",
        OtherDesign = "other_design",
        BadDate = "bad_date",
    }
}

/// One thing that is wrong with a data file. All of a file are reported together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct DataProblem {
    /// The file's name.
    pub file: String,
    /// Where in it: an item, a line of the evidence map, a key.
    pub item: String,
    /// What is wrong.
    pub code: DataProblemCode,
    /// What the sentence speaks of.
    pub values: BTreeMap<&'static str, String>,
}

/// What is wrong with a rubric.
pub type RubricProblem = DataProblem;

impl DataProblem {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code.code()
    }

    /// What is wrong, for people.
    pub fn what(&self, language: Language) -> String {
        self.fill(language, DataProblemCode::NAME)
    }

    /// How to put it right.
    pub fn fix(&self, language: Language) -> String {
        self.fill(language, "data_fix")
    }

    /// File, item, what and fix in one line.
    pub fn text(&self, language: Language) -> String {
        let (what, fix) = (self.what(language), self.fix(language));
        let values = [("file", self.file.as_str()), ("item", &self.item), ("what", &what), ("fix", &fix)];
        sentence(language, "data_problem_line", "line", &values)
    }

    fn fill(&self, language: Language, section: &str) -> String {
        let mut values: Vec<(&str, &str)> = self.values.iter().map(|(key, value)| (*key, &**value)).collect();
        values.push(("item", &self.item));
        sentence(language, section, self.code(), &values)
    }
}

impl fmt::Display for DataProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

/// Collects what is wrong with one file.
#[derive(Debug)]
pub(crate) struct Problems {
    file: String,
    list: Vec<DataProblem>,
}

impl Problems {
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), list: Vec::new() }
    }

    pub(crate) fn add(
        &mut self,
        item: impl fmt::Display,
        code: DataProblemCode,
        values: &[(&'static str, &dyn fmt::Display)],
    ) {
        self.list.push(DataProblem {
            file: self.file.clone(),
            item: item.to_string(),
            code,
            values: values.iter().map(|(key, value)| (*key, value.to_string())).collect(),
        });
    }

    /// Both languages of a text must say something.
    pub(crate) fn wants_text(&mut self, item: impl fmt::Display, texts: &[&str]) {
        if texts.iter().any(|text| text.trim().is_empty()) {
            self.add(item, DataProblemCode::EmptyText, &[]);
        }
    }

    /// Reads a code; a wrong one is a problem that lists the right ones.
    pub(crate) fn code<T>(
        &mut self,
        item: impl fmt::Display,
        code: &str,
        read: fn(&str) -> Option<T>,
        all: &[&str],
    ) -> Option<T> {
        let value = read(code);
        if value.is_none() {
            let known = all.join(", ");
            self.add(item, DataProblemCode::UnknownCode, &[("code", &code), ("known", &known)]);
        }
        value
    }

    /// A number must lie within bounds, both included.
    pub(crate) fn wants_range(&mut self, item: impl fmt::Display, value: i64, min: i64, max: i64) -> bool {
        let inside = (min..=max).contains(&value);
        if !inside {
            let values: [(&str, &dyn fmt::Display); 3] = [("value", &value), ("min", &min), ("max", &max)];
            self.add(item, DataProblemCode::OutOfRange, &values);
        }
        inside
    }

    /// The file reads as `T` and as a tree, or there is one problem with line and reason.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(
        &mut self,
        text: &str,
    ) -> Result<(T, toml::Table), Vec<DataProblem>> {
        let read = || Ok((toml::from_str(text)?, text.parse()?));
        read().map_err(|error: toml::de::Error| {
            let line =
                error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
            let mut problems = Self::of(&self.file);
            problems.add(format!("line {line}"), DataProblemCode::Syntax, &[("reason", &error.message())]);
            problems.list
        })
    }

    /// The value when nothing was wrong, else everything that was.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<DataProblem>> {
        match value {
            Some(value) if self.list.is_empty() => Ok(value),
            _ => Err(self.list),
        }
    }
}
