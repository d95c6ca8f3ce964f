//! 承办人庭前情况报告 pre-hearing report: what the undertaker says before a hearing, or regularly in a
//! long case. Three parts are mandatory: evidence, viewpoint, analysis [seed 001; domain 3.4, 7.4].
//!
//! It holds privileged strategy: it never travels to an outside observer's phone.

use super::attachment::Attachment;
use super::common::Origin;
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, DocumentId, HearingId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What gives rise to the report 报告类型.
    ReportOccasion as "report_occasion" {
        BeforeHearing = "before_hearing",
        Regular = "regular",
    }

    /// How far the file was read 阅卷情况.
    FileReading as "file_reading" {
        Whole = "whole",
        Part = "part",
        None = "none",
        NotApplicable = "not_applicable",
    }

    /// What staff make of a report 庭前报告状态 (domain 7.4, 10.2); returned stands in a return of its own.
    CheckState as "check_state" {
        Read = "read",
        Accepted = "accepted",
        SentToDiscussion = "sent_to_discussion",
    }
}

/// How a sealed report was checked last, as its writer's phone is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CheckedReport {
    /// The report.
    pub document: DocumentId,
    /// What staff make of it.
    pub state: CheckState,
}

field_group! {
    /// What the report is about.
    PreHearingReportSubject {
        /// The case.
        case: CaseId,
        /// The undertaker who reports.
        undertaker: UndertakerId,
        /// The hearing that comes.
        hearing: HearingId,
    }

    /// The facts of the report.
    PreHearingReportFacts {
        /// What gives rise to it.
        occasion: ReportOccasion,
        /// When the hearing is meant to be.
        planned_hearing_at: Moment,
        /// Before which court.
        court: ShortText,
        /// How far the file was read.
        file_reading: FileReading,
        /// Whether a collective discussion is asked for.
        wants_discussion: bool,
        /// Why (the grounds of domain 2.2).
        discussion_ground: ShortText,
        /// Whether the centre should step in somewhere.
        wants_coordination: bool,
        /// What it should do.
        coordination: ShortText,
    }

    /// A meeting with the recipient 会见.
    Meeting {
        /// When it began.
        at: Moment,
        /// When it ended.
        until: Moment,
        /// Where.
        place: ShortText,
        /// Whether police attended.
        police_attended: bool,
        /// What it was about.
        topic: ShortText,
    }
}

record_kind! {
    /// One undertaker's report.
    PreHearingReport = "pre_hearing_report" version 1 SingleWriter {
        /// What it is about.
        subject: PreHearingReportSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The facts.
        facts: PreHearingReportFacts, since 1;
        /// Meetings with the recipient, add-only.
        meetings: Entries<Meeting>, since 1;
        /// 证据收集情况, mandatory.
        evidence: Narrative, since 1;
        /// 代理（辩护）主要观点, mandatory.
        viewpoint: Narrative, since 1;
        /// 案件分析意见, mandatory.
        analysis: Narrative, since 1;
        /// 争议焦点.
        issues: Narrative, since 1;
        /// 风险.
        risks: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for PreHearingReport {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("subject/undertaker", self.subject.undertaker.is_none()),
            ("facts/occasion", self.facts.occasion.is_none()),
            ("evidence", self.evidence.0.trim().is_empty()),
            ("viewpoint", self.viewpoint.0.trim().is_empty()),
            ("analysis", self.analysis.0.trim().is_empty()),
        ])
    }
}
