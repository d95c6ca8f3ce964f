//! The threads that wait for the network. The app's own threads never run a sync.

use std::future::Future;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::error::TingfangError;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("tingfang")
        .enable_time()
        .build()
        .expect("a phone that cannot start a thread runs no app")
});

/// Runs something in the background, to its end, whoever waits for it.
pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    RUNTIME.spawn(work)
}

/// Runs what may block for long, such as a call into the app, on a thread of its own.
pub(crate) fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    RUNTIME.spawn_blocking(work)
}

/// Waits for something that was spawned; when it panicked, that is an internal error.
pub(crate) async fn joined<T>(work: JoinHandle<Result<T, TingfangError>>) -> Result<T, TingfangError> {
    work.await.unwrap_or_else(|error| Err(TingfangError::Internal { reason: error.to_string() }))
}
