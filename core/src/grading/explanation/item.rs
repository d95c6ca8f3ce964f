//! Items: default and given score, and the evidence under them.

use std::borrow::Cow;

use super::{Explanation, Teller, View};
use crate::evidence::words::points_text;
use crate::evidence::{DefaultScore, FindingNote, Piece};
use crate::grading::outcome::{Given, ItemOutcome, SheetOutcome};

impl Teller<'_> {
    pub(super) fn items(&self) -> Vec<Explanation> {
        let rubric = self.input.rubric;
        let lines = self.input.outcome.items.iter().zip(&rubric.items).enumerate();
        let mut alone = Vec::new();
        let mut groups: Vec<Vec<Explanation>> = rubric.groups.iter().map(|_| Vec::new()).collect();
        for (place, (outcome, item)) in lines {
            let line = self.item(place, outcome);
            match item.group.and_then(|group| groups.get_mut(group)) {
                Some(group) => group.push(line),
                None => alone.push(line),
            }
        }
        let grouped = rubric.groups.iter().zip(groups).map(|(group, because)| {
            let points = points_text(group.points);
            let values =
                [("id", group.id.as_str()), ("label", group.label.get(self.language)), ("points", &points)];
            Explanation { text: self.say("group", &values), because }
        });
        grouped.chain(alone).collect()
    }

    /// Findings on no item of the rubric.
    pub(super) fn unplaced(&self) -> Vec<Explanation> {
        let evidence = self.input.evidence;
        let shown = evidence.unplaced.iter().filter(|(source, note)| !self.is_hidden(*source, note));
        shown
            .map(|(source, note)| {
                let record = self.record_mark(*source);
                Explanation::leaf(self.say("piece", &[("text", &self.finding(note)), ("record", &record)]))
            })
            .collect()
    }

    fn item(&self, place: usize, outcome: &ItemOutcome) -> Explanation {
        let item = &self.input.rubric.items[place];
        let points = points_text(item.points);
        let named = [("id", item.id.as_str()), ("label", item.label.get(self.language)), ("points", &points)];
        let pieces =
            self.input.evidence.items.get(place).map(|item| item.pieces.as_slice()).unwrap_or_default();
        if self.view == View::Public {
            let given = self.given_points(outcome);
            let channels = self.channels(pieces);
            let values = [&named[..], &[("given", &given), ("channels", &channels)]].concat();
            return Explanation::leaf(self.say("item_public", &values));
        }
        let given: Vec<String> = self
            .input
            .outcome
            .sheets
            .iter()
            .zip(&outcome.given)
            .map(|(sheet, given)| self.given(sheet, given))
            .collect();
        let (default, given) = (self.default_score(&outcome.default), given.join(self.word("semicolon")));
        let values = [&named[..], &[("default", &default), ("given", &given)]].concat();
        let text = self.say("item", &values);
        let shown = pieces.iter().filter(|piece| !self.keeps_back_piece(piece));
        Explanation { text, because: shown.map(|piece| self.piece(piece)).collect() }
    }

    fn default_score(&self, default: &DefaultScore) -> String {
        match default {
            DefaultScore::Scored { channel, points, .. } => {
                let points = points_text(*points);
                self.say(
                    "default_scored",
                    &[("points", &points), ("channel", &*self.inline(channel.label(self.language)))],
                )
            }
            DefaultScore::NotApplicable { by: Some(channel) } => self
                .say("default_not_applicable", &[("channel", &*self.inline(channel.label(self.language)))]),
            DefaultScore::NotApplicable { by: None } => self.word("default_no_evidence").to_owned(),
        }
    }

    fn given(&self, sheet: &SheetOutcome, given: &Given) -> String {
        let person = self.assessor(sheet);
        let points = given.points.map(points_text);
        let key = if points.is_some() { "given" } else { "given_aside" };
        let values = [
            ("person", person.as_str()),
            ("points", points.as_deref().unwrap_or_default()),
            ("decision", &*self.inline(given.decision.label(self.language))),
        ];
        let text = self.say(key, &values);
        match &given.reason {
            Some(reason) => {
                self.say("given_reason", &[("given", &text), ("reason", &self.free_text(reason))])
            }
            None => text,
        }
    }

    /// The points of the deciding sheets, without saying whose.
    fn given_points(&self, outcome: &ItemOutcome) -> String {
        let sheets = self.input.outcome.sheets.iter().zip(&outcome.given);
        let points = sheets.filter(|(sheet, _)| sheet.counts).map(|(_, given)| match given.points {
            Some(points) => Cow::Owned(self.say("points", &[("points", &points_text(points))])),
            None => Cow::Borrowed(self.word("not_applicable")),
        });
        points.collect::<Vec<_>>().join(self.word("comma"))
    }

    fn channels(&self, pieces: &[Piece]) -> String {
        let came = pieces.iter().filter(|piece| piece.source.is_some());
        let shown = came.filter(|piece| !self.keeps_back_piece(piece));
        let mut channels: Vec<_> = shown.map(|piece| piece.channel).collect();
        channels.sort_unstable();
        channels.dedup();
        let names: Vec<_> =
            channels.iter().map(|channel| self.inline(channel.label(self.language))).collect();
        if names.is_empty() {
            return String::new();
        }
        self.say("channels_public", &[("channels", &names.join(self.word("comma")))])
    }

    fn piece(&self, piece: &Piece) -> Explanation {
        let text = piece.sentence(self.input.rubric, self.language);
        let record = piece.source.map(|place| self.record_mark(place)).unwrap_or_default();
        let hidden = |note: &&FindingNote| piece.source.is_some_and(|source| self.is_hidden(source, note));
        let shown = piece.findings.iter().filter(|note| !hidden(note));
        let because = shown.map(|note| Explanation::leaf(self.finding(note))).collect();
        Explanation { text: self.say("piece", &[("text", &text), ("record", &record)]), because }
    }

    fn finding(&self, note: &FindingNote) -> String {
        let shown =
            FindingNote { text: note.text.as_deref().map(|text| self.free_text(text)), ..note.clone() };
        shown.sentence(self.language)
    }
}
