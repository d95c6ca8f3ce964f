//! Vetoes and stops, as each view may show them.

use super::{Explanation, Teller, View};
use crate::evidence::{AllegationGround, FindingNote, Piece};
use crate::grading::outcome::Stop;
use crate::grading::veto::{VetoOutcome, VetoState};
use crate::record::complaint_intake::ComplaintIntake;
use crate::record::scoresheet::VetoCode;
use crate::record::shape::RecordKind;
use crate::rubric::Channel;

impl Teller<'_> {
    pub(super) fn stops(&self) -> Vec<Explanation> {
        let stops = self.input.outcome.stops.iter().filter(|stop| match stop {
            Stop::PendingVeto { code } => !self.keeps_back(*code, VetoState::Alleged),
            Stop::NeedsReReview { .. } | Stop::NeedsSpotCheck => true,
        });
        stops.map(|stop| Explanation::leaf(stop.text(self.language))).collect()
    }

    pub(super) fn vetoes(&self) -> Vec<Explanation> {
        let shown = self.input.outcome.vetoes.iter().filter(|veto| match self.view {
            View::Full => true,
            View::Undertaker => !self.keeps_back(veto.code, veto.state),
            // The public learns what decided, not what was alleged.
            View::Public => veto.state == VetoState::Verified,
        });
        shown.map(|veto| self.veto(veto)).collect()
    }

    /// Whether a finding would give away an allegation that this view keeps back.
    pub(super) fn is_hidden(&self, source: usize, note: &FindingNote) -> bool {
        if self.is_kept_back(source) {
            return true;
        }
        let first = self.input.evidence.sources.get(source).map(|source| source.first);
        self.input.outcome.vetoes.iter().any(|veto| {
            let of_note = veto.allegation.as_ref().is_some_and(|allegation| {
                allegation.key.entry == Some(note.entry) && Some(allegation.key.document) == first
            });
            of_note && self.keeps_back(veto.code, veto.state)
        })
    }

    /// Whether a record does not show in this view at all: a complaint reaches the undertaker through the
    /// complaint procedure only (domain 6.3), and the public not by this way.
    pub(super) fn is_kept_back(&self, source: usize) -> bool {
        let kind = self.input.evidence.sources.get(source).map(|source| source.provenance.kind.as_str());
        self.view != View::Full && kind == Some(ComplaintIntake::SHAPE.code)
    }

    /// The same of a piece of evidence.
    pub(super) fn keeps_back_piece(&self, piece: &Piece) -> bool {
        piece.source.is_some_and(|source| self.is_kept_back(source))
    }

    fn keeps_back(&self, code: VetoCode, state: VetoState) -> bool {
        let hidden = self.input.rubric.vetoes().get(code).is_some_and(|veto| veto.hidden_until_verified);
        self.view != View::Full && hidden && state != VetoState::Verified
    }

    fn veto(&self, veto: &VetoOutcome) -> Explanation {
        let label = self.input.rubric.vetoes().get(veto.code).map(|veto| veto.label.get(self.language));
        let ground = match &veto.allegation {
            // While it is not proved, the undertaker does not learn what a recipient has said.
            Some(allegation)
                if self.view == View::Undertaker
                    && allegation.channel == Channel::ReturnVisit
                    && veto.state != VetoState::Verified =>
            {
                String::new()
            }
            Some(allegation) if self.view != View::Public => {
                self.say("veto_ground", &[("ground", &self.ground(&allegation.ground))])
            }
            _ => String::new(),
        };
        let values = [
            ("code", veto.code.code()),
            ("label", label.unwrap_or_else(|| veto.code.label(self.language))),
            ("state", &*self.inline(veto.state.label(self.language))),
            ("ground", &ground),
        ];
        // Only the full view tells how it came to stand so.
        let told = match self.view {
            View::Full => veto.rulings.as_slice(),
            View::Undertaker => veto.rulings.last().map(std::slice::from_ref).unwrap_or_default(),
            View::Public => &[],
        };
        let rulings = told.iter().map(|ruling| {
            let state = self.inline(ruling.state.label(self.language));
            let values = [("state", &*state), ("text", &*self.free_text(&ruling.ground))];
            Explanation::leaf(self.say("ruling", &values))
        });
        Explanation { text: self.say("veto", &values), because: rulings.collect() }
    }

    fn ground(&self, ground: &AllegationGround) -> String {
        match ground {
            AllegationGround::Fact(fact) => {
                self.say("alleged_by_fact", &[("fact", &*self.inline(fact.label(self.language)))])
            }
            AllegationGround::Answer { question, answer } => self.say(
                "alleged_by_answer",
                &[("question", question.as_str()), ("answer", &*self.inline(answer.get(self.language)))],
            ),
            AllegationGround::Assessor { text } => {
                self.say("alleged_by_assessor", &[("text", &self.free_text(text))])
            }
            AllegationGround::GraveFinding { defect, text } => {
                let defect = self.inline(defect.map_or("", |defect| defect.label(self.language)));
                let text =
                    text.as_deref().map(|text| format!("{}{}", self.word("semicolon"), self.free_text(text)));
                let values = [("defect", &*defect), ("text", text.as_deref().unwrap_or_default())];
                self.say("alleged_by_finding", &values)
            }
        }
    }
}
