//! The server itself: what a phone checks before it spends its code.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tingfang_core::id::TenantId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::token::{fingerprint, hex};
use crate::problem::Problem;
use crate::store::tenant;

/// Which server this is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerView {
    /// The tenant.
    #[schema(schema_with = schema::id)]
    pub tenant: TenantId,
    /// The tenant's name.
    pub name: String,
    /// The server's Ed25519 public key, in hexadecimal digits.
    pub server_public_key: String,
    /// How people compare it.
    pub key_fingerprint: String,
}

/// The routes of the server.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Says which server this is. Needs no session.
#[utoipa::path(get, path = "/server", tag = "server", responses((status = 200, body = ServerView), Problems))]
async fn show(State(app): State<App>) -> Result<Json<ServerView>, Problem> {
    let tenant = app.read(tenant::find).await?.ok_or(Problem::NotFound { what: "organisation" })?;
    Ok(Json(ServerView {
        tenant: tenant.id,
        name: tenant.name,
        server_public_key: hex(&app.public_key.0),
        key_fingerprint: fingerprint(&app.public_key.0),
    }))
}
