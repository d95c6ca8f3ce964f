//! The audit log for whoever audits it: its checkpoint and its tiles, by C2SP's tlog-checkpoint and tlog-tiles. The
//! prefix of a log holds its epoch: a server that is put back to an older state begins another log, whose tiles differ.
//!
//! Both are open to everybody: they hold hashes of what only its owner can name, and a log that only its keeper
//! reads proves nothing.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tingfang_core::audit::tile::{LEVELS_OF_TILE, Tile, TileContent};
use tingfang_core::id::LogEpoch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::schema::Problems;
use crate::app::App;
use crate::db::Tx;
use crate::log;
use crate::problem::Problem;
use crate::store::{audit_log, server_key};

/// A tile never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The routes of the audit log.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(newest))
        .route("/audit-log/{log}/checkpoint", get(checkpoint))
        .route("/audit-log/{log}/tile/{*address}", get(tile))
}

/// The checkpoint of the audit log that there is now, as a signed note. Needs no session. The log's prefix by C2SP's
/// tlog-tiles is `/audit-log/{log}`, where the log's epoch is what its name ends with.
#[utoipa::path(get, path = "/audit-log/checkpoint", tag = "audit_log",
    responses((status = 200, body = String, content_type = "text/plain"), Problems))]
async fn newest(State(app): State<App>) -> Result<Response, Problem> {
    signed_note(&app, None).await
}

async fn checkpoint(State(app): State<App>, Path(log): Path<String>) -> Result<Response, Problem> {
    signed_note(&app, Some(log)).await
}

async fn signed_note(app: &App, log: Option<String>) -> Result<Response, Problem> {
    let text = app
        .read(move |tx| {
            let epoch = epoch(tx, log.as_deref())?;
            Ok::<_, Problem>(audit_log::checkpoint(tx, epoch, &server_key::signer(tx)?)?.to_string())
        })
        .await?;
    let said = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((said, text).into_response())
}

/// The epoch of the log that there is now. Another one has no checkpoint and no tiles any more.
fn epoch(tx: &Tx, asked: Option<&str>) -> Result<LogEpoch, Problem> {
    let (_, epoch) = log::head(tx)?;
    let is_this = asked.is_none_or(|asked| asked == epoch.to_string());
    if is_this { Ok(epoch) } else { Err(Problem::NotFound { what: "log" }) }
}

async fn tile(
    State(app): State<App>,
    Path((log, address)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let not_there = || Problem::NotFound { what: "tile" };
    let asked: Tile = address.parse().map_err(|_| not_there())?;
    let bytes = app
        .read(move |tx| {
            epoch(tx, Some(&log))?;
            let first = asked.first().ok_or_else(not_there)?;
            let bytes: Vec<u8> = match asked.content {
                TileContent::Hashes { level } => {
                    audit_log::nodes(tx, u32::from(level) * LEVELS_OF_TILE, first, asked.width)?.concat()
                }
                TileContent::Entries => {
                    let entries = audit_log::leaves(tx, first, asked.width)?;
                    entries.iter().flat_map(|leaf| with_length(&leaf.entry())).collect()
                }
            };
            Ok::<_, Problem>(bytes)
        })
        .await?;
    // What is not all there yet is asked for as a narrower tile.
    let per_one = match asked.content {
        TileContent::Hashes { .. } => 32,
        TileContent::Entries => 34,
    };
    if bytes.len() != per_one * usize::from(asked.width) {
        return Err(not_there());
    }
    let said = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((said, Body::from(bytes)).into_response())
}

fn with_length(entry: &[u8; 32]) -> Vec<u8> {
    [&32_u16.to_be_bytes()[..], entry].concat()
}
