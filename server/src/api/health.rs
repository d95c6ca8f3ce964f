//! Whether the server lives, and whether it is ready to work.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::schema::Problems;
use crate::app::App;
use crate::problem::Problem;
use crate::{log, metrics};

/// That it is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// The routes of health.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).routes(routes!(metrics))
}

/// Says that the process lives.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Health)))]
async fn live() -> Json<Health> {
    OK
}

/// Says whether the database can be read.
#[utoipa::path(get, path = "/health/ready", tag = "health", responses((status = 200, body = Health), Problems))]
async fn ready(State(app): State<App>) -> Result<Json<Health>, Problem> {
    match app.read(log::head).await {
        Ok(_) => Ok(OK),
        Err(error) => {
            tracing::error!(%error, "the database cannot be read");
            Err(Problem::NotReady { retry_after_s: 5 })
        }
    }
}

/// Gives what this node counts, for Prometheus. Numbers only; the operator keeps it from the outside.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"), Problems))]
async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let text = app.blocking(|app| app.sync.metrics().text(app)).await.map_err(Problem::from)?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response())
}
