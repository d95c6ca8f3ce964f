//! Sending through the app's transport: with patience that ends, cancelling, and a word for every kind of answer
//! that is not the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tingfang_core::phone::{HttpAnswer, HttpCall};
use tingfang_core::sync::wire::MEDIA_TYPE;
use tokio_util::sync::CancellationToken;

use crate::error::TingfangError;
use crate::runtime;
use crate::transport::{HttpHeader, HttpReply, HttpRequest, HttpResponse, Transport};

/// Counts the requests of this process.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The way to one server.
pub(crate) struct Wire {
    pub(crate) transport: Arc<dyn Transport>,
    /// The server's address.
    pub(crate) server: String,
    /// The device's token; nothing before it is enrolled.
    pub(crate) token: Option<String>,
    pub(crate) patience_s: u32,
    pub(crate) cancelled: CancellationToken,
}

/// What came of sending.
pub(crate) enum Sent<T> {
    /// An answer.
    Answered(T),
    /// It was cancelled before there was one.
    Cancelled,
}

impl Wire {
    /// Sends a sync request and gives the server's own answer.
    pub(crate) async fn exchange(&self, request: Vec<u8>) -> Result<Sent<Vec<u8>>, TingfangError> {
        let headers = vec![header("content-type", MEDIA_TYPE)];
        let sent = self.send("POST", "/api/v1/sync", headers, request).await?;
        let Sent::Answered(answer) = sent else { return Ok(Sent::Cancelled) };
        must_be_good(&answer)?;
        // A captive portal answers everything, and with 200.
        if content_type(&answer) != MEDIA_TYPE {
            return Err(not_the_server(&answer));
        }
        Ok(Sent::Answered(answer.body))
    }

    /// Posts JSON and gives the server's JSON.
    pub(crate) async fn post_json(&self, path: &str, body: String) -> Result<Sent<String>, TingfangError> {
        let headers = vec![header("content-type", JSON)];
        json(self.send("POST", path, headers, body.into_bytes()).await?)
    }

    /// Asks for the server's JSON.
    pub(crate) async fn get_json(&self, path: &str) -> Result<Sent<String>, TingfangError> {
        json(self.send("GET", path, Vec::new(), Vec::new()).await?)
    }

    /// Sends a step of a file's way. What the server says of the file is the phone's to judge; everything else has
    /// its error here.
    pub(crate) async fn call(&self, call: HttpCall) -> Result<Sent<HttpAnswer>, TingfangError> {
        let headers = call.headers.iter().map(|(name, value)| header(name, value)).collect();
        let Sent::Answered(answer) = self.send(call.method, &call.path, headers, call.body).await? else {
            return Ok(Sent::Cancelled);
        };
        must_be_about_a_file(call.method, &answer)?;
        let headers = answer.headers.into_iter().map(|header| (header.name, header.value)).collect();
        Ok(Sent::Answered(HttpAnswer { status: answer.status, headers, body: answer.body }))
    }

    /// Asks for a small picture; nothing where the server says that there is none.
    pub(crate) async fn picture(&self, call: HttpCall) -> Result<Sent<Option<Vec<u8>>>, TingfangError> {
        let Sent::Answered(answer) = self.send(call.method, &call.path, Vec::new(), call.body).await? else {
            return Ok(Sent::Cancelled);
        };
        match (answer.status, &*content_type(&answer)) {
            (200, "image/jpeg") => Ok(Sent::Answered(Some(answer.body))),
            (404, PROBLEM) => Ok(Sent::Answered(None)),
            _ => {
                must_be_good(&answer)?;
                Err(not_the_server(&answer))
            }
        }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        mut headers: Vec<HttpHeader>,
        body: Vec<u8>,
    ) -> Result<Sent<HttpResponse>, TingfangError> {
        headers.extend(self.token.iter().map(|token| header("authorization", &format!("Bearer {token}"))));
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let request = HttpRequest {
            number,
            method: method.to_owned(),
            url: format!("{}{path}", self.server.trim_end_matches('/')),
            headers,
            body,
            patience_s: self.patience_s,
        };
        let (reply, answered) = HttpReply::new();
        let transport = Arc::clone(&self.transport);
        // It may take its time, and it may hang: nobody waits for its return, only for the reply.
        let mut sending = runtime::spawn_blocking(move || transport.send(request, Arc::new(reply)));
        let answer = async {
            tokio::pin!(answered);
            tokio::select! {
                // What was answered counts, whatever `send` throws afterwards.
                biased;
                answer = &mut answered => match answer {
                    Ok(answer) => answer.map_err(TingfangError::from),
                    // The reply is gone: `send` has thrown, or forgotten it.
                    Err(_) => Err(thrown_by((&mut sending).await).unwrap_or_else(forgotten)),
                },
                ended = &mut sending => match thrown_by(ended) {
                    Some(error) => Err(error),
                    None => match answered.await {
                        Ok(answer) => answer.map_err(TingfangError::from),
                        Err(_) => Err(forgotten()),
                    },
                },
            }
        };
        let patience = Duration::from_secs(u64::from(self.patience_s.max(1)));
        let outcome = tokio::select! {
            answer = answer => answer.map(Sent::Answered),
            () = self.cancelled.cancelled() => Ok(Sent::Cancelled),
            () = tokio::time::sleep(patience) => Err(TingfangError::Offline { retry_after_s: None }),
        };
        if !matches!(outcome, Ok(Sent::Answered(_))) {
            let transport = Arc::clone(&self.transport);
            // What it throws changes nothing: nobody waits any more.
            drop(runtime::spawn_blocking(move || transport.cancel(number)));
        }
        outcome
    }
}

/// What `send` threw.
fn thrown_by(ended: Result<Result<(), TingfangError>, tokio::task::JoinError>) -> Option<TingfangError> {
    match ended {
        Ok(sent) => sent.err(),
        Err(error) => Some(TingfangError::host(error.to_string())),
    }
}

fn forgotten() -> TingfangError {
    TingfangError::host("the transport dropped the reply without an answer")
}

const JSON: &str = "application/json";
/// What the server says every problem in, and nobody in its place.
const PROBLEM: &str = "application/problem+json";

/// The server's JSON, of a good answer that is the server's own.
fn json(sent: Sent<HttpResponse>) -> Result<Sent<String>, TingfangError> {
    let Sent::Answered(answer) = sent else { return Ok(Sent::Cancelled) };
    must_be_good(&answer)?;
    if content_type(&answer) != JSON {
        return Err(not_the_server(&answer));
    }
    let text = String::from_utf8(answer.body);
    text.map(Sent::Answered).map_err(|error| TingfangError::BadResponse { reason: error.to_string() })
}

fn header(name: &str, value: &str) -> HttpHeader {
    HttpHeader { name: name.to_owned(), value: value.to_owned() }
}

fn value<'a>(answer: &'a HttpResponse, name: &str) -> Option<&'a str> {
    let found = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    found.map(|header| header.value.trim())
}

/// The content type without its parameters, in small letters.
fn content_type(answer: &HttpResponse) -> String {
    let whole = value(answer, "content-type").unwrap_or_default();
    whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn not_the_server(answer: &HttpResponse) -> TingfangError {
    TingfangError::NotTheServer { status: answer.status, content_type: content_type(answer) }
}

/// Every answer that is none of the good ones, as the error that it means.
fn must_be_good(answer: &HttpResponse) -> Result<(), TingfangError> {
    let is_problem = content_type(answer) == PROBLEM;
    match answer.status {
        200 | 201 => Ok(()),
        // A proxy that wants a password of its own says the same, with a page: that is nothing about this device.
        401 if is_problem => Err(TingfangError::TokenRefused),
        429 | 503 => {
            let retry_after_s = value(answer, "retry-after").and_then(|seconds| seconds.parse().ok());
            Err(TingfangError::Offline { retry_after_s })
        }
        status if is_problem => {
            let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let said = |key: &str| problem.get(key).and_then(serde_json::Value::as_str);
            let reason = said("detail").or(said("title")).unwrap_or_default().to_owned();
            Err(TingfangError::Server { status, reason })
        }
        _ => Err(not_the_server(answer)),
    }
}

/// Every answer to a step of a file's way that says nothing of the file, as the error that it means.
fn must_be_about_a_file(method: &str, answer: &HttpResponse) -> Result<(), TingfangError> {
    let is_fetch = method == "GET";
    let is_about_it = match answer.status {
        401 => false,
        206 => is_fetch,
        // By its definition no server's, but that of a network that wants a sign-in (RFC 6585 section 6).
        511 => false,
        // An upload waits and goes on with the next sync; for a fetch somebody waits, and is told.
        408 | 429 | 500..=599 => !is_fetch,
        // What the server says of an upload, problems too, says which protocol it speaks.
        _ => value(answer, "tus-resumable").is_some(),
    };
    if is_about_it {
        return Ok(());
    }
    must_be_good(answer)?;
    Err(not_the_server(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &str) -> HttpResponse {
        HttpResponse {
            status,
            headers: vec![header("Content-Type", content_type), header("Retry-After", "30")],
            body: body.into(),
        }
    }

    #[test]
    fn every_answer_has_its_error() {
        let of = |status, content_type, body| must_be_good(&answer(status, content_type, body)).err();
        assert_eq!(of(200, MEDIA_TYPE, ""), None);
        assert_eq!(of(401, "application/problem+json", "{}"), Some(TingfangError::TokenRefused));
        let proxy = TingfangError::NotTheServer { status: 401, content_type: "text/html".into() };
        assert_eq!(of(401, "text/html", "<html>"), Some(proxy), "a password of somebody else's");
        assert_eq!(of(503, "text/html", ""), Some(TingfangError::Offline { retry_after_s: Some(30) }));
        let problem = of(410, "application/problem+json; charset=utf-8", r#"{"detail":"used"}"#);
        assert_eq!(problem, Some(TingfangError::Server { status: 410, reason: "used".into() }));
        let portal = of(302, "text/html; charset=gbk", "<html>");
        let expected = TingfangError::NotTheServer { status: 302, content_type: "text/html".into() };
        assert_eq!(portal, Some(expected));
    }

    #[test]
    fn an_answer_that_says_nothing_of_the_file_has_the_same_errors() {
        let of = |method, status, kind| must_be_about_a_file(method, &answer(status, kind, "")).err();
        let (page, problem) = ("text/html", "application/problem+json");
        let portal = |status| Some(TingfangError::NotTheServer { status, content_type: page.into() });
        let wait = Some(TingfangError::Offline { retry_after_s: Some(30) });
        assert_eq!(of("GET", 206, "image/jpeg"), None);
        assert_eq!(of("GET", 503, problem), wait);
        assert_eq!(of("GET", 429, problem), wait);
        let gone = TingfangError::Server { status: 404, reason: String::new() };
        assert_eq!(of("GET", 404, problem), Some(gone));
        assert_eq!(of("PATCH", 502, page), None, "an upload waits by itself");
        for method in ["GET", "HEAD", "POST", "PATCH"] {
            for status in [200, 302, 401, 403, 511] {
                assert_eq!(of(method, status, page), portal(status), "{method}");
            }
            assert_eq!(of(method, 401, problem), Some(TingfangError::TokenRefused), "{method}");
        }
        let mut taken = answer(204, "", "");
        taken.headers.push(header("Tus-Resumable", "1.0.0"));
        assert_eq!(must_be_about_a_file("PATCH", &taken), Ok(()));
    }
}
