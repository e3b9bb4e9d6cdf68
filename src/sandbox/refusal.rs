//! Why a request was refused, and how each vendor puts it.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::company::Vendor;

#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None, code: None }
    }

    pub(super) fn bad(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), ..Self::new(StatusCode::BAD_REQUEST, message) }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("not found: {what}"))
    }

    pub(super) fn wrong_key(vendor: Vendor) -> Self {
        let message = match vendor {
            Vendor::OpenAi => "incorrect API key provided",
            Vendor::Anthropic => "invalid x-api-key",
        };
        Self { code: Some("invalid_api_key"), ..Self::new(StatusCode::UNAUTHORIZED, message) }
    }

    /// In words that repeat the key, as careless vendors do.
    pub(super) fn revoked_key(vendor: Vendor, headers: &HeaderMap) -> Self {
        let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wrong = Self::wrong_key(vendor);
        Self { message: format!("{}: {}{}", wrong.message, sent("authorization"), sent("x-api-key")), ..wrong }
    }

    pub(super) fn answer(&self, vendor: Vendor) -> Response {
        let body = match vendor {
            Vendor::OpenAi => self.as_openai(),
            Vendor::Anthropic => self.as_anthropic(),
        };
        let mut response = (self.status, Json(body)).into_response();
        if vendor == Vendor::Anthropic {
            let retry = self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS;
            let value = if retry { "true" } else { "false" };
            response.headers_mut().insert("x-should-retry", axum::http::HeaderValue::from_static(value));
        }
        response
    }

    fn as_openai(&self) -> Value {
        let kind = match self.status.as_u16() {
            429 => "requests",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        json!({ "error": { "message": self.message, "type": kind, "param": self.param, "code": self.code } })
    }

    fn as_anthropic(&self) -> Value {
        let kind = match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        let message = match &self.param {
            Some(param) if !self.message.starts_with("Invalid date range") => format!("{param}: {}", self.message),
            _ => self.message.clone(),
        };
        json!({
            "type": "error",
            "error": { "type": kind, "message": message },
            "request_id": "req_011SbSandbox",
        })
    }
}
