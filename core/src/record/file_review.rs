//! 案卷检查 file review: the papers of a closed file and their defects.
//!
//! Mostly desk work, but without it no grade can be given (domain 0.1). Papers: domain 3.6.

use super::attachment::Attachment;
use super::common::{Finding, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, ItemId, Keyed, Narrative};
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// The papers that a file may hold (domain 3.6).
    Paper as "paper" {
        AssignmentNotice = "assignment_notice",
        AgencyAgreement = "agency_agreement",
        PowerOfAttorney = "power_of_attorney",
        InterviewRecord = "interview_record",
        MeetingCertificate = "meeting_certificate",
        MeetingRecord = "meeting_record",
        FileReadingNotes = "file_reading_notes",
        Evidence = "evidence",
        Submission = "submission",
        HearingRecord = "hearing_record",
        Judgment = "judgment",
        Pleading = "pleading",
        Settlement = "settlement",
        MediationDocument = "mediation_document",
        RetrialApplication = "retrial_application",
        ArbitrationApplication = "arbitration_application",
        WrittenOpinion = "written_opinion",
        CivilClaimInCriminalCase = "civil_claim_in_criminal_case",
        ClosingReport = "closing_report",
        Other = "other",
    }

    /// How a paper stands in the file.
    PaperState as "paper_state" {
        Present = "present",
        Defective = "defective",
        Missing = "missing",
        NotRequired = "not_required",
    }

    /// How well the file meets an item. What share each is worth stands in the rubric's evidence map.
    Mark as "mark" {
        Full = "full",
        Mostly = "mostly",
        Half = "half",
        Little = "little",
        None = "none",
        NotApplicable = "not_applicable",
        NotObserved = "not_observed",
    }
}

field_group! {
    /// What the review is of.
    FileReviewSubject {
        /// The case.
        case: CaseId,
        /// The undertaker whose work is in the file.
        undertaker: UndertakerId,
    }
}

record_kind! {
    /// One reviewer's check of one file.
    FileReview = "file_review" version 1 SingleWriter {
        /// What it is of.
        subject: FileReviewSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The papers.
        papers: Keyed<Paper, PaperState>, since 1;
        /// How well the file meets each rubric item.
        marks: Keyed<ItemId, Mark>, since 1;
        /// Defects, add-only; a deduction in one comes off its item.
        findings: Entries<Finding>, since 1;
        /// The reviewer's comment.
        comment: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for FileReview {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        let required = [
            ("subject/case", self.subject.case.is_none()),
            ("subject/undertaker", self.subject.undertaker.is_none()),
            ("marks", self.marks.is_empty()),
        ];
        unfilled(&required)
    }
}
