//! 附件 attachments of records: which there are, their bytes and their small pictures, for who may read
//! the record. Phones fetch them with the device's token.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DocumentId, EntryId, PersonId};
use tingfang_core::record::attachment::{Attached, ContentDigest, attached};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::PathId;
use super::schema::{self, Problems};
use crate::app::App;
use crate::db::Tx;
use crate::identity::{EnrolledDevice, SignedIn};
use crate::problem::Problem;
use crate::records;
use crate::store::{attachment, document};

/// A file that a record names.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its entry in the record.
    #[schema(schema_with = schema::id)]
    entry: EntryId,
    /// The SHA-256 of its bytes.
    #[schema(value_type = String)]
    digest: ContentDigest,
    /// How large it is.
    size_bytes: u64,
    /// Of which kind it is.
    media_type: &'static str,
    /// What it shows: `scan`, `photo`, `sound`, `paper`.
    purpose: &'static str,
    /// Its name.
    name: String,
    /// When it was made, as its writer says.
    #[schema(schema_with = schema::moment)]
    made_at: Option<Moment>,
    /// Whether its writer took it back.
    withdrawn: bool,
    /// Whether its bytes are here; otherwise a phone has still to hand them in.
    is_stored: bool,
    /// Whether there is a small picture.
    has_thumbnail: bool,
}

impl AttachmentView {
    fn new(attached: Attached, kept: Option<&attachment::Kept>) -> Self {
        Self {
            entry: attached.entry,
            digest: attached.digest,
            size_bytes: attached.size_bytes,
            media_type: attached.media_type.code(),
            purpose: attached.purpose.code(),
            name: attached.name,
            made_at: attached.made_at,
            withdrawn: attached.withdrawn,
            is_stored: kept.is_some(),
            has_thumbnail: kept.is_some_and(|kept| kept.has_thumbnail),
        }
    }
}

/// The routes of attachments.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_attachments))
        .routes(routes!(download))
        .routes(routes!(show_thumbnail))
        .routes(routes!(fetch))
        .routes(routes!(fetch_thumbnail))
}

/// Lists the files that a record names.
#[utoipa::path(get, path = "/records/{id}/attachments", tag = "attachments", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<AttachmentView>), Problems))]
async fn list_attachments(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Vec<AttachmentView>>, Problem> {
    let views = app
        .read(move |tx| {
            let record = records::open(tx, &signed_in, id)?;
            let mut views = Vec::new();
            for attached in attached(&record.row.kind, &record.document.content()) {
                let kept = attachment::find(tx, attached.digest)?;
                views.push(AttachmentView::new(attached, kept.as_ref()));
            }
            Ok::<_, Problem>(views)
        })
        .await?;
    Ok(Json(views))
}

/// Gives the bytes of a file.
#[utoipa::path(get, path = "/records/{id}/attachments/{digest}", tag = "attachments", security(("session" = [])),
    params(("id" = String, Path), ("digest" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Problems))]
async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, digest) = named(&id, &digest)?;
    let kept = app.read(move |tx| readable(tx, &signed_in, id, digest)).await?;
    let bytes = app.files.read(digest).await?;
    let media = HeaderValue::from_static(kept.media_type.code());
    let length = HeaderValue::from(kept.size_bytes);
    let said = [(header::CONTENT_TYPE, media), (header::CONTENT_LENGTH, length)];
    Ok((said, harmless(), Body::from_stream(bytes)).into_response())
}

/// Gives the small picture of a file, as JPEG.
#[utoipa::path(get, path = "/records/{id}/attachments/{digest}/thumbnail", tag = "attachments",
    security(("session" = [])), params(("id" = String, Path), ("digest" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"), Problems))]
async fn show_thumbnail(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, digest) = named(&id, &digest)?;
    let kept = app.read(move |tx| readable(tx, &signed_in, id, digest)).await?;
    thumbnail(&app, &kept).await
}

async fn thumbnail(app: &App, kept: &attachment::Kept) -> Result<Response, Problem> {
    if !kept.has_thumbnail {
        return Err(Problem::NotFound { what: "file" });
    }
    let bytes = app.files.read_thumbnail(kept.digest).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], harmless(), bytes).into_response())
}

/// Gives a range of the bytes of a file to a phone that has the record.
#[utoipa::path(get, path = "/sync/records/{id}/attachments/{digest}", tag = "attachments",
    security(("device" = [])),
    params(("id" = String, Path), ("digest" = String, Path), ("Range" = String, Header)),
    responses((status = 206, body = Vec<u8>, content_type = "application/octet-stream"), Problems))]
async fn fetch(
    State(app): State<App>,
    phone: EnrolledDevice,
    Path((id, digest)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    phone.require_active()?;
    let (id, digest) = named(&id, &digest)?;
    let kept = app.read(move |tx| on_phones(tx, phone.person, id, digest)).await?;
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).and_then(range_in);
    let (first, last) = asked.ok_or_else(|| Problem::field("Range", "range"))?;
    if first >= kept.size_bytes {
        return Err(Problem::field("Range", "range"));
    }
    let last = last.min(kept.size_bytes - 1).min(first + MOST_FETCHED_BYTES - 1);
    let bytes = app.files.read_range(digest, first..last + 1).await?;
    let range = format!("bytes {first}-{last}/{}", kept.size_bytes);
    let said =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_RANGE, range)];
    Ok((StatusCode::PARTIAL_CONTENT, said, bytes).into_response())
}

/// Gives the small picture of a file, as JPEG, to a phone that has the record.
#[utoipa::path(get, path = "/sync/records/{id}/attachments/{digest}/thumbnail", tag = "attachments",
    security(("device" = [])), params(("id" = String, Path), ("digest" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"), Problems))]
async fn fetch_thumbnail(
    State(app): State<App>,
    phone: EnrolledDevice,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    phone.require_active()?;
    let (id, digest) = named(&id, &digest)?;
    let kept = app.read(move |tx| on_phones(tx, phone.person, id, digest)).await?;
    thumbnail(&app, &kept).await
}

/// A file for somebody who has a record on the phone that names it.
fn on_phones(
    tx: &Tx,
    person: PersonId,
    id: DocumentId,
    digest: ContentDigest,
) -> Result<attachment::Kept, Problem> {
    let reads = document::is_reader(tx, id, person)? && attachment::belongs_to(tx, id, digest)?;
    let kept = if reads { attachment::find(tx, digest)? } else { None };
    kept.ok_or(Problem::NotFound { what: "file" })
}

/// The most bytes of one answer to a phone.
const MOST_FETCHED_BYTES: u64 = 4 * 1024 * 1024;

/// One range of the form `bytes=FIRST-LAST`.
fn range_in(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

fn named(id: &str, digest: &str) -> Result<(DocumentId, ContentDigest), Problem> {
    Ok((id.parse()?, digest.parse().map_err(|_| Problem::field("digest", "not_a_digest"))?))
}

/// A file for somebody who may read a record that names it.
fn readable(
    tx: &Tx,
    reader: &SignedIn,
    id: DocumentId,
    digest: ContentDigest,
) -> Result<attachment::Kept, Problem> {
    records::open(tx, reader, id)?;
    let not_there = Problem::NotFound { what: "file" };
    if !attachment::belongs_to(tx, id, digest)? {
        return Err(not_there);
    }
    attachment::find(tx, digest)?.ok_or(not_there)
}

/// What somebody has sent is shown as what it is said to be, and never run.
fn harmless() -> [(HeaderName, &'static str); 3] {
    [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ]
}

#[cfg(test)]
mod tests {
    use super::range_in;

    #[test]
    fn a_range_has_both_ends() {
        assert_eq!(range_in("bytes=0-9"), Some((0, 9)));
        for wrong in ["bytes=5-", "bytes=-5", "bytes=9-0", "items=0-9", "bytes=0-9,20-29", ""] {
            assert_eq!(range_in(wrong), None, "{wrong}");
        }
    }
}
