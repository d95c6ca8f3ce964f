//! 旁听评分表 observer sheet: scores and notes of one observer on one undertaker in one case.
//!
//! Independent by law of practice (domain 0.6): exactly one writer, sealed on finishing.

use super::attachment::PaperScan;
use super::common::{Finding, ItemState, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, ItemId, Keyed, Narrative, PointsHundredths, ShortText};
use crate::id::{CaseId, DocumentId, HearingId, PersonId, UndertakerId};
use crate::{field_group, record_kind};

field_group! {
    /// What the sheet is about.
    ObserverSheetSubject {
        /// The attendance that it belongs to.
        attendance: DocumentId,
        /// The hearing.
        hearing: HearingId,
        /// The case.
        case: CaseId,
        /// The undertaker who is observed.
        undertaker: UndertakerId,
        /// The content hash of the observer sheet's rubric.
        rubric: ShortText,
    }
}

record_kind! {
    /// One observer's sheet.
    ObserverSheet = "observer_sheet" version 1 SingleWriter {
        /// What it is about.
        subject: ObserverSheetSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// Points per item, in hundredths.
        points: Keyed<ItemId, PointsHundredths>, since 1;
        /// Items that were not scored, and why; an item with points needs no state.
        states: Keyed<ItemId, ItemState>, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// The observer's comment.
        comment: Narrative, since 1;
        /// The paper, scanned after the observer has left.
        attachments: Entries<PaperScan>, since 1;
    }
}

impl Complete for ObserverSheet {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        let required = [
            ("subject/attendance", self.subject.attendance.is_none()),
            ("subject/case", self.subject.case.is_none()),
            ("subject/undertaker", self.subject.undertaker.is_none()),
            ("subject/rubric", self.subject.rubric.is_none()),
            ("points", self.points.is_empty()),
            // A transcript says when its paper was written.
            (
                "origin/observed_at",
                self.origin.transcribed_for.is_some() && self.origin.observed_at.is_none(),
            ),
        ];
        unfilled(&required)
    }
}
