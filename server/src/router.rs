//! The one list of routes, and what wraps every request.
//!
//! From the outside in: a panic becomes a problem; the request is logged; it is given up after its
//! time; a write under a key that was answered before is answered again; its body may only be so
//! large.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::api::{self, openapi};
use crate::app::App;
use crate::idempotency;
use crate::problem::{self, Problem};

/// The routes with their description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(api::health::router())
        .nest("/api/v1", api::router())
}

/// The description of the API.
pub fn description() -> utoipa::openapi::OpenApi {
    openapi::with_ids(described().to_openapi())
}

/// The whole application.
pub fn build(app: App) -> Router {
    let (routes, description) = described().split_for_parts();
    routes
        .merge(openapi::route(openapi::with_ids(description)))
        .fallback(async || Problem::NoSuchPath)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(app.config.body_limit_bytes))
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::once))
        .layer(middleware::from_fn_with_state(app.clone(), give_up_in_time))
        .layer(middleware::from_fn(log_request))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .with_state(app)
}

async fn give_up_in_time(State(app): State<App>, request: Request, next: Next) -> Response {
    // A piece of a file takes as long as the line does; its receiver gives up when nothing comes.
    if request.method() == Method::PATCH && request.uri().path().starts_with(api::uploads::PATH) {
        return next.run(request).await;
    }
    let limit = Duration::from_secs(app.config.request_timeout_s);
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| Problem::TimedOut.into_response())
}

/// Logs method, path, status and time. Never the query, which may hold names.
async fn log_request(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let start = Instant::now();
    let response = next.run(request).await;
    let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    tracing::info!(%method, path, status, took_ms, "answered {status}");
    response
}
