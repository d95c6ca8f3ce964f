//! Whom somebody may see and look after: the people who hold a role in the organisations in which they
//! have a say themselves, or in one below those (DESIGN invariant 15: a county is a wall). People who
//! hold no role anywhere are nobody's yet, and everybody's to take in.

use std::collections::BTreeSet;

use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::{Organisation, Role};

use super::SignedIn;
use crate::db::{DbError, Tx};
use crate::store::{organisation, role_grant};

/// A role and where it is held.
pub type Held = (OrganisationId, Role);

/// The organisations in which somebody has a say by one of these roles: those in which they hold it, and
/// all below them.
///
/// # Errors
/// When the data layer fails.
pub fn organisations(tx: &Tx, by: &SignedIn, roles: &[Role]) -> Result<BTreeSet<OrganisationId>, DbError> {
    let all = organisation::all(tx)?;
    let holds = |place: &OrganisationId| by.require_in(*place, roles).is_ok();
    let reached = all.iter().map(|row| row.id).filter(|id| chain(&all, *id).iter().any(holds));
    Ok(reached.collect())
}

/// The roles that somebody holds, and those that follow from them: who audits an authority audits every
/// organisation below it, so that a city checks its counties with rights to read and none to decide.
///
/// # Errors
/// When the data layer fails.
pub fn with_audits(tx: &Tx, mut roles: Vec<Held>) -> Result<Vec<Held>, DbError> {
    let audits = |roles: &[Held], place| roles.contains(&(place, Role::Auditor));
    if !roles.iter().any(|(_, role)| *role == Role::Auditor) {
        return Ok(roles);
    }
    let all = organisation::all(tx)?;
    for row in &all {
        let from_above = chain(&all, row.id).into_iter().any(|place| audits(&roles, place));
        if from_above && !audits(&roles, row.id) {
            roles.push((row.id, Role::Auditor));
        }
    }
    Ok(roles)
}

/// An organisation and all above it, the nearest first.
fn chain(all: &[Organisation], from: OrganisationId) -> Vec<OrganisationId> {
    let above = |place: OrganisationId| all.iter().find(|row| row.id == place).and_then(|row| row.parent);
    let mut chain = vec![from];
    // A circle of organisations would never end.
    while let Some(parent) = chain.last().and_then(|place| above(*place)).filter(|one| !chain.contains(one)) {
        chain.push(parent);
    }
    chain
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
