//! Signing in and out, and who I am.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::Role;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Body;
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::{SignedIn, sign_in as identity};
use crate::problem::Problem;
use crate::store;

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The sign-in name.
    pub login: String,
    /// The password.
    pub password: String,
}

/// A session that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The bearer token of every further request; shown this once.
    pub token: String,
    /// Whose session it is.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// Until when it lasts.
    #[schema(schema_with = schema::moment)]
    pub expires_at: Moment,
}

/// The person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The roles, each in its organisation.
    pub roles: Vec<RoleView>,
}

/// A role in an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// The role.
    #[schema(schema_with = schema::role)]
    pub role: Role,
    /// The organisation.
    #[schema(schema_with = schema::id)]
    pub organisation: OrganisationId,
}

/// The routes of the session.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in, sign_out)).routes(routes!(me))
}

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = Credentials,
    responses((status = 201, body = SessionView), Problems))]
async fn sign_in(
    State(app): State<App>,
    Body(given): Body<Credentials>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    let session = identity::sign_in(&app, given.login, given.password).await?;
    let view = SessionView { token: session.token, person: session.person, expires_at: session.expires_at };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", security(("session" = [])),
    responses((status = 204), Problems))]
async fn sign_out(State(app): State<App>, signed_in: SignedIn) -> Result<StatusCode, Problem> {
    app.write(move |tx| Ok::<_, Problem>(store::session::end(tx, &signed_in.token_hash)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows who is signed in.
#[utoipa::path(get, path = "/me", tag = "session", security(("session" = [])),
    responses((status = 200, body = MeView), Problems))]
async fn me(signed_in: SignedIn) -> Json<MeView> {
    Json(MeView {
        person: signed_in.person,
        name: signed_in.profile.name,
        roles: signed_in
            .roles
            .into_iter()
            .map(|(organisation, role)| RoleView { role, organisation })
            .collect(),
    })
}
