//! 机构检查 inspection of a workstation or a centre, announced or not (domain 10.1, 11.9; seeds 002, 004).

use super::attachment::Attachment;
use super::common::{Finding, ItemState, Origin};
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, ItemId, Keyed, Narrative, PointsHundredths, ShortText};
use crate::clock::Moment;
use crate::id::{OrganisationId, PersonId};
use crate::{codes, field_group, record_kind};

codes! {
    /// How it is inspected 检查方式 (domain 10.2).
    InspectionWay as "inspection_way" {
        SelfCheck = "self_check",
        SpotCheck = "spot_check",
        Announced = "announced",
        Unannounced = "unannounced",
        Acceptance = "acceptance",
    }

    /// What came of it 检查结果.
    InspectionResult as "inspection_result" {
        MeetsStandard = "meets_standard",
        ToRectify = "to_rectify",
        FailsStandard = "fails_standard",
    }
}

field_group! {
    /// What is inspected.
    InspectionSubject {
        /// The workstation or centre.
        organisation: OrganisationId,
        /// The content hash of the standard.
        standard: ShortText,
    }

    /// The facts of the inspection.
    InspectionFacts {
        /// How.
        way: InspectionWay,
        /// When it began.
        began_at: Moment,
        /// When it ended.
        ended_at: Moment,
        /// Who received the inspectors, name and post.
        received_by: ShortText,
        /// What came of it.
        result: InspectionResult,
        /// By when what is wrong is to be put right.
        rectify_by: Moment,
    }
}

record_kind! {
    /// The shared record of one inspection.
    Inspection = "inspection" version 1 Shared {
        /// What is inspected.
        subject: InspectionSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The facts.
        facts: InspectionFacts, since 1;
        /// Points by item of the standard, in hundredths.
        points: Keyed<ItemId, PointsHundredths>, since 1;
        /// Items that were not scored, and why.
        states: Keyed<ItemId, ItemState>, since 1;
        /// What was seen at an item.
        remarks: Keyed<ItemId, ShortText>, since 1;
        /// Findings, add-only.
        findings: Entries<Finding>, since 1;
        /// The inspection, in words.
        narrative: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for Inspection {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        unfilled(&[
            ("subject/organisation", self.subject.organisation.is_none()),
            ("facts/way", self.facts.way.is_none()),
            ("facts/began_at", self.facts.began_at.is_none()),
            ("facts/result", self.facts.result.is_none()),
            ("points", self.points.is_empty() && self.states.is_empty()),
        ])
    }
}
