//! Serving until somebody asks to stop.

use std::future::Future;

use tokio::net::TcpListener;

use crate::app::App;
use crate::router;

/// Serves requests until `stop` comes; then takes no new ones and finishes those under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router::build(app)).with_graceful_shutdown(stop).await
}

/// Comes when the process is asked to stop: by the terminal, or by the service manager.
pub async fn stop_signal() {
    let terminal = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let manager = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let manager = std::future::pending::<()>();
    tokio::select! {
        () = terminal => {}
        () = manager => {}
    }
    tracing::info!("stopping: finishing the requests under way");
}
