//! Reads a subsidy rule and checks all of it; everything that is wrong is reported together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Design, Rounding, RoundingMode, RoundingUnit, Row, SubsidyRule};
use crate::case::{CaseKind, Stage};
use crate::rubric::problem::Problems;
use crate::rubric::{ContentHash, DataProblem, DataProblemCode, Grade, Status};
use crate::text::Bilingual;

/// The largest sum that is believed, in fen: a million yuan.
const MOST_FEN: i64 = 1_000_000_00;

/// The largest factor that is believed, in percent.
const MOST_PERCENT: i64 = 1000;

const KINDS: &[&str] = &["ratio", "fixed_by_grade"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubsidyFile {
    id: String,
    version: String,
    status: String,
    kind: String,
    zh: String,
    en: String,
    source: String,
    valid_from: String,
    rounding: Option<RoundingEntry>,
    #[serde(default)]
    factors: BTreeMap<String, i64>,
    #[serde(default)]
    base: Vec<BaseEntry>,
    #[serde(default)]
    sum: Vec<SumEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoundingEntry {
    mode: String,
    unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseEntry {
    case_kinds: Vec<String>,
    #[serde(default)]
    stages: Vec<String>,
    base_fen: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SumEntry {
    case_kinds: Vec<String>,
    #[serde(default)]
    stages: Vec<String>,
    by_grade: BTreeMap<String, i64>,
}

impl SubsidyRule {
    /// Reads and checks a rule.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place and the way to put it right.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<DataProblem>> {
        let mut problems = Problems::of(file);
        let (raw, tree): (SubsidyFile, _) = problems.read(text)?;
        problems.wants_text("id", &[&raw.id]);
        problems.wants_text("version", &[&raw.version]);
        problems.wants_text("zh, en", &[&raw.zh, &raw.en]);
        problems.wants_text("source", &[&raw.source]);
        let status = problems.code("status", &raw.status, Status::from_code, Status::CODES);
        let valid_from: Option<Date> = raw.valid_from.parse().ok();
        if valid_from.is_none() {
            problems.add("valid_from", DataProblemCode::BadDate, &[("date", &raw.valid_from)]);
        }
        let rounding = check_rounding(&raw, &mut problems);
        let design = check_design(&raw, &mut problems);
        let rule = match (status, valid_from, rounding, design) {
            (Some(status), Some(valid_from), Some(rounding), Some(design)) => Some(Self {
                id: raw.id,
                version: raw.version,
                status,
                name: Bilingual { zh: raw.zh, en: raw.en },
                source: raw.source,
                valid_from,
                rounding,
                design,
                hash: ContentHash::of("tingfang-subsidy-rule/1", &tree),
                text: text.into(),
            }),
            _ => None,
        };
        problems.finish(rule)
    }
}

/// A ratio must say how it rounds; fixed sums are whole fen already.
fn check_rounding(raw: &SubsidyFile, problems: &mut Problems) -> Option<Rounding> {
    let Some(entry) = &raw.rounding else {
        if raw.kind == "ratio" {
            problems.add("rounding", DataProblemCode::Missing, &[("what", &"rounding")]);
        }
        return Some(Rounding { mode: RoundingMode::HalfUp, unit: RoundingUnit::Fen });
    };
    let mode = problems.code("rounding.mode", &entry.mode, RoundingMode::from_code, RoundingMode::CODES);
    let unit = problems.code("rounding.unit", &entry.unit, RoundingUnit::from_code, RoundingUnit::CODES);
    Some(Rounding { mode: mode?, unit: unit? })
}

fn check_design(raw: &SubsidyFile, problems: &mut Problems) -> Option<Design> {
    match raw.kind.as_str() {
        "ratio" => Some(check_ratio(raw, problems)),
        "fixed_by_grade" => Some(check_fixed(raw, problems)),
        other => {
            let values: [(&str, &dyn std::fmt::Display); 2] =
                [("code", &other), ("known", &KINDS.join(", "))];
            problems.add("kind", DataProblemCode::UnknownCode, &values);
            None
        }
    }
}

fn check_ratio(raw: &SubsidyFile, problems: &mut Problems) -> Design {
    if !raw.sum.is_empty() {
        problems.add("sum", DataProblemCode::OtherDesign, &[("kind", &raw.kind)]);
    }
    let factors = check_grades("factors", &raw.factors, MOST_PERCENT, problems);
    // A ratio pays every grade that a scale can give.
    for grade in Grade::ALL.iter().filter(|grade| !factors.contains_key(grade)) {
        problems.add("factors", DataProblemCode::Missing, &[("what", grade)]);
    }
    let mut bases = Vec::new();
    for (nth, entry) in raw.base.iter().enumerate() {
        let place = format!("base.{}", nth + 1);
        problems.wants_range(&place, entry.base_fen, 0, MOST_FEN);
        bases.push(check_row(&place, &entry.case_kinds, &entry.stages, entry.base_fen, problems));
    }
    check_rows("base", &bases, problems);
    Design::Ratio { factors, bases }
}

fn check_fixed(raw: &SubsidyFile, problems: &mut Problems) -> Design {
    if !raw.base.is_empty() || !raw.factors.is_empty() {
        problems.add("base", DataProblemCode::OtherDesign, &[("kind", &raw.kind)]);
    }
    let mut sums = Vec::new();
    for (nth, entry) in raw.sum.iter().enumerate() {
        let place = format!("sum.{}", nth + 1);
        let by_grade = check_grades(&place, &entry.by_grade, MOST_FEN, problems);
        if by_grade.is_empty() {
            problems.add(&place, DataProblemCode::NoItems, &[]);
        }
        sums.push(check_row(&place, &entry.case_kinds, &entry.stages, by_grade, problems));
    }
    check_rows("sum", &sums, problems);
    Design::FixedByGrade { sums }
}

/// A number for each grade; a lower grade never has more.
fn check_grades(
    place: &str,
    table: &BTreeMap<String, i64>,
    most: i64,
    problems: &mut Problems,
) -> BTreeMap<Grade, i64> {
    let mut grades = BTreeMap::new();
    for (code, number) in table {
        problems.wants_range(format!("{place}.{code}"), *number, 0, most);
        if let Some(grade) = problems.code(place, code, Grade::from_code, Grade::CODES) {
            grades.insert(grade, *number);
        }
    }
    let order: Vec<(&Grade, &i64)> = grades.iter().collect();
    for pair in order.windows(2).filter(|pair| pair[0].1 < pair[1].1) {
        problems.add(place, DataProblemCode::FactorOrder, &[("grade", pair[1].0)]);
    }
    grades
}

fn check_row<T>(
    place: &str,
    case_kinds: &[String],
    stages: &[String],
    fen: T,
    problems: &mut Problems,
) -> Row<T> {
    if case_kinds.is_empty() {
        problems.add(place, DataProblemCode::Missing, &[("what", &"case_kinds")]);
    }
    let case_kinds = case_kinds
        .iter()
        .filter_map(|code| problems.code(place, code, CaseKind::from_code, CaseKind::CODES))
        .collect();
    let stages =
        stages.iter().filter_map(|code| problems.code(place, code, Stage::from_code, Stage::CODES)).collect();
    Row { case_kinds, stages, fen }
}

/// One kind at one stage stands in one row, so that the order of rows decides nothing.
fn check_rows<T>(place: &str, rows: &[Row<T>], problems: &mut Problems) {
    if rows.is_empty() {
        problems.add(place, DataProblemCode::NoItems, &[]);
    }
    let stages = || std::iter::once(None).chain(Stage::ALL.iter().copied().map(Some));
    for (nth, row) in rows.iter().enumerate() {
        for kind in &row.case_kinds {
            let twice = |stage| {
                row.is_for(*kind, stage) && rows[..nth].iter().any(|other| other.is_for(*kind, stage))
            };
            if let Some(stage) = stages().find(|stage| twice(*stage)) {
                let what = format!("{kind}/{}", stage.map_or("-", Stage::code));
                problems.add(format!("{place}.{}", nth + 1), DataProblemCode::Overlap, &[("what", &what)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(from: &str, to: &str) -> Vec<(String, &'static str)> {
        let text = include_str!("../../../data/subsidies/ratio.toml");
        assert!(text.contains(from), "the template has {from}");
        let problems = SubsidyRule::parse("r.toml", &text.replacen(from, to, 1)).expect_err("wrong");
        problems.iter().map(|problem| (problem.item.clone(), problem.code())).collect()
    }

    fn place(item: &str, code: &'static str) -> (String, &'static str) {
        (item.to_owned(), code)
    }

    #[test]
    fn a_ratio_names_every_grade_and_pays_a_better_one_no_less() {
        assert_eq!(wrong("good = 100\n", ""), [place("factors", "missing")]);
        assert_eq!(wrong("unqualified = 60", "unqualified = 160"), [place("factors", "factor_order")]);
    }

    #[test]
    fn one_kind_at_one_stage_stands_in_one_row() {
        let found = wrong("stages = [\"prosecution_review\"]", "stages = [\"investigation\"]");
        assert_eq!(found, [place("base.2", "overlap")]);
    }

    #[test]
    fn money_dates_and_codes_are_checked() {
        assert_eq!(wrong("base_fen = 1300_00", "base_fen = -1"), [place("base.3", "out_of_range")]);
        assert_eq!(wrong("\"2026-01-01\"", "\"next year\""), [place("valid_from", "bad_date")]);
        assert_eq!(wrong("kind = \"ratio\"", "kind = \"by_feeling\""), [place("kind", "unknown_code")]);
        assert_eq!(wrong("unit = \"fen\"", "unit = \"cent\""), [place("rounding.unit", "unknown_code")]);
        assert_eq!(wrong("base_fen = 800_00", "base_fen = 800.5"), [place("line 28", "syntax")]);
    }
}
