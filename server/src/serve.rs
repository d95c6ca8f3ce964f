//! Serving until somebody asks to stop.
//!
//! The connections are accepted here and not by `axum::serve`, because that one knows no limits: a
//! client that never ends its request would keep the server up for ever.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::app::App;
use crate::router;

/// How long a connection may take for the head of a request, or wait for its next one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait after a connection could not be taken: most often the process has no file left,
/// and asking again at once would only burn the processor.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves requests until a first stop comes; then takes no new ones and finishes those under way,
/// until they are done, the drain time of the configuration is over, or a second stop comes.
pub async fn serve(app: App, listener: TcpListener, stops: &mut Stops) {
    let drain = Duration::from_secs(app.config.drain_timeout_s);
    let routes = router::build(app);
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, _)) => attend(stream, routes.clone(), &connections),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            () = stops.next() => break,
        }
    }
    drop(listener);
    let open = connections.count();
    tracing::info!(open, "stopping: finishing the requests under way");
    tokio::select! {
        () = connections.shutdown() => {}
        () = tokio::time::sleep(drain) => {
            tracing::warn!("the time for requests under way is over; those that are left are cut off");
        }
        () = stops.next() => tracing::warn!("asked to stop again; requests under way are cut off"),
    }
}

/// Answers the requests of one connection.
fn attend(stream: TcpStream, routes: Router, connections: &GracefulShutdown) {
    // Answers are written whole; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let service = routes.map_request(|request: hyper::Request<Incoming>| request.map(Body::new));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended badly");
        }
    });
}

/// The wishes that the process stop: from the terminal, or from the service manager.
///
/// Made before serving begins, so that none is missed, and kept until the end, so that a second one
/// is heard.
#[derive(Debug)]
pub struct Stops {
    #[cfg(unix)]
    manager: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminal: tokio::signal::unix::Signal,
}

impl Stops {
    /// Begins to listen for them. Needs the async runtime.
    ///
    /// # Errors
    /// When the system gives no signals.
    pub fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { manager: signal(SignalKind::terminate())?, terminal: signal(SignalKind::interrupt())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Comes with the next wish to stop.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.manager.recv() => {}
            _ = self.terminal.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
