//! 承办人 undertakers: the lawyers and legal workers who handle aid cases.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::id::{ProviderId, UndertakerId};

codes! {
    /// What an undertaker is 承办人类别 (seed 001: full-time, social lawyer, grassroots worker).
    UndertakerKind as "undertaker_kind" {
        Lawyer = "lawyer",
        AidLawyer = "aid_lawyer",
        LegalWorker = "legal_worker",
        Volunteer = "volunteer",
    }

    /// How an undertaker stands on the centre's panel 名册状态. Disqualification means leaving the
    /// panel, never the licence (domain 4.2).
    PanelState as "panel_state" {
        Active = "active",
        Suspended = "suspended",
        Removed = "removed",
    }
}

/// An undertaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undertaker {
    /// Their id.
    pub id: UndertakerId,
    /// Their name.
    pub name: String,
    /// The number of the practising licence 执业证号: the natural key.
    pub licence_no: String,
    /// The provider that they work for.
    pub provider: ProviderId,
    /// What they are.
    pub kind: UndertakerKind,
    /// When practice began. Death and life cases need three years (legal aid law 26).
    pub practice_since: Option<Date>,
    /// How they stand on the panel.
    pub panel_state: PanelState,
}
