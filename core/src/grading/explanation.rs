//! Every grade explains itself: channel by channel, then item → default and given score → evidence → record → rule.
//!
//! One tree, three views. The full view names everybody. The undertaker's view names no recipient,
//! judge, observer or assessor, and keeps back allegations that are hidden until verified. The
//! public view shows items, points and channels only.
//!
//! Nobody can take a name out of free text for certain: the caller hands in the names that must
//! not show, and they are blanked. What matters stands in coded fields.

mod channel;
mod item;
mod person;
mod record;
#[cfg(test)]
mod tests;
mod veto;

use std::fmt;

use serde::Serialize;

use self::person::People;
use super::outcome::{DecidedBy, GradeOutcome, SheetOutcome};
use super::rule::GradingRule;
use crate::codes;
use crate::evidence::EvidenceSet;
use crate::evidence::words::{in_sentence, points_text};
use crate::record::shape::PointsHundredths;
use crate::rubric::{ContentHash, PointBands, Rubric};
use crate::text::{Language, label, sentence};

codes! {
    /// For whom a grade is explained.
    View as "explanation_view" {
        Full = "full",
        Undertaker = "undertaker",
        Public = "public",
    }
}

/// What an explanation is made from: what the grade was made from, and how to name it.
#[derive(Clone, Copy, Debug)]
pub struct ExplainInput<'a> {
    /// The grade.
    pub outcome: &'a GradeOutcome,
    /// The evidence that it was made from.
    pub evidence: &'a EvidenceSet,
    /// The rubric.
    pub rubric: &'a Rubric,
    /// The scale.
    pub scale: &'a PointBands,
    /// The grading rule.
    pub rule: &'a GradingRule,
    /// The case number. Not in the public view.
    pub case_no: &'a str,
    /// The undertaker's name. Not in the public view.
    pub undertaker_name: &'a str,
    /// Names of recipients and judges that free text may hold; blanked outside the full view.
    pub hidden_names: &'a [String],
}

/// A line of an explanation, and what explains it in turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What is said.
    pub text: String,
    /// What it rests on.
    pub because: Vec<Explanation>,
}

impl Explanation {
    fn leaf(text: String) -> Self {
        Self { text, because: Vec::new() }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        writeln!(f, "{:indent$}{}", "", self.text, indent = depth * 2)?;
        self.because.iter().try_for_each(|below| below.write(f, depth + 1))
    }
}

/// The tree as text: a line each, indented by two spaces.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// Explains a grade.
pub fn explain(input: &ExplainInput<'_>, view: View, language: Language) -> Explanation {
    let teller = Teller { input, view, language, people: People::of(input) };
    let outcome = input.outcome;
    let (grade, score) = (teller.inline(outcome.grade.label(language)), points_text(outcome.score));
    let subject = teller.say("subject", &[("case_no", input.case_no), ("undertaker", input.undertaker_name)]);
    let title = if view == View::Public { "title_public" } else { "title" };
    let text = teller.say(title, &[("subject", &subject), ("grade", &grade), ("score", &score)]);
    let mut because = teller.decided();
    because.extend(teller.branch("stops", teller.stops()));
    if view != View::Public {
        because.extend(
            teller.branch("sheets", outcome.sheets.iter().map(|sheet| teller.sheet(sheet)).collect()),
        );
    }
    because.extend(teller.branch("channels", teller.channels_said()));
    because.extend(teller.items());
    if view != View::Public {
        because.extend(teller.branch("unplaced", teller.unplaced()));
    }
    because.extend(teller.branch("vetoes", teller.vetoes()));
    if view != View::Public {
        because.extend(teller.branch("records", teller.records()));
    }
    because.extend(teller.branch("basis", teller.basis()));
    Explanation { text, because }
}

/// Tells one tree to one reader.
struct Teller<'a> {
    input: &'a ExplainInput<'a>,
    view: View,
    language: Language,
    people: People<'a>,
}

impl Teller<'_> {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        sentence(self.language, "explanation", key, values)
    }

    fn inline<'t>(&self, label: &'t str) -> std::borrow::Cow<'t, str> {
        in_sentence(self.language, label)
    }

    fn word(&self, key: &'static str) -> &'static str {
        label(self.language, "explanation", key).unwrap_or(key)
    }

    /// A heading with what stands below it; nothing when nothing does.
    fn branch(&self, key: &'static str, because: Vec<Explanation>) -> Option<Explanation> {
        (!because.is_empty()).then(|| Explanation { text: self.word(key).to_owned(), because })
    }

    fn decided(&self) -> Vec<Explanation> {
        let (outcome, scale) = (self.input.outcome, self.input.scale);
        let band = |band: &crate::rubric::scale::Band| {
            let from = points_text(PointsHundredths(band.from));
            self.say("band", &[("grade", &*self.inline(band.grade.label(self.language))), ("from", &from)])
        };
        let bands = scale.bands().iter().map(band).collect::<Vec<_>>().join(self.word("comma"));
        let values = [
            ("decided_by", &*self.inline(outcome.decided_by.label(self.language))),
            ("scale", &*self.inline(scale.head.name.get(self.language))),
            ("bands", &bands),
        ];
        let mut lines = vec![Explanation::leaf(self.say("decided", &values))];
        if outcome.decided_by == DecidedBy::VerifiedVeto {
            let grade = self.inline(outcome.grade_of_score.label(self.language));
            lines.push(Explanation::leaf(self.say("veto_overrides", &[("grade", &grade)])));
        }
        lines
    }

    fn sheet(&self, sheet: &SheetOutcome) -> Explanation {
        let total = &sheet.total;
        let (earned, applicable) = (points_text(total.earned), points_text(total.applicable));
        let (score, record) = (points_text(total.score), self.record_mark_of(&sheet.record));
        let values = [
            ("phase", &*self.inline(sheet.phase.label(self.language))),
            ("person", &self.assessor(sheet)),
            ("earned", &earned),
            ("applicable", &applicable),
            ("score", &score),
            ("grade", &*self.inline(total.grade.label(self.language))),
            ("record", &record),
        ];
        let text = self.say(if sheet.counts { "sheet" } else { "sheet_aside" }, &values);
        let late = self.input.evidence.sources.iter().enumerate().filter_map(|(place, source)| {
            let unseen = sheet.unseen.contains(&source.provenance.document) && !self.is_kept_back(place);
            unseen.then(|| Explanation::leaf(self.say("came_late", &[("record", &self.record_mark(place))])))
        });
        Explanation { text, because: late.collect() }
    }

    fn basis(&self) -> Vec<Explanation> {
        let line = |what: &'static str, id: &str, version: &str, hash: ContentHash| {
            let hash = if self.view == View::Full { hash.to_string() } else { hash.short() };
            let values = [("what", self.word(what)), ("id", id), ("version", version), ("hash", &hash)];
            Explanation::leaf(self.say("basis_rule", &values))
        };
        let (rubric, scale, rule) = (self.input.rubric, &self.input.scale.head, self.input.rule);
        let basis = &self.input.outcome.basis;
        let mut lines = vec![
            line("basis_rubric", &rubric.id, &rubric.version, basis.rubric),
            line("basis_scale", &scale.id, &scale.version, basis.scale),
            line("basis_grading", &rule.id, &rule.version, basis.rule),
        ];
        if self.view == View::Full {
            lines.extend(basis.leans_on.iter().map(|(id, hash)| {
                let values = [("id", id.as_str()), ("hash", &hash.to_string())];
                Explanation::leaf(self.say("basis_leans_on", &values))
            }));
        }
        lines
    }
}
