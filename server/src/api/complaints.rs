//! 投诉 complaints: what was taken down in the field and what was said about money on a return visit.
//! Hidden from undertakers and providers.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, ComplaintId, DocumentId, OrganisationId, UndertakerId};
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use tingfang_core::record::complaint_intake::{ComplaintGround, ComplaintWay};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Params;
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_open_to;
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::{complaint, legal_case};

/// Who sees complaints.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Complaint)
}

/// Which complaints are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ComplaintQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// A complaint.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintView {
    /// The id.
    #[schema(schema_with = schema::id)]
    id: ComplaintId,
    /// The organisation that has to look into it.
    #[schema(schema_with = schema::id)]
    organisation: OrganisationId,
    /// The record that it comes from.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// The case.
    #[schema(schema_with = schema::id, required = false)]
    case: Option<CaseId>,
    /// Its number.
    case_no: Option<String>,
    /// The undertaker.
    #[schema(schema_with = schema::id, required = false)]
    undertaker: Option<UndertakerId>,
    /// What is complained of.
    #[schema(schema_with = schema::complaint_ground)]
    ground: ComplaintGround,
    /// How it was made.
    #[schema(schema_with = schema::complaint_way)]
    way: ComplaintWay,
    /// When it was opened.
    #[schema(schema_with = schema::moment)]
    opened_at: Moment,
}

/// The routes of complaints.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_complaints))
}

/// Lists the complaints of one's organisations, the oldest first.
#[utoipa::path(get, path = "/complaints", tag = "complaints", security(("session" = [])),
    params(ComplaintQuery), responses((status = 200, body = Page<ComplaintView>), Problems))]
async fn list_complaints(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<ComplaintQuery>,
) -> Result<Json<Page<ComplaintView>>, Problem> {
    let places = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<ComplaintId>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let page = wanted.visible_page(
                |after, limit| complaint::page(tx, &places, after.copied(), limit),
                |row| row.id,
                |row| {
                    let is_open = row.case.map_or(Ok(true), |case| is_open_to(tx, &signed_in, case))?;
                    Ok(is_open.then_some(row))
                },
            )?;
            page.try_map(|row| ComplaintView::new(tx, row))
        })
        .await?;
    Ok(Json(page))
}

impl ComplaintView {
    fn new(tx: &Tx, kept: complaint::Kept) -> Result<Self, Problem> {
        let case = kept.case.map(|case| legal_case::find(tx, case)).transpose()?.flatten();
        Ok(Self {
            id: kept.id,
            organisation: kept.organisation,
            record: kept.document,
            case: kept.case,
            case_no: case.map(|case| case.case_no),
            undertaker: kept.undertaker,
            ground: kept.ground,
            way: kept.way,
            opened_at: kept.opened_at,
        })
    }
}
