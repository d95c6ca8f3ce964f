//! The extractor of somebody who is signed in.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::{Person, Role};

use super::{reach, token};
use crate::app::App;
use crate::problem::Problem;
use crate::store::{person, role_grant, session};

/// Somebody who is signed in, with the roles that they hold now.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// The person's own row.
    pub profile: Person,
    /// The roles, each in its organisation.
    pub roles: Vec<(OrganisationId, Role)>,
    /// The hash of the session's token.
    pub token_hash: [u8; 32],
}

impl SignedIn {
    /// Whether the role is held anywhere.
    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|(_, held)| *held == role)
    }

    /// Demands the role, in whatever organisation.
    ///
    /// # Errors
    /// [`Problem::NotAllowed`].
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        self.require_any(&[role])
    }

    /// Demands one of the roles, in whatever organisation.
    ///
    /// # Errors
    /// [`Problem::NotAllowed`].
    pub fn require_any(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.iter().any(|role| self.has(*role)) {
            Ok(())
        } else {
            Err(Problem::NotAllowed { needed: roles.to_vec() })
        }
    }

    /// Demands one of the roles in this organisation.
    ///
    /// # Errors
    /// [`Problem::NotAllowed`].
    pub fn require_in(&self, organisation: OrganisationId, roles: &[Role]) -> Result<(), Problem> {
        if self.roles.iter().any(|(place, held)| *place == organisation && roles.contains(held)) {
            Ok(())
        } else {
            Err(Problem::NotAllowed { needed: roles.to_vec() })
        }
    }

    /// The organisations in which one of the roles is held. Lists show these.
    ///
    /// # Errors
    /// [`Problem::NotAllowed`] when there is none.
    pub fn organisations_as(&self, roles: &[Role]) -> Result<Vec<OrganisationId>, Problem> {
        let found: BTreeSet<OrganisationId> =
            self.roles.iter().filter(|(_, held)| roles.contains(held)).map(|(place, _)| *place).collect();
        if found.is_empty() {
            return Err(Problem::NotAllowed { needed: roles.to_vec() });
        }
        Ok(found.into_iter().collect())
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token::bearer(&parts.headers, token::SESSION).ok_or(Problem::SignInFirst)?;
        let token_hash = token::hash(token);
        let now = app.now();
        app.read(move |tx| {
            let person = session::person(tx, &token_hash, now)?.ok_or(Problem::SignInFirst)?;
            let profile = person::find(tx, person)?.ok_or(Problem::SignInFirst)?;
            let grants = role_grant::held(tx, person)?;
            let held = grants.iter().map(|grant| (grant.organisation, grant.role)).collect();
            let roles = reach::with_audits(tx, held)?;
            Ok(Self { person, profile, roles, token_hash })
        })
        .await
    }
}
