//! What several record kinds share: where a record comes from, and the findings in it.

use super::shape::{ItemId, PointsHundredths, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, DocumentId, PersonId, UndertakerId};
use crate::{codes, field_group};

codes! {
    /// How something seen in a court room was written down 记录方式 (domain 10.2).
    CaptureMode as "capture_mode" {
        PaperThenEntry = "paper_then_entry",
        DeviceText = "device_text",
        AfterMemory = "after_memory",
    }

    /// What became of the scan of a paper sheet.
    ScanState as "scan_state" {
        Pending = "pending",
        Attached = "attached",
    }

    /// What is wrong 问题类型 (domain 10.2).
    DefectCode as "defect_code" {
        MeetingLate = "meeting_late",
        MeetingUnfocused = "meeting_unfocused",
        NotesIncomplete = "notes_incomplete",
        FileNotRead = "file_not_read",
        EvidenceInsufficient = "evidence_insufficient",
        ClaimInapt = "claim_inapt",
        OpinionBoilerplate = "opinion_boilerplate",
        EvidenceNotAnalysed = "evidence_not_analysed",
        LawMisapplied = "law_misapplied",
        NoWrittenOpinion = "no_written_opinion",
        PassiveAtHearing = "passive_at_hearing",
        Manners = "manners",
        RecipientNotInformed = "recipient_not_informed",
        CentreNotInformed = "centre_not_informed",
        PapersMissing = "papers_missing",
        PapersOutOfForm = "papers_out_of_form",
        FiledLate = "filed_late",
        TookMoney = "took_money",
        Leak = "leak",
        Forgery = "forgery",
    }

    /// How grave a finding is 程度 (domain 10.2).
    Severity as "severity" {
        Hint = "hint",
        Ordinary = "ordinary",
        Serious = "serious",
        /// Touches a veto.
        Grave = "grave",
    }

    /// Whether an item was scored 计分状态 (domain 10.2).
    ItemState as "item_state" {
        Scored = "scored",
        NotApplicable = "not_applicable",
        NotObserved = "not_observed",
    }
}

field_group! {
    /// Where a record comes from: who wrote it down, for whom, how and when.
    Origin {
        /// Who writes a single-writer record. In a shared record nobody stands here: each change
        /// names its own writer.
        author: PersonId,
        /// The observer whose paper sheet a clerk has transcribed.
        transcribed_for: PersonId,
        /// How it was written down.
        capture_mode: CaptureMode,
        /// When it was seen.
        observed_at: Moment,
        /// When it was entered.
        entered_at: Moment,
        /// Whether the paper is kept.
        paper_kept: bool,
        /// What became of the scan.
        scan: ScanState,
        /// The sealed record that this one amends 更正.
        amends: DocumentId,
        /// Why it amends it.
        amendment_reason: ShortText,
    }

    /// A finding 发现: something seen that bears on quality. It stands in the record that saw it.
    Finding {
        /// The case that it is about.
        case: CaseId,
        /// The undertaker that it is about.
        undertaker: UndertakerId,
        /// What is wrong.
        defect: DefectCode,
        /// How grave it is.
        severity: Severity,
        /// In words.
        text: ShortText,
        /// The rubric item, where known.
        item: ItemId,
        /// Points that the rubric's deduction guide takes off the item, in hundredths.
        deduction_points: PointsHundredths,
        /// When it was seen.
        observed_at: Moment,
        /// Taken back by its writer; entries are never removed.
        withdrawn: bool,
    }
}
