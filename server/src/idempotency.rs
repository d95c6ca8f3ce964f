//! Idempotency keys: a write that is sent again, because its answer was lost on the way, is answered
//! again instead of done again.
//!
//! A key counts for one session, method and address, for a day. Answers that hold a token or a code
//! are never kept, so signing in and enrolling pass by; sync has its own way.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::{self, Problem};
use crate::store::idempotency::{self, Claim, GivenAnswer};

const KEY: &str = "idempotency-key";
const REPLAYED: &str = "idempotency-replayed";
const LONGEST_KEY: usize = 200;
const KEPT_MS: i64 = 24 * 3_600_000;

/// Paths whose answers hold secrets, or that have their own way.
const PASSED_BY: &[&str] = &["/api/v1/session", "/api/v1/devices", "/api/v1/sync"];

/// Wraps every request; those without a key go through as they are.
pub async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let writes = matches!(*request.method(), Method::POST | Method::PUT | Method::DELETE);
    let passed_by = PASSED_BY.iter().any(|path| request.uri().path().starts_with(path));
    match request.headers().get(KEY).cloned() {
        Some(key) if writes && !passed_by => {
            done_once(&app, &key, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn done_once(app: &App, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Problem> {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::field(KEY, "key_length"));
    }
    let limit_bytes = app.config.import_limit_bytes;
    let (mut parts, body) = request.into_parts();
    // Nobody who is not signed in makes the server keep a body or write a row.
    SignedIn::from_request_parts(&mut parts, app).await?;
    let body =
        axum::body::to_bytes(body, limit_bytes).await.map_err(|_| Problem::TooLarge { limit_bytes })?;
    let session = parts.headers.get(header::AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    let place = format!("{} {}", parts.method, parts.uri);
    let key_hash = hash(&[session, place.as_bytes(), key.as_bytes()]);
    let request_hash = hash(&[&body]);
    let now = app.now();
    let patience_ms = i64::try_from(app.config.request_timeout_s).unwrap_or(i64::MAX / 2_000) * 2_000;
    let claim = app
        .write(move |tx| {
            let (forget, give_up) = (now.plus_millis(-KEPT_MS), now.plus_millis(-patience_ms));
            Ok::<_, Problem>(idempotency::claim(tx, &key_hash, &request_hash, now, forget, give_up)?)
        })
        .await?;
    match claim {
        Claim::OtherRequest => Err(Problem::field(KEY, "key_reused")),
        Claim::UnderWay => Err(Problem::NotReady { retry_after_s: 1 }),
        Claim::Answered(answer) => Ok(replay(answer)),
        Claim::Fresh => {
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            keep(app, key_hash, response).await
        }
    }
}

/// Keeps the answer, unless another try may end otherwise.
async fn keep(app: &App, key_hash: [u8; 32], response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let may_pass = problem::may_pass(parts.status);
    let answer = GivenAnswer {
        status: parts.status.as_u16(),
        content_type: content_type(&parts.headers),
        body: body.to_vec(),
    };
    app.write(move |tx| {
        let done = if may_pass {
            idempotency::release(tx, &key_hash)
        } else {
            idempotency::keep(tx, &key_hash, &answer)
        };
        Ok::<_, Problem>(done?)
    })
    .await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(answer: GivenAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(kind) = answer.content_type.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok().map(str::to_owned)
}

/// One hash over several parts, each with its length, so that no two lists share it.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
