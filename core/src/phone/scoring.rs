//! 评分 scoring: a sheet beside its rubric and the evidence, with what it comes to so far.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::records::open_record;
use super::store::server_row;
use super::{Phone, PhoneError};
use crate::gather::map_of;
use crate::grading::{given_points, percent};
use crate::id::DocumentId;
use crate::record::common::ItemState;
use crate::record::kind::Record;
use crate::record::observer_sheet::ObserverSheet;
use crate::record::scoresheet::{ItemDecision, Scoresheet};
use crate::record::shape::{ItemId, PointsHundredths, RecordKind};
use crate::sync::row_kind::RowKind;
use crate::text::Bilingual;

/// A sheet beside its rubric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The rubric's name.
    pub rubric: Bilingual,
    /// The items, in the rubric's order.
    pub items: Vec<ScoredItem>,
    /// Points given so far, in hundredths.
    pub earned: PointsHundredths,
    /// What the items that have points are worth together.
    pub applicable: PointsHundredths,
    /// Earned ÷ applicable × 100 so far, rounded half up to the hundredth; nothing before the first points.
    pub score: Option<PointsHundredths>,
    /// How many items are still undecided.
    pub undecided: u64,
}

/// An item of a rubric, and what a sheet says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoredItem {
    /// The item.
    pub item: ItemId,
    /// What is asked.
    pub label: Bilingual,
    /// The most points, in hundredths.
    pub most: PointsHundredths,
    /// What the evidence gives by default; nothing where there is none, or it does not apply.
    pub default: Option<PointsHundredths>,
    /// The evidence in words, a line each.
    pub evidence: Bilingual,
    /// The points that the sheet gives.
    pub points: Option<PointsHundredths>,
    /// What the assessor did with the default (`item_decision`), or an observer with the item (`item_state`).
    pub decision: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whether a reason has still to be given.
    pub needs_reason: bool,
}

/// A rubric as the server tells it.
#[derive(Deserialize)]
struct RubricRow {
    hash: String,
    name: Bilingual,
    items: Vec<RubricItem>,
}

#[derive(Deserialize)]
struct RubricItem {
    id: ItemId,
    zh: String,
    en: String,
    points: PointsHundredths,
}

/// The evidence as the server tells it.
#[derive(Default, Deserialize)]
struct EvidenceRow {
    items: Vec<EvidenceItem>,
}

#[derive(Deserialize)]
struct EvidenceItem {
    id: ItemId,
    default: Option<PointsHundredths>,
    text_zh: String,
    text_en: String,
}

impl Phone {
    /// A scoresheet or an observer sheet beside its rubric; nothing when the server has not told the rubric yet.
    ///
    /// # Errors
    /// When there is no such record, it is no sheet, or it is damaged.
    pub fn score(&self, record: DocumentId) -> Result<Option<Score>, PhoneError> {
        let row = self.row(record)?;
        let content = open_record(self.store.reader(), record)?.content();
        match Record::read(&row.kind, &content) {
            Some(Record::Scoresheet(sheet)) => self.score_of_scoresheet(&sheet),
            Some(Record::ObserverSheet(sheet)) => self.score_of_observer_sheet(&sheet),
            _ => {
                let expected = format!("{} {}", Scoresheet::SHAPE.code, ObserverSheet::SHAPE.code);
                Err(PhoneError::WrongKind { kind: row.kind, expected })
            }
        }
    }

    fn score_of_scoresheet(&self, sheet: &Scoresheet) -> Result<Option<Score>, PhoneError> {
        let subject = &sheet.subject;
        let Some(hash) = &subject.rubric else { return Ok(None) };
        let Some(rubric) = self.rubric(hash, hash)? else { return Ok(None) };
        let mut evidence = EvidenceRow::default();
        if let (Some(round), Some(case), Some(undertaker)) = (subject.round, subject.case, subject.undertaker)
        {
            let body = server_row::body(
                self.store.reader(),
                RowKind::Evidence,
                &format!("{round}/{case}/{undertaker}"),
            )?;
            evidence = body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
        }
        let mut known: BTreeMap<ItemId, EvidenceItem> =
            map_of(evidence.items.into_iter().map(|item| (item.id.clone(), item)));
        let items = rubric.items.into_iter().map(|item| {
            let shown = known.remove(&item.id);
            let default = shown.as_ref().and_then(|shown| shown.default);
            let decision = sheet.decisions.get(&item.id).copied();
            let reason = sheet.reasons.get(&item.id).cloned().filter(|reason| !reason.trim().is_empty());
            ScoredItem {
                points: given_points(sheet, &item.id),
                decision: decision.map(|decision| decision.code().to_owned()),
                needs_reason: decision.is_some_and(ItemDecision::wants_reason) && reason.is_none(),
                default,
                evidence: shown.map_or_else(none, |shown| Bilingual { zh: shown.text_zh, en: shown.text_en }),
                reason,
                item: item.id,
                label: Bilingual { zh: item.zh, en: item.en },
                most: item.points,
            }
        });
        Ok(Some(added_up(rubric.name, items.collect())))
    }

    fn score_of_observer_sheet(&self, sheet: &ObserverSheet) -> Result<Option<Score>, PhoneError> {
        let Some(hash) = &sheet.subject.rubric else { return Ok(None) };
        let Some(rubric) = self.rubric("observer_sheet", hash)? else { return Ok(None) };
        let items = rubric.items.into_iter().map(|item| observed(sheet, item));
        Ok(Some(added_up(rubric.name, items.collect())))
    }

    /// The rubric under a key, when it is the one with this hash.
    fn rubric(&self, key: &str, hash: &str) -> Result<Option<RubricRow>, PhoneError> {
        let body = server_row::body(self.store.reader(), RowKind::Rubric, key)?;
        let row: Option<RubricRow> = body.and_then(|body| serde_json::from_str(&body).ok());
        Ok(row.filter(|row| row.hash == hash))
    }
}

/// An item of an observer sheet. A state beats points, as in the evidence: the observer took the points back by
/// saying so.
fn observed(sheet: &ObserverSheet, item: RubricItem) -> ScoredItem {
    let state = sheet.states.get(&item.id).copied();
    let is_scored = state.is_none_or(|state| state == ItemState::Scored);
    let points = sheet.points.get(&item.id).copied().filter(|_| is_scored);
    let decision = state.or_else(|| points.map(|_| ItemState::Scored));
    ScoredItem {
        decision: decision.map(|decision| decision.code().to_owned()),
        points,
        default: None,
        evidence: none(),
        reason: None,
        needs_reason: false,
        item: item.id,
        label: Bilingual { zh: item.zh, en: item.en },
        most: item.points,
    }
}

fn none() -> Bilingual {
    Bilingual { zh: String::new(), en: String::new() }
}

fn added_up(rubric: Bilingual, items: Vec<ScoredItem>) -> Score {
    let (mut earned, mut applicable) = (0, 0);
    for item in &items {
        if let Some(points) = item.points {
            earned += points.0.clamp(0, item.most.0);
            applicable += item.most.0;
        }
    }
    let undecided = items.iter().filter(|item| item.decision.is_none()).count();
    let (earned, applicable) = (PointsHundredths(earned), PointsHundredths(applicable));
    Score {
        rubric,
        earned,
        applicable,
        score: (applicable.0 > 0).then(|| percent(earned, applicable).1),
        undecided: u64::try_from(undecided).unwrap_or(u64::MAX),
        items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, most: i64, points: Option<i64>) -> ScoredItem {
        ScoredItem {
            item: ItemId::parse(id).expect("an item"),
            label: none(),
            most: PointsHundredths(most),
            default: None,
            evidence: none(),
            points: points.map(PointsHundredths),
            decision: points.map(|_| "scored".to_owned()),
            reason: None,
            needs_reason: false,
        }
    }

    #[test]
    fn the_score_so_far_counts_what_has_points() {
        let items =
            vec![item("A-1", 3_00, Some(2_00)), item("A-2", 6_00, Some(6_00)), item("A-3", 5_00, None)];
        let score = added_up(none(), items);
        assert_eq!((score.earned, score.applicable), (PointsHundredths(8_00), PointsHundredths(9_00)));
        // 8 of 9 are 88.888…
        assert_eq!((score.score, score.undecided), (Some(PointsHundredths(88_89)), 1));
        assert_eq!(added_up(none(), vec![item("A-1", 3_00, None)]).score, None);
    }

    #[test]
    fn what_was_not_observed_has_no_points_though_some_were_given_before() {
        let id = |id: &str| ItemId::parse(id).expect("an item");
        let mut sheet = ObserverSheet::default();
        sheet.points.0 = ["A-1", "A-2"].map(|at| (id(at), PointsHundredths(2_00))).into();
        sheet.states.0 = [("A-1", ItemState::Scored), ("A-2", ItemState::NotObserved)]
            .map(|(at, state)| (id(at), state))
            .into();
        let rubric = ["A-1", "A-2", "A-3"].map(|at| RubricItem {
            id: id(at),
            zh: String::new(),
            en: String::new(),
            points: PointsHundredths(4_00),
        });
        let score = added_up(none(), rubric.into_iter().map(|item| observed(&sheet, item)).collect());
        assert_eq!((score.earned, score.applicable), (PointsHundredths(2_00), PointsHundredths(4_00)));
        let said: Vec<_> = score.items.iter().map(|item| item.decision.as_deref()).collect();
        assert_eq!(said, [Some("scored"), Some("not_observed"), None]);
        assert_eq!((score.items[1].points, score.undecided), (None, 1));
    }
}
