//! Verifications: everything proved anew, as a job of some node. By itself once a day, and when asked for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{JobId, PersonId};
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::PathId;
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::jobs;
use crate::problem::Problem;
use crate::store::job::{self, JobKind};

/// Who asks for them and reads what came of them.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Verification)
}

/// The most that a list shows.
const MOST: u32 = 50;

/// A verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationView {
    /// Its id.
    #[schema(schema_with = schema::id)]
    id: JobId,
    /// Who asked for it; nothing when it was time for it.
    #[schema(schema_with = schema::id, required = false)]
    asked_by: Option<PersonId>,
    /// When it was asked for.
    #[schema(schema_with = schema::moment)]
    asked_at: Moment,
    /// When it was done.
    #[schema(schema_with = schema::moment, required = false)]
    finished_at: Option<Moment>,
    /// What was checked, and what differs.
    #[schema(value_type = Object, required = false)]
    report: Option<serde_json::Value>,
}

/// The routes of verifications.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_verifications, ask_for_verification))
        .routes(routes!(show_verification))
}

/// Lists the last verifications, the newest first.
#[utoipa::path(get, path = "/verifications", tag = "server", security(("session" = [])),
    responses((status = 200, body = Vec<VerificationView>), Problems))]
async fn list_verifications(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Vec<VerificationView>>, Problem> {
    signed_in.require_any(readers())?;
    let found = app.read(|tx| Ok::<_, Problem>(job::newest(tx, JobKind::Verify, MOST)?)).await?;
    Ok(Json(found.into_iter().map(VerificationView::from).collect()))
}

/// Asks that everything is proved anew. Some node does it; what came of it is shown later.
#[utoipa::path(post, path = "/verifications", tag = "server", security(("session" = [])),
    responses((status = 202, body = VerificationView), Problems))]
async fn ask_for_verification(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<(StatusCode, Json<VerificationView>), Problem> {
    signed_in.require_any(readers())?;
    let (id, by, now) = (app.minter.mint(), signed_in.person, app.now());
    let asked =
        app.write(move |tx| Ok::<_, Problem>(jobs::ask(tx, id, JobKind::Verify, Some(by), now)?)).await?;
    Ok((StatusCode::ACCEPTED, Json(asked.into())))
}

/// Shows one verification.
#[utoipa::path(get, path = "/verifications/{id}", tag = "server", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = VerificationView), Problems))]
async fn show_verification(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<JobId>,
) -> Result<Json<VerificationView>, Problem> {
    signed_in.require_any(readers())?;
    let found = app.read(move |tx| Ok::<_, Problem>(job::find(tx, id)?)).await?;
    let found = found.filter(|kept| kept.kind == JobKind::Verify);
    Ok(Json(found.ok_or(Problem::NotFound { what: "verification" })?.into()))
}

impl From<job::Kept> for VerificationView {
    fn from(kept: job::Kept) -> Self {
        Self {
            id: kept.id,
            asked_by: kept.asked_by,
            asked_at: kept.asked_at,
            finished_at: kept.finished_at,
            report: kept.result,
        }
    }
}
