//! People as the API shows and takes them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tingfang_core::id::{OrganisationId, PersonId, ProviderId, UndertakerId};
use tingfang_core::people::{ObserverKind, Person, Role, RoleGrant};
use utoipa::ToSchema;

use crate::api::schema;
use crate::api::session::RoleView;
use crate::problem::Problem;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The sign-in name.
    pub login: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The provider that they work for.
    #[schema(schema_with = schema::id, required = false)]
    pub provider: Option<ProviderId>,
    /// The undertaker that they are.
    #[schema(schema_with = schema::id, required = false)]
    pub undertaker: Option<UndertakerId>,
    /// Where they come from as an observer.
    #[schema(schema_with = schema::observer_kind, required = false)]
    pub observer_kind: Option<ObserverKind>,
    /// Whether they are of age.
    pub adult: bool,
    /// The last day on which their training as an observer counts.
    #[schema(schema_with = schema::date, required = false)]
    pub trained_until: Option<Date>,
    /// The roles that they hold now.
    pub roles: Vec<RoleView>,
}

/// A person to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The name.
    name: String,
    /// The sign-in name.
    login: Option<String>,
    /// The telephone number.
    phone: Option<String>,
    /// The provider that they work for.
    #[schema(schema_with = schema::id, required = false)]
    provider: Option<ProviderId>,
    /// The undertaker that they are.
    #[schema(schema_with = schema::id, required = false)]
    undertaker: Option<UndertakerId>,
    /// Where they come from as an observer.
    #[schema(schema_with = schema::observer_kind, required = false)]
    observer_kind: Option<ObserverKind>,
    /// The last day on which their training as an observer counts.
    #[schema(schema_with = schema::date, required = false)]
    trained_until: Option<Date>,
}

/// A role to give or to take away.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// The organisation.
    #[schema(schema_with = schema::id)]
    pub organisation: OrganisationId,
    /// The role.
    #[schema(schema_with = schema::role)]
    pub role: Role,
}

impl PersonView {
    /// The view of a person with their roles.
    pub fn new(person: Person, roles: &[RoleGrant]) -> Self {
        Self {
            id: person.id,
            name: person.name,
            login: person.login,
            phone: person.phone,
            provider: person.provider,
            undertaker: person.undertaker,
            observer_kind: person.observer_kind,
            adult: person.adult,
            trained_until: person.trained_until,
            roles: roles
                .iter()
                .map(|grant| RoleView { role: grant.role, organisation: grant.organisation })
                .collect(),
        }
    }
}

impl NewPerson {
    /// The person with this id.
    ///
    /// # Errors
    /// When the name or the sign-in name is empty.
    pub fn person(self, id: PersonId) -> Result<Person, Problem> {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err(Problem::field("name", "empty"));
        }
        let login = self.login.map(|login| login.trim().to_lowercase());
        if login.as_deref().is_some_and(str::is_empty) {
            return Err(Problem::field("login", "empty"));
        }
        Ok(Person {
            id,
            name,
            login,
            phone: self.phone,
            provider: self.provider,
            undertaker: self.undertaker,
            observer_kind: self.observer_kind,
            adult: true,
            trained_until: self.trained_until,
        })
    }
}
