//! 承办人 undertakers.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tingfang_core::id::{ProviderId, UndertakerId};
use tingfang_core::people::{PanelState, Undertaker, UndertakerKind};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Params, PathId};
use super::page::{Page, Wanted};
use super::providers::readers;
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store;

/// Which undertakers are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UndertakerQuery {
    /// Those of this provider.
    #[param(schema_with = schema::id, required = false)]
    provider: Option<ProviderId>,
    /// A part of a name or of a licence number.
    search: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// An undertaker.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndertakerView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: UndertakerId,
    /// The name.
    pub name: String,
    /// The number of the licence.
    pub licence_no: String,
    /// The provider.
    #[schema(schema_with = schema::id)]
    pub provider: ProviderId,
    /// What they are.
    #[schema(schema_with = schema::undertaker_kind)]
    pub kind: UndertakerKind,
    /// When practice began.
    #[schema(schema_with = schema::date, required = false)]
    pub practice_since: Option<Date>,
    /// How they stand on the panel.
    #[schema(schema_with = schema::panel_state)]
    pub panel_state: PanelState,
}

impl From<Undertaker> for UndertakerView {
    fn from(undertaker: Undertaker) -> Self {
        Self {
            id: undertaker.id,
            name: undertaker.name,
            licence_no: undertaker.licence_no,
            provider: undertaker.provider,
            kind: undertaker.kind,
            practice_since: undertaker.practice_since,
            panel_state: undertaker.panel_state,
        }
    }
}

/// The routes of undertakers.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// Lists undertakers by name.
#[utoipa::path(get, path = "/undertakers", tag = "undertakers", security(("session" = [])), params(UndertakerQuery),
    responses((status = 200, body = Page<UndertakerView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<UndertakerQuery>,
) -> Result<Json<Page<UndertakerView>>, Problem> {
    signed_in.require_any(readers())?;
    let wanted = Wanted::<(String, UndertakerId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let search = query.search.as_deref();
            let after = wanted.after.as_ref();
            let rows = store::undertaker::page(tx, query.provider, search, after, wanted.read_limit())?;
            Ok::<_, Problem>(wanted.page(rows, |row| (row.name.clone(), row.id)))
        })
        .await?;
    Ok(Json(page.map(UndertakerView::from)))
}

/// Shows one undertaker.
#[utoipa::path(get, path = "/undertakers/{id}", tag = "undertakers", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = UndertakerView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<UndertakerId>,
) -> Result<Json<UndertakerView>, Problem> {
    signed_in.require_any(readers())?;
    let found = app.read(move |tx| Ok::<_, Problem>(store::undertaker::find(tx, id)?)).await?;
    Ok(Json(found.ok_or(Problem::NotFound { what: "undertaker" })?.into()))
}
