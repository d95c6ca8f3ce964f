//! 投诉登记 complaint intake: a complaint that staff take down in the field (domain 2.7, 10.1).
//!
//! Which case it is about may not be known yet; what becomes of it is the server's to say.

use super::attachment::Attachment;
use super::common::{Finding, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What is complained of 投诉事项 (domain 10.2).
    ComplaintGround as "complaint_ground" {
        TookMoney = "took_money",
        BelowStandard = "below_standard",
        ProgressNotTold = "progress_not_told",
        WrongIntake = "wrong_intake",
        WrongAssignment = "wrong_assignment",
        Idle = "idle",
        Abandoned = "abandoned",
        Leak = "leak",
        Other = "other",
    }

    /// How it was made 投诉方式.
    ComplaintWay as "complaint_way" {
        Oral = "oral",
        Phone = "phone",
        Written = "written",
        Online = "online",
        /// What a recipient says on a return visit.
        ReturnVisit = "return_visit",
    }

    /// Who complains 投诉人.
    Complainant as "complainant" {
        Recipient = "recipient",
        Guardian = "guardian",
        Family = "family",
        Other = "other",
    }
}

field_group! {
    /// What the complaint is about, where that is known.
    ComplaintSubject {
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
    }

    /// The complaint.
    ComplaintFacts {
        /// What is complained of.
        ground: ComplaintGround,
        /// How it was made.
        way: ComplaintWay,
        /// When it was received.
        received_at: Moment,
        /// Who complains.
        complainant: Complainant,
        /// Their name.
        complainant_name: ShortText,
        /// Where they can be reached.
        complainant_phone: ShortText,
        /// Whether they want to stay unnamed.
        unnamed: bool,
        /// Whom or what they complain of, in their words.
        respondent: ShortText,
        /// The case, in their words.
        case_no: ShortText,
        /// What papers are missing; told once, all together.
        missing_papers: ShortText,
        /// When that was told.
        missing_told_at: Moment,
    }
}

record_kind! {
    /// One complaint as it was taken down.
    ComplaintIntake = "complaint_intake" version 1 SingleWriter each time {
        /// What it is about.
        subject: ComplaintSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The complaint.
        facts: ComplaintFacts, since 1;
        /// What happened, as told.
        account: Narrative, since 1;
        /// What the complainant wants.
        demand: Narrative, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for ComplaintIntake {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        let unnamed = self.facts.unnamed == Some(true);
        unfilled(&[
            ("facts/ground", self.facts.ground.is_none()),
            ("facts/way", self.facts.way.is_none()),
            ("facts/received_at", self.facts.received_at.is_none()),
            ("facts/complainant_name", !unnamed && self.facts.complainant_name.is_none()),
            ("account", self.account.0.trim().is_empty()),
        ])
    }
}
