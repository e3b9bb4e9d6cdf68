//! One shape for all errors: `{"error": {"code", "message", "hint"?}}`.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

const CHALLENGES: [&str; 2] = ["Bearer realm=\"llmtally\"", "Basic realm=\"llmtally\", charset=\"UTF-8\""];

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: Option<String>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None }
    }

    pub(super) fn bad_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_query", message)
    }

    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// What the database said stays in the log: it may hold names and addresses.
impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot read the ledger");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", "the database did not answer")
            .hint("try again; /-/ready tells when it is back")
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = Detail { code: self.code, message: &self.message, hint: self.hint.as_deref() };
        let mut response = (self.status, Json(Body { error })).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            // One header each: not every browser takes both from one.
            for scheme in CHALLENGES {
                response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
        }
        response
    }
}

pub(super) async fn not_found(uri: Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {}", uri.path()))
        .hint("/ lists what there is")
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    let message = format!("{} does not answer {method}", uri.path());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}
