//! Extractors whose rejections are problems.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tingfang_core::id::InvalidId;

use crate::app::App;
use crate::problem::Problem;

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

/// The query of an address.
#[derive(Clone, Copy, Debug)]
pub struct Params<T>(pub T);

/// The one id in a path.
#[derive(Clone, Copy, Debug)]
pub struct PathId<T>(pub T);

/// The bytes of a body.
#[derive(Clone, Debug)]
pub struct Raw(pub Bytes);

/// No text of ours holds this character: not every database can store it, and no keyboard writes it.
const NUL: &str = "a text holds the character U+0000";

/// Whether a JSON text names the character U+0000, which it can only do by its escape.
fn names_nul(json: &[u8]) -> bool {
    let marks = json.windows(6).enumerate().filter(|(_, part)| part == b"\\u0000");
    marks.into_iter().any(|(at, _)| {
        let before = json[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        before.is_multiple_of(2)
    })
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let Raw(bytes) = Raw::from_request(Request::from_parts(parts.clone(), body), app).await?;
        if names_nul(&bytes) {
            return Err(Problem::Unreadable { detail: NUL.to_owned() });
        }
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        match Json::<T>::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::UnsupportedMedia { wanted: "application/json" })
            }
            Err(rejection) => Err(Problem::unreadable_body(
                rejection.status(),
                rejection.body_text(),
                app.config.body_limit_bytes,
            )),
        }
    }
}

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        Bytes::from_request(request, app).await.map(Self).map_err(|rejection: BytesRejection| {
            Problem::unreadable_body(rejection.status(), rejection.body_text(), app.config.body_limit_bytes)
        })
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::Unreadable { detail: NUL.to_owned() });
        }
        Query::<T>::from_request_parts(parts, app)
            .await
            .map(|Query(params)| Self(params))
            .map_err(|rejection: QueryRejection| Problem::Unreadable { detail: rejection.body_text() })
    }
}

impl<T: std::str::FromStr<Err = InvalidId> + Send> FromRequestParts<App> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|rejection| Problem::Unreadable { detail: rejection.body_text() })?;
        Ok(Self(text.parse()?))
    }
}
