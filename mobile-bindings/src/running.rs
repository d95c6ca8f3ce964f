//! Work under way: it runs on the library's own threads to its end, can be cancelled, and tells how far it is.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::TingfangError;
use crate::runtime;

/// Something that is under way, or has ended. Dropping it cancels.
#[derive(Debug)]
pub(crate) struct Running<T> {
    cancelled: CancellationToken,
    outcome: watch::Receiver<Option<Result<T, TingfangError>>>,
    _cancels_when_dropped: DropGuard,
}

impl<T: Clone + Send + Sync + 'static> Running<T> {
    /// Begins work that ends early once the token is cancelled.
    pub(crate) fn begin(
        cancelled: CancellationToken,
        work: impl Future<Output = Result<T, TingfangError>> + Send + 'static,
    ) -> Self {
        let (ended, outcome) = watch::channel(None);
        drop(runtime::spawn(async move {
            // Whatever becomes of it, the end is told.
            ended.send_replace(Some(runtime::joined(runtime::spawn(work)).await));
        }));
        Self { outcome, _cancels_when_dropped: cancelled.clone().drop_guard(), cancelled }
    }

    /// Ends it at the next opportunity.
    pub(crate) fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&self) -> bool {
        self.outcome.borrow().is_none()
    }

    /// Waits for the end. Not waiting, or giving up waiting, changes nothing.
    pub(crate) async fn outcome(&self) -> Result<T, TingfangError> {
        let mut outcome = self.outcome.clone();
        let ended = outcome.wait_for(Option::is_some).await;
        let ended = ended.ok().and_then(|ended| ended.clone());
        ended.unwrap_or_else(|| Err(TingfangError::Internal { reason: "it ended without a word".to_owned() }))
    }
}

/// Where to say how far something is. A listener hears the newest state whenever there is one and the call before
/// has ended.
pub(crate) fn progress<P: Clone + Default + Send + Sync + 'static>(
    listener: Option<impl Fn(P) -> Result<(), TingfangError> + Send + Sync + 'static>,
) -> watch::Sender<P> {
    let (told, mut progress) = watch::channel(P::default());
    if let Some(listener) = listener {
        let listener = Arc::new(listener);
        drop(runtime::spawn(async move {
            while progress.changed().await.is_ok() {
                let (newest, listener) = (progress.borrow_and_update().clone(), Arc::clone(&listener));
                // What it throws is passed over.
                let _ = runtime::spawn_blocking(move || listener(newest)).await;
            }
        }));
    }
    told
}
