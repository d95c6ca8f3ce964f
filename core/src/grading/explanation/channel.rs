//! Channels: which of the ways said what of the work, and how much of the score rests on it.

use std::collections::BTreeSet;

use super::{Explanation, Teller, View};
use crate::evidence::words::points_text;
use crate::evidence::{DefaultScore, Piece};
use crate::record::shape::PointsHundredths;
use crate::rubric::Channel;

impl Teller<'_> {
    /// A line for every channel that speaks.
    pub(super) fn channels_said(&self) -> Vec<Explanation> {
        Channel::ALL.iter().filter_map(|channel| self.channel_said(*channel)).map(Explanation::leaf).collect()
    }

    fn channel_said(&self, channel: Channel) -> Option<String> {
        let speaks = |piece: &&Piece| piece.channel == channel && !self.keeps_back_piece(piece);
        let (mut records, mut items, mut decides) = (BTreeSet::new(), 0_usize, 0_usize);
        let (mut points, mut of) = (PointsHundredths(0), PointsHundredths(0));
        for (evidence, item) in self.input.evidence.items.iter().zip(&self.input.rubric.items) {
            let said: Vec<&Piece> = evidence.pieces.iter().filter(speaks).collect();
            items += usize::from(!said.is_empty());
            records.extend(said.iter().filter_map(|piece| piece.source));
            match &evidence.default {
                DefaultScore::Scored { channel: by, points: scored, .. } if *by == channel => {
                    decides += 1;
                    points.0 += scored.0;
                    of.0 += item.points.0;
                }
                _ => {}
            }
        }
        if items == 0 {
            return None;
        }
        let absent = records.is_empty();
        // The public is told of channels, not of records, and not of points: where a channel is one
        // person's answer, points would be that answer.
        let marks: String = match self.view {
            View::Public => String::new(),
            _ => records.into_iter().map(|place| self.record_mark(place)).collect(),
        };
        let values = [
            ("channel", &*self.inline(channel.label(self.language))),
            ("records", marks.as_str()),
            ("items", &items.to_string()),
            ("decides", &decides.to_string()),
            ("points", &points_text(points)),
            ("of", &points_text(of)),
        ];
        let key = match (absent, self.view, decides) {
            (true, _, _) => "channel_absent",
            (_, View::Public, _) => "channel_public",
            (_, _, 0) => "channel_beside",
            _ => "channel",
        };
        Some(self.say(key, &values))
    }
}
