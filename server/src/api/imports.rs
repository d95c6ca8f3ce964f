//! Excel in over HTTP: the workbook as the body, or in the field `file` of a form.

mod upload;
mod view;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tingfang_core::id::OrganisationId;
use tingfang_core::people::Role;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::Params;
use super::schema::{self, Problems};
use crate::app::App;
use crate::exchange::SheetKind;
use crate::identity::SignedIn;
use crate::importing::{self, Upload};
use crate::problem::Problem;
use crate::store::import_result;

pub use view::{ImportView, RecoveryView, RowProblemView};

/// How long an error sheet is kept: it holds what was uploaded.
const KEPT_MS: i64 = 24 * 3_600_000;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// How an upload is taken in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Whether everything is only tried.
    #[serde(default)]
    #[param(required = false)]
    dry_run: bool,
    /// Whose rows these are; needed only by somebody who works for several organisations.
    #[param(schema_with = schema::id, required = false)]
    organisation: Option<OrganisationId>,
}

/// The routes of imports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(take_in)).routes(routes!(error_sheet))
}

/// Takes a workbook of `cases`, `hearings` or `people` in. Good rows are not held up by bad ones.
#[utoipa::path(post, path = "/imports/{kind}", tag = "imports", security(("session" = [])),
    params(("kind" = String, Path, description = "cases, hearings or people"), ImportQuery),
    request_body(content = schema::Binary, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    responses((status = 200, body = ImportView), Problems))]
async fn take_in(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(kind): Path<String>,
    Params(query): Params<ImportQuery>,
    upload: upload::Workbook,
) -> Result<Json<ImportView>, Problem> {
    let kind = kind_of(&kind)?;
    let role = match kind {
        SheetKind::Cases | SheetKind::Hearings => Role::Manager,
        SheetKind::People => Role::Admin,
    };
    signed_in.require(role)?;
    let organisation = chosen(&signed_in, role, query.organisation)?;
    let view = app
        .blocking(move |app| {
            let (bytes, dry_run) = (upload.0, query.dry_run);
            let upload = Upload { kind, bytes, organisation, dry_run, errors: true };
            let mut outcome = importing::import(app, &upload)?;
            let kept = keep_errors(app, &signed_in, outcome.error_sheet.take())?;
            Ok::<_, Problem>(ImportView::new(kind, query.dry_run, outcome, kept))
        })
        .await?;
    Ok(Json(view))
}

/// The uploaded sheet with a last column saying what is wrong in each row; kept for a day.
#[utoipa::path(get, path = "/imports/{id}/error-sheet", tag = "imports", security(("session" = [])),
    params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        body = schema::Binary), Problems))]
async fn error_sheet(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::NotFound { what: "import" };
    let id = Uuid::try_parse(&id).map_err(|_| missing())?.into_bytes();
    let now = app.now();
    let found = app
        .read(move |tx| Ok::<_, Problem>(import_result::error_sheet(tx, id, signed_in.person, now)?))
        .await?;
    let headers =
        [(header::CONTENT_TYPE, XLSX), (header::CONTENT_DISPOSITION, "attachment; filename=\"errors.xlsx\"")];
    Ok((headers, found.ok_or_else(missing)?).into_response())
}

fn kind_of(text: &str) -> Result<SheetKind, Problem> {
    match text {
        "cases" => Ok(SheetKind::Cases),
        "hearings" => Ok(SheetKind::Hearings),
        "people" => Ok(SheetKind::People),
        _ => Err(Problem::NoSuchPath),
    }
}

fn chosen(
    signed_in: &SignedIn,
    role: Role,
    named: Option<OrganisationId>,
) -> Result<OrganisationId, Problem> {
    let mine = signed_in.organisations_as(&[role])?;
    match (named, mine.as_slice()) {
        (Some(named), mine) if mine.contains(&named) => Ok(named),
        (Some(_), _) => Err(Problem::NotFound { what: "organisation" }),
        (None, [only]) => Ok(*only),
        (None, _) => Err(Problem::field("organisation", "choose_organisation")),
    }
}

fn keep_errors(app: &App, signed_in: &SignedIn, sheet: Option<Vec<u8>>) -> Result<Option<Uuid>, Problem> {
    let Some(sheet) = sheet else { return Ok(None) };
    let id: Uuid = app.minter.mint();
    let (person, now) = (signed_in.person, app.now());
    app.db.write(move |tx| {
        import_result::insert(tx, id.into_bytes(), person, &sheet, now, now.plus_millis(KEPT_MS))
    })?;
    Ok(Some(id))
}
