//! 删除令: erasing what a record says, by a director's order, and the orders that were given.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::id::{DocumentId, OrganisationId, PersonId};
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::refused::checked_reason;
use super::schema::{self, Problems};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::erasing;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::records;
use crate::store::{document, erasure, person};

/// Who reads which orders were given in their organisations.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Erasure)
}

/// The wish that what a record says be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureWish {
    /// Why, and on which ground. It stays, so it names nobody. At most 500 characters.
    reason: String,
}

/// An order to erase what a record says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// Its number.
    order: u64,
    /// The record. Its kind, place, hashes and seal are still there.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// The record's kind; nothing where this server has only the order.
    #[schema(required = false)]
    kind: Option<String>,
    /// Whose matter it was.
    #[schema(schema_with = schema::id)]
    organisation: OrganisationId,
    /// Who ordered it.
    #[schema(schema_with = schema::id)]
    ordered_by: PersonId,
    /// By name.
    ordered_by_name: String,
    /// When.
    #[schema(schema_with = schema::moment)]
    ordered_at: Moment,
    /// Why.
    reason: String,
}

/// Which page of orders is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ErasureQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// The routes of erasing.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(erase)).routes(routes!(list_erasures))
}

/// Erases what a record says, on this server and on every phone, for good. Its hashes, place and seal stay, so that
/// everything else can be proved as before. What a grade rests on is not erased.
#[utoipa::path(post, path = "/records/{id}/erasure", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), request_body = ErasureWish,
    responses((status = 200, body = ErasureView), Problems))]
async fn erase(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
    Body(wish): Body<ErasureWish>,
) -> Result<Json<ErasureView>, Problem> {
    signed_in.require(Role::Director)?;
    let reason = checked_reason(&wish.reason)?;
    let view = app
        .blocking(move |app| {
            let order = erasing::order(app, &signed_in, id, &reason)?;
            Ok::<_, Problem>(app.db.read(|tx| ErasureView::new(tx, order.clone()))?)
        })
        .await?;
    Ok(Json(view))
}

/// Lists the orders of one's organisations, the first one first.
#[utoipa::path(get, path = "/erasures", tag = "records", security(("session" = [])), params(ErasureQuery),
    responses((status = 200, body = Page<ErasureView>), Problems))]
async fn list_erasures(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<ErasureQuery>,
) -> Result<Json<Page<ErasureView>>, Problem> {
    let organisations = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<u64>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let page = wanted.visible_page(
                |after, limit| erasure::page(tx, &organisations, after.copied(), limit),
                |row| row.number,
                |row| Ok(records::is_open_to(tx, &signed_in, row.document)?.then_some(row)),
            )?;
            page.try_map(|row| Ok::<_, Problem>(ErasureView::new(tx, row)?))
        })
        .await?;
    Ok(Json(page))
}

impl ErasureView {
    fn new(tx: &Tx, order: ErasureOrder) -> Result<Self, DbError> {
        Ok(Self {
            order: order.number,
            record: order.document,
            kind: document::find(tx, order.document)?.map(|row| row.kind),
            organisation: order.organisation,
            ordered_by: order.ordered_by,
            ordered_by_name: person::find(tx, order.ordered_by)?.map(|found| found.name).unwrap_or_default(),
            ordered_at: order.ordered_at,
            reason: order.reason,
        })
    }
}
