//! 角色 roles: what a person is in an organisation, and since when.

use serde::{Deserialize, Serialize};

use crate::clock::{LogPosition, Span};
use crate::codes;
use crate::id::{OrganisationId, PersonId};

codes! {
    /// A role (DESIGN section 4).
    Role as "role" {
        /// Centre staff who attend hearings, visit and review files.
        Supervisor = "supervisor",
        /// A deputy, volunteer or senior lawyer who attends hearings.
        OutsideObserver = "outside_observer",
        /// Handles aid cases.
        Undertaker = "undertaker",
        /// Scores files in an evaluation round.
        Assessor = "assessor",
        /// Plans, assigns, proposes grades.
        Manager = "manager",
        /// Finalises grades and payments.
        Director = "director",
        /// Keeps accounts and devices; sees no records by that.
        Admin = "admin",
        /// Reads the ledger and its proofs.
        Auditor = "auditor",
    }
}

/// A role that a person holds or held in an organisation.
///
/// Never overwritten: taking a role away ends its span, because what a person was allowed at a
/// point in the log must stay answerable (DESIGN section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub organisation: OrganisationId,
    /// What.
    pub role: Role,
    /// From and until which position in the log.
    pub span: Span,
}

/// The roles that a person holds in an organisation at a position of the log, each once, in order.
pub fn roles_at(
    grants: &[RoleGrant],
    person: PersonId,
    organisation: OrganisationId,
    at: LogPosition,
) -> Vec<Role> {
    let mut roles: Vec<Role> = grants
        .iter()
        .filter(|grant| grant.person == person && grant.organisation == organisation)
        .filter(|grant| grant.span.contains(at))
        .map(|grant| grant.role)
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_taken_away_still_counts_for_the_time_before() {
        let person = PersonId::from_bytes([1; 16]);
        let organisation = OrganisationId::from_bytes([2; 16]);
        let grant = RoleGrant {
            person,
            organisation,
            role: Role::Assessor,
            span: Span { from: LogPosition(5), until: Some(LogPosition(9)) },
        };
        let held = |at| roles_at(&[grant], person, organisation, LogPosition(at));
        assert_eq!(held(4), []);
        assert_eq!(held(8), [Role::Assessor]);
        assert_eq!(held(9), []);
    }
}
