//! Why a request was refused, as the resource manager puts it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("the resource '{what}' was not found"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = match self.status.as_u16() {
            400 => "BadRequest",
            401 => "InvalidAuthenticationToken",
            403 => "AuthorizationFailed",
            404 => "ResourceNotFound",
            429 => "429",
            _ => "InternalServerError",
        };
        (self.status, Json(json!({ "error": { "code": code, "message": self.message } }))).into_response()
    }
}
