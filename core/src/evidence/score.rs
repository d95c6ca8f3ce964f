//! The default score of an item: by the first channel that has evidence.

use serde::{Deserialize, Serialize};

use super::piece::{Answer, Piece};
use super::ratio::Ratio;
use super::source::Source;
use crate::id::{AssignmentId, DocumentId, HearingId, PersonId};
use crate::record::observer_sheet::ObserverSheet;
use crate::record::shape::{PointsHundredths, RecordKind};
use crate::rubric::{AnswerSource, Channel, Feed, Item};

/// What the evidence makes of an item before any assessor looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultScore {
    /// A channel has scored it.
    Scored {
        /// The channel that counts.
        channel: Channel,
        /// The points, rounded half up once.
        points: PointsHundredths,
        /// The points before rounding.
        exact: Ratio,
    },
    /// It does not count.
    NotApplicable {
        /// The channel that says so; nothing when no channel has evidence on it.
        by: Option<Channel>,
    },
}

impl DefaultScore {
    /// The points; nothing when the item does not count.
    pub const fn points(&self) -> Option<PointsHundredths> {
        match self {
            Self::Scored { points, .. } => Some(*points),
            Self::NotApplicable { .. } => None,
        }
    }
}

/// What one channel, or one part of it, says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// A share of the part, or the points of the item in hundredths.
    Scored(Ratio),
    NotApplicable,
    NotObserved,
}

/// The default score of an item. Not observed falls to the next channel, then to not applicable.
pub(super) fn default_score(item: &Item, pieces: &[Piece], sources: &[Source]) -> DefaultScore {
    for feed in &item.feeds {
        match channel_says(item, feed, pieces, sources) {
            Said::Scored(hundredths) => {
                return DefaultScore::Scored {
                    channel: feed.channel,
                    points: PointsHundredths(hundredths.round_half_up()),
                    exact: hundredths / Ratio::whole(100),
                };
            }
            Said::NotApplicable => return DefaultScore::NotApplicable { by: Some(feed.channel) },
            Said::NotObserved => {}
        }
    }
    DefaultScore::NotApplicable { by: None }
}

fn channel_says(item: &Item, feed: &Feed, pieces: &[Piece], sources: &[Source]) -> Said {
    let pieces = || pieces.iter().filter(|piece| piece.channel == feed.channel);
    if pieces().next().is_none() {
        return Said::NotObserved;
    }
    match feed.channel {
        Channel::FileReview => file_review_says(item, pieces(), sources),
        _ => parts_say(item, feed, pieces, sources),
    }
}

/// Each reviewer's points × share − deductions, never below zero; the mean of the reviewers.
fn file_review_says<'a>(item: &Item, pieces: impl Iterator<Item = &'a Piece>, sources: &[Source]) -> Said {
    let points = Ratio::whole(item.points.0);
    mean_of_voices(pieces.filter(|piece| piece.answer != Answer::Remark).map(|piece| {
        let said = match piece.share {
            Some(share) => Said::Scored((points * share - Ratio::whole(piece.deduction.0)).at_least_zero()),
            None if piece.says_not_applicable() => Said::NotApplicable,
            None => Said::NotObserved,
        };
        (voice(piece, sources), said)
    }))
}

/// The parts that were observed, each the mean of its voices, weighted and re-scaled; less the
/// deductions, never below zero.
fn parts_say<'a, I: Iterator<Item = &'a Piece>>(
    item: &Item,
    feed: &Feed,
    pieces: impl Fn() -> I,
    sources: &[Source],
) -> Said {
    let (mut sum, mut weights) = (Ratio::ZERO, 0);
    let mut all_not_applicable = true;
    for part in &feed.parts {
        let of_part = pieces().filter(|piece| answers(piece, &part.from)).map(|piece| {
            let said = match piece.share {
                Some(share) => Said::Scored(share),
                None if piece.says_not_applicable() => Said::NotApplicable,
                None => Said::NotObserved,
            };
            (voice(piece, sources), said)
        });
        match mean_of_voices(of_part) {
            Said::Scored(share) => {
                sum = sum + share * Ratio::whole(part.percent);
                weights += part.percent;
            }
            Said::NotApplicable => {}
            Said::NotObserved => all_not_applicable = false,
        }
    }
    if weights == 0 {
        return if all_not_applicable { Said::NotApplicable } else { Said::NotObserved };
    }
    let share = sum / Ratio::whole(weights);
    let points = share * Ratio::whole(item.points.0) - deductions(pieces(), sources);
    Said::Scored(points.at_least_zero())
}

/// What a shared record's findings take off counts in full, what independent sheets' findings
/// take off as the mean of their voices.
fn deductions<'a>(pieces: impl Iterator<Item = &'a Piece>, sources: &[Source]) -> Ratio {
    let mut shared = 0;
    let mut sheets: Vec<(usize, Voice, i64)> = Vec::new();
    for piece in pieces {
        let of_sheet =
            piece.source.filter(|source| sources[*source].provenance.kind == ObserverSheet::SHAPE.code);
        let Some(sheet) = of_sheet else {
            shared += piece.deduction.0;
            continue;
        };
        match sheets.iter_mut().find(|(source, ..)| *source == sheet) {
            Some((.., sum)) => *sum += piece.deduction.0,
            None => sheets.push((sheet, voice(piece, sources), piece.deduction.0)),
        }
    }
    let of_sheets = sheets.into_iter().map(|(_, voice, sum)| (voice, Said::Scored(Ratio::whole(sum))));
    match mean_of_voices(of_sheets) {
        Said::Scored(mean) => Ratio::whole(shared) + mean,
        Said::NotApplicable | Said::NotObserved => Ratio::whole(shared),
    }
}

fn answers(piece: &Piece, from: &AnswerSource) -> bool {
    match (&piece.answer, from) {
        (Answer::Presence(_), AnswerSource::Presence) | (Answer::Mark(_), AnswerSource::Mark) => true,
        (Answer::SheetPoints { item, .. } | Answer::SheetState { item, .. }, AnswerSource::Sheet(wanted)) => {
            item == wanted
        }
        (Answer::Question { question, .. }, AnswerSource::Question(wanted)) => question == wanted,
        (Answer::NoReport(_), AnswerSource::Question(_)) => true,
        _ => false,
    }
}

/// One voice. Two sheets of one observer on one hearing (their own and a transcript of their paper) are one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// A person, at a hearing where the record is about one.
    Person(PersonId, Option<HearingId>),
    /// A record that speaks for others than who wrote it down: all who share it, a recipient, a court.
    Record(DocumentId, Option<HearingId>),
    /// A report that did not come.
    Absence(AssignmentId),
    /// Findings without an answer, which score nothing.
    Nobody,
}

fn voice(piece: &Piece, sources: &[Source]) -> Voice {
    let source = piece.source.map(|source| &sources[source]);
    match (&piece.answer, source) {
        (Answer::NoReport(missing), _) => Voice::Absence(missing.assignment),
        (_, None) => Voice::Nobody,
        (Answer::Presence(_) | Answer::Question { .. }, Some(source)) => {
            Voice::Record(source.first, source.hearing)
        }
        (_, Some(source)) => Voice::Person(source.provenance.voice(), source.hearing),
    }
}

/// The mean over voices that scored, each the mean of its own.
fn mean_of_voices(said: impl Iterator<Item = (Voice, Said)>) -> Said {
    let mut voices: Vec<(Voice, Ratio, i64)> = Vec::new();
    let (mut not_applicable, mut not_observed) = (false, false);
    for (voice, said) in said {
        match said {
            Said::Scored(value) => match voices.iter_mut().find(|(known, ..)| *known == voice) {
                Some((_, sum, count)) => (*sum, *count) = (*sum + value, *count + 1),
                None => voices.push((voice, value, 1)),
            },
            Said::NotApplicable => not_applicable = true,
            Said::NotObserved => not_observed = true,
        }
    }
    if voices.is_empty() {
        return if not_applicable && !not_observed { Said::NotApplicable } else { Said::NotObserved };
    }
    let count = i64::try_from(voices.len()).unwrap_or(i64::MAX);
    let sum: Ratio = voices.into_iter().map(|(_, sum, count)| sum / Ratio::whole(count)).sum();
    Said::Scored(sum / Ratio::whole(count))
}
