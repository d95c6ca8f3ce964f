//! 人员 people, their roles and passwords.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::schema::Problems;
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::identity::{SignedIn, password, reach};
use crate::planning;
use crate::problem::{FieldProblem, Problem};
use crate::store;

pub use view::{NewPerson, PersonView, RoleChange};

/// Who sees people.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Person)
}

/// Which people are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonQuery {
    /// A part of a name or of a sign-in name.
    search: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password, 8 characters or more.
    password: String,
}

/// The routes of people.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
        .routes(routes!(give_role, take_role))
        .routes(routes!(set_password))
}

/// Lists people by name.
#[utoipa::path(get, path = "/people", tag = "people", security(("session" = [])), params(PersonQuery),
    responses((status = 200, body = Page<PersonView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<PersonQuery>,
) -> Result<Json<Page<PersonView>>, Problem> {
    signed_in.require_any(readers())?;
    let wanted = Wanted::<(String, PersonId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let reach = reach::organisations(tx, &signed_in, readers())?;
            let (search, after) = (query.search.as_deref(), wanted.after.as_ref());
            let rows = store::person::page(tx, &reach, search, after, wanted.read_limit())?;
            wanted.page(rows, |row| (row.name.clone(), row.id)).try_map(|row| with_roles(tx, row.id))
        })
        .await?;
    Ok(Json(page))
}

/// Shows one person.
#[utoipa::path(get, path = "/people/{id}", tag = "people", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = PersonView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<PersonId>,
) -> Result<Json<PersonView>, Problem> {
    if id != signed_in.person {
        signed_in.require_any(readers())?;
    }
    let view = app
        .read(move |tx| {
            if id != signed_in.person && !reach::sees(tx, &signed_in, id, readers())? {
                return Err(Problem::NotFound { what: "person" });
            }
            with_roles(tx, id)
        })
        .await?;
    Ok(Json(view))
}

/// Adds a person.
#[utoipa::path(post, path = "/people", tag = "people", security(("session" = [])), request_body = NewPerson,
    responses((status = 201, body = PersonView), Problems))]
async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(given): Body<NewPerson>,
) -> Result<(StatusCode, Json<PersonView>), Problem> {
    signed_in.require(Role::Admin)?;
    let person = given.person(app.minter.mint())?;
    let view = app
        .write(move |tx| {
            store::person::save(tx, &person).map_err(exists)?;
            with_roles(tx, person.id)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Gives a role. Somebody of another county is taken in by the authority above both.
#[utoipa::path(post, path = "/people/{id}/roles", tag = "people", security(("session" = [])),
    params(("id" = String, Path)), request_body = RoleChange,
    responses((status = 200, body = PersonView), Problems))]
async fn give_role(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<PersonId>,
    Body(change): Body<RoleChange>,
) -> Result<Json<PersonView>, Problem> {
    signed_in.require(Role::Admin)?;
    let view = app
        .write(move |tx| {
            administers(tx, &signed_in, change.organisation)?;
            if !reach::sees(tx, &signed_in, id, &[Role::Admin])? {
                return Err(Problem::NotFound { what: "person" });
            }
            with_roles(tx, id)?;
            planning::give_role(tx, id, change.organisation, change.role)?;
            with_roles(tx, id)
        })
        .await?;
    Ok(Json(view))
}

/// Takes a role away. What was done under it stays allowed; what is still to be done is no more theirs, and the
/// records of it leave their phone.
#[utoipa::path(delete, path = "/people/{id}/roles", tag = "people", security(("session" = [])),
    params(("id" = String, Path)), request_body = RoleChange,
    responses((status = 200, body = PersonView), Problems))]
async fn take_role(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<PersonId>,
    Body(change): Body<RoleChange>,
) -> Result<Json<PersonView>, Problem> {
    signed_in.require(Role::Admin)?;
    let view = app
        .write(move |tx| {
            administers(tx, &signed_in, change.organisation)?;
            if !reach::sees(tx, &signed_in, id, &[Role::Admin])? {
                return Err(Problem::NotFound { what: "person" });
            }
            with_roles(tx, id)?;
            planning::take_role(tx, id, change.organisation, change.role)?;
            with_roles(tx, id)
        })
        .await?;
    Ok(Json(view))
}

/// Sets the password, one's own or, as an administrator, another's. Every session of the person ends.
#[utoipa::path(put, path = "/people/{id}/password", tag = "people", security(("session" = [])),
    params(("id" = String, Path)), request_body = NewPassword, responses((status = 204), Problems))]
async fn set_password(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<PersonId>,
    Body(given): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    if id != signed_in.person {
        signed_in.require(Role::Admin)?;
    }
    app.blocking(move |app| {
        let may = |tx: &Tx| {
            Ok::<_, Problem>(
                id == signed_in.person || reach::looks_after(tx, &signed_in, id, &[Role::Admin])?,
            )
        };
        if !app.db.try_read(may)? {
            return Err(Problem::NotFound { what: "person" });
        }
        password::check(&given.password)?;
        password::set(app, id, &given.password)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Demands that somebody administers an organisation. One where they have no say is as unknown as one
/// that is not there.
fn administers(tx: &Tx, signed_in: &SignedIn, organisation: OrganisationId) -> Result<(), Problem> {
    if reach::organisations(tx, signed_in, &[Role::Admin])?.contains(&organisation) {
        Ok(())
    } else {
        Err(Problem::NotFound { what: "organisation" })
    }
}

fn with_roles(tx: &Tx, id: PersonId) -> Result<PersonView, Problem> {
    let person = store::person::find(tx, id)?.ok_or(Problem::NotFound { what: "person" })?;
    let roles = store::role_grant::held(tx, id)?;
    Ok(PersonView::new(person, &roles))
}

fn exists(error: DbError) -> Problem {
    if error.is_unique() {
        Problem::Invalid(vec![FieldProblem::new("login", "login_taken")])
    } else {
        error.into()
    }
}
