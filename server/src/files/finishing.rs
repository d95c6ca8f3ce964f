//! The end of an upload: the pieces are put together when they are what their digest says.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use object_store::path::Path;
use sha2::{Digest, Sha256};
use tingfang_core::clock::Moment;
use tingfang_core::id::{PersonId, UploadId};
use tingfang_core::record::attachment::{AttachmentRules, ContentDigest, MediaType};
use tingfang_core::sync::row_kind::RowKind;

use super::{Files, FilesError, thumbnail, thumbnail_of};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::log;
use crate::problem::{FieldProblem, Problem};
use crate::store::attachment::{self, Source};
use crate::store::{document, upload};

/// For how long an upload of which nothing comes is kept. The phone has the file and begins again.
const KEPT_MILLIS: i64 = 14 * 24 * 3_600_000;

/// How an upload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// More is to come.
    NotYet,
    /// The file is here.
    Whole,
}

/// Ends an upload when all of it has come. Ending it twice does no harm.
///
/// # Errors
/// [`Problem::OtherDigest`] when the bytes are not what their digest says, and the upload is over;
/// [`Problem::Invalid`] when they are of another kind.
pub async fn finish(app: &App, id: UploadId) -> Result<Finished, Problem> {
    let found = app.read(move |tx| Ok::<_, Problem>((upload::find(tx, id)?, upload::parts(tx, id)?))).await?;
    let (Some(upload), parts) = found else { return Err(Problem::NotFound { what: "upload" }) };
    if upload.is_finished {
        return Ok(Finished::Whole);
    }
    if upload.received_bytes < upload.size_bytes {
        return Ok(Finished::NotYet);
    }
    let objects: Vec<String> = parts.into_iter().map(|part| part.object).collect();
    let digest = upload.digest;
    if let Some(order) = app.read(move |tx| Ok::<_, Problem>(attachment::erased_by(tx, digest)?)).await? {
        end(app, &upload, objects, None).await?;
        return Err(Problem::Erased { order });
    }
    // What somebody else has handed in, or this person on another device, needs no second copy.
    let is_here = app.files.has(upload.digest).await?;
    if !objects.is_empty() {
        let (digest, beginning) = app.files.look_through(&objects).await?;
        let wrong = if digest != upload.digest {
            Some(Problem::OtherDigest)
        } else if AttachmentRules::check_beginning(upload.media_type, &beginning).is_err() {
            let field = FieldProblem::new("filetype", "other_kind").with("given", upload.media_type);
            Some(Problem::Invalid(vec![field]))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            end(app, &upload, objects, None).await?;
            return Err(wrong);
        }
        if !is_here {
            app.files.join(upload.digest, &objects).await?;
        }
    } else if !is_here {
        // The file went away after this upload was answered as needing no bytes.
        end(app, &upload, objects, None).await?;
        return Err(Problem::NotFound { what: "upload" });
    }
    let has_thumbnail = make_thumbnail(&app.files, upload.digest, upload.media_type).await;
    let kept = attachment::Kept {
        digest: upload.digest,
        size_bytes: upload.size_bytes,
        media_type: upload.media_type,
        has_thumbnail,
        stored_at: app.now(),
    };
    end(app, &upload, objects, Some(kept)).await?;
    Ok(Finished::Whole)
}

/// Ends an upload in the database, then drops its pieces.
async fn end(
    app: &App,
    ended: &upload::Kept,
    objects: Vec<String>,
    whole: Option<attachment::Kept>,
) -> Result<(), Problem> {
    let (id, device, person, now) = (ended.id, ended.device, ended.person, app.now());
    app.write(move |tx| {
        if let Some(whole) = &whole
            && attachment::erased_by(tx, whole.digest)?.is_none()
        {
            attachment::insert(tx, whole)?;
            attachment::add_source(tx, whole.digest, Source { person, device, received_at: now })?;
            publish_stored(tx, whole.digest, &[person])?;
            return Ok(upload::set_finished(tx, id)?);
        }
        Ok::<_, Problem>(upload::remove(tx, id)?)
    })
    .await?;
    for object in objects {
        app.files.drop_coming(&object).await;
    }
    Ok(())
}

/// Gives up an upload that its sender does not want any more.
///
/// # Errors
/// When the data layer fails.
pub async fn give_up(app: &App, id: UploadId) -> Result<(), Problem> {
    let found = app.read(move |tx| Ok::<_, Problem>((upload::find(tx, id)?, upload::parts(tx, id)?))).await?;
    let (Some(upload), parts) = found else { return Ok(()) };
    end(app, &upload, parts.into_iter().map(|part| part.object).collect(), None).await
}

/// Tells everybody who has a record that a file belongs to, and these people, that it is here.
///
/// # Errors
/// When the data layer fails.
pub fn publish_stored(tx: &Tx, digest: ContentDigest, also: &[PersonId]) -> Result<(), DbError> {
    let Some(kept) = attachment::find(tx, digest)? else { return Ok(()) };
    let mut told: BTreeSet<PersonId> = also.iter().copied().collect();
    for record in attachment::users(tx, digest)? {
        if attachment::belongs_to(tx, record, digest)? {
            told.extend(document::readers(tx, record)?);
        }
    }
    let body = serde_json::json!({ "size_bytes": kept.size_bytes, "stored_at": kept.stored_at });
    for person in told {
        log::publish(tx, person, RowKind::Attachment, &digest.to_string(), &body)?;
    }
    Ok(())
}

/// Erases the files that only erased records name, with what of them is under way.
///
/// # Errors
/// When the data layer or the store of files fails.
pub async fn forget_erased(app: &App) -> Result<(), Problem> {
    for digest in app.read(|tx| Ok::<_, Problem>(attachment::only_of_erased(tx)?)).await? {
        for (upload, objects) in app.read(move |tx| Ok::<_, Problem>(under_way(tx, digest)?)).await? {
            end(app, &upload, objects, None).await?;
        }
        app.files.erase(digest).await?;
    }
    Ok(())
}

fn under_way(tx: &Tx, digest: ContentDigest) -> Result<Vec<(upload::Kept, Vec<String>)>, DbError> {
    with_objects(tx, upload::of_file(tx, digest)?)
}

/// Ends uploads of which nothing has come for long. Says how many.
///
/// # Errors
/// When the data layer fails.
pub async fn forget_stale(app: &App) -> Result<usize, Problem> {
    let before = app.now().plus_millis(-KEPT_MILLIS);
    let stale = app.read(move |tx| Ok::<_, Problem>(stale_uploads(tx, before)?)).await?;
    let count = stale.len();
    for (upload, objects) in stale {
        end(app, &upload, objects, None).await?;
    }
    Ok(count)
}

fn stale_uploads(tx: &Tx, before: Moment) -> Result<Vec<(upload::Kept, Vec<String>)>, DbError> {
    with_objects(tx, upload::stale(tx, before)?)
}

fn with_objects(tx: &Tx, uploads: Vec<UploadId>) -> Result<Vec<(upload::Kept, Vec<String>)>, DbError> {
    let mut found = Vec::new();
    for id in uploads {
        let objects = upload::parts(tx, id)?.into_iter().map(|part| part.object).collect();
        found.extend(upload::find(tx, id)?.map(|upload| (upload, objects)));
    }
    Ok(found)
}

impl Files {
    /// The digest of pieces put together, and their first bytes.
    async fn look_through(&self, objects: &[String]) -> Result<(ContentDigest, Vec<u8>), FilesError> {
        let (mut hasher, mut beginning) = (Sha256::new(), Vec::new());
        let telling = usize::try_from(MediaType::TELLING_BYTES).unwrap_or(usize::MAX);
        for object in objects {
            let mut bytes = self.stream(&Path::from(object.as_str())).await?;
            while let Some(part) = bytes.next().await {
                let part = part?;
                let missing = telling.saturating_sub(beginning.len()).min(part.len());
                beginning.extend_from_slice(&part[..missing]);
                hasher.update(&part);
            }
        }
        Ok((ContentDigest(hasher.finalize().into()), beginning))
    }
}

/// Makes the small picture of a file, where it has one. A file is as good without.
async fn make_thumbnail(files: &Files, digest: ContentDigest, media: MediaType) -> bool {
    if !thumbnail::is_picture(media) {
        return false;
    }
    match try_thumbnail(files, digest, media).await {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!(%error, %digest, "there is no small picture of a file");
            false
        }
    }
}

async fn try_thumbnail(files: &Files, digest: ContentDigest, media: MediaType) -> Result<bool, FilesError> {
    let mut bytes = files.read(digest).await?;
    let mut whole = Vec::new();
    while let Some(part) = bytes.next().await {
        whole.extend_from_slice(&part?);
    }
    // Reading a picture takes a processor for a while.
    let made = tokio::task::spawn_blocking(move || thumbnail::make(&whole, media)).await;
    let Ok(Some(small)) = made else { return Ok(false) };
    files.put(&thumbnail_of(digest), small.into(), "keeping a small picture").await?;
    Ok(true)
}
