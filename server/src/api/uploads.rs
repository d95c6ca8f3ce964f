//! Taking attached files from phones, by the protocol tus 1.0 with its extensions creation, checksum,
//! termination and expiration. Any client of tus can send, under a device's token.
//!
//! `Upload-Metadata` holds `sha256` (the digest of the whole, 64 hexadecimal digits), `filetype`, and
//! `document`, the record that names the file.

mod metadata;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tingfang_core::id::UploadId;
use tingfang_core::record::attachment::{AttachmentProblem, AttachmentRules};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::metadata::Metadata;
use super::extract::PathId;
use super::schema::Problems;
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::files::{self, Finished};
use crate::identity::EnrolledDevice;
use crate::problem::{FieldProblem, Problem};
use crate::store::{attachment, document, erasure, upload};

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const TUS_CHECKSUM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const VERSION: &str = "1.0.0";
const PIECE: &str = "application/offset+octet-stream";

/// The most that one person has on its way at a time, in bytes; more waits on the phone.
const MOST_UNDER_WAY_BYTES: u64 = 2_000_000_000;
/// A piece with a checksum is held in memory until it is checked; this large at the most.
const MOST_CHECKED_BYTES: usize = 16 * 1024 * 1024;

/// Where uploads lie.
pub const PATH: &str = "/api/v1/attachments/uploads";

/// The routes of uploads.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin, options))
        .routes(routes!(ask, send, end))
        .layer(middleware::map_response(speak_tus))
}

/// Says in every answer, problems too, which protocol is spoken.
async fn speak_tus(mut response: Response) -> Response {
    response.headers_mut().insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

/// Says what of tus is spoken here.
#[utoipa::path(options, path = "/attachments/uploads", tag = "attachments",
    responses((status = 204), Problems))]
async fn options() -> Response {
    let most = AttachmentRules::shipped().most_bytes().to_string();
    let said = [
        (TUS_VERSION, VERSION.to_owned()),
        (TUS_EXTENSION, "creation,checksum,termination,expiration".to_owned()),
        (TUS_CHECKSUM, "sha1,sha256".to_owned()),
        (TUS_MAX_SIZE, most),
    ];
    (StatusCode::NO_CONTENT, said).into_response()
}

/// Begins to take a file. Where the server has it already, and this person has handed it in or reads a
/// record to which it belongs, `Upload-Offset` in the answer says that nothing is to be sent.
#[utoipa::path(post, path = "/attachments/uploads", tag = "attachments", security(("device" = [])),
    params(("Upload-Length" = u64, Header), ("Upload-Metadata" = String, Header)),
    responses((status = 201), Problems))]
async fn begin(
    State(app): State<App>,
    phone: EnrolledDevice,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    check_version(&headers)?;
    phone.require_handing_in(&app).await?;
    let given = Metadata::read(&headers)?;
    let size_bytes =
        number(&headers, &UPLOAD_LENGTH).ok_or_else(|| Problem::field("Upload-Length", "size_missing"))?;
    check_size(&given, size_bytes)?;
    let fresh = upload::Kept {
        id: app.minter.mint(),
        device: phone.device.id,
        person: phone.person,
        digest: given.digest,
        size_bytes,
        media_type: given.media_type,
        received_bytes: 0,
        is_finished: false,
        begun_at: app.now(),
    };
    let begun = app.write(move |tx| begin_in(tx, &given, fresh.clone())).await?;
    if begun.received_bytes == begun.size_bytes {
        files::finish(&app, begun.id).await?;
    }
    let location = format!("{PATH}/{}", begun.id);
    let said = [(header::LOCATION, location), (UPLOAD_OFFSET, begun.received_bytes.to_string())];
    Ok((StatusCode::CREATED, said).into_response())
}

fn begin_in(tx: &Tx, given: &Metadata, mut fresh: upload::Kept) -> Result<upload::Kept, Problem> {
    let rules = AttachmentRules::shipped();
    if let Some(record) = given.document.map(|id| document::find(tx, id)).transpose()?.flatten()
        && !rules.takes_media(&record.kind, given.media_type)
    {
        return Err(Problem::Invalid(vec![given.not_taken(&record.kind)]));
    }
    let of_record = given.document.map(|id| erasure::of_document(tx, id)).transpose()?.flatten();
    if let Some(order) = of_record.map(|order| order.number).or(attachment::erased_by(tx, fresh.digest)?) {
        return Err(Problem::Erased { order });
    }
    if upload::bytes_under_way(tx, fresh.person)? + fresh.size_bytes > MOST_UNDER_WAY_BYTES {
        return Err(Problem::Wait { retry_after_s: 600 });
    }
    if knows_file(tx, &fresh)? {
        fresh.received_bytes = fresh.size_bytes;
    }
    upload::insert(tx, &fresh)?;
    Ok(fresh)
}

/// Whether the file is here and this person may know it. Nobody learns by asking what others have sent.
fn knows_file(tx: &Tx, fresh: &upload::Kept) -> Result<bool, DbError> {
    let Some(kept) = attachment::find(tx, fresh.digest)? else { return Ok(false) };
    if kept.size_bytes != fresh.size_bytes {
        return Ok(false);
    }
    if attachment::is_source(tx, fresh.digest, fresh.person)? {
        return Ok(true);
    }
    // Who writes the name of a file into a record does not know the file by that.
    for record in attachment::users(tx, fresh.digest)? {
        if document::is_reader(tx, record, fresh.person)? && attachment::belongs_to(tx, record, fresh.digest)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn check_size(given: &Metadata, size_bytes: u64) -> Result<(), Problem> {
    let Err(problem) = AttachmentRules::shipped().check_size(given.media_type, size_bytes) else {
        return Ok(());
    };
    Err(Problem::Invalid(vec![match problem {
        AttachmentProblem::TooLarge { size_bytes, most_bytes, .. } => {
            FieldProblem::new("Upload-Length", "file_too_large")
                .with("given", size_bytes)
                .with("most", most_bytes)
        }
        _ => FieldProblem::new("Upload-Length", "empty"),
    }]))
}

/// Says how much of a file is here.
#[utoipa::path(head, path = "/attachments/uploads/{id}", tag = "attachments", security(("device" = [])),
    params(("id" = String, Path)), responses((status = 200), Problems))]
async fn ask(
    State(app): State<App>,
    phone: EnrolledDevice,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    check_version(&headers)?;
    own(&app, &phone, id).await?;
    app.files.interrupt(id).await;
    let upload = own(&app, &phone, id).await?;
    // The server may have stopped between the last byte and the end.
    files::finish(&app, id).await?;
    let said = [
        (UPLOAD_OFFSET, upload.received_bytes.to_string()),
        (UPLOAD_LENGTH, upload.size_bytes.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::OK, said).into_response())
}

/// Takes a piece of a file. What came of a request that is cut is kept.
#[utoipa::path(patch, path = "/attachments/uploads/{id}", tag = "attachments", security(("device" = [])),
    params(("id" = String, Path), ("Upload-Offset" = u64, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204), Problems))]
async fn send(
    State(app): State<App>,
    phone: EnrolledDevice,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_version(&headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|given| given != PIECE) {
        return Err(Problem::UnsupportedMedia { wanted: PIECE });
    }
    let upload = own(&app, &phone, id).await?;
    let offset = number(&headers, &UPLOAD_OFFSET)
        .ok_or(Problem::UploadOffset { received_bytes: upload.received_bytes })?;
    let body = match headers.get(UPLOAD_CHECKSUM) {
        Some(checksum) => checked(checksum, body).await?,
        None => body,
    };
    let received = files::receive(&app, upload, offset, body).await?;
    let finished = files::finish(&app, id).await?;
    tracing::debug!(whole = finished == Finished::Whole, "took a piece of a file");
    let said = [(UPLOAD_OFFSET, received.received_bytes.to_string())];
    Ok((StatusCode::NO_CONTENT, said).into_response())
}

/// Gives up an upload. A file that is here stays.
#[utoipa::path(delete, path = "/attachments/uploads/{id}", tag = "attachments", security(("device" = [])),
    params(("id" = String, Path)), responses((status = 204), Problems))]
async fn end(
    State(app): State<App>,
    phone: EnrolledDevice,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    check_version(&headers)?;
    own(&app, &phone, id).await?;
    files::give_up(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An upload of this very device. One of another is not there.
async fn own(app: &App, phone: &EnrolledDevice, id: UploadId) -> Result<upload::Kept, Problem> {
    phone.require_handing_in(app).await?;
    let device = phone.device.id;
    let found = app.read(move |tx| Ok::<_, Problem>(upload::find(tx, id)?)).await?;
    found.filter(|upload| upload.device == device).ok_or(Problem::NotFound { what: "upload" })
}

/// Reads a piece whole and checks it: one that was spoilt on the way counts for nothing.
async fn checked(checksum: &HeaderValue, body: Body) -> Result<Body, Problem> {
    let unknown = || Problem::field("Upload-Checksum", "unknown_checksum");
    let text = checksum.to_str().map_err(|_| unknown())?;
    let (algorithm, value) = text.split_once(' ').ok_or_else(unknown)?;
    let value = STANDARD.decode(value.trim()).map_err(|_| unknown())?;
    let bytes = axum::body::to_bytes(body, MOST_CHECKED_BYTES)
        .await
        .map_err(|_| Problem::TooLarge { limit_bytes: MOST_CHECKED_BYTES })?;
    let fits = match algorithm {
        "sha1" => Sha1::digest(&bytes).as_slice() == value,
        "sha256" => Sha256::digest(&bytes).as_slice() == value,
        _ => return Err(unknown()),
    };
    if fits { Ok(Body::from(bytes)) } else { Err(Problem::OtherDigest) }
}

fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(TUS_RESUMABLE) {
        Some(version) if version == VERSION => Ok(()),
        _ => Err(Problem::TusVersion),
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
