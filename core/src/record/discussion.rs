//! 重大疑难案件集体讨论 collective discussion of a major or difficult case (domain 3.5).
//!
//! Opinions are each member's own; the scheme is written together and binds the undertaker.

use super::attachment::Attachment;
use super::common::Origin;
use super::edit::{FieldPath, unfilled};
use super::shape::{Complete, Entries, Keyed, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// Why it is discussed 讨论事由 (domain 10.2).
    DiscussionGround as "discussion_ground" {
        DoubtfulEvidenceOrLaw = "doubtful_evidence_or_law",
        GroupCase = "group_case",
        GreatInfluence = "great_influence",
        Complicated = "complicated",
        Protest = "protest",
        DeathOrLife = "death_or_life",
        DirectorDecides = "director_decides",
    }

    /// Where a member stands.
    MemberState as "member_state" {
        Present = "present",
        Signed = "signed",
        Absent = "absent",
    }

    /// How an opinion stands to the scheme.
    Stance as "stance" {
        Agrees = "agrees",
        Differs = "differs",
        Reserves = "reserves",
    }
}

field_group! {
    /// What is discussed.
    DiscussionSubject {
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
    }

    /// The facts of the meeting.
    DiscussionFacts {
        /// Why.
        ground: DiscussionGround,
        /// When it began.
        held_at: Moment,
        /// When it ended.
        ended_at: Moment,
        /// Where.
        place: ShortText,
    }

    /// An expert who was heard.
    Expert {
        /// Name.
        name: ShortText,
        /// Post.
        post: ShortText,
    }

    /// One member's opinion.
    Opinion {
        /// Whose.
        by: PersonId,
        /// How it stands to the scheme.
        stance: Stance,
        /// In words.
        text: ShortText,
    }
}

record_kind! {
    /// The shared record of one discussion.
    Discussion = "discussion" version 1 Shared {
        /// What is discussed.
        subject: DiscussionSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The facts of the meeting.
        facts: DiscussionFacts, since 1;
        /// Each member's state.
        members: Keyed<PersonId, MemberState>, since 1;
        /// Experts, add-only.
        experts: Entries<Expert>, since 1;
        /// 案情.
        outline: Narrative, since 1;
        /// 案件主体.
        parties: Narrative, since 1;
        /// 法律关系.
        legal_relation: Narrative, since 1;
        /// 法律适用.
        law: Narrative, since 1;
        /// Opinions, add-only.
        opinions: Entries<Opinion>, since 1;
        /// 多数意见.
        majority: Narrative, since 1;
        /// 保留意见.
        dissent: Narrative, since 1;
        /// 承办方案, which binds the undertaker.
        scheme: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for Discussion {
    fn missing(&self, assigned: &[PersonId]) -> Vec<FieldPath> {
        let mut missing = unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("facts/ground", self.facts.ground.is_none()),
            ("facts/held_at", self.facts.held_at.is_none()),
            ("opinions", self.opinions.is_empty()),
            ("scheme", self.scheme.0.trim().is_empty()),
        ]);
        let done = |person: &PersonId| {
            matches!(self.members.get(person), Some(MemberState::Signed | MemberState::Absent))
        };
        missing.extend(
            assigned
                .iter()
                .filter(|person| !done(person))
                .map(|person| FieldPath::new(["members", &person.to_string()])),
        );
        missing
    }
}
