//! 案件质量跟踪卡 quality tracking card: what the recipient ticks at each stage of the case.
//!
//! The card itself is paper in the recipient's hand; staff enter it when it comes back (domain 3.2).

use super::attachment::Attachment;
use super::common::{Finding, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What the card asks about 跟踪事项 (domain 3.2).
    TrackingStepKind as "tracking_step_kind" {
        Meeting = "meeting",
        Told = "told",
        Fee = "fee",
        Attended = "attended",
        Notified = "notified",
        Served = "served",
    }

    /// What the recipient ticked.
    Tick as "tick" {
        Yes = "yes",
        No = "no",
        NotTicked = "not_ticked",
    }

    /// How the recipient signed 受援人确认.
    RecipientMark as "recipient_mark" {
        Signature = "signature",
        Fingerprint = "fingerprint",
        OnBehalf = "on_behalf",
        None = "none",
    }
}

field_group! {
    /// What the card is about.
    TrackingCardSubject {
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
    }

    /// The card.
    TrackingCardFacts {
        /// The number printed on it.
        card_no: ShortText,
        /// When the recipient got it.
        issued_at: Moment,
        /// Whether the supervision telephone was pointed out.
        supervision_phone_told: bool,
        /// How the recipient signed.
        recipient_mark: RecipientMark,
        /// When it came back.
        returned_at: Moment,
    }

    /// One line of the card.
    TrackingStep {
        /// What is asked.
        step: TrackingStepKind,
        /// What was ticked.
        tick: Tick,
        /// When it happened, by the card.
        at: Moment,
        /// What the recipient wrote beside it.
        remark: ShortText,
    }
}

record_kind! {
    /// The shared record of one card.
    TrackingCard = "tracking_card" version 1 Shared {
        /// What it is about.
        subject: TrackingCardSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The card.
        facts: TrackingCardFacts, since 1;
        /// Its lines, add-only.
        steps: Entries<TrackingStep>, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// What else is to be said.
        narrative: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for TrackingCard {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("facts/issued_at", self.facts.issued_at.is_none()),
            ("facts/returned_at", self.facts.returned_at.is_none()),
            ("facts/recipient_mark", self.facts.recipient_mark.is_none()),
            ("steps", self.steps.is_empty()),
        ])
    }
}
