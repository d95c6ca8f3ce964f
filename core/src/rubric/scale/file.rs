//! Reads and checks a file of scales.

use serde::Deserialize;

use super::{Band, FiveBands, Grade, IndicatorGrades, IndicatorStep, PointBands, Scale, ScaleHead, Scales};
use crate::rubric::hash::ContentHash;
use crate::rubric::problem::{DataProblem, DataProblemCode, Problems};
use crate::text::Bilingual;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScalesFile {
    #[serde(default)]
    point_bands: Vec<BandsEntry>,
    #[serde(default)]
    five_bands: Vec<BandsEntry>,
    #[serde(default)]
    indicator_grades: Vec<IndicatorEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandsEntry {
    id: String,
    version: String,
    zh: String,
    en: String,
    source: String,
    bands: Vec<BandEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandEntry {
    grade: String,
    from: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorEntry {
    id: String,
    version: String,
    zh: String,
    en: String,
    source: String,
    indicators: usize,
    core: Vec<String>,
    steps: Vec<StepEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    grade: String,
    at_least: usize,
    reach: String,
    none_below: String,
    most_unqualified: usize,
}

impl Scales {
    /// Reads and checks a file of scales.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<DataProblem>> {
        let mut problems = Problems::of(file);
        let (raw, tree): (ScalesFile, toml::Table) = problems.read(text)?;
        let mut scales = Vec::new();
        for (nth, entry) in raw.point_bands.into_iter().enumerate() {
            let bands = check_bands(&entry, 100_00, &mut problems);
            let head =
                head(entry.id, entry.version, entry.zh, entry.en, entry.source, &tree, "point_bands", nth);
            scales.push(Scale::PointBands(PointBands { head, bands }));
        }
        for (nth, entry) in raw.five_bands.into_iter().enumerate() {
            let bands = check_bands(&entry, 5_00, &mut problems);
            let head =
                head(entry.id, entry.version, entry.zh, entry.en, entry.source, &tree, "five_bands", nth);
            scales.push(Scale::FiveBands(FiveBands { head, bands }));
        }
        for (nth, entry) in raw.indicator_grades.into_iter().enumerate() {
            let steps = check_steps(&entry, &mut problems);
            let (indicators, core) = (entry.indicators, entry.core);
            let head = head(
                entry.id,
                entry.version,
                entry.zh,
                entry.en,
                entry.source,
                &tree,
                "indicator_grades",
                nth,
            );
            scales.push(Scale::IndicatorGrades(IndicatorGrades { head, indicators, core, steps }));
        }
        for (nth, scale) in scales.iter().enumerate() {
            let head = scale.head();
            problems.wants_text(&head.id, &[&head.id, &head.name.zh, &head.name.en]);
            if scales[..nth].iter().any(|other| other.head().id == head.id) {
                problems.add(&head.id, DataProblemCode::Duplicate, &[("what", &head.id)]);
            }
        }
        problems.finish(Some(Self(scales)))
    }
}

#[expect(clippy::too_many_arguments, reason = "three kinds of entries share a head, and each is taken apart")]
fn head(
    id: String,
    version: String,
    zh: String,
    en: String,
    source: String,
    tree: &toml::Table,
    kind: &str,
    nth: usize,
) -> ScaleHead {
    let part = tree.get(kind).and_then(|list| list.get(nth)).and_then(toml::Value::as_table);
    let empty = toml::Table::new();
    let hash = ContentHash::of(&format!("tingfang-scale/1 {kind}"), part.unwrap_or(&empty));
    ScaleHead { id, version, name: Bilingual { zh, en }, source, hash }
}

/// Bands fall from best to worst, and the last is unqualified from 0, so every value has a grade.
fn check_bands(entry: &BandsEntry, most: i64, problems: &mut Problems) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for band in &entry.bands {
        problems.wants_range(&entry.id, band.from, 0, most);
        let Some(grade) = problems.code(&entry.id, &band.grade, Grade::from_code, Grade::CODES) else {
            continue;
        };
        if bands.last().is_some_and(|above| above.grade >= grade || above.from <= band.from) {
            problems.add(&entry.id, DataProblemCode::BandOrder, &[("grade", &grade)]);
        }
        bands.push(Band { grade, from: band.from });
    }
    if bands.last() != Some(&Band { grade: Grade::Unqualified, from: 0 }) {
        problems.add(&entry.id, DataProblemCode::LastBand, &[]);
    }
    bands
}

fn check_steps(entry: &IndicatorEntry, problems: &mut Problems) -> Vec<IndicatorStep> {
    let mut steps: Vec<IndicatorStep> = Vec::new();
    for step in &entry.steps {
        let mut grade = |code: &str| problems.code(&entry.id, code, Grade::from_code, Grade::CODES);
        let (given, reach, low) = (grade(&step.grade), grade(&step.reach), grade(&step.none_below));
        let (Some(given), Some(reach), Some(none_below)) = (given, reach, low) else { continue };
        if steps.last().is_some_and(|above| above.grade >= given) {
            problems.add(&entry.id, DataProblemCode::BandOrder, &[("grade", &given)]);
        }
        for count in [step.at_least, step.most_unqualified] {
            let bound = |number| i64::try_from(number).unwrap_or(i64::MAX);
            problems.wants_range(&entry.id, bound(count), 0, bound(entry.indicators));
        }
        let (at_least, most_unqualified) = (step.at_least, step.most_unqualified);
        steps.push(IndicatorStep { grade: given, at_least, reach, none_below, most_unqualified });
    }
    if steps.is_empty() {
        problems.add(&entry.id, DataProblemCode::NoItems, &[]);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_that_do_not_cover_every_score_are_refused() {
        let text = "[[point_bands]]\nid='S'\nversion='1'\nzh='甲'\nen='a'\nsource='s'\n\
            bands=[{grade='good',from=80_00},{grade='excellent',from=90_00}]";
        let problems = Scales::parse("s.toml", text).expect_err("two problems");
        let codes: Vec<_> = problems.iter().map(DataProblem::code).collect();
        assert_eq!(codes, ["band_order", "last_band"]);
    }
}
