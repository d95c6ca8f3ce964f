//! 机构 organisations: the three-level network of legal aid and its workstations.

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::id::OrganisationId;

codes! {
    /// Where an organisation stands 层级 (domain 10.1; stations: seed 002).
    OrganisationLevel as "organisation_level" {
        Ministry = "ministry",
        Province = "province",
        City = "city",
        County = "county",
        Workstation = "workstation",
    }
}

/// An organisation of legal aid. A county is also a shard of the log (DESIGN section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its full name.
    pub name: String,
    /// Where it stands.
    pub level: OrganisationLevel,
    /// The organisation above; nothing for the tenant's top authority.
    pub parent: Option<OrganisationId>,
    /// The administrative division code, six digits, where known.
    pub region_code: Option<String>,
}
