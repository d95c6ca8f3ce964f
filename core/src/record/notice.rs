//! 告知书 notice: what the recipient is told once, and the proof that it arrived.
//!
//! Fields: domain 10.1; that the undertaker tells rights, duties and risks: [seed 001].

use super::attachment::Attachment;
use super::common::Origin;
use super::edit::{FieldPath, unfilled};
use super::return_visit::Respondent;
use super::shape::{Complete, Entries, Narrative, ShortText};
use crate::clock::Moment;
use crate::id::{CaseId, PersonId, UndertakerId};
use crate::{codes, field_group, record_kind};

codes! {
    /// What is told 告知事项 (domain 10.1).
    NoticeTopic as "notice_topic" {
        RightsAndDuties = "rights_and_duties",
        UndertakerNamed = "undertaker_named",
        SupervisionPhone = "supervision_phone",
        PersonalInformation = "personal_information",
    }

    /// How it was delivered 送达方式.
    DeliveryWay as "delivery_way" {
        InPerson = "in_person",
        Post = "post",
        Electronic = "electronic",
        ByProxy = "by_proxy",
        ByInstitution = "by_institution",
    }

    /// What proves it 送达凭证.
    DeliveryProof as "delivery_proof" {
        Signature = "signature",
        Receipt = "receipt",
        Reply = "reply",
        Witness = "witness",
        None = "none",
    }
}

field_group! {
    /// What the notice is about.
    NoticeSubject {
        /// The case.
        case: CaseId,
        /// The undertaker.
        undertaker: UndertakerId,
    }

    /// The notice and its delivery.
    Delivery {
        /// What is told.
        topic: NoticeTopic,
        /// How it was delivered.
        way: DeliveryWay,
        /// When.
        delivered_at: Moment,
        /// To whom.
        received_by: Respondent,
        /// What proves it.
        proof: DeliveryProof,
        /// The telephone number under which the centre is watched over.
        supervision_phone: ShortText,
    }
}

record_kind! {
    /// One notice.
    Notice = "notice" version 1 SingleWriter each time {
        /// What it is about.
        subject: NoticeSubject, since 1;
        /// Where it comes from.
        origin: Origin, since 1;
        /// The notice and its delivery.
        delivery: Delivery, since 1;
        /// What it says beyond its form.
        content: Narrative, since 1;
        /// Attached files, add-only.
        attachments: Entries<Attachment>, since 1;
    }
}

impl Complete for Notice {
    fn missing(&self, _: &[PersonId]) -> Vec<FieldPath> {
        unfilled(&[
            ("subject/case", self.subject.case.is_none()),
            ("delivery/topic", self.delivery.topic.is_none()),
            ("delivery/way", self.delivery.way.is_none()),
            ("delivery/delivered_at", self.delivery.delivered_at.is_none()),
            ("delivery/proof", self.delivery.proof.is_none()),
        ])
    }
}
