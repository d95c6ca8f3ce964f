//! Whom somebody may see and look after: the people who hold a role in the organisations in which they
//! have a say themselves, or in one below those (DESIGN invariant 15: a county is a wall). People who
//! hold no role anywhere are nobody's yet, and everybody's to take in.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::Role;

use super::SignedIn;
use crate::db::{DbError, Tx};
use crate::store::{organisation, role_grant};

/// The organisations in which somebody has a say by one of these roles: those in which they hold it, and
/// all below them.
///
/// # Errors
/// When the data layer fails.
pub fn organisations(tx: &Tx, by: &SignedIn, roles: &[Role]) -> Result<BTreeSet<OrganisationId>, DbError> {
    let all = organisation::all(tx)?;
    let above: BTreeMap<OrganisationId, OrganisationId> =
        all.iter().filter_map(|row| Some((row.id, row.parent?))).collect();
    let holds = |place: OrganisationId| by.require_in(place, roles).is_ok();
    let reached = all.iter().map(|row| row.id).filter(|id| {
        let mut chain = vec![*id];
        while let Some(parent) = chain.last().and_then(|place| above.get(place)) {
            // A circle of organisations would never end.
            if chain.contains(parent) {
                break;
            }
            chain.push(*parent);
        }
        chain.into_iter().any(holds)
    });
    Ok(reached.collect())
}

/// Whether somebody may see a person: they have a say in one of the person's organisations.
///
/// # Errors
/// When the data layer fails.
pub fn sees(tx: &Tx, by: &SignedIn, person: PersonId, roles: &[Role]) -> Result<bool, DbError> {
    let (reached, places) = (organisations(tx, by, roles)?, places_of(tx, person)?);
    Ok(places.is_empty() || places.iter().any(|place| reached.contains(place)))
}

/// Whether somebody may act for a person, as handing out a password or a key does: they have a say in
/// every organisation of the person's. Otherwise a county could act in another one's name.
///
/// # Errors
/// When the data layer fails.
pub fn looks_after(tx: &Tx, by: &SignedIn, person: PersonId, roles: &[Role]) -> Result<bool, DbError> {
    Ok(places_of(tx, person)?.is_subset(&organisations(tx, by, roles)?))
}

fn places_of(tx: &Tx, person: PersonId) -> Result<BTreeSet<OrganisationId>, DbError> {
    Ok(role_grant::held(tx, person)?.iter().map(|grant| grant.organisation).collect())
}
