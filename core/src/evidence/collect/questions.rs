//! What answers to questions say: return visits, court visits, and the check of an undertaker's report.

use std::collections::BTreeMap;

use super::super::allegation::{Allegation, AllegationGround, AllegationKey};
use super::super::finding::standing as standing_findings;
use super::super::piece::Answer;
use super::super::provenance::{SealedRecord, is_late};
use super::super::source::Source;
use super::{Collector, share_of};
use crate::evidence::ratio::Ratio;
use crate::id::EntryId;
use crate::record::court_visit::{CourtVisit, OpinionLine};
use crate::record::return_visit::ReturnVisit;
use crate::record::shape::AnswerCode;
use crate::record::{ItemId, Record};
use crate::rubric::{AnswerSource, Channel, Derivation, Questionnaire};

impl Collector<'_> {
    pub(super) fn return_visit(
        &mut self,
        record: &ReturnVisit,
        place: usize,
        source: &Source,
        sealed: &SealedRecord,
        others: &[&SealedRecord],
    ) {
        let rubric = self.rubric;
        if let Some(form) = rubric.questionnaire(Channel::ReturnVisit) {
            let stage = record.facts.stage;
            let asked: Vec<&ItemId> =
                form.asked(stage, &record.answers).map(|question| &question.id).collect();
            for (question, code) in record.answers.iter().filter(|(question, _)| asked.contains(question)) {
                if !others.iter().any(|other| answers_anew(other, sealed, others, question)) {
                    self.answer(form, question, code, place);
                    self.allege_by_answer(
                        form,
                        question,
                        code,
                        source,
                        EntryId::of_question(question.as_str()),
                    );
                }
            }
        }
        let findings = standing_findings(&record.findings, self.case, self.undertaker, true);
        self.place_findings(findings, Channel::ReturnVisit, place, source);
    }

    pub(super) fn court_visit(
        &mut self,
        record: &CourtVisit,
        place: usize,
        source: &Source,
        sealed: &SealedRecord,
        others: &[&SealedRecord],
    ) {
        let rubric = self.rubric;
        let (case, undertaker) = (self.case, self.undertaker);
        let speaks = |line: &&OpinionLine| line.case == Some(case) && line.undertaker == Some(undertaker);
        // An addendum that speaks of the same work says it anew.
        let said_anew = others.iter().any(|other| match &other.record {
            Record::CourtVisit(later) => {
                amends(other, sealed, others) && later.lines.values().any(|it| speaks(&it))
            }
            _ => false,
        });
        let about = record
            .lines
            .iter()
            .filter(|(_, line)| !said_anew && line.withdrawn != Some(true) && speaks(line));
        if let Some(form) = rubric.questionnaire(Channel::CourtVisit) {
            for (entry, line) in about {
                for (field, code) in line.answers() {
                    let by_field = form.questions.iter().find(|known| known.field.as_deref() == Some(field));
                    let Some(question) = by_field else { continue };
                    let code = AnswerCode(code.to_owned());
                    self.answer(form, &question.id, &code, place);
                    self.allege_by_answer(form, &question.id, &code, source, *entry);
                }
            }
        }
        let findings = standing_findings(&record.findings, case, undertaker, false);
        self.place_findings(findings, Channel::CourtVisit, place, source);
    }

    /// A report speaks through what staff say of it, and through the time at which it came: that of the
    /// first one, for who is asked to put something right is not late by that.
    pub(super) fn report(
        &mut self,
        sealed: &SealedRecord,
        place: usize,
        source: &Source,
        others: &[&SealedRecord],
    ) {
        let rubric = self.rubric;
        let Some(form) = rubric.questionnaire(Channel::PreHearingReport) else { return };
        let mut answers: BTreeMap<ItemId, AnswerCode> =
            sealed.check.iter().flat_map(|check| check.answers.clone()).collect();
        for question in &form.questions {
            let Some(Derivation::OnTime) = question.derived else { continue };
            answers.remove(&question.id);
            let first = others.iter().find(|other| other.provenance.document == source.first);
            let came = first.unwrap_or(&sealed).provenance.sealed;
            if let Some(late) = sealed.due_at.map(|due| is_late(came, due)) {
                let code = if late { "not_met" } else { "met" };
                answers.insert(question.id.clone(), AnswerCode(code.to_owned()));
            }
        }
        for (question, code) in &answers {
            self.answer(form, question, code, place);
        }
    }

    /// A report that did not come counts on every item that a report feeds.
    pub(super) fn reports_that_are_missing(&mut self) {
        self.missing_reports.sort_unstable();
        for missing in self.missing_reports.clone() {
            for item in 0..self.rubric.items.len() {
                if self.rubric.items[item].feed(Channel::PreHearingReport).is_some() {
                    let (channel, answer) = (Channel::PreHearingReport, Answer::NoReport(missing));
                    self.push(item, channel, None, answer, None, Some(Ratio::ZERO));
                }
            }
        }
    }

    /// Puts an answer beside the items that it feeds. An answer that the form does not have says
    /// nothing about quality; the record still shows it.
    fn answer(&mut self, form: &Questionnaire, question: &ItemId, code: &AnswerCode, place: usize) {
        let Some(known) = form.question(question) else { return };
        let Some(answer) = known.answers.get(&code.0) else { return };
        let share = answer.percent.filter(|_| known.scored).map(share_of);
        let said =
            Answer::Question { question: question.clone(), code: code.clone(), label: answer.label.clone() };
        for (item, percent) in self.fed_by(form.channel, &AnswerSource::Question(question.clone())) {
            self.push(item, form.channel, place, said.clone(), Some(percent), share);
        }
    }

    fn allege_by_answer(
        &mut self,
        form: &Questionnaire,
        question: &ItemId,
        code: &AnswerCode,
        source: &Source,
        entry: EntryId,
    ) {
        let answer = form.question(question).and_then(|known| known.answers.get(&code.0));
        let Some((answer, raised)) = answer.and_then(|answer| Some((answer, answer.raises?))) else { return };
        let key = AllegationKey { code: raised, document: source.first, entry: Some(entry) };
        let ground = AllegationGround::Answer { question: question.clone(), answer: answer.label.clone() };
        self.allegations.push(Allegation { key, channel: form.channel, ground });
    }
}

/// Whether an addendum answers a question anew.
fn answers_anew(
    addendum: &SealedRecord,
    amended: &SealedRecord,
    others: &[&SealedRecord],
    question: &ItemId,
) -> bool {
    match &addendum.record {
        Record::ReturnVisit(record) => {
            record.answers.contains_key(question) && amends(addendum, amended, others)
        }
        _ => false,
    }
}

/// Whether a record amends another, itself or through records between them. The line is walked at most
/// once around.
fn amends(later: &SealedRecord, earlier: &SealedRecord, others: &[&SealedRecord]) -> bool {
    let mut next = later.provenance.amends;
    for _ in 0..others.len() {
        let Some(document) = next else { return false };
        if document == earlier.provenance.document {
            return later.provenance.document != document;
        }
        let between = others.iter().find(|other| other.provenance.document == document);
        next = between.and_then(|between| between.provenance.amends);
    }
    false
}
