//! 机构 organisations.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tingfang_core::id::OrganisationId;
use tingfang_core::people::{Organisation, OrganisationLevel};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::PathId;
use super::page::Page;
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store;

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: OrganisationId,
    /// The full name.
    pub name: String,
    /// Where it stands.
    #[schema(schema_with = schema::organisation_level)]
    pub level: OrganisationLevel,
    /// The organisation above.
    #[schema(schema_with = schema::id, required = false)]
    pub parent: Option<OrganisationId>,
    /// The administrative division code.
    pub region_code: Option<String>,
}

impl From<Organisation> for OrganisationView {
    fn from(organisation: Organisation) -> Self {
        Self {
            id: organisation.id,
            name: organisation.name,
            level: organisation.level,
            parent: organisation.parent,
            region_code: organisation.region_code,
        }
    }
}

/// The routes of organisations.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// Lists the organisations; there are few, so there is one page.
#[utoipa::path(get, path = "/organisations", tag = "organisations", security(("session" = [])),
    responses((status = 200, body = Page<OrganisationView>), Problems))]
async fn list(State(app): State<App>, _: SignedIn) -> Result<Json<Page<OrganisationView>>, Problem> {
    let items = app.read(|tx| Ok::<_, Problem>(store::organisation::all(tx)?)).await?;
    Ok(Json(Page { items: items.into_iter().map(OrganisationView::from).collect(), next: None }))
}

/// Shows one organisation.
#[utoipa::path(get, path = "/organisations/{id}", tag = "organisations", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = OrganisationView), Problems))]
async fn show(
    State(app): State<App>,
    _: SignedIn,
    PathId(id): PathId<OrganisationId>,
) -> Result<Json<OrganisationView>, Problem> {
    let found = app.read(move |tx| Ok::<_, Problem>(store::organisation::find(tx, id)?)).await?;
    Ok(Json(found.ok_or(Problem::NotFound { what: "organisation" })?.into()))
}
