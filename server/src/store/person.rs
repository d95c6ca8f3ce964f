//! 人员 people.

use std::collections::BTreeSet;

use tingfang_core::id::{OrganisationId, PersonId, UndertakerId};
use tingfang_core::people::{ObserverKind, Person};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

const SELECT: &str = "select person_id, name, login, phone, provider_id, undertaker_id, observer_kind, adult,
    trained_until from person";

/// Adds a person, or brings the one with this id up to date.
pub fn save(tx: &Tx, person: &Person) -> Result<(), DbError> {
    tx.execute(
        "insert into person
             (person_id, name, login, phone, provider_id, undertaker_id, observer_kind, adult, trained_until)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         on conflict (person_id) do update set
             name = excluded.name, login = excluded.login, phone = excluded.phone,
             provider_id = excluded.provider_id, undertaker_id = excluded.undertaker_id,
             observer_kind = excluded.observer_kind, adult = excluded.adult,
             trained_until = excluded.trained_until",
        params![
            person.id,
            &person.name,
            person.login.as_deref(),
            person.phone.as_deref(),
            person.provider,
            person.undertaker,
            person.observer_kind.map(ObserverKind::code),
            person.adult,
            person.trained_until,
        ],
    )?;
    Ok(())
}

/// The person with this id.
pub fn find(tx: &Tx, id: PersonId) -> Result<Option<Person>, DbError> {
    tx.query_one(&format!("{SELECT} where person_id = ?1"), params![id], read)
}

/// The person who signs in with this name.
pub fn by_login(tx: &Tx, login: &str) -> Result<Option<Person>, DbError> {
    tx.query_one(&format!("{SELECT} where login = ?1"), params![login], read)
}

/// Everybody with this telephone number.
pub fn by_phone(tx: &Tx, phone: &str) -> Result<Vec<Person>, DbError> {
    tx.query(&format!("{SELECT} where phone = ?1 order by person_id"), params![phone], read)
}

/// Everybody who is this undertaker.
pub fn of_undertaker(tx: &Tx, undertaker: UndertakerId) -> Result<Vec<PersonId>, DbError> {
    let sql = "select person_id from person where undertaker_id = ?1 order by person_id";
    tx.query(sql, params![undertaker], |row| row.get("person_id"))
}

/// One page of people, by name.
pub fn page(
    tx: &Tx,
    reach: &BTreeSet<OrganisationId>,
    search: Option<&str>,
    after: Option<&(String, PersonId)>,
    limit: u32,
) -> Result<Vec<Person>, DbError> {
    let mut filter = Filter::default();
    within(&mut filter, "person.person_id", reach);
    filter.contains(&["name", "login"], search);
    filter.after("name", "person_id", after.map(|(name, id)| (name.into(), (*id).into())));
    tx.query(&filter.select(SELECT, "name, person_id", limit), filter.values(), read)
}

/// Only people who hold a role in one of these organisations, or none anywhere.
pub(super) fn within(filter: &mut Filter, person: &str, reach: &BTreeSet<OrganisationId>) {
    let held = format!("select 1 from role_grant g where g.person_id = {person} and g.removed_seq is null");
    let places = filter.places(reach.iter().copied());
    filter.condition(format!("(exists ({held} and g.organisation_id in ({places})) or not exists ({held}))"));
}

fn read(row: &Row) -> Result<Person, DbError> {
    Ok(Person {
        id: row.get("person_id")?,
        name: row.get("name")?,
        login: row.get("login")?,
        phone: row.get("phone")?,
        provider: row.get("provider_id")?,
        undertaker: row.get("undertaker_id")?,
        observer_kind: row.code_or_null("observer_kind", ObserverKind::from_code)?,
        adult: row.get("adult")?,
        trained_until: row.get("trained_until")?,
    })
}
