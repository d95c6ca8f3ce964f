//! 承办单位 providers: whose lawyers and legal workers handle aid cases.

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::id::ProviderId;

codes! {
    /// What a provider is 承办单位类别 (domain 10.1).
    ProviderKind as "provider_kind" {
        LawFirm = "law_firm",
        LegalServiceOffice = "legal_service_office",
        AidInstitution = "aid_institution",
        SocialOrganisation = "social_organisation",
    }
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its full name; unique within a tenant.
    pub name: String,
    /// What it is.
    pub kind: ProviderKind,
    /// Whether the centre assigns cases to it.
    pub on_panel: bool,
}
