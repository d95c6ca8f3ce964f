//! How the app reaches the server: one request, one reply.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::TingfangError;

/// How the app reaches the server.
///
/// `send` starts a request and returns at once, or waits for the answer and returns then; both are good, since
/// it is called on a thread of the library's own. The answer goes to the reply, from any thread. Redirections are
/// not followed, and nothing is cached.
#[uniffi::export(foreign)]
pub trait Transport: Send + Sync {
    /// Sends a request. What it throws ends the sync with that error; nothing is lost by it.
    fn send(&self, request: HttpRequest, reply: std::sync::Arc<HttpReply>) -> Result<(), TingfangError>;

    /// Nobody waits for the answer to the request with this number any more. A transport that can stop the
    /// request does so.
    fn cancel(&self, number: u64) -> Result<(), TingfangError>;
}

/// A request, to be sent as it is.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// Counts the requests of this process; `cancel` names it.
    pub number: u64,
    /// `GET`, `HEAD`, `POST` or `PATCH`.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers, the device's token among them. It must not be logged.
    pub headers: Vec<HttpHeader>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
    /// After how many seconds without an answer the library gives up.
    pub patience_s: u32,
}

/// A header of a request or an answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Its name, in any letters.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// The status, 100 to 599.
    pub status: u16,
    /// The headers.
    pub headers: Vec<HttpHeader>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TransportFailure {
    /// No network, no such host, the connection was cut, or it took too long.
    NoConnection,
    /// The server's certificate is not trusted, or encryption failed otherwise.
    NotTrusted {
        /// What the platform said.
        reason: String,
    },
    /// Anything else.
    Other {
        /// What the platform said.
        reason: String,
    },
}

/// Where the answer to one request goes. The first word counts; what comes later, or after nobody waits any more,
/// is dropped.
#[derive(Debug, uniffi::Object)]
pub struct HttpReply {
    waiting: Mutex<Option<oneshot::Sender<Result<HttpResponse, TransportFailure>>>>,
}

#[uniffi::export]
impl HttpReply {
    /// Gives the answer.
    pub fn complete(&self, response: HttpResponse) {
        self.give(Ok(response));
    }

    /// Says that there is none.
    pub fn fail(&self, failure: TransportFailure) {
        self.give(Err(failure));
    }

    /// Whether somebody still waits for it.
    pub fn is_wanted(&self) -> bool {
        self.lock().as_ref().is_some_and(|waiting| !waiting.is_closed())
    }
}

impl HttpReply {
    /// A reply, and where its answer comes out.
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<HttpResponse, TransportFailure>>) {
        let (sender, receiver) = oneshot::channel();
        (Self { waiting: Mutex::new(Some(sender)) }, receiver)
    }

    fn give(&self, answer: Result<HttpResponse, TransportFailure>) {
        if let Some(waiting) = self.lock().take() {
            // Who does not wait any more does not miss it.
            let _ = waiting.send(answer);
        }
    }

    fn lock(
        &self,
    ) -> std::sync::MutexGuard<'_, Option<oneshot::Sender<Result<HttpResponse, TransportFailure>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<TransportFailure> for TingfangError {
    fn from(failure: TransportFailure) -> Self {
        match failure {
            TransportFailure::NoConnection => Self::Offline { retry_after_s: None },
            TransportFailure::NotTrusted { reason } => Self::NotTrusted { reason },
            TransportFailure::Other { reason } => Self::host(reason),
        }
    }
}
