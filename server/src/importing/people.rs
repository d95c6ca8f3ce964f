//! Rows of people.

use tingfang_core::id::OrganisationId;
use tingfang_core::people::Person;

use super::apply::{Change, Context, Refusal};
use super::cases::set;
use super::parties;
use crate::db::{DbError, Tx};
use crate::exchange::key::name_key;
use crate::exchange::{PersonRow, ProblemCode};
use crate::planning;
use crate::store::{organisation, person, undertaker};

/// Applies one row. Roles are added, never taken away: that is for an administrator.
pub(super) fn apply(tx: &Tx, context: &Context, row: &PersonRow) -> Result<Change, Refusal> {
    let place = organisation_of(tx, context, row)?;
    let found = known(tx, row)?;
    if let Some(found) = found.as_ref().filter(|found| found.name != row.name) {
        context.took("name", &row.name, &found.name);
    }
    let mut wanted = found.clone().unwrap_or_else(|| fresh(context, row));
    wanted.name.clone_from(&row.name);
    set(&mut wanted.login, &row.login);
    set(&mut wanted.phone, &row.phone);
    set(&mut wanted.observer_kind, &row.observer_kind);
    set(&mut wanted.trained_until, &row.trained_until);
    wanted.adult = row.adult.unwrap_or(wanted.adult);
    if let Some(name) = &row.provider {
        wanted.provider = Some(parties::provider(tx, context, name, None)?);
    }
    if let Some(licence) = &row.licence_no {
        let who = undertaker::by_licence(tx, licence)?
            .ok_or_else(|| Refusal::row(ProblemCode::UnknownLicence, licence))?;
        wanted.undertaker = Some(who.id);
        wanted.provider = wanted.provider.or(Some(who.provider));
    }
    if found.as_ref() != Some(&wanted) {
        person::save(tx, &wanted)?;
    }
    let mut roles_added = false;
    for role in &row.roles {
        roles_added |= planning::give_role(tx, wanted.id, place, *role)?;
    }
    Ok(match found {
        None => Change::Created,
        Some(found) if found != wanted || roles_added => Change::Updated { tasks_renewed: 0 },
        Some(_) => Change::Unchanged,
    })
}

fn organisation_of(tx: &Tx, context: &Context, row: &PersonRow) -> Result<OrganisationId, Refusal> {
    let Some(name) = &row.organisation else { return Ok(context.organisation) };
    let key = name_key(name);
    organisation::all(tx)?
        .into_iter()
        .find(|organisation| name_key(&organisation.name) == key)
        .map(|organisation| organisation.id)
        .ok_or_else(|| Refusal::row(ProblemCode::UnknownOrganisation, name))
}

/// Who the row means: by sign-in name, else by telephone number. Of several people behind one number
/// (a front desk) it is the one of the same name; where there is only one, the name was corrected,
/// and that is told. A row that brings a sign-in name changes nobody's name by a number.
fn known(tx: &Tx, row: &PersonRow) -> Result<Option<Person>, DbError> {
    if let Some(login) = &row.login
        && let Some(found) = person::by_login(tx, login)?
    {
        return Ok(Some(found));
    }
    let Some(phone) = &row.phone else { return Ok(None) };
    let mut behind = person::by_phone(tx, phone)?;
    // Somebody who has another sign-in name is somebody else.
    behind.retain(|found| row.login.is_none() || found.login.is_none());
    if let Some(same) = behind.iter().find(|found| found.name == row.name) {
        return Ok(Some(same.clone()));
    }
    Ok(behind.pop().filter(|_| behind.is_empty() && row.login.is_none()))
}

fn fresh(context: &Context, row: &PersonRow) -> Person {
    Person {
        id: context.minter.mint(),
        name: row.name.clone(),
        login: None,
        phone: None,
        provider: None,
        undertaker: None,
        observer_kind: None,
        adult: true,
        trained_until: None,
    }
}
