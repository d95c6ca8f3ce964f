//! 补贴 subsidies: what a final grade is paid. Designs are data (domain 4.1); sums are integer fen.

mod file;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::case::{CaseKind, Stage};
use crate::codes;
use crate::evidence::Ratio;
use crate::evidence::words::in_sentence;
use crate::rubric::{ContentHash, Grade, Status};
use crate::text::{Bilingual, Language, sentence};

codes! {
    /// How a rule rounds.
    RoundingMode as "rounding_mode" {
        HalfUp = "half_up",
        Down = "down",
    }

    /// What a rule rounds to.
    RoundingUnit as "rounding_unit" {
        Fen = "fen",
        Jiao = "jiao",
        Yuan = "yuan",
    }
}

/// How a rule rounds: once, at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rounding {
    /// How.
    pub mode: RoundingMode,
    /// To what.
    pub unit: RoundingUnit,
}

/// A subsidy rule: checked, and frozen by its content hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubsidyRule {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whose rule it is.
    pub status: Status,
    /// Its name.
    pub name: Bilingual,
    /// Where it comes from.
    pub source: String,
    /// The first day on which it holds.
    pub valid_from: Date,
    /// How it rounds.
    pub rounding: Rounding,
    /// The design.
    pub design: Design,
    hash: ContentHash,
    #[serde(skip)]
    text: Arc<str>,
}

/// A subsidy design. Others follow as variants of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// Ratio on base 比例浮动.
    Ratio {
        /// The factor of each grade, in whole percent.
        factors: BTreeMap<Grade, i64>,
        /// The bases.
        bases: Vec<Row<i64>>,
    },
    /// Fixed sum by stage and grade 按等次定额.
    FixedByGrade {
        /// The sums of each row by grade; a grade may be left out.
        sums: Vec<Row<BTreeMap<Grade, i64>>>,
    },
}

/// Sums for some case kinds and stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row<T> {
    /// The case kinds.
    pub case_kinds: Vec<CaseKind>,
    /// The stages; any and none when empty.
    pub stages: Vec<Stage>,
    /// What is paid, in fen.
    pub fen: T,
}

/// What a grade is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubsidyAmount {
    /// The base, in fen; the sum itself where the rule names fixed sums.
    pub base_fen: i64,
    /// The factor on the base, in whole percent.
    pub factor_percent: i64,
    /// The amount, in fen, rounded as the rule says.
    pub amount_fen: i64,
    /// How it comes about.
    pub reason: SubsidyReason,
}

/// How an amount comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubsidyReason {
    /// A factor on a base.
    RatioOnBase {
        /// The grade.
        grade: Grade,
    },
    /// A sum that the rule names.
    FixedSum {
        /// The grade.
        grade: Grade,
    },
}

/// What of a case an amount depends on, frozen when the grade was decided: the case may be
/// corrected later, and the amount must come out the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// Its kind.
    pub kind: CaseKind,
    /// The stage.
    pub stage: Option<Stage>,
    /// When it was closed; a rule holds for cases closed from its first day on.
    pub closed_on: Option<Date>,
}

/// Why a rule names no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SubsidyProblem {
    /// No row is for this kind and stage.
    #[error("the rule has no row for {} at stage {}", case_kind.code(), stage.map_or("-", Stage::code))]
    NoRow {
        /// The case kind.
        case_kind: CaseKind,
        /// The stage.
        stage: Option<Stage>,
    },
    /// The case was closed before the rule held.
    #[error("the rule holds from {valid_from} on, and the case was closed on {closed_on}")]
    NotYetValid {
        /// The rule's first day.
        valid_from: Date,
        /// When the case was closed.
        closed_on: Date,
    },
    /// The row leaves this grade out.
    #[error("the rule names no sum for {} at {} and stage {}", grade.code(), case_kind.code(), stage.map_or("-", Stage::code))]
    NoSum {
        /// The grade.
        grade: Grade,
        /// The case kind.
        case_kind: CaseKind,
        /// The stage.
        stage: Option<Stage>,
    },
}

impl SubsidyRule {
    /// The templates: ratio on base (seed 001), fixed sum by grade (source F53). The project's proposal.
    pub fn templates() -> &'static [Self] {
        static RULES: OnceLock<Vec<SubsidyRule>> = OnceLock::new();
        RULES.get_or_init(|| {
            let files = [
                ("subsidies/ratio.toml", include_str!("../../data/subsidies/ratio.toml")),
                ("subsidies/fixed_by_grade.toml", include_str!("../../data/subsidies/fixed_by_grade.toml")),
            ];
            let read = |(file, text)| Self::parse(file, text).expect("a test reads every template");
            files.into_iter().map(read).collect()
        })
    }

    /// The content hash.
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// The file's text, as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a final grade is paid in such a case.
    ///
    /// # Errors
    /// When the rule names nothing for it: then nothing is paid by itself, and a person decides.
    pub fn line(&self, grade: Grade, case: &CaseFacts) -> Result<SubsidyAmount, SubsidyProblem> {
        let (case_kind, stage) = (case.kind, case.stage);
        if let Some(closed_on) = case.closed_on.filter(|closed_on| *closed_on < self.valid_from) {
            return Err(SubsidyProblem::NotYetValid { valid_from: self.valid_from, closed_on });
        }
        let no_row = SubsidyProblem::NoRow { case_kind, stage };
        let no_sum = SubsidyProblem::NoSum { grade, case_kind, stage };
        let (base_fen, factor_percent, reason) = match &self.design {
            Design::Ratio { factors, bases } => {
                let row = bases.iter().find(|row| row.is_for(case_kind, stage)).ok_or(no_row)?;
                let factor = factors.get(&grade).ok_or(no_sum)?;
                (row.fen, *factor, SubsidyReason::RatioOnBase { grade })
            }
            Design::FixedByGrade { sums } => {
                let row = sums.iter().find(|row| row.is_for(case_kind, stage)).ok_or(no_row)?;
                let sum = row.fen.get(&grade).ok_or(no_sum)?;
                (*sum, 100, SubsidyReason::FixedSum { grade })
            }
        };
        let exact = Ratio::new(i128::from(base_fen) * i128::from(factor_percent), 100);
        Ok(SubsidyAmount { base_fen, factor_percent, amount_fen: self.rounding.round(exact), reason })
    }
}

impl<T> Row<T> {
    /// Whether the row is for this kind and stage.
    pub fn is_for(&self, case_kind: CaseKind, stage: Option<Stage>) -> bool {
        let at_stage = self.stages.is_empty() || stage.is_some_and(|stage| self.stages.contains(&stage));
        at_stage && self.case_kinds.contains(&case_kind)
    }
}

impl Rounding {
    /// Rounds a sum in fen.
    pub fn round(self, fen: Ratio) -> i64 {
        let unit = match self.unit {
            RoundingUnit::Fen => 1,
            RoundingUnit::Jiao => 10,
            RoundingUnit::Yuan => 100,
        };
        let units = fen / Ratio::whole(unit);
        let units = match self.mode {
            RoundingMode::HalfUp => units.round_half_up(),
            RoundingMode::Down => units.round_down(),
        };
        units.saturating_mul(unit)
    }
}

impl SubsidyAmount {
    /// How the amount comes about, for people.
    pub fn text(&self, language: Language) -> String {
        let (base, amount) = (yuan_text(self.base_fen), yuan_text(self.amount_fen));
        let (key, grade) = match self.reason {
            SubsidyReason::RatioOnBase { grade } => ("ratio_on_base", grade),
            SubsidyReason::FixedSum { grade } => ("fixed_sum", grade),
        };
        let values = [
            ("grade", &*in_sentence(language, grade.label(language))),
            ("base", &base),
            ("percent", &self.factor_percent.to_string()),
            ("amount", &amount),
        ];
        sentence(language, "subsidy", key, &values)
    }
}

impl SubsidyProblem {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRow { .. } => "no_row",
            Self::NoSum { .. } => "no_sum",
            Self::NotYetValid { .. } => "not_yet_valid",
        }
    }

    /// What is missing and what to do, for people.
    pub fn text(&self, language: Language) -> String {
        let (grade, case_kind, stage) = match self {
            Self::NotYetValid { valid_from, closed_on } => {
                let (from, closed) = (valid_from.to_string(), closed_on.to_string());
                let values = [("valid_from", from.as_str()), ("closed_on", closed.as_str())];
                return sentence(language, "subsidy_problem", self.code(), &values);
            }
            Self::NoRow { case_kind, stage } => (None, *case_kind, *stage),
            Self::NoSum { grade, case_kind, stage } => (Some(*grade), *case_kind, *stage),
        };
        let values = [
            ("grade", &*in_sentence(language, grade.map_or("", |grade| grade.label(language)))),
            ("case_kind", &*in_sentence(language, case_kind.label(language))),
            ("stage", &*in_sentence(language, stage.map_or("-", |stage| stage.label(language)))),
        ];
        sentence(language, "subsidy_problem", self.code(), &values)
    }
}

/// A sum of money as people write it, in yuan, for instance `1300.00`.
pub fn yuan_text(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests;
