//! 庭前所报与庭上所见: what the undertaker said before the hearing beside what observers saw in court.
//!
//! It grades nobody. Which question of the report's check stands beside which items of the observer's
//! sheet is data of the questionnaire (`says`, `seen_as`; domain 11.8).

use serde::Serialize;

use super::provenance::{Provenance, SealedRecord};
use super::source::stand;
use crate::id::{CaseId, UndertakerId};
use crate::record::pre_hearing_report::PreHearingReport;
use crate::record::shape::PointsHundredths;
use crate::record::{ItemId, Record};
use crate::rubric::{Questionnaire, Rubric};
use crate::text::Bilingual;

/// One question, what was said to it and what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The question of the report's check.
    pub question: ItemId,
    /// What it asks.
    pub label: Bilingual,
    /// What the reports say, with the answer of the check where there is one.
    pub said: Vec<Said>,
    /// What the observers saw.
    pub seen: Vec<Seen>,
}

/// What one report says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The report.
    pub from: Provenance,
    /// Its own words.
    pub text: String,
    /// What the check answers.
    pub checked: Option<Bilingual>,
}

/// What one observer saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The sheet.
    pub from: Provenance,
    /// The sheet's item.
    pub item: ItemId,
    /// Its name.
    pub label: Bilingual,
    /// The points given.
    pub points: PointsHundredths,
    /// The item's points.
    pub of: PointsHundredths,
    /// The observer's comment on the whole.
    pub comment: String,
}

/// Puts what was said beside what was seen, question by question. Records that were superseded play no
/// part.
pub fn cross_check(
    form: &Questionnaire,
    sheet_rubric: &Rubric,
    case: CaseId,
    undertaker: UndertakerId,
    records: &[SealedRecord],
) -> Vec<Comparison> {
    let standing = stand(records.iter());
    let current: Vec<&SealedRecord> =
        standing.iter().filter(|(_, source)| source.is_current()).map(|(record, _)| *record).collect();
    let sheet_hash = sheet_rubric.hash().to_string();
    let compared = form.questions.iter().filter(|question| question.says.is_some());
    compared
        .map(|question| {
            let (mut said, mut seen) = (Vec::new(), Vec::new());
            for sealed in &current {
                match &sealed.record {
                    Record::PreHearingReport(report)
                        if report.subject.case == Some(case)
                            && report.subject.undertaker == Some(undertaker) =>
                    {
                        let container = question.says.as_deref().unwrap_or_default();
                        let answer = sealed.check.as_ref().and_then(|check| check.answers.get(&question.id));
                        let answer = answer.and_then(|answer| question.answers.get(&answer.0));
                        said.push(Said {
                            from: sealed.provenance.clone(),
                            text: words_of(report, container).to_owned(),
                            checked: answer.map(|answer| answer.label.clone()),
                        });
                    }
                    Record::ObserverSheet(sheet)
                        if sheet.subject.case == Some(case)
                            && sheet.subject.undertaker == Some(undertaker)
                            && sheet.subject.rubric.as_ref() == Some(&sheet_hash) =>
                    {
                        let items = question.seen_as.iter().filter_map(|id| sheet_rubric.item(id));
                        seen.extend(items.filter_map(|item| {
                            Some(Seen {
                                from: sealed.provenance.clone(),
                                item: item.id.clone(),
                                label: item.label.clone(),
                                points: *sheet.points.get(&item.id)?,
                                of: item.points,
                                comment: sheet.comment.0.clone(),
                            })
                        }));
                    }
                    _ => {}
                }
            }
            Comparison { question: question.id.clone(), label: question.label.clone(), said, seen }
        })
        .collect()
}

/// What a report says in one of its texts.
fn words_of<'r>(report: &'r PreHearingReport, container: &str) -> &'r str {
    match container {
        "evidence" => &report.evidence.0,
        "viewpoint" => &report.viewpoint.0,
        "analysis" => &report.analysis.0,
        "issues" => &report.issues.0,
        "risks" => &report.risks.0,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{case, observer_sheet, person, sealed, undertaker};
    use super::*;
    use crate::record::shape::{AnswerCode, Narrative};
    use crate::rubric::{Channel, templates};
    use std::collections::BTreeMap;

    #[test]
    fn what_was_said_stands_beside_what_was_seen() {
        let mut report = PreHearingReport::default();
        (report.subject.case, report.subject.undertaker) = (Some(case()), Some(undertaker()));
        report.viewpoint = Narrative("不构成入户盗窃".into());
        let mut said = sealed(1, 0, Record::PreHearingReport(report));
        let met = BTreeMap::from([(ItemId::parse("PHR-03").expect("an id"), AnswerCode("met".into()))]);
        said.check = Some(super::super::ReportCheck { by: person(2), answers: met });
        let seen = sealed(2, 1, Record::ObserverSheet(observer_sheet(&[("HRG-06", 500)], &[])));
        let forms = &templates().questionnaires;
        let form = forms.iter().find(|form| form.channel == Channel::PreHearingReport).expect("shipped");
        let sheet = templates().observer_sheet();
        let compared = cross_check(form, sheet, case(), undertaker(), &[said, seen]);
        let viewpoint = compared.iter().find(|one| one.question.as_str() == "PHR-03").expect("compared");
        assert_eq!(viewpoint.said[0].text, "不构成入户盗窃");
        assert_eq!(viewpoint.said[0].checked.as_ref().expect("checked").en, "met");
        let told: Vec<_> = viewpoint.seen.iter().map(|seen| (seen.item.as_str(), seen.points.0)).collect();
        assert_eq!(told, [("HRG-06", 500)]);
    }
}
