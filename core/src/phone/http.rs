//! Calls and answers of HTTP, as far as files need them: the phone says what to send, somebody else
//! sends it.

/// A request to the server, under the address that the phone was enrolled with and with its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// The method: `GET`, `HEAD`, `POST` or `PATCH`.
    pub method: &'static str,
    /// The path, beginning with `/`.
    pub path: String,
    /// Headers beside the token.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The value of a header, whatever its capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    /// The code of a problem that the server names; nothing when the body is none of its problems.
    pub(super) fn problem_code(&self) -> Option<String> {
        let is_problem = self.header("content-type")?.starts_with("application/problem+json");
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let code = body.get("errors").and_then(|errors| errors.get(0)).unwrap_or(&body).get("code")?;
        is_problem.then(|| code.as_str().map(str::to_owned)).flatten()
    }
}
