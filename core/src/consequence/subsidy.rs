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

    /// What a final grade is paid in a case of this kind at this stage.
    ///
    /// # Errors
    /// When the rule names nothing for it: then nothing is paid by itself, and a person decides.
    pub fn line(
        &self,
        grade: Grade,
        case_kind: CaseKind,
        stage: Option<Stage>,
    ) -> Result<SubsidyAmount, SubsidyProblem> {
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
        }
    }

    /// What is missing and what to do, for people.
    pub fn text(&self, language: Language) -> String {
        let (grade, case_kind, stage) = match self {
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio() -> &'static SubsidyRule {
        &SubsidyRule::templates()[0]
    }

    fn fixed() -> &'static SubsidyRule {
        &SubsidyRule::templates()[1]
    }

    fn paid(rule: &SubsidyRule, grade: Grade, kind: CaseKind, stage: Option<Stage>) -> i64 {
        rule.line(grade, kind, stage).expect("a sum").amount_fen
    }

    #[test]
    fn excellent_gains_three_tenths_and_unqualified_loses_four() {
        let at_trial = |grade| paid(ratio(), grade, CaseKind::Criminal, Some(Stage::Trial1));
        assert_eq!(at_trial(Grade::Qualified), 1300_00);
        assert_eq!(at_trial(Grade::Excellent), 1690_00);
        assert_eq!(at_trial(Grade::Unqualified), 780_00);
    }

    #[test]
    fn fixed_sums_are_those_of_the_source() {
        let stage = Some(Stage::Investigation);
        assert_eq!(paid(fixed(), Grade::Good, CaseKind::Criminal, stage), 1000_00);
        assert_eq!(paid(fixed(), Grade::Qualified, CaseKind::Civil, Some(Stage::Trial2)), 1200_00);
        assert_eq!(paid(fixed(), Grade::Qualified, CaseKind::NonLitigation, None), 800_00);
    }

    #[test]
    fn what_the_rule_does_not_name_is_not_paid_by_itself() {
        let problem = fixed().line(Grade::Unqualified, CaseKind::Criminal, Some(Stage::Trial1));
        let problem = problem.expect_err("the source names no sum");
        assert_eq!(problem.code(), "no_sum");
        assert_eq!(
            problem.text(Language::Zh),
            "补贴规则没有规定刑事案件一审阶段不合格等次的金额；请在规则中写明，或者由主任决定"
        );
        let problem = ratio().line(Grade::Good, CaseKind::DutyCounsel, None).expect_err("no row");
        assert_eq!(
            problem.text(Language::En),
            "the subsidy rule has no row for duty counsel at stage -; add one, or let the director decide"
        );
    }

    #[test]
    fn an_amount_says_how_it_comes_about() {
        let amount = ratio().line(Grade::Excellent, CaseKind::Criminal, Some(Stage::Trial1)).expect("a sum");
        assert_eq!(amount.text(Language::Zh), "优秀：基数 1300.00 元 × 130% = 1690.00 元");
        let amount = fixed().line(Grade::Good, CaseKind::Criminal, Some(Stage::Trial1)).expect("a sum");
        assert_eq!(amount.text(Language::En), "good: fixed sum of 1500.00 yuan");
    }

    /// Golden: a released template never changes its hash.
    #[test]
    fn the_hashes_of_the_templates_stay() {
        let hashes: Vec<_> = SubsidyRule::templates().iter().map(|rule| rule.hash().to_string()).collect();
        let golden = [
            "768b6719d5ab4b731425a74a61ec3c2281a8cfc34ec86ca70691b0107ea640a5",
            "d5a6b29a8a0e49be11f9b894d1ffb8a0014c996eff346ccb5fd5b3dbc497ad00",
        ];
        assert_eq!(hashes, golden);
    }

    #[test]
    fn rounding_is_the_rules_own() {
        let round = |mode, unit, fen| Rounding { mode, unit }.round(Ratio::new(fen, 100));
        assert_eq!(round(RoundingMode::HalfUp, RoundingUnit::Fen, 150), 2);
        assert_eq!(round(RoundingMode::Down, RoundingUnit::Fen, 199), 1);
        assert_eq!(round(RoundingMode::HalfUp, RoundingUnit::Yuan, 150_00), 200);
        assert_eq!(round(RoundingMode::Down, RoundingUnit::Jiao, 19_99), 10);
    }

    fn rule(base_fen: i64, factor: i64) -> SubsidyRule {
        let text = include_str!("../../data/subsidies/ratio.toml")
            .replace("base_fen = 1300_00", &format!("base_fen = {base_fen}"))
            .replace("excellent = 130", &format!("excellent = {factor}"));
        SubsidyRule::parse("r.toml", &text).expect("in order")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_amount_is_the_same_every_time_and_half_a_fen_off_at_most(
            base in 0_i64..1_000_000_00, factor in 100_i64..1000,
        ) {
            let line = || rule(base, factor).line(Grade::Excellent, CaseKind::Criminal, Some(Stage::Trial1));
            let amount = line().expect("a sum");
            prop_assert_eq!(line().expect("a sum"), amount.clone());
            prop_assert_eq!((amount.base_fen, amount.factor_percent), (base, factor));
            let off = amount.amount_fen * 100 - base * factor;
            prop_assert!((-49..=50).contains(&off), "{off} hundredths of a fen");
        }

        #[test]
        fn a_better_grade_is_never_paid_less(stage in 0_usize..9, kind in 0_usize..8, nth in 0_usize..2) {
            let rule = &SubsidyRule::templates()[nth];
            let of = |grade| rule.line(grade, CaseKind::ALL[kind], Some(Stage::ALL[stage])).ok();
            let amounts: Vec<_> = Grade::ALL.iter().filter_map(|grade| of(*grade)).collect();
            prop_assert!(amounts.windows(2).all(|pair| pair[0].amount_fen >= pair[1].amount_fen));
        }

        #[test]
        fn the_plain_factor_pays_the_base_to_the_fen(base in 0_i64..1_000_000_00) {
            let amount = rule(base, 130).line(Grade::Qualified, CaseKind::Criminal, Some(Stage::Trial1));
            prop_assert_eq!(amount.expect("a sum").amount_fen, base);
        }
    }
}
