//! 进展了解 progress contact: staff ask how a running case goes, and put right what can still be put
//! right [seed 001]. Fields: domain 10.1.

use super::attachment::Attachment;
use super::common::{Finding, Origin};
use super::edit::{FieldPath, unfilled};
use super::return_visit::VisitWay;
use super::shape::{Complete, Entries, Narrative};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// Who was asked 了解对象.
    ContactWith as "contact_with" {
        Recipient = "recipient",
        Undertaker = "undertaker",
    }
}

field_group! {
    /// What the contact is about.
    ProgressContactSubject {
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
    }

    /// The contact.
    ProgressContactFacts {
        /// When.
        at: Moment,
        /// With whom.
        with: ContactWith,
        /// How.
        way: VisitWay,
        /// By when what is wrong should be put right.
        correct_by: Moment,
        /// Whether it was.
        corrected: bool,
    }
}

record_kind! {
    /// One contact.
    ProgressContact = "progress_contact" version 1 SingleWriter each time {
        /// What it is about.
        subject: ProgressContactSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The contact.
        facts: ProgressContactFacts, since 1;
        /// How the case goes.
        progress: Narrative, since 1;
        /// What is wrong.
        problem: Narrative, since 1;
        /// What is done about it.
        correction: Narrative, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for ProgressContact {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("facts/at", self.facts.at.is_none()),
            ("facts/with", self.facts.with.is_none()),
            ("facts/way", self.facts.way.is_none()),
            ("progress", self.progress.0.is_empty()),
        ])
    }
}
