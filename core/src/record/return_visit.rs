//! 回访受援人 return visit: one assignment, many contact attempts, one questionnaire.
//!
//! Fields: domain 3.2 and 10.1; order of work: domain 7.2. A question about money is asked and
//! answered like the others, but what is alleged stands apart from the score (domain 10.3, rule 8).

use super::attachment::Attachment;
use super::common::{Finding, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{AmountFen, AnswerCode, Complete, Entries, ItemId, Keyed, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::people::VisitStage;
use crate::{codes, field_group, record_kind};

codes! {
    /// How the recipient is reached 回访方式 (domain 10.2).
    VisitWay as "visit_way" {
        Phone = "phone",
        Home = "home",
        Letter = "letter",
        TextMessage = "text_message",
        AtOffice = "at_office",
        Video = "video",
        ThirdParty = "third_party",
        /// On paper, by the rules of the place of detention.
        InCustody = "in_custody",
    }

    /// What came of an attempt 联系结果 (domain 10.2). Only `connected` counts as a contact.
    ContactOutcome as "contact_outcome" {
        Connected = "connected",
        NoAnswer = "no_answer",
        OutOfService = "out_of_service",
        NumberVoid = "number_void",
        SwitchedOff = "switched_off",
        Refused = "refused",
        NotThePerson = "not_the_person",
        Deceased = "deceased",
        Rescheduled = "rescheduled",
    }

    /// Who answered 应答人.
    Respondent as "respondent" {
        Recipient = "recipient",
        Guardian = "guardian",
        Family = "family",
    }

    /// How the answers are vouched for 确认方式.
    Verification as "verification" {
        Signature = "signature",
        Fingerprint = "fingerprint",
        CallRecord = "call_record",
        Reply = "reply",
        /// Nothing but the visitor's word.
        Unconfirmed = "unconfirmed",
    }
}

impl ContactOutcome {
    /// Whether the number is of no use, so that trying it again is no plan.
    pub const fn ends_the_number(self) -> bool {
        matches!(self, Self::OutOfService | Self::NumberVoid | Self::NotThePerson)
    }

    /// Whether nobody is to be tried again.
    pub const fn ends_the_attempts(self) -> bool {
        matches!(self, Self::Connected | Self::Refused | Self::Deceased)
    }
}

field_group! {
    /// What the visit is about.
    ReturnVisitSubject {
        /// The case.
        case: CaseId,
        /// The undertaker whose work the recipient is asked about.
        undertaker: UndertakerId,
        /// The content hash of the questionnaire.
        questionnaire: ShortText,
    }

    /// One attempt to reach the recipient. It happened, so it is never changed into another.
    ContactAttempt {
        /// When.
        at: Moment,
        /// How.
        way: VisitWay,
        /// What came of it.
        outcome: ContactOutcome,
        /// Who tried.
        by: PersonId,
        /// When it is to be tried again.
        next_at: Moment,
        /// In words.
        remark: ShortText,
    }

    /// The facts of the talk.
    ReturnVisitFacts {
        /// The point of the case.
        stage: VisitStage,
        /// How the answers came.
        way: VisitWay,
        /// Who answered.
        respondent: Respondent,
        /// How a guardian or relative stands to the recipient.
        respondent_relation: ShortText,
        /// Whether the notice on the talk and on personal data was read out first.
        notice_read: bool,
        /// The language or interpreter that was needed.
        interpreter: ShortText,
        /// How the answers are vouched for.
        verification: Verification,
        /// The firm that asked on the centre's behalf.
        third_party: ShortText,
        /// Whether the recipient wants another undertaker (form 16; Legal Aid Law art. 55).
        wants_other_undertaker: bool,
    }

    /// Safety of a visit at home: in pairs, with a time at which both are back.
    HomeVisit {
        /// Who came along.
        companion: PersonId,
        /// When they set out.
        set_out_at: Moment,
        /// When they mean to be back; later than that somebody is alerted.
        expected_back_at: Moment,
        /// When they were back.
        back_at: Moment,
    }

    /// What is said about money 收受财物, apart from the score: it opens a complaint and a veto that is
    /// alleged, and stays hidden from the undertaker.
    MoneyAllegation {
        /// How much, in fen.
        amount_fen: AmountFen,
        /// When it was given.
        given_at: Moment,
        /// To whom.
        given_to: ShortText,
        /// For what, and what is there to prove it.
        detail: ShortText,
    }
}

record_kind! {
    /// The shared record of one return visit.
    ReturnVisit = "return_visit" version 1 Shared {
        /// What it is about.
        subject: ReturnVisitSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// Attempts, add-only.
        attempts: Entries<ContactAttempt>, since 1;
        /// The facts of the talk.
        facts: ReturnVisitFacts, since 1;
        /// Safety of a visit at home.
        home: HomeVisit, since 1;
        /// Answers by question, as codes of the questionnaire.
        answers: Keyed<ItemId, AnswerCode>, since 1;
        /// What was said to a question.
        remarks: Keyed<ItemId, ShortText>, since 1;
        /// What is said about money.
        money: MoneyAllegation, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// Suggestions 意见建议.
        suggestion: Narrative, since 1;
        /// The talk, in words.
        narrative: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl ReturnVisit {
    /// Whether somebody was reached.
    pub fn is_connected(&self) -> bool {
        self.attempts.values().any(|attempt| attempt.outcome == Some(ContactOutcome::Connected))
    }
}

impl Complete for ReturnVisit {
    fn missing(&self, assigned: &[PersonId]) -> Vec<FieldPath> {
        let (connected, facts, home) = (self.is_connected(), &self.facts, &self.home);
        let at_home = facts.way == Some(VisitWay::Home);
        // Two go, and both were sent.
        let in_pairs = assigned.len() > 1 && home.companion.is_some_and(|person| assigned.contains(&person));
        unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("attempts", self.attempts.is_empty()),
            ("facts/stage", facts.stage.is_none()),
            ("facts/way", connected && facts.way.is_none()),
            ("facts/respondent", connected && facts.respondent.is_none()),
            ("facts/notice_read", connected && facts.notice_read != Some(true)),
            ("facts/verification", connected && facts.verification.is_none()),
            ("answers", connected && self.answers.is_empty()),
            ("home/companion", at_home && !in_pairs),
            ("home/back_at", at_home && home.back_at.is_none()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_who_were_sent_go_to_a_recipients_home() {
        let [lead, visitor, stranger] = [1, 2, 3].map(|nth| PersonId::from_bytes([nth; 16]));
        let lacks_companion = |companion: Option<PersonId>, assigned: &[PersonId]| {
            let mut visit = ReturnVisit::default();
            visit.facts.way = Some(VisitWay::Home);
            visit.home.companion = companion;
            visit.missing(assigned).contains(&FieldPath::new(["home", "companion"]))
        };
        assert!(!lacks_companion(Some(visitor), &[lead, visitor]));
        assert!(lacks_companion(None, &[lead, visitor]));
        assert!(lacks_companion(Some(stranger), &[lead, visitor]), "nobody sent them");
        assert!(lacks_companion(Some(lead), &[lead]), "one alone is no pair");
    }
}
