//! 法律援助案件 a legal aid case (domain 10.1).

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::id::{CaseId, OrganisationId, PersonId, ProviderId, UndertakerId};
use crate::people::relation::{CaseTies, RelationGround};

codes! {
    /// What a case is about 案件类型 (domain 10.2).
    CaseKind as "case_kind" {
        Criminal = "criminal",
        Civil = "civil",
        Administrative = "administrative",
        StateCompensation = "state_compensation",
        LabourArbitration = "labour_arbitration",
        NonLitigation = "non_litigation",
        Enforcement = "enforcement",
        DutyCounsel = "duty_counsel",
    }

    /// Where a case stands in the procedure 阶段 (domain 10.2).
    Stage as "stage" {
        Investigation = "investigation",
        ProsecutionReview = "prosecution_review",
        Trial1 = "trial_1",
        Trial2 = "trial_2",
        Retrial = "retrial",
        DeathReview = "death_review",
        Arbitration = "arbitration",
        Mediation = "mediation",
        Enforcement = "enforcement",
    }

    /// Where a case stands at the centre 案件状态 (domain 10.2).
    CaseStatus as "case_status" {
        PendingReview = "pending_review",
        PendingApproval = "pending_approval",
        PendingAssignment = "pending_assignment",
        InProgress = "in_progress",
        PendingClosingReview = "pending_closing_review",
        Closed = "closed",
        Archived = "archived",
        Terminated = "terminated",
    }

    /// How a case came to the centre 来源 (legal aid law 25, 28, 31, 36).
    CaseSource as "case_source" {
        Application = "application",
        Notice = "notice",
    }

    /// The form of aid 援助形式 (legal aid law 22).
    AidForm as "aid_form" {
        CriminalDefence = "criminal_defence",
        CriminalRepresentation = "criminal_representation",
        LitigationRepresentation = "litigation_representation",
        NonLitigationRepresentation = "non_litigation_representation",
        LabourDisputeRepresentation = "labour_dispute_representation",
        DutyCounsel = "duty_counsel",
        Drafting = "drafting",
    }

    /// What the handling organ is 办案机关类型 (domain 10.2).
    OrganKind as "organ_kind" {
        Court = "court",
        Procuratorate = "procuratorate",
        Police = "police",
        StateSecurity = "state_security",
        LabourArbitration = "labour_arbitration",
        Administrative = "administrative",
        Other = "other",
    }
}

/// The handling organ 办案机关.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organ {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganKind,
}

/// What steers sampling and planning (domain 10.1, 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaseFlags {
    /// A group case 群体性: always attended.
    pub group: bool,
    /// A major case 重大: always attended.
    pub major: bool,
    /// A difficult case 疑难.
    pub difficult: bool,
    /// Plea leniency 认罪认罚: out of the sample of an evaluation (practice F31).
    pub plea_leniency: bool,
    /// Ended before its time 终止: out of the sample.
    pub terminated: bool,
    /// Touches state secrets 涉密: never leaves the server's metadata list (domain 10.3, rule 9).
    pub secret: bool,
}

/// Who undertakes a case, and for which provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseUndertaker {
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// The provider that the case was assigned to.
    pub provider: ProviderId,
}

/// A legal aid case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The organisation that accepted it.
    pub organisation: OrganisationId,
    /// The centre's own number 援助案号: the natural key within the organisation.
    pub case_no: String,
    /// The handling organ's number 办案机关案号, once there is one.
    pub organ_case_no: Option<String>,
    /// What it is about.
    pub kind: CaseKind,
    /// Where it stands in the procedure; nothing where there is none.
    pub stage: Option<Stage>,
    /// The cause of action or the charge 案由.
    pub cause: String,
    /// How it came.
    pub source: CaseSource,
    /// The form of aid.
    pub aid_form: Option<AidForm>,
    /// Where it stands at the centre.
    pub status: CaseStatus,
    /// Who undertakes it.
    pub undertakers: Vec<CaseUndertaker>,
    /// The recipients' names. Staff only; never in a task, a log or a number for others.
    pub recipients: Vec<String>,
    /// The handling organ.
    pub organ: Option<Organ>,
    /// The day on which it was assigned.
    pub assigned_on: Option<Date>,
    /// The day on which it was closed.
    pub closed_on: Option<Date>,
    /// The day on which the file was archived.
    pub archived_on: Option<Date>,
    /// How it was closed 结案方式.
    pub close_method: Option<String>,
    /// What it achieved 援助效果.
    pub effect: Option<String>,
    /// What steers sampling and planning.
    pub flags: CaseFlags,
    /// The undertaker's first aid case: always attended (practice F44).
    pub first_case_of_undertaker: bool,
}

impl Case {
    /// What ties it to people. Providers of the undertakers of today and declared relations come
    /// from rows of their own.
    pub fn ties(
        &self,
        providers_now: impl IntoIterator<Item = ProviderId>,
        related: impl IntoIterator<Item = (PersonId, RelationGround)>,
    ) -> CaseTies {
        let mut providers: BTreeSet<ProviderId> = self.undertakers.iter().map(|u| u.provider).collect();
        providers.extend(providers_now);
        CaseTies {
            undertakers: self.undertakers.iter().map(|u| u.undertaker).collect(),
            providers,
            related: related.into_iter().collect(),
        }
    }

    /// Whether criminal procedure governs its hearings.
    pub const fn is_criminal(&self) -> bool {
        matches!(self.kind, CaseKind::Criminal | CaseKind::DutyCounsel)
    }
}
