//! Collects the evidence on one undertaker in one case.

mod questions;

use serde::{Deserialize, Serialize};

use super::allegation::{Allegation, AllegationGround, AllegationKey};
use super::finding::{FindingNote, standing as standing_findings};
use super::missing_report::MissingReport;
use super::piece::{Answer, Piece};
use super::provenance::SealedRecord;
use super::ratio::Ratio;
use super::score::{DefaultScore, default_score};
use super::source::{SetAside, Source, SourceState, stand};
use crate::id::{CaseId, UndertakerId};
use crate::record::ItemId;
use crate::record::Record;
use crate::record::attendance::{Attendance, AttendanceOutcome, Presence};
use crate::record::common::{ItemState, Severity};
use crate::record::complaint_intake::ComplaintIntake;
use crate::record::court_visit::CourtVisit;
use crate::record::file_review::FileReview;
use crate::record::observer_sheet::ObserverSheet;
use crate::record::pre_hearing_report::PreHearingReport;
use crate::record::return_visit::ReturnVisit;
use crate::record::shape::{PointsHundredths, RecordKind};
use crate::rubric::{AnswerSource, Channel, ContentHash, Questionnaire, Rubric, VetoFact};

/// The evidence on one undertaker in one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceSet {
    /// The rubric.
    pub rubric: ContentHash,
    /// The observer's sheet with which the sheets were read.
    pub sheet_rubric: ContentHash,
    /// The case.
    pub case: CaseId,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// The records, in a fixed order; current ones, superseded ones, and ones set aside.
    pub sources: Vec<Source>,
    /// One for each item of the rubric, in its order.
    pub items: Vec<ItemEvidence>,
    /// Findings that name no item of the rubric, with their source.
    pub unplaced: Vec<(usize, FindingNote)>,
    /// Vetoes that the records allege.
    pub allegations: Vec<Allegation>,
    /// Reports that were asked for and did not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_reports: Vec<MissingReport>,
    /// Channels on which somebody observed something about some item.
    pub channels: Vec<Channel>,
}

/// The evidence on one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemEvidence {
    /// The item.
    pub item: ItemId,
    /// What it is worth.
    pub points: PointsHundredths,
    /// The pieces, in the order of the sources.
    pub pieces: Vec<Piece>,
    /// The default score.
    pub default: DefaultScore,
}

impl EvidenceSet {
    /// The evidence on an item.
    pub fn item(&self, id: &ItemId) -> Option<&ItemEvidence> {
        self.items.iter().find(|evidence| evidence.item == *id)
    }
}

/// Whether sealed records of a kind bear on a grade. Scoresheets are judgement; notices, contacts, cards,
/// discussions, inspections and responses steer work and grade nobody.
pub fn is_evidence(kind: &str) -> bool {
    [
        Attendance::SHAPE.code,
        ObserverSheet::SHAPE.code,
        FileReview::SHAPE.code,
        ReturnVisit::SHAPE.code,
        CourtVisit::SHAPE.code,
        PreHearingReport::SHAPE.code,
        ComplaintIntake::SHAPE.code,
    ]
    .contains(&kind)
}

/// Collects the evidence that sealed records hold on one undertaker in one case.
///
/// Records about another case or undertaker are passed over. An attendance does not name the case:
/// the caller hands in those of the case's own hearings. Scoresheets are no evidence. The order of
/// the records does not matter. What did not come is handed in beside them.
pub fn collect(
    rubric: &Rubric,
    sheet_rubric: &Rubric,
    case: CaseId,
    undertaker: UndertakerId,
    records: &[SealedRecord],
    missing_reports: &[MissingReport],
) -> EvidenceSet {
    let relevant = records.iter().filter(|sealed| {
        is_evidence(sealed.record.shape().code) && is_about(&sealed.record, case, undertaker)
    });
    let mut standing = stand(relevant);
    for (sealed, source) in &mut standing {
        if let Some(reason) = other_form(rubric, sheet_rubric, &sealed.record) {
            source.state = SourceState::SetAside(reason);
        }
    }
    let mut collector = Collector {
        rubric,
        sheet_rubric,
        case,
        undertaker,
        pieces: rubric.items.iter().map(|_| Vec::new()).collect(),
        unplaced: Vec::new(),
        allegations: Vec::new(),
        missing_reports: missing_reports.to_vec(),
    };
    let others: Vec<&SealedRecord> = standing.iter().map(|(sealed, _)| *sealed).collect();
    for (place, (sealed, source)) in standing.iter().enumerate().filter(|(_, (_, s))| s.is_current()) {
        match &sealed.record {
            Record::Attendance(record) => {
                let restated = others.iter().any(|other| restates(other, sealed, undertaker));
                collector.attendance(record, place, source, restated);
            }
            Record::ObserverSheet(record) => collector.observer_sheet(record, place, source),
            Record::FileReview(record) => collector.file_review(record, place, source),
            Record::ReturnVisit(record) => collector.return_visit(record, place, source, sealed, &others),
            Record::CourtVisit(record) => collector.court_visit(record, place, source, sealed, &others),
            Record::PreHearingReport(_) => collector.report(sealed, place, source, &others),
            Record::ComplaintIntake(record) => {
                let findings = standing_findings(&record.findings, case, undertaker, true);
                collector.place_findings(findings, Channel::Complaint, place, source);
            }
            // Judgement, or work that steers a case and grades nobody.
            Record::Scoresheet(_)
            | Record::TrackingCard(_)
            | Record::Notice(_)
            | Record::ProgressContact(_)
            | Record::Discussion(_)
            | Record::Inspection(_)
            | Record::Response(_) => {}
        }
    }
    collector.reports_that_are_missing();
    let sources = standing.into_iter().map(|(_, source)| source).collect();
    collector.finish(sources)
}

/// Whether a record was made with another form than the one that reads it.
fn other_form(rubric: &Rubric, sheet_rubric: &Rubric, record: &Record) -> Option<SetAside> {
    let differs = |named: &Option<String>, hash: Option<ContentHash>| {
        named.as_ref().is_some_and(|named| hash.is_none_or(|hash| *named != hash.to_string()))
    };
    let form = |channel| rubric.questionnaire(channel).map(Questionnaire::hash);
    match record {
        Record::ObserverSheet(sheet) => {
            differs(&sheet.subject.rubric, Some(sheet_rubric.hash())).then_some(SetAside::OtherRubric)
        }
        Record::ReturnVisit(visit) => differs(&visit.subject.questionnaire, form(Channel::ReturnVisit))
            .then_some(SetAside::OtherQuestionnaire),
        Record::CourtVisit(visit) => differs(&visit.subject.questionnaire, form(Channel::CourtVisit))
            .then_some(SetAside::OtherQuestionnaire),
        _ => None,
    }
}

fn is_about(record: &Record, case: CaseId, undertaker: UndertakerId) -> bool {
    let named = |named_case: Option<CaseId>, named_undertaker: Option<UndertakerId>| {
        named_case == Some(case) && named_undertaker == Some(undertaker)
    };
    match record {
        Record::Attendance(record) => {
            record.presence.contains_key(&undertaker)
                || record.presence.is_empty()
                    && record.facts.outcome == Some(AttendanceOutcome::UndertakerAbsent)
                || record.findings.values().any(|finding| finding.undertaker == Some(undertaker))
        }
        Record::ObserverSheet(record) => named(record.subject.case, record.subject.undertaker),
        Record::FileReview(record) => named(record.subject.case, record.subject.undertaker),
        Record::ReturnVisit(record) => named(record.subject.case, record.subject.undertaker),
        Record::CourtVisit(record) => {
            record.lines.values().any(|line| named(line.case, line.undertaker))
                || record.findings.values().any(|finding| named(finding.case, finding.undertaker))
        }
        Record::PreHearingReport(record) => named(record.subject.case, record.subject.undertaker),
        Record::ComplaintIntake(record) => named(record.subject.case, record.subject.undertaker),
        _ => false,
    }
}

/// Whether an addendum states this undertaker's presence anew.
fn restates(addendum: &SealedRecord, amended: &SealedRecord, undertaker: UndertakerId) -> bool {
    match &addendum.record {
        Record::Attendance(record) => {
            addendum.provenance.amends == Some(amended.provenance.document)
                && record.presence.contains_key(&undertaker)
                && addendum.provenance.document != amended.provenance.document
        }
        _ => false,
    }
}

struct Collector<'a> {
    rubric: &'a Rubric,
    sheet_rubric: &'a Rubric,
    case: CaseId,
    undertaker: UndertakerId,
    /// By the item's place in the rubric.
    pieces: Vec<Vec<Piece>>,
    unplaced: Vec<(usize, FindingNote)>,
    allegations: Vec<Allegation>,
    missing_reports: Vec<MissingReport>,
}

impl Collector<'_> {
    fn attendance(&mut self, record: &Attendance, place: usize, source: &Source, restated: bool) {
        let stated = record.presence.get(&self.undertaker).copied();
        let absent = record.facts.outcome == Some(AttendanceOutcome::UndertakerAbsent);
        let presence = stated.or(absent.then_some(Presence::Absent)).filter(|_| !restated);
        if let Some(presence) = presence {
            let share = self.rubric.shares.presence.get(&presence).map(|percent| share_of(*percent));
            for (item, percent) in self.fed_by(Channel::Attendance, &AnswerSource::Presence) {
                self.push(item, Channel::Attendance, place, Answer::Presence(presence), Some(percent), share);
            }
            if presence == Presence::Absent {
                let codes: Vec<_> =
                    self.rubric.vetoes().alleged_by_fact(VetoFact::AbsentFromHearing).collect();
                for code in codes {
                    let key = AllegationKey { code, document: source.first, entry: None };
                    let ground = AllegationGround::Fact(VetoFact::AbsentFromHearing);
                    self.allegations.push(Allegation { key, channel: Channel::Attendance, ground });
                }
            }
        }
        let only_subject = record.presence.len() <= 1;
        let findings = standing_findings(&record.findings, self.case, self.undertaker, only_subject);
        self.place_findings(findings, Channel::Attendance, place, source);
    }

    fn observer_sheet(&mut self, record: &ObserverSheet, place: usize, source: &Source) {
        for item in &self.sheet_rubric.items {
            let points = record.points.get(&item.id).map(|points| points.0.clamp(0, item.points.0));
            // A state beats points: the observer took the points back by saying so.
            let state = record.states.get(&item.id).copied().filter(|state| *state != ItemState::Scored);
            let (answer, share) = match (state, points) {
                (Some(state), _) => (Answer::SheetState { item: item.id.clone(), state }, None),
                (None, Some(points)) => {
                    let share = Ratio::new(points.into(), item.points.0.into());
                    let (points, of) = (PointsHundredths(points), item.points);
                    (Answer::SheetPoints { item: item.id.clone(), points, of }, Some(share))
                }
                (None, None) => continue,
            };
            for (target, percent) in self.fed_by(Channel::Attendance, &AnswerSource::Sheet(item.id.clone())) {
                self.push(target, Channel::Attendance, place, answer.clone(), Some(percent), share);
            }
        }
        let findings = standing_findings(&record.findings, self.case, self.undertaker, true);
        self.place_findings(findings, Channel::Attendance, place, source);
    }

    fn file_review(&mut self, record: &FileReview, place: usize, source: &Source) {
        for (id, mark) in record.marks.iter() {
            let Some(item) = self.rubric.place(id) else { continue };
            let percent = self.rubric.items[item].feed(Channel::FileReview).map(|_| 100_00);
            let share = self.rubric.shares.mark.get(mark).map(|percent| share_of(*percent));
            self.push(item, Channel::FileReview, place, Answer::Mark(*mark), percent, share);
        }
        let findings = standing_findings(&record.findings, self.case, self.undertaker, true);
        self.place_findings(findings, Channel::FileReview, place, source);
    }

    /// The items that an answer feeds, with its part in each.
    fn fed_by(&self, channel: Channel, from: &AnswerSource) -> Vec<(usize, i64)> {
        let mut fed = Vec::new();
        for (place, item) in self.rubric.items.iter().enumerate() {
            let parts = item.feed(channel).map(|feed| feed.parts.as_slice()).unwrap_or_default();
            fed.extend(parts.iter().filter(|part| part.from == *from).map(|part| (place, part.percent)));
        }
        fed
    }

    fn push(
        &mut self,
        item: usize,
        channel: Channel,
        source: impl Into<Option<usize>>,
        answer: Answer,
        percent: Option<i64>,
        share: Option<Ratio>,
    ) {
        let (source, deduction) = (source.into(), PointsHundredths(0));
        let piece = Piece { channel, source, answer, percent, share, deduction, findings: Vec::new() };
        self.pieces[item].push(piece);
    }

    /// Puts findings beside the answers of the same record, and raises what the grave ones allege.
    fn place_findings(&mut self, notes: Vec<FindingNote>, channel: Channel, source: usize, from: &Source) {
        for note in notes {
            let named = note.item.as_ref().and_then(|id| self.rubric.place(id));
            let landing = named.or_else(|| note.item.as_ref().and_then(|id| self.rubric.landing_place(id)));
            if note.severity == Some(Severity::Grave) {
                self.allege(&note, landing, channel, from);
            }
            let Some(item) = landing else {
                self.unplaced.push((source, note));
                continue;
            };
            let pieces = &mut self.pieces[item];
            let piece = match pieces.iter().position(|piece| piece.source == Some(source)) {
                Some(place) => &mut pieces[place],
                None => {
                    self.push(item, channel, source, Answer::Remark, None, None);
                    self.pieces[item].last_mut().expect("a piece was pushed")
                }
            };
            // A finding on a sheet's item leaves the points to the sheet's own score.
            if named.is_some() {
                piece.deduction.0 += note.deduction.0;
            }
            piece.findings.push(note);
        }
    }

    fn allege(&mut self, note: &FindingNote, item: Option<usize>, channel: Channel, from: &Source) {
        let of_item = item.map(|item| self.rubric.items[item].vetoes.as_slice()).unwrap_or_default();
        for code in self.rubric.vetoes().alleged_by(note.defect, of_item) {
            let key = AllegationKey { code, document: from.first, entry: Some(note.entry) };
            let ground = AllegationGround::GraveFinding { defect: note.defect, text: note.text.clone() };
            self.allegations.push(Allegation { key, channel, ground });
        }
    }

    fn finish(self, sources: Vec<Source>) -> EvidenceSet {
        let mut channels: Vec<Channel> = self
            .pieces
            .iter()
            .flatten()
            .filter(|piece| piece.source.is_some())
            .filter(|piece| piece.share.is_some() || piece.says_not_applicable())
            .map(|piece| piece.channel)
            .collect();
        channels.sort_unstable();
        channels.dedup();
        let mut allegations = self.allegations;
        allegations.sort_by_key(|allegation| allegation.key);
        allegations.dedup_by_key(|allegation| allegation.key);
        let items = self.rubric.items.iter().zip(self.pieces).map(|(item, pieces)| ItemEvidence {
            item: item.id.clone(),
            points: item.points,
            default: default_score(item, &pieces, &sources),
            pieces,
        });
        EvidenceSet {
            rubric: self.rubric.hash(),
            sheet_rubric: self.sheet_rubric.hash(),
            case: self.case,
            undertaker: self.undertaker,
            items: items.collect(),
            sources,
            unplaced: self.unplaced,
            allegations,
            missing_reports: self.missing_reports,
            channels,
        }
    }
}

fn share_of(percent: i64) -> Ratio {
    Ratio::new(percent.into(), 100_00)
}

#[cfg(test)]
mod tests;
