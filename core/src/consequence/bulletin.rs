//! 通报 a bulletin on the results of a round (Legal Aid Law art. 58: quality results are published regularly).
//!
//! It is built from final grades alone, and frozen with its numbers. It says how many works of which body have
//! which grade, and names no recipient, no case and no undertaker (art. 21). At its foot stands a checkpoint of the
//! server's audit log: whoever keeps the paper can tell later whether the server's past is still the same.

use serde::{Deserialize, Serialize};

use crate::record::shape::PointsHundredths;
use crate::rubric::Grade;
use crate::text::{Language, label, sentence};

/// A graded work, as a bulletin counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradedWork {
    /// 承办单位: the body that its undertaker belongs to.
    pub body: String,
    /// The final grade.
    pub grade: Grade,
    /// The score.
    pub score: PointsHundredths,
}

/// How many works have a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeCount {
    /// The grade.
    pub grade: Grade,
    /// How many.
    pub count: u64,
    /// Of a thousand, rounded half up.
    pub per_mille: u64,
}

/// Results of some works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// How many works.
    pub works: u64,
    /// Every grade, the best first.
    pub grades: Vec<GradeCount>,
    /// The highest score.
    pub highest: PointsHundredths,
    /// The lowest score.
    pub lowest: PointsHundredths,
    /// The mean, rounded half up once to the hundredth.
    pub mean: PointsHundredths,
}

/// Results of the works of one body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyResults {
    /// The body.
    pub body: String,
    /// Its results.
    pub results: Results,
}

/// What people add to the numbers; each may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarks {
    /// 好的做法 what was done well.
    pub practices: String,
    /// 存在问题 what was found wanting.
    pub problems: String,
    /// 下一步要求 what is asked for next.
    pub demands: String,
}

/// A bulletin, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    /// Its title.
    pub title: String,
    /// The name of the round.
    pub round: String,
    /// Works of the round that have no final grade yet, and are not counted.
    pub not_final: u64,
    /// The results of all.
    pub results: Results,
    /// The results by body, the best mean first.
    pub by_body: Vec<BodyResults>,
    /// What people say of it.
    pub remarks: Remarks,
    /// The checkpoint of the audit log when it was frozen, as text.
    pub checkpoint: String,
}

impl Results {
    /// The results of some works; nothing when there are none.
    pub fn of<'w>(works: impl IntoIterator<Item = &'w GradedWork>) -> Option<Self> {
        let works: Vec<&GradedWork> = works.into_iter().collect();
        let all = works.len() as u64;
        let (highest, lowest) =
            (works.iter().map(|work| work.score).max()?, works.iter().map(|work| work.score).min()?);
        let sum: i64 = works.iter().map(|work| work.score.0).sum();
        let number = i64::try_from(all).ok()?;
        let count = |grade: Grade| works.iter().filter(|work| work.grade == grade).count() as u64;
        let grades = Grade::ALL.iter().map(|grade| {
            let count = count(*grade);
            GradeCount { grade: *grade, count, per_mille: (count * 2_000 + all) / (2 * all) }
        });
        Some(Self {
            works: all,
            grades: grades.collect(),
            highest,
            lowest,
            // Scores are never negative.
            mean: PointsHundredths((sum * 2 + number) / (2 * number)),
        })
    }
}

/// The results of each body, the best mean first, and of two alike in the order of their names.
pub fn by_body(works: &[GradedWork]) -> Vec<BodyResults> {
    let mut bodies: Vec<&str> = works.iter().map(|work| work.body.as_str()).collect();
    bodies.sort_unstable();
    bodies.dedup();
    let results = |body: &str| {
        let results = Results::of(works.iter().filter(|work| work.body == body))?;
        Some(BodyResults { body: body.to_owned(), results })
    };
    let mut all: Vec<BodyResults> = bodies.into_iter().filter_map(results).collect();
    all.sort_by_key(|body| std::cmp::Reverse(body.results.mean));
    all
}

impl Bulletin {
    /// The bulletin as it is printed.
    pub fn text(&self, language: Language) -> String {
        let heading = |key: &str| label(language, SECTION, key).unwrap_or(key).to_owned();
        let works = self.results.works.to_string();
        let not_final = self.not_final.to_string();
        let values = [("round", self.round.as_str()), ("works", &works), ("not_final", &not_final)];
        let mut parts =
            vec![self.title.clone(), heading("basics"), sentence(language, SECTION, "counted", &values)];
        parts.push(heading("results"));
        parts.push(line(language, &heading("all"), &self.results, true));
        for body in &self.by_body {
            parts.push(line(language, &body.body, &body.results, false));
        }
        let said = &self.remarks;
        for (key, text) in
            [("practices", &said.practices), ("problems", &said.problems), ("demands", &said.demands)]
        {
            if !text.is_empty() {
                parts.extend([heading(key), text.clone()]);
            }
        }
        parts.extend([heading("checkpoint"), self.checkpoint.clone()]);
        parts.join("\n\n")
    }
}

const SECTION: &str = "bulletin";

/// One line; a grade that nothing has is left out unless all are wanted.
fn line(language: Language, name: &str, results: &Results, all: bool) -> String {
    let grades = results.grades.iter().filter(|counted| all || counted.count > 0).map(|counted| {
        let grade = label(language, "grade", counted.grade.code()).unwrap_or(counted.grade.code());
        let percent = format!("{}.{}", counted.per_mille / 10, counted.per_mille % 10);
        sentence(
            language,
            SECTION,
            "grade",
            &[("grade", grade), ("count", &counted.count.to_string()), ("percent", &percent)],
        )
    });
    let grades = grades.collect::<Vec<_>>().join(label(language, SECTION, "between").unwrap_or(", "));
    let points = |points: PointsHundredths| format!("{}.{:02}", points.0 / 100, points.0 % 100);
    sentence(
        language,
        SECTION,
        "line",
        &[
            ("name", name),
            ("works", &results.works.to_string()),
            ("grades", &grades),
            ("highest", &points(results.highest)),
            ("lowest", &points(results.lowest)),
            ("mean", &points(results.mean)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(body: &str, grade: Grade, score: i64) -> GradedWork {
        GradedWork { body: body.to_owned(), grade, score: PointsHundredths(score) }
    }

    #[test]
    fn counts_shares_and_the_mean_are_rounded_half_up_once() {
        let works = [
            work("甲所", Grade::Excellent, 9_500),
            work("甲所", Grade::Good, 8_001),
            work("乙所", Grade::Good, 8_001),
        ];
        let results = Results::of(&works).expect("some");
        assert_eq!(
            (results.works, results.highest.0, results.lowest.0, results.mean.0),
            (3, 9_500, 8_001, 8_501)
        );
        let counted: Vec<_> =
            results.grades.iter().map(|counted| (counted.count, counted.per_mille)).collect();
        assert_eq!(counted, [(1, 333), (2, 667), (0, 0), (0, 0)]);
        assert_eq!(Results::of(&[]), None);
    }

    #[test]
    fn bodies_stand_in_the_order_of_their_means_and_then_of_their_names() {
        let works = [
            work("乙所", Grade::Good, 8_000),
            work("甲所", Grade::Good, 8_000),
            work("丙所", Grade::Excellent, 9_000),
        ];
        let ordered = by_body(&works);
        let names: Vec<_> = ordered.iter().map(|body| body.body.as_str()).collect();
        assert_eq!(names, ["丙所", "乙所", "甲所"]);
    }

    #[test]
    fn what_is_printed_has_the_numbers_the_remarks_and_the_checkpoint_at_its_foot() {
        let works = [work("甲所", Grade::Excellent, 9_500), work("乙所", Grade::Unqualified, 5_000)];
        let bulletin = Bulletin {
            title: "关于质量评估情况的通报".into(),
            round: "第三季度".into(),
            not_final: 1,
            results: Results::of(&works).expect("some"),
            by_body: by_body(&works),
            remarks: Remarks { problems: "阅卷不全。".into(), ..Remarks::default() },
            checkpoint: "tingfang/0199…\n…".into(),
        };
        let (zh, en) = (bulletin.text(Language::Zh), bulletin.text(Language::En));
        for wanted in ["第三季度", "优秀1件，占50.0%", "甲所", "95.00", "阅卷不全。", "存在问题"]
        {
            assert!(zh.contains(wanted), "{wanted} is missing in:\n{zh}");
        }
        assert!(!zh.contains("好的做法"), "nobody has said anything of it");
        assert!(zh.ends_with("tingfang/0199…\n…") && en.contains("1 Excellent (50.0 %)"), "{en}");
    }
}
