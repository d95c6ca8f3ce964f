//! The body of a problem, `application/problem+json`.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tingfang_core::text::{Language, label, sentence};
use utoipa::ToSchema;

use super::{FieldProblem, Problem};

/// A problem as it is sent (RFC 9457). Texts stand in Chinese, with their English beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// A name of the kind of problem.
    pub r#type: String,
    /// The stable code; the last part of `type`.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// What kind of problem it is.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// What stands in the way this time.
    pub detail: String,
    /// The same in English.
    pub detail_en: String,
    /// What is wrong with single fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// When to try again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// The field, as a path from the body's root.
    pub field: String,
    /// The stable code; for a refusal, the rule.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// The same in English.
    pub detail_en: String,
    /// What would put it right.
    pub fix: String,
    /// The same in English.
    pub fix_en: String,
    /// The code of the article that the rule rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// The article by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article_name: Option<String>,
}

impl ProblemBody {
    /// What a person reads in a terminal: the detail, then a line for each field.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let chosen = |zh: &String, en: &String| match language {
            Language::Zh => zh.clone(),
            Language::En => en.clone(),
        };
        let field_line = |field: &ProblemField| {
            let detail = chosen(&field.detail, &field.detail_en);
            format!("{}: {detail} {}", field.field, chosen(&field.fix, &field.fix_en))
        };
        let mut lines = vec![chosen(&self.detail, &self.detail_en)];
        lines.extend(self.errors.iter().map(field_line));
        lines
    }
}

impl Problem {
    /// A body that the framework did not read, with the status that it would have answered.
    pub fn unreadable_body(status: StatusCode, detail: String, limit_bytes: usize) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            Self::TooLarge { limit_bytes }
        } else {
            Self::Unreadable { detail }
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SignInFirst => "sign_in_first",
            Self::WrongCredentials => "wrong_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::NotAllowed { .. } => "not_allowed",
            Self::NotFound { .. } => "not_found",
            Self::NoSuchPath => "no_such_path",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unreadable { .. } => "unreadable",
            Self::Invalid(_) => "invalid",
            Self::Erased { .. } => "erased",
            Self::Exists { .. } => "exists",
            Self::Refused(_) => "refused",
            Self::CodeSpent => "code_spent",
            Self::DeviceInactive => "device_inactive",
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedMedia { .. } => "unsupported_media",
            Self::UploadOffset { .. } => "upload_offset",
            Self::OtherDigest => "other_digest",
            Self::TusVersion => "tus_version",
            Self::Wait { .. } => "wait",
            Self::TimedOut => "timed_out",
            Self::NotReady { .. } => "not_ready",
            Self::Internal(_) => "internal",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignInFirst | Self::WrongCredentials => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotAllowed { .. } | Self::DeviceInactive => StatusCode::FORBIDDEN,
            Self::NotFound { .. } | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable { .. } => StatusCode::BAD_REQUEST,
            Self::Invalid(_) | Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Exists { .. } => StatusCode::CONFLICT,
            Self::CodeSpent | Self::Erased { .. } => StatusCode::GONE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMedia { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UploadOffset { .. } => StatusCode::CONFLICT,
            // The word of tus for it; the registry of HTTP has none.
            Self::OtherDigest => StatusCode::from_u16(460).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
            Self::TusVersion => StatusCode::PRECONDITION_FAILED,
            Self::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::NotReady { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body as it is sent.
    pub fn body(&self) -> ProblemBody {
        let title = |language| label(language, "problem", self.code()).unwrap_or(self.code()).to_owned();
        ProblemBody {
            r#type: format!("/problems/{}", self.code()),
            code: self.code().to_owned(),
            status: self.status().as_u16(),
            title: title(Language::Zh),
            title_en: title(Language::En),
            detail: self.detail(Language::Zh),
            detail_en: self.detail(Language::En),
            errors: self.fields().iter().map(shown_field).collect(),
            retry_after_s: self.retry_after_s(),
        }
    }

    const fn fields(&self) -> &[FieldProblem] {
        match self {
            Self::Invalid(fields) | Self::Refused(fields) => fields.as_slice(),
            _ => &[],
        }
    }

    const fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::TooManyAttempts { retry_after_s }
            | Self::NotReady { retry_after_s }
            | Self::Wait { retry_after_s } => Some(*retry_after_s),
            _ => None,
        }
    }

    fn detail(&self, language: Language) -> String {
        let say = |values: &[(&str, &str)]| sentence(language, "problem_detail", self.code(), values);
        match self {
            Self::TooManyAttempts { retry_after_s }
            | Self::NotReady { retry_after_s }
            | Self::Wait { retry_after_s } => say(&[("seconds", &retry_after_s.to_string())]),
            Self::NotAllowed { needed } => {
                let roles: Vec<&str> = needed.iter().map(|role| role.label(language)).collect();
                let comma = label(language, "problem_detail", "comma").unwrap_or(", ");
                say(&[("roles", &roles.join(comma))])
            }
            Self::NotFound { what } | Self::Exists { what } => {
                say(&[("what", label(language, "noun", what).unwrap_or(what))])
            }
            Self::Erased { order } => say(&[("order", &order.to_string())]),
            Self::Unreadable { detail } => say(&[("detail", detail)]),
            Self::Invalid(fields) | Self::Refused(fields) => say(&[("count", &fields.len().to_string())]),
            Self::TooLarge { limit_bytes } => say(&[("bytes", &limit_bytes.to_string())]),
            Self::UploadOffset { received_bytes } => say(&[("bytes", &received_bytes.to_string())]),
            Self::UnsupportedMedia { wanted } => say(&[("wanted", wanted)]),
            _ => say(&[]),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::Internal(error) = &self {
            // Once, here. A message of the database names statements, never values.
            tracing::error!(error = %chain(error.as_ref()), "a request failed");
        }
        let mut response = (self.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::SignInFirst) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Whether what stood in the way may pass by itself or by signing in: the same request, sent again,
/// may end otherwise.
pub fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
        )
}

/// The answer to a handler that panicked. What it said may hold anything, so it is not logged.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal(std::io::Error::other("a handler panicked")).into_response()
}

fn shown_field(problem: &FieldProblem) -> ProblemField {
    let article = problem.article(Language::Zh);
    ProblemField {
        field: problem.field.clone(),
        code: problem.code().to_owned(),
        detail: problem.detail(Language::Zh),
        detail_en: problem.detail(Language::En),
        fix: problem.fix(Language::Zh),
        fix_en: problem.fix(Language::En),
        article: article.map(|(code, _)| code.to_owned()),
        article_name: article.map(|(_, name)| name.to_owned()),
    }
}

/// An error with everything that caused it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
