//! Who is named how: by name in the full view, by office and number in the others.

use std::collections::BTreeMap;

use super::{ExplainInput, Teller, View};
use crate::evidence::Source;
use crate::grading::outcome::SheetOutcome;
use crate::id::PersonId;
use crate::record::complaint_intake::ComplaintIntake;
use crate::record::court_visit::CourtVisit;
use crate::record::file_review::FileReview;
use crate::record::pre_hearing_report::PreHearingReport;
use crate::record::return_visit::ReturnVisit;
use crate::record::shape::RecordKind;

/// The people in an explanation.
pub(super) struct People<'a> {
    /// Office and number within it, by person and office.
    numbers: BTreeMap<(&'static str, PersonId), usize>,
    /// Names that do not show outside the full view, the longest first.
    hidden: Vec<&'a str>,
}

impl<'a> People<'a> {
    pub(super) fn of(input: &ExplainInput<'a>) -> Self {
        let sources = input.evidence.sources.iter().map(|source| (office(source), source.provenance.voice()));
        let sheets = input.outcome.sheets.iter().map(|sheet| ("assessor", sheet.assessor));
        let mut numbers = BTreeMap::new();
        for (office, person) in sources.chain(sheets) {
            let next = numbers.keys().filter(|(other, _)| *other == office).count() + 1;
            numbers.entry((office, person)).or_insert(next);
        }
        let mut hidden: Vec<&str> = input.hidden_names.iter().map(String::as_str).collect();
        hidden.extend(input.evidence.sources.iter().map(|source| source.provenance.author_name.as_str()));
        hidden.extend(input.outcome.sheets.iter().map(|sheet| sheet.assessor_name.as_str()));
        hidden.retain(|name| !name.trim().is_empty());
        hidden.sort_unstable_by_key(|name| std::cmp::Reverse((name.chars().count(), *name)));
        hidden.dedup();
        Self { numbers, hidden }
    }
}

impl Teller<'_> {
    /// The author of a record.
    pub(super) fn author(&self, source: &Source) -> String {
        match self.view {
            View::Full => source.provenance.author_name.clone(),
            View::Undertaker | View::Public => self.by_office(office(source), source.provenance.voice()),
        }
    }

    /// The assessor of a sheet.
    pub(super) fn assessor(&self, sheet: &SheetOutcome) -> String {
        match self.view {
            View::Full => sheet.assessor_name.clone(),
            View::Undertaker | View::Public => self.by_office("assessor", sheet.assessor),
        }
    }

    pub(super) fn by_office(&self, office: &'static str, person: PersonId) -> String {
        let nth = self.people.numbers.get(&(office, person)).copied().unwrap_or(1);
        self.say(office, &[("nth", &nth.to_string())])
    }

    /// Free text as this view may show it.
    pub(super) fn free_text(&self, text: &str) -> String {
        if self.view == View::Full {
            return text.to_owned();
        }
        self.people
            .hidden
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(name, self.word("somebody")))
    }
}

pub(super) fn office(source: &Source) -> &'static str {
    match source.provenance.kind.as_str() {
        kind if kind == FileReview::SHAPE.code => "reviewer",
        kind if kind == ReturnVisit::SHAPE.code || kind == CourtVisit::SHAPE.code => "visitor",
        kind if kind == PreHearingReport::SHAPE.code => "reporter",
        kind if kind == ComplaintIntake::SHAPE.code => "receiver",
        _ => "observer",
    }
}
