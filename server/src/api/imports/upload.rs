//! The uploaded workbook, sent as the body itself or in a form.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;

use crate::app::App;
use crate::problem::Problem;

/// The bytes of a workbook.
#[derive(Debug)]
pub(super) struct Workbook(pub(super) Bytes);

impl FromRequest<App> for Workbook {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let limit_bytes = app.config.import_limit_bytes;
        let (parts, body) = request.into_parts();
        let bytes =
            axum::body::to_bytes(body, limit_bytes).await.map_err(|_| Problem::TooLarge { limit_bytes })?;
        let is_form = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("multipart/form-data"));
        let bytes = if is_form {
            let mut request = Request::from_parts(parts, Body::from(bytes));
            // The limit of other routes does not hold here; the bytes are in memory already.
            DefaultBodyLimit::max(limit_bytes).apply(&mut request);
            file_of(request, app).await?
        } else {
            bytes
        };
        if bytes.is_empty() { Err(no_file()) } else { Ok(Self(bytes)) }
    }
}

async fn file_of(request: Request, app: &App) -> Result<Bytes, Problem> {
    let unreadable = |detail: String| Problem::Unreadable { detail };
    let mut form =
        Multipart::from_request(request, app).await.map_err(|error| unreadable(error.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(error.body_text()))? {
        if field.name() == Some("file") {
            return field.bytes().await.map_err(|error| unreadable(error.body_text()));
        }
    }
    Err(no_file())
}

fn no_file() -> Problem {
    Problem::field("file", "not_a_file")
}
