//! The wire of the terminal phone: plain HTTP requests.

use std::time::Duration;

use serde_json::Value;
use tingfang_core::phone::{HttpAnswer, HttpCall};
use tingfang_core::sync::wire::{MAX_PLAIN_BYTES, MEDIA_TYPE};

use super::home::Connection;
use crate::problem::ProblemBody;

/// Why the server was not reached, or what it said instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection.
    #[error("the server {server} cannot be reached")]
    Unreachable {
        /// Where it should be.
        server: String,
        /// Why.
        #[source]
        source: Box<ureq::Error>,
    },
    /// No connection at enrolment: nothing was sent, and nothing was written on the phone.
    #[error("the server {server} cannot be reached for enrolment")]
    NowhereToEnrol {
        /// Where it should be.
        server: String,
        /// Why.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The server does not know the phone's token.
    #[error("the server does not take this phone any more")]
    TokenRefused,
    /// The server answered with a problem.
    #[error("the server answered {status}")]
    Problem {
        /// The HTTP status.
        status: u16,
        /// What it said, when it was a server of ours that did.
        body: Option<Box<ProblemBody>>,
    },
    /// The server's answer is none.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(String),
}

impl TransportError {
    /// The stable code: its key in the locale section `phone_problem`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::NowhereToEnrol { .. } => "nowhere_to_enrol",
            Self::TokenRefused => "token_refused",
            Self::Problem { .. } => "server",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// What fills the places of the sentence.
    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unreachable { server, source } | Self::NowhereToEnrol { server, source } => {
                vec![("server", server.clone()), ("reason", source.to_string())]
            }
            Self::TokenRefused => Vec::new(),
            Self::Problem { status, .. } => vec![("status", status.to_string())],
            Self::Unreadable(reason) => vec![("reason", reason.clone())],
        }
    }

    /// The same failure at a moment when nothing was sent yet.
    pub(super) fn before_enrolment(self) -> Self {
        match self {
            Self::Unreachable { server, source } => Self::NowhereToEnrol { server, source },
            other => other,
        }
    }
}

const TIMEOUT: Duration = Duration::from_secs(60);
/// `Unauthorized`: the answer to a token that is not known.
const TOKEN_REFUSED: u16 = 401;

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into()
}

/// Gets JSON from a path of a server.
pub(super) fn get_json(server: &str, path: &str) -> Result<Value, TransportError> {
    let response = agent().get(address(server, path)).call().map_err(unreachable(server))?;
    json_of(server, response)
}

/// Posts JSON to a path of a server.
pub(super) fn post_json(server: &str, path: &str, body: &Value) -> Result<Value, TransportError> {
    let response = agent().post(address(server, path)).send_json(body).map_err(unreachable(server))?;
    json_of(server, response)
}

/// Posts one sync request.
pub(super) fn post_sync(connection: &Connection, request: &[u8]) -> Result<Vec<u8>, TransportError> {
    let server = &connection.server;
    let mut response = agent()
        .post(address(server, "/api/v1/sync"))
        .header("authorization", format!("Bearer {}", connection.token))
        .header("content-type", MEDIA_TYPE)
        .send(request)
        .map_err(unreachable(server))?;
    match response.status().as_u16() {
        200 => {
            let body = response.body_mut().with_config().limit(MAX_PLAIN_BYTES as u64);
            body.read_to_vec().map_err(unreachable(server))
        }
        TOKEN_REFUSED => Err(TransportError::TokenRefused),
        status => Err(problem(status, &response.body_mut().read_to_string().map_err(unreachable(server))?)),
    }
}

/// Makes a call that the phone asks for.
pub(super) fn call(connection: &Connection, wanted: &HttpCall) -> Result<HttpAnswer, TransportError> {
    let server = &connection.server;
    let mut request = ureq::http::Request::builder()
        .method(wanted.method)
        .uri(address(server, &wanted.path))
        .header("authorization", format!("Bearer {}", connection.token));
    for (name, value) in &wanted.headers {
        request = request.header(*name, value);
    }
    let request = request.body(wanted.body.clone());
    let request = request.map_err(|error| TransportError::Unreadable(error.to_string()))?;
    let mut response = agent().run(request).map_err(unreachable(server))?;
    let status = response.status().as_u16();
    if status == TOKEN_REFUSED {
        return Err(TransportError::TokenRefused);
    }
    let named = response.headers().iter();
    let headers = named.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let body = response.body_mut().with_config().limit(MAX_PLAIN_BYTES as u64);
    Ok(HttpAnswer { status, headers, body: body.read_to_vec().map_err(unreachable(server))? })
}

fn address(server: &str, path: &str) -> String {
    format!("{}{path}", server.trim_end_matches('/'))
}

fn json_of(server: &str, mut response: ureq::http::Response<ureq::Body>) -> Result<Value, TransportError> {
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().map_err(unreachable(server))?;
    if !(200..300).contains(&status) {
        return Err(problem(status, &text));
    }
    serde_json::from_str(&text).map_err(|error| TransportError::Unreadable(error.to_string()))
}

fn unreachable(server: &str) -> impl FnOnce(ureq::Error) -> TransportError {
    let server = server.to_owned();
    move |source| TransportError::Unreachable { server, source: Box::new(source) }
}

fn problem(status: u16, text: &str) -> TransportError {
    TransportError::Problem { status, body: serde_json::from_str(text).ok() }
}
