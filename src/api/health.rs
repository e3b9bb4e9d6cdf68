//! Alive, and ready to be asked.

use axum::extract::State;
use axum::http::StatusCode;

use super::ApiState;
use super::error::ApiError;

pub(super) async fn healthy() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(state): State<ApiState>) -> Result<&'static str, ApiError> {
    let reasons = state.readiness.reasons();
    if reasons.is_empty() {
        return Ok("ok\n");
    }
    let text: Vec<String> = reasons.into_iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", text.join("; ")))
}
