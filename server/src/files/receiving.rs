//! Taking what comes of a file, and keeping all of it, however the request ends.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use tingfang_core::id::{DeviceId, PersonId, UploadId};
use tingfang_core::rescue::RescuedFile;
use tokio::sync::{Notify, watch};

use super::{Files, Finished, coming, finish};
use crate::app::App;
use crate::problem::Problem;
use crate::store::attachment;
use crate::store::upload::{self, Part};

/// What came is made durable in pieces of this size.
const PIECE_BYTES: usize = 1024 * 1024;
/// What came is made durable at least as often. A server that is killed, or a line that dies without a
/// word, costs this much of a file at the most.
const PERIOD: Duration = Duration::from_secs(1);
/// How long nothing may come before the request is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// How long somebody who asks waits for a request that has not noticed yet that its line is dead.
const PATIENCE: Duration = Duration::from_secs(5);

/// The requests that bring files to this node now. One whose line has died is told to keep what came, so
/// that its phone, which is here again, need not send it twice.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<Mutex<HashMap<UploadId, Request>>>);

#[derive(Clone, Debug)]
struct Request {
    stop: Arc<Notify>,
    ended: watch::Receiver<()>,
}

impl UnderWay {
    /// Notes a request; the sender lives as long as it does.
    fn begin(&self, id: UploadId) -> (Arc<Notify>, watch::Sender<()>) {
        let (stop, (alive, ended)) = (Arc::new(Notify::new()), watch::channel(()));
        let request = Request { stop: Arc::clone(&stop), ended };
        self.requests().insert(id, request);
        (stop, alive)
    }

    fn end(&self, id: UploadId) {
        let mut requests = self.requests();
        // A later request under the same id stays.
        if requests.get(&id).is_some_and(|request| request.ended.has_changed().is_err()) {
            requests.remove(&id);
        }
    }

    /// Ends the request to an upload, if there is one, and waits until what came is kept.
    async fn interrupt(&self, id: UploadId) {
        let Some(mut request) = self.requests().get(&id).cloned() else { return };
        request.stop.notify_one();
        // It ends by dropping the other side.
        let _ = tokio::time::timeout(PATIENCE, request.ended.changed()).await;
    }

    fn requests(&self) -> std::sync::MutexGuard<'_, HashMap<UploadId, Request>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Files {
    /// Ends a request that still seems to bring this upload to this node: its phone is here again.
    pub async fn interrupt(&self, id: UploadId) {
        self.under_way.interrupt(id).await;
    }
}

/// What was taken of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// How much of the file is here now.
    pub received_bytes: u64,
}

/// Takes the bytes of a request to an upload that begin at an offset.
///
/// The work goes on when the request is dropped, so that what had come is kept.
///
/// # Errors
/// [`Problem::UploadOffset`] when the file does not end there, [`Problem::TooLarge`] when more comes than
/// was said.
pub async fn receive(app: &App, upload: upload::Kept, offset: u64, body: Body) -> Result<Received, Problem> {
    if offset != upload.received_bytes {
        return Err(Problem::UploadOffset { received_bytes: upload.received_bytes });
    }
    let id = upload.id;
    let (stop, alive) = app.files.under_way.begin(id);
    let receiving = Receiving { app: app.clone(), upload, buffer: Vec::new() };
    let under_way = app.files.under_way.clone();
    let taken = tokio::spawn(async move {
        let taken = receiving.take(body.into_data_stream(), &stop).await;
        drop(alive);
        under_way.end(id);
        taken
    });
    taken.await.map_err(Problem::internal)?
}

/// Takes a file in from somewhere else than a request, as from its sender. False when it was here before, was erased by
/// order, or is none that this version knows; then its bytes are passed over.
///
/// # Errors
/// When the bytes are not what they should be, or the disk fails.
pub async fn take_in(
    app: &App,
    (device, person): (DeviceId, PersonId),
    file: &RescuedFile,
    from: &mut impl Read,
) -> Result<bool, Problem> {
    let (digest, size_bytes) = (file.digest(), file.size_bytes);
    let known = app.read(move |tx| {
        Ok::<_, Problem>(
            attachment::find(tx, digest)?.is_some() || attachment::erased_by(tx, digest)?.is_some(),
        )
    });
    let (Some(media_type), false) = (file.media_type(), known.await?) else {
        std::io::copy(&mut from.take(size_bytes), &mut std::io::sink()).map_err(Problem::internal)?;
        return Ok(false);
    };
    let upload = upload::Kept {
        id: app.minter.mint(),
        device,
        person,
        digest,
        size_bytes,
        media_type,
        received_bytes: 0,
        is_finished: false,
        begun_at: app.now(),
    };
    let row = upload.clone();
    app.write(move |tx| Ok::<_, Problem>(upload::insert(tx, &row)?)).await?;
    let id = upload.id;
    let mut receiving = Receiving { app: app.clone(), upload, buffer: Vec::new() };
    let mut from = from.take(size_bytes);
    loop {
        (&mut from).take(PIECE_BYTES as u64).read_to_end(&mut receiving.buffer).map_err(Problem::internal)?;
        if receiving.buffer.is_empty() {
            break;
        }
        receiving.keep().await?;
    }
    Ok(finish(app, id).await? == Finished::Whole)
}

struct Receiving {
    app: App,
    upload: upload::Kept,
    buffer: Vec<u8>,
}

impl Receiving {
    async fn take(mut self, mut body: BodyDataStream, stop: &Notify) -> Result<Received, Problem> {
        let mut kept_at = Instant::now();
        let mut came_at = kept_at;
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(PERIOD, body.next()) => next,
                () = stop.notified() => break,
            };
            if kept_at.elapsed() >= PERIOD {
                self.keep().await?;
                kept_at = Instant::now();
            }
            let bytes = match next {
                Ok(Some(Ok(bytes))) => bytes,
                // A line that is cut ends the request; what came of it counts.
                Ok(Some(Err(_)) | None) => break,
                Err(_) if came_at.elapsed() >= SILENCE => break,
                Err(_) => continue,
            };
            came_at = Instant::now();
            let so_far = self.upload.received_bytes + (self.buffer.len() + bytes.len()) as u64;
            if so_far > self.upload.size_bytes {
                let limit_bytes = usize::try_from(self.upload.size_bytes).unwrap_or(usize::MAX);
                return Err(Problem::TooLarge { limit_bytes });
            }
            self.buffer.extend_from_slice(&bytes);
            if self.buffer.len() >= PIECE_BYTES {
                self.keep().await?;
                kept_at = Instant::now();
            }
        }
        self.keep().await?;
        Ok(Received { received_bytes: self.upload.received_bytes })
    }

    /// Makes durable what has come: first the bytes, then the word that they are here.
    async fn keep(&mut self) -> Result<(), Problem> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.buffer);
        let (id, starts_at, size_bytes) = (self.upload.id, self.upload.received_bytes, bytes.len() as u64);
        let object = coming(id, starts_at, u32::from_le_bytes(self.app.minter.random()));
        self.app.files.put_coming(&object, bytes).await?;
        let (part, now) = (Part { starts_at, size_bytes, object: object.clone() }, self.app.now());
        if self.app.write(move |tx| Ok::<_, Problem>(upload::add_part(tx, id, &part, now)?)).await? {
            self.upload.received_bytes += size_bytes;
            return Ok(());
        }
        self.app.files.drop_coming(&object).await;
        Err(Problem::UploadOffset { received_bytes: self.received(id).await? })
    }

    async fn received(&self, id: UploadId) -> Result<u64, Problem> {
        let found = self.app.read(move |tx| Ok::<_, Problem>(upload::find(tx, id)?)).await?;
        Ok(found.ok_or(Problem::NotFound { what: "upload" })?.received_bytes)
    }
}
