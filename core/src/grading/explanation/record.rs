//! Records: the sealed documents at the bottom of the tree.

use super::person::office;
use super::{Explanation, Teller, View};
use crate::clock::Interval;
use crate::evidence::{Source, SourceState};
use crate::grading::outcome::RecordRef;
use crate::text::label;

impl Teller<'_> {
    pub(super) fn records(&self) -> Vec<Explanation> {
        self.input
            .evidence
            .sources
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.is_kept_back(*place))
            .map(|(place, source)| self.record(place, source))
            .collect()
    }

    /// The mark that points at a record of the evidence.
    pub(super) fn record_mark(&self, place: usize) -> String {
        self.say("record_mark", &[("nth", &(place + 1).to_string())])
    }

    /// A scoresheet is told by its heads; the undertaker needs them no less to prove it.
    pub(super) fn record_mark_of(&self, record: &RecordRef) -> String {
        self.say("record_mark", &[("nth", &self.heads(&record.heads))])
    }

    fn record(&self, place: usize, source: &Source) -> Explanation {
        let provenance = &source.provenance;
        let kind = label(self.language, "kind", kind_label(&provenance.kind)).unwrap_or(&provenance.kind);
        let (nth, person) = ((place + 1).to_string(), self.author(source));
        let (sealed, heads, state) =
            (self.sealed(&provenance.sealed), self.heads(&provenance.heads), self.state(source));
        let device = provenance.device.to_string();
        let observed =
            provenance.observed_at.map(|at| self.say("observed", &[("at", &at.minute_in_china())]));
        let transcribed = provenance.transcribed_for.map(|observer| {
            self.say("transcribed", &[("person", &self.by_office(office(source), observer))])
                + &self.confirmed(provenance.confirmed.as_ref())
        });
        let values = [
            ("nth", nth.as_str()),
            ("kind", &*self.inline(kind)),
            ("person", &person),
            ("transcribed", transcribed.as_deref().unwrap_or_default()),
            ("device", &device),
            ("sealed", &sealed),
            ("observed", observed.as_deref().unwrap_or_default()),
            ("heads", &heads),
            ("state", &state),
        ];
        // A device leads to its owner, so only the full view shows it.
        let key = if self.view == View::Full { "record" } else { "record_plain" };
        Explanation::leaf(self.say(key, &values))
    }

    fn state(&self, source: &Source) -> String {
        let amends = source.amends.map(|_| {
            let reason = source.amendment_reason.as_deref().map(|reason| self.free_text(reason));
            self.say("amends", &[("reason", reason.as_deref().unwrap_or_default())])
        });
        let state = match source.state {
            SourceState::Current => String::new(),
            SourceState::SupersededBy(_) => self.word("superseded").to_owned(),
            SourceState::SetAside(why) => {
                self.word("semicolon").to_owned() + &self.inline(why.label(self.language))
            }
        };
        amends.unwrap_or_default() + &state
    }

    fn heads(&self, heads: &[String]) -> String {
        let shown =
            heads.iter().map(|head| if self.view == View::Full { head.as_str() } else { short(head) });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// Whether the observer has said that the clerk's copy is true.
    fn confirmed(&self, confirmed: Option<&Interval>) -> String {
        let Some(Interval { not_before, not_after }) = confirmed else {
            return self.word("unconfirmed").to_owned();
        };
        let until = not_after.minute_in_china();
        match not_before {
            Some(from) => {
                self.say("confirmed_between", &[("from", &from.minute_in_china()), ("until", &until)])
            }
            None => self.say("confirmed_before", &[("until", &until)]),
        }
    }

    fn sealed(&self, sealed: &Interval) -> String {
        let until = sealed.not_after.minute_in_china();
        match sealed.not_before {
            Some(from) => self.say("sealed_between", &[("from", &from.minute_in_china()), ("until", &until)]),
            None => self.say("sealed_before", &[("until", &until)]),
        }
    }
}

fn short(head: &str) -> &str {
    head.get(..8).unwrap_or(head)
}

/// The kind's code as the locale knows it, where this version knows the kind.
fn kind_label(code: &str) -> &'static str {
    crate::record::shape_of(code).map_or("", |shape| shape.code)
}
