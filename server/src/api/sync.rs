//! The sync door over HTTP: one POST, any number of changes both ways. Verdicts stand in the body;
//! the status is for transport.

use std::time::Instant;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tingfang_core::sync::wire::MEDIA_TYPE;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Raw;
use super::schema::Problems;
use crate::app::App;
use crate::identity::EnrolledDevice;
use crate::problem::Problem;
use crate::sync::SyncError;

/// The route of sync.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(exchange))
}

/// Takes a phone's frames and gives what is new for it. The messages are CBOR inside zstd.
#[utoipa::path(post, path = "/sync", tag = "sync", security(("device" = [])),
    request_body(content = Vec<u8>, content_type = "application/vnd.tingfang.sync.v1+cbor-zstd"),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.tingfang.sync.v1+cbor-zstd"), Problems))]
async fn exchange(
    State(app): State<App>,
    phone: EnrolledDevice,
    Raw(request): Raw,
) -> Result<Response, Problem> {
    let begun = Instant::now();
    let answer = app.blocking(move |app| app.sync.exchange(&phone.device, &request)).await?;
    app.sync.metrics().exchange_took(begun.elapsed());
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], answer).into_response())
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Db(error) => error.into(),
            SyncError::Unreadable(error) => Self::Unreadable { detail: error.to_string() },
            SyncError::WrongDevice => Self::field("device", "not_this_device"),
            SyncError::WrongTenant => Self::field("tenant", "not_this_tenant"),
        }
    }
}
