//! 取件 fetching a file that somebody wants to see: like a sync it runs on threads of the library's own, says how far
//! it is, and can be cancelled.

use std::sync::Arc;

use tingfang_core::id::DocumentId;
use tingfang_core::record::attachment::ContentDigest;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::TingfangError;
use crate::listener::Change;
use crate::model::attachment::{FetchEnd, FetchProgress};
use crate::model::sync::PATIENCE_S;
use crate::phone::Tingfang;
use crate::runtime;
use crate::setbacks::Setbacks;
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
pub struct FetchTask {
    cancelled: CancellationToken,
    outcome: watch::Receiver<Option<Result<FetchEnd, TingfangError>>>,
    _cancels_when_dropped: DropGuard,
}

#[uniffi::export]
impl FetchTask {
    /// Ends it at the next opportunity. The next fetch of the file goes on from there.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.outcome.borrow().is_none()
    }

    /// Waits for the end. Not waiting, or giving up waiting, changes nothing.
    pub async fn outcome(&self) -> Result<FetchEnd, TingfangError> {
        let mut outcome = self.outcome.clone();
        let ended = outcome.wait_for(Option::is_some).await;
        let ended = ended.ok().and_then(|ended| ended.clone());
        ended.unwrap_or_else(|| {
            Err(TingfangError::Internal { reason: "the fetch ended without a word".to_owned() })
        })
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
        self.with(|phone| phone.check_outside())?;
        let cancelled = self.network();
        let wire = self.wire(transport, PATIENCE_S, cancelled.clone());
        let (told, progress) = watch::channel(FetchProgress::default());
        if let Some(listener) = listener {
            drop(runtime::spawn(tell(progress, listener)));
        }
        let (ended, outcome) = watch::channel(None);
        drop(runtime::spawn(async move {
            // Whatever becomes of it, the end is told.
            let run = runtime::spawn(async move { self.fetch_over(&wire, record, digest, &told).await });
            ended.send_replace(Some(runtime::joined(run).await));
        }));
        Ok(Arc::new(FetchTask { outcome, _cancels_when_dropped: cancelled.clone().drop_guard(), cancelled }))
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
        while let Some(step) = self.with(|phone| phone.next_fetch(record, digest))? {
            let Sent::Answered(answer) = wire.call(step.call.clone()).await? else {
                // Whoever cut the network has a reason, and the phone tells it.
                self.with(|phone| phone.check_outside())?;
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

/// Tells the newest state whenever there is one and the call before has ended.
async fn tell(mut progress: watch::Receiver<FetchProgress>, listener: Arc<dyn FetchListener>) {
    while progress.changed().await.is_ok() {
        let newest = *progress.borrow_and_update();
        let listener = Arc::clone(&listener);
        let _ = runtime::spawn_blocking(move || listener.on_progress(newest)).await;
    }
}
