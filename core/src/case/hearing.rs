//! 开庭 a hearing of a case, with the facts that the legal gate asks for (domain 10.1).

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::codes;
use crate::id::{CaseId, HearingId};

codes! {
    /// Whether the public may come in 公开情况 (domain 10.2).
    Openness as "openness" {
        Public = "public",
        ClosedByLaw = "closed_by_law",
        ClosedOnApplication = "closed_on_application",
        /// Blocks until known.
        Unknown = "unknown",
    }

    /// What kind of sitting it is 开庭类型 (domain 10.2).
    HearingKind as "hearing_kind" {
        Trial = "trial",
        ProcuratorateHearing = "procuratorate_hearing",
        Arbitration = "arbitration",
        Mediation = "mediation",
        Judgment = "judgment",
    }

    /// What has become of it 开庭状态.
    HearingState as "hearing_state" {
        Scheduled = "scheduled",
        Held = "held",
        Postponed = "postponed",
        Cancelled = "cancelled",
    }

    /// The procedure 审判程序.
    Procedure as "procedure" {
        Ordinary = "ordinary",
        Summary = "summary",
        FastTrack = "fast_track",
        SmallClaims = "small_claims",
        Special = "special",
        Arbitration = "arbitration",
    }

    /// The instance 审级.
    Instance as "instance" {
        First = "first",
        Second = "second",
        Retrial = "retrial",
        DeathReview = "death_review",
    }

    /// A fact that may not be known yet.
    Known as "known" {
        Yes = "yes",
        No = "no",
        Unknown = "unknown",
    }
}

/// A hearing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// Its id.
    pub id: HearingId,
    /// The case that is heard. In a joint trial the subjects of an assignment may name further
    /// cases; the gate is asked for each.
    pub case: CaseId,
    /// What kind of sitting it is.
    pub kind: HearingKind,
    /// What has become of it.
    pub state: HearingState,
    /// The court, procuratorate or tribunal, by name.
    pub court: String,
    /// The court room.
    pub courtroom: Option<String>,
    /// When it begins.
    pub starts_at: Moment,
    /// The procedure.
    pub procedure: Option<Procedure>,
    /// The instance.
    pub instance: Option<Instance>,
    /// Whether the public may come in.
    pub openness: Openness,
    /// Whether a defendant is under 18 at trial; not asked in civil matters.
    pub defendant_under_18_at_trial: Known,
    /// Whether the record of the crime may be sealed; not asked in civil matters.
    pub record_may_be_sealed: Known,
    /// The presiding judge or arbitrator. Never named to the undertaker (DESIGN invariant 14).
    pub presiding: Option<String>,
    /// What the court said beforehand about devices.
    pub device_rule: Option<String>,
    /// Where these facts come from: the court's notice or document. A refused hearing opens only
    /// by a corrected fact with the document that shows it (domain 6.1).
    pub source: Option<String>,
}
