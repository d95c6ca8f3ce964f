//! 承办单位 providers.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::id::ProviderId;
use tingfang_core::people::{Provider, ProviderKind, Role};
use tingfang_core::policy::{Fact, Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Params, PathId};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store;

/// Who sees providers and undertakers.
pub(super) fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Provider)
}

/// Which providers are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProviderQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: ProviderId,
    /// The full name.
    pub name: String,
    /// What it is.
    #[schema(schema_with = schema::provider_kind)]
    pub kind: ProviderKind,
    /// Whether the centre assigns cases to it.
    pub on_panel: bool,
}

impl From<Provider> for ProviderView {
    fn from(provider: Provider) -> Self {
        Self { id: provider.id, name: provider.name, kind: provider.kind, on_panel: provider.on_panel }
    }
}

/// The routes of providers.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// Lists providers by name.
#[utoipa::path(get, path = "/providers", tag = "providers", security(("session" = [])), params(ProviderQuery),
    responses((status = 200, body = Page<ProviderView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<ProviderQuery>,
) -> Result<Json<Page<ProviderView>>, Problem> {
    signed_in.require_any(readers())?;
    let wanted = Wanted::<(String, ProviderId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let rows = store::provider::page(tx, wanted.after.as_ref(), wanted.read_limit())?;
            Ok::<_, Problem>(wanted.page(rows, |row| (row.name.clone(), row.id)))
        })
        .await?;
    Ok(Json(page.map(ProviderView::from)))
}

/// Shows one provider.
#[utoipa::path(get, path = "/providers/{id}", tag = "providers", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = ProviderView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ProviderId>,
) -> Result<Json<ProviderView>, Problem> {
    signed_in.require_any(readers())?;
    let found = app.read(move |tx| Ok::<_, Problem>(store::provider::find(tx, id)?)).await?;
    Ok(Json(found.ok_or(Problem::NotFound { what: "provider" })?.into()))
}
