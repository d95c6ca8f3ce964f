//! 走访办案机关 court visit: one visit to a court, procuratorate, police station or arbitration body,
//! with opinions on many undertakers and cases.
//!
//! Fields: domain 3.3 and 10.1 (form 31; the three ratings of the real system, F15). The ratings are
//! the questionnaire's answers, under the same codes.

use super::attachment::Attachment;
use super::common::{Finding, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, Narrative, ShortText};
use crate::case::OrganKind;
use crate::clock::Moment;
use crate::id::{CaseId, HearingId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// Why 走访事项 (domain 3.3).
    CourtVisitPurpose as "court_visit_purpose" {
        SingleCase = "single_case",
        ManyUndertakers = "many_undertakers",
        /// On the spot, after a hearing.
        AfterHearing = "after_hearing",
        ByLetter = "by_letter",
    }

    /// A rating 意见等级 (domain 10.2).
    OrganRating as "organ_rating" {
        Good = "good",
        FairlyGood = "fairly_good",
        Average = "average",
        Poor = "poor",
        NotRated = "not_rated",
    }

    /// A rating of dedication 职业精神, with the one statement that alleges a veto.
    DedicationRating as "dedication_rating" {
        Good = "good",
        FairlyGood = "fairly_good",
        Average = "average",
        Poor = "poor",
        DidNotReadOrAppear = "did_not_read_or_appear",
        NotRated = "not_rated",
    }

    /// Whether a written opinion was filed 书面意见.
    OpinionFiling as "opinion_filing" {
        InTime = "in_time",
        Late = "late",
        None = "none",
        NotRated = "not_rated",
    }

    /// What became of the undertaker's opinion 意见采纳 (domain 10.2).
    Adoption as "adoption" {
        All = "all",
        Part = "part",
        None = "none",
        NotApplicable = "not_applicable",
        Pending = "pending",
    }

    /// What else was said.
    OrganRemark as "organ_remark" {
        Given = "given",
        LeakReported = "leak_reported",
    }
}

field_group! {
    /// What the visit is read with.
    CourtVisitSubject {
        /// The hearing after which the court was asked on the spot.
        hearing: HearingId,
        /// The content hash of the questionnaire.
        questionnaire: ShortText,
    }

    /// The head of the record.
    CourtVisitFacts {
        /// What organ.
        organ_kind: OrganKind,
        /// Its name.
        organ: ShortText,
        /// Division or tribunal.
        division: ShortText,
        /// Why.
        purpose: CourtVisitPurpose,
        /// When they were there.
        visited_at: Moment,
        /// Who was met, name and post. Never shown to an undertaker.
        met: ShortText,
        /// When a letter was sent 致函.
        letter_sent_at: Moment,
        /// When the reply came 回函.
        replied_at: Moment,
    }

    /// 征询意见 opinion line: what the organ says of one undertaker in one case.
    OpinionLine {
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
        /// 诉讼礼仪.
        manners: OrganRating,
        /// 专业素养.
        skill: OrganRating,
        /// 职业精神.
        dedication: DedicationRating,
        /// 书面意见.
        filing: OpinionFiling,
        /// 意见采纳.
        adoption: Adoption,
        /// 意见建议.
        remark: OrganRemark,
        /// The same in words, without the judge's name.
        text: ShortText,
        /// Taken back by who wrote it; lines are never removed.
        withdrawn: bool,
    }
}

record_kind! {
    /// The shared record of one visit.
    CourtVisit = "court_visit" version 1 Shared {
        /// What it is read with.
        subject: CourtVisitSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The head.
        facts: CourtVisitFacts, since 1;
        /// Opinion lines, add-only.
        lines: Entries<OpinionLine>, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// The talk, in words.
        narrative: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl OpinionLine {
    /// The line's answers: the name of the field, by which a questionnaire's question finds its
    /// answer, and the code.
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        [
            ("manners", self.manners.map(OrganRating::code)),
            ("skill", self.skill.map(OrganRating::code)),
            ("dedication", self.dedication.map(DedicationRating::code)),
            ("filing", self.filing.map(OpinionFiling::code)),
            ("adoption", self.adoption.map(Adoption::code)),
            ("remark", self.remark.map(OrganRemark::code)),
        ]
        .into_iter()
        .filter_map(|(field, code)| Some((field, code?)))
    }
}

impl Complete for CourtVisit {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        let by_letter = self.facts.purpose == Some(CourtVisitPurpose::ByLetter);
        let mut missing = unfilled(&[
            ("facts/organ_kind", self.facts.organ_kind.is_none()),
            ("facts/organ", self.facts.organ.is_none()),
            ("facts/purpose", self.facts.purpose.is_none()),
            ("facts/visited_at", !by_letter && self.facts.visited_at.is_none()),
            ("facts/replied_at", by_letter && self.facts.replied_at.is_none()),
            ("lines", self.lines.is_empty()),
        ]);
        for (id, line) in self.lines.iter().filter(|(_, line)| line.withdrawn != Some(true)) {
            for (field, absent) in [("case", line.case.is_none()), ("undertaker", line.undertaker.is_none())]
            {
                if absent {
                    missing.push(FieldPath::new(["lines", &id.to_string(), field]));
                }
            }
        }
        missing
    }
}
