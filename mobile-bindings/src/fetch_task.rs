//! 取件 fetching a file that somebody wants to see: like a sync it runs on threads of the library's own, says how far
//! it is, and can be cancelled.

use std::sync::Arc;

use tingfang_core::id::DocumentId;
use tingfang_core::phone::Setbacks;
use tingfang_core::record::attachment::ContentDigest;
use tokio::sync::watch;

use crate::error::TingfangError;
use crate::listener::Change;
use crate::model::attachment::{FetchEnd, FetchProgress};
use crate::model::sync::PATIENCE_S;
use crate::phone::Tingfang;
use crate::running::{self, Running};
use crate::runtime;
use crate::transport::Transport;
use crate::wire::{Sent, Wire};

/// Hears how far a fetch is. Calls come one at a time from a thread of the library's own; while one lasts, what is
/// overtaken is left out. What it throws is passed over.
#[uniffi::export(foreign)]
pub trait FetchListener: Send + Sync {
    /// So far it is.
    fn on_progress(&self, progress: FetchProgress) -> Result<(), TingfangError>;
}

/// A fetch that is under way, or has ended. Dropping it cancels; what has come stays.
#[derive(Debug, uniffi::Object)]
pub struct FetchTask(Running<FetchEnd>);

#[uniffi::export]
impl FetchTask {
    /// Ends it at the next opportunity. The next fetch of the file goes on from there.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.0.is_running()
    }

    /// Waits for the end. Not waiting, or giving up waiting, changes nothing.
    pub async fn outcome(&self) -> Result<FetchEnd, TingfangError> {
        self.0.outcome().await
    }
}

#[uniffi::export]
impl Tingfang {
    /// Fetches an attached file that is not on this phone, as a task that tells how far it is and can be cancelled.
    /// What has come stays, and the next fetch goes on.
    ///
    /// Throws `InCourtRoom` and `Closed`. Everything else comes out of the task.
    #[uniffi::method(default(listener = None))]
    pub fn start_fetch(
        self: Arc<Self>,
        record: DocumentId,
        digest: ContentDigest,
        transport: Arc<dyn Transport>,
        listener: Option<Arc<dyn FetchListener>>,
    ) -> Result<Arc<FetchTask>, TingfangError> {
        self.read(|phone| phone.check_outside())?;
        let cancelled = self.network();
        let wire = self.wire(transport, PATIENCE_S, cancelled.clone());
        let told = running::progress(listener.map(|listener| move |so_far| listener.on_progress(so_far)));
        let work = async move { self.fetch_over(&wire, record, digest, &told).await };
        Ok(Arc::new(FetchTask(Running::begin(cancelled, work))))
    }

    /// The same for who only waits: once begun it goes on to its end, whether somebody waits or not.
    pub async fn fetch_attachment(
        self: Arc<Self>,
        record: DocumentId,
        digest: ContentDigest,
        transport: Arc<dyn Transport>,
    ) -> Result<(), TingfangError> {
        runtime::joined(runtime::spawn(async move {
            let wire = self.wire(transport, PATIENCE_S, self.network());
            let (told, _) = watch::channel(FetchProgress::default());
            match self.fetch_over(&wire, record, digest, &told).await? {
                FetchEnd::Complete => Ok(()),
                // Nobody could cancel it but whoever cut the network.
                FetchEnd::Cancelled => Err(TingfangError::Offline { retry_after_s: None }),
            }
        }))
        .await
    }

    /// Fetches the small picture of an attached file, as JPEG, so that a list shows it before anybody fetches the
    /// file. Nothing where the server could make none. It is not kept on the phone.
    pub async fn fetch_thumbnail(
        self: Arc<Self>,
        record: DocumentId,
        digest: ContentDigest,
        transport: Arc<dyn Transport>,
    ) -> Result<Option<Vec<u8>>, TingfangError> {
        let call = self.read(|phone| phone.thumbnail_call(record, digest))?;
        runtime::joined(runtime::spawn(async move {
            match self.wire(transport, PATIENCE_S, self.network()).picture(call).await? {
                Sent::Answered(picture) => Ok(picture),
                Sent::Cancelled => Err(TingfangError::Offline { retry_after_s: None }),
            }
        }))
        .await
    }
}

impl Tingfang {
    /// Fetches a file piece by piece.
    async fn fetch_over(
        &self,
        wire: &Wire,
        record: DocumentId,
        digest: ContentDigest,
        told: &watch::Sender<FetchProgress>,
    ) -> Result<FetchEnd, TingfangError> {
        let mut setbacks = Setbacks::default();
        while let Some(step) = self.read(|phone| phone.next_fetch(record, digest))? {
            let Sent::Answered(answer) = wire.call(step.call.clone()).await? else {
                // Whoever cut the network has a reason, and the phone tells it.
                self.read(|phone| phone.check_outside())?;
                return Ok(FetchEnd::Cancelled);
            };
            let come = self.with(|phone| phone.take_fetched(&step, &answer))?;
            told.send_replace(come.into());
            // A line on which every piece is cut before its first whole part.
            if !setbacks.goes_on(digest, come.fetched_bytes) {
                return Err(TingfangError::Offline { retry_after_s: None });
            }
        }
        self.listeners.tell(Change::Record { record });
        Ok(FetchEnd::Complete)
    }
}
