//! A console: somebody who is signed in, over real HTTP.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::expect::text;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Console {
    agent: ureq::Agent,
    url: String,
    token: String,
    name: String,
}

impl Console {
    /// Signs in at a server.
    pub(super) fn sign_in(url: &str, login: &str, password: &str) -> Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut console = Self { agent, url: url.to_owned(), token: String::new(), name: String::new() };
        let session = console.post("/session", &json!({ "login": login, "password": password }))?;
        console.token = text(&session, "/token")?.to_owned();
        console.name = text(&console.get("/me")?, "/name")?.to_owned();
        Ok(console)
    }

    /// Who it is.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Reads one thing.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        let answer = self.agent.get(self.address(path)).header("authorization", self.bearer()).call();
        good("GET", path, answer)
    }

    /// Reads a file.
    pub(super) fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let answer = self.agent.get(self.address(path)).header("authorization", self.bearer()).call();
        let mut answer = answer.with_context(|| format!("{path} was not answered"))?;
        if !answer.status().is_success() {
            bail!("GET {path} was answered with {}", answer.status());
        }
        Ok(answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec()?)
    }

    /// Reads every page of a list.
    pub(super) fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let mut page = self.get(&format!("{path}{mark}limit=200{after}"))?;
            let next = page["next"].as_str().map(|next| format!("&after={next}"));
            match page["items"].take() {
                Value::Array(items) => rows.extend(items),
                _ => bail!("{path} is no list: {page}"),
            }
            match next {
                Some(next) => after = next,
                None => return Ok(rows),
            }
        }
    }

    /// Sends something new.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        good("POST", path, self.send(self.agent.post(self.address(path)), body))
    }

    /// Sends something that takes another's place.
    pub(super) fn put(&self, path: &str, body: &Value) -> Result<Value> {
        good("PUT", path, self.send(self.agent.put(self.address(path)), body))
    }

    /// Sends something that must be refused, and hands back the problem.
    pub(super) fn refused(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, value) = read(path, self.send(self.agent.post(self.address(path)), body))?;
        if !(400..500).contains(&status) {
            bail!("POST {path} had to be refused and was answered with {status}\n{value}");
        }
        Ok(value)
    }

    fn send(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithBody>,
        body: &Value,
    ) -> Result<Answer, ureq::Error> {
        match self.token.as_str() {
            "" => request.send_json(body),
            _ => request.header("authorization", self.bearer()).send_json(body),
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

type Answer = ureq::http::Response<ureq::Body>;

fn good(method: &str, path: &str, answer: Result<Answer, ureq::Error>) -> Result<Value> {
    let (status, value) = read(path, answer)?;
    if !(200..300).contains(&status) {
        bail!("{method} {path} was answered with {status}\n{value:#}");
    }
    Ok(value)
}

/// Status and JSON of an answer; a body that is none reads as null.
fn read(path: &str, answer: Result<Answer, ureq::Error>) -> Result<(u16, Value)> {
    let mut answer = answer.with_context(|| format!("{path} was not answered"))?;
    let body = answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_string();
    let body = body.with_context(|| format!("cannot read the answer of {path}"))?;
    Ok((answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null)))
}
