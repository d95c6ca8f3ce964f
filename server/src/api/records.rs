//! 记录 records: lists, content, history, conflicts, and the document as a standard file.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tingfang_core::clock::LogPosition;
use tingfang_core::id::{AssignmentId, CaseId, DocumentId, PersonId};
use tingfang_core::record::conflict::conflicts;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Params, PathId};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::records::{self, keepers};
use crate::store::document::{self, Narrowing};

pub use view::{ConflictView, HistoryView, OperationView, RecordRowView, RecordView};

/// Which records are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordQuery {
    /// Records of this kind: `attendance`, `observer_sheet`, `file_review`, `scoresheet`.
    kind: Option<String>,
    /// Records of this assignment.
    #[param(schema_with = schema::id, required = false)]
    assignment: Option<AssignmentId>,
    /// Records of this case.
    #[param(schema_with = schema::id, required = false)]
    case: Option<CaseId>,
    /// Records of this writer.
    #[param(schema_with = schema::id, required = false)]
    writer: Option<PersonId>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// The routes of records.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(history))
        .routes(routes!(list_conflicts))
        .routes(routes!(prove_record))
        .routes(routes!(file))
}

/// Lists records in the order in which they were begun: those of one's organisations for who
/// manages them, one's own for everybody else.
#[utoipa::path(get, path = "/records", tag = "records", security(("session" = [])), params(RecordQuery),
    responses((status = 200, body = Page<RecordRowView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<RecordQuery>,
) -> Result<Json<Page<RecordRowView>>, Problem> {
    let keeps = signed_in.require_any(keepers()).is_ok();
    let narrowing = Narrowing {
        kind: query.kind,
        assignment: query.assignment,
        case: query.case,
        writer: query.writer,
        organisations: if keeps { Some(signed_in.organisations_as(keepers())?) } else { None },
        reader: (!keeps).then_some(signed_in.person),
    };
    let wanted = Wanted::<LogPosition>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            wanted.visible_page(
                |after, limit| document::page(tx, &narrowing, after.copied(), limit),
                |row| row.begun_position,
                |row| Ok(records::may_read(tx, &signed_in, &row)?.then_some(row)),
            )
        })
        .await?;
    Ok(Json(page.map(RecordRowView::from)))
}

/// Shows one record with its content, its seal and its conflicts.
#[utoipa::path(get, path = "/records/{id}", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = RecordView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<RecordView>, Problem> {
    let view = app
        .read(move |tx| {
            let record = records::open(tx, &signed_in, id)?;
            RecordView::new(tx, record)
        })
        .await?;
    Ok(Json(view))
}

/// Lists every change of a record: who, when, on which device, and what it did.
#[utoipa::path(get, path = "/records/{id}/history", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<HistoryView>), Problems))]
async fn history(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Vec<HistoryView>>, Problem> {
    let entries = app
        .read(move |tx| {
            let record = records::open(tx, &signed_in, id)?;
            records::history(tx, &record)
        })
        .await?;
    Ok(Json(entries.into_iter().map(HistoryView::from).collect()))
}

/// Lists the fields of a record that hold several values.
#[utoipa::path(get, path = "/records/{id}/conflicts", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<ConflictView>), Problems))]
async fn list_conflicts(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Vec<ConflictView>>, Problem> {
    let views = app
        .read(move |tx| {
            let record = records::open(tx, &signed_in, id)?;
            let writers = records::writers(tx, &record)?;
            let found = conflicts(&record.document);
            Ok::<_, Problem>(found.iter().map(|found| ConflictView::new(found, &writers)).collect())
        })
        .await?;
    Ok(Json(views))
}

/// Gives the proof of a sealed record as a file, which `tingfang verify --proof` checks on any machine.
#[utoipa::path(get, path = "/records/{id}/proof", tag = "records", security(("session" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Problems))]
async fn prove_record(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Response, Problem> {
    let proof = app
        .read(move |tx| {
            let record = records::open(tx, &signed_in, id)?;
            records::proof::of(tx, &record)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], proof.to_bytes()).into_response())
}

/// Gives a record as a standard Automerge file, which any Automerge library opens.
#[utoipa::path(get, path = "/documents/{id}", tag = "records", security(("session" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Problems))]
async fn file(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Response, Problem> {
    let bytes =
        app.read(move |tx| Ok::<_, Problem>(records::open(tx, &signed_in, id)?.document.save())).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}
