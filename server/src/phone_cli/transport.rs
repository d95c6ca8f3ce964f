//! The wire of the terminal phone: plain HTTP requests.

use std::time::Duration;

use serde_json::Value;
use tingfang_core::sync::wire::{MAX_PLAIN_BYTES, MEDIA_TYPE};

use super::home::Connection;

/// Why the server was not reached, or what it said instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection.
    #[error("the server cannot be reached; what you wrote is safe on this phone")]
    Unreachable(#[source] Box<ureq::Error>),
    /// The server answered with a problem.
    #[error("the server answered {status}: {text}")]
    Problem {
        /// The HTTP status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// The server's answer is none.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(String),
}

const TIMEOUT: Duration = Duration::from_secs(60);

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into()
}

/// Posts JSON to a path of a server.
pub(super) fn post_json(server: &str, path: &str, body: &Value) -> Result<Value, TransportError> {
    let url = format!("{}{path}", server.trim_end_matches('/'));
    let mut response = agent().post(&url).send_json(body).map_err(unreachable)?;
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().map_err(unreachable)?;
    if !(200..300).contains(&status) {
        return Err(problem(status, &text));
    }
    serde_json::from_str(&text).map_err(|error| TransportError::Unreadable(error.to_string()))
}

/// Posts one sync request.
pub(super) fn post_sync(connection: &Connection, request: &[u8]) -> Result<Vec<u8>, TransportError> {
    let url = format!("{}/api/v1/sync", connection.server.trim_end_matches('/'));
    let mut response = agent()
        .post(&url)
        .header("authorization", format!("Bearer {}", connection.token))
        .header("content-type", MEDIA_TYPE)
        .send(request)
        .map_err(unreachable)?;
    let status = response.status().as_u16();
    if status != 200 {
        let text = response.body_mut().read_to_string().map_err(unreachable)?;
        return Err(problem(status, &text));
    }
    response.body_mut().with_config().limit(MAX_PLAIN_BYTES as u64).read_to_vec().map_err(unreachable)
}

fn unreachable(error: ureq::Error) -> TransportError {
    TransportError::Unreachable(Box::new(error))
}

fn problem(status: u16, text: &str) -> TransportError {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let said = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let text = said("detail").or_else(|| said("title")).unwrap_or_else(|| text.to_owned());
    TransportError::Problem { status, text }
}
