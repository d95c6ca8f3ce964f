//! 承办人答复 response: an undertaker or provider answers a rectification order, or makes a
//! representation against a grade (domain 4.3, 7.5).

use super::attachment::Attachment;
use super::common::Origin;
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What is answered 答复类型.
    ResponseKind as "response_kind" {
        /// 申辩 against a proposed grade.
        Representation = "representation",
        /// What is meant to be done about a rectification order 整改措施.
        RectificationPlan = "rectification_plan",
        /// What was done 整改结果.
        RectificationResult = "rectification_result",
        /// An explanation that somebody asked for.
        Explanation = "explanation",
    }
}

field_group! {
    /// What the response is about.
    ResponseSubject {
        /// The case.
        case: CaseId,
        /// The undertaker whose work it is about.
        undertaker: UndertakerId,
    }

    /// The facts of the response.
    ResponseFacts {
        /// What is answered.
        answers: ResponseKind,
        /// The number or id of the decision or order.
        refers_to: ShortText,
        /// When it was done.
        done_at: Moment,
        /// What is there to prove it.
        proof: ShortText,
    }
}

record_kind! {
    /// One response.
    Response = "response" version 1 SingleWriter {
        /// What it is about.
        subject: ResponseSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The facts.
        facts: ResponseFacts, since 1;
        /// Grounds, or measures and their result.
        statement: Narrative, since 1;
        /// What is asked for.
        request: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for Response {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("subject/undertaker", self.subject.undertaker.is_none()),
            ("facts/answers", self.facts.answers.is_none()),
            ("statement", self.statement.0.trim().is_empty()),
        ])
    }
}
