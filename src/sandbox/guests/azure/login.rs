//! Tokens for the company's app registration.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::refusal::Refusal;
use super::text;
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;

pub(in crate::sandbox) const TENANT: &str = "3f3b0000-0000-4000-8000-0000000000aa";
pub(in crate::sandbox) const CLIENT: &str = "9c1d0000-0000-4000-8000-0000000000bb";
/// Opens nothing but a sandbox.
pub(in crate::sandbox) const SECRET: &str = "sbx8Q~sandbox-azure.secret~0000";
/// Another app registration that may read the same subscriptions, and its secret.
pub(in crate::sandbox) const SECOND: [&str; 2] =
    ["9c1d0000-0000-4000-8000-0000000000cc", "sbx8Q~sandbox-azure.secret~0001"];
const PREFIX: &str = "eyJzYW5kYm94IjoiYXp1cmUifQ.";
/// Seconds.
const LIFE: i64 = 3_599;

pub(super) async fn token(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = state.now();
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let typed = headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let refuse = |status, error, number: u32, said: &str| refuse(status, error, number, said, now);
    if !typed || field("grant_type") != "client_credentials" || !field("scope").ends_with("/.default") {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", 900_144, "The request body is not as documented.");
    }
    if tenant != TENANT {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", 90_002, "Tenant not found.");
    }
    let Some([_, secret]) = [[CLIENT, SECRET], SECOND].into_iter().find(|[client, _]| field("client_id") == *client)
    else {
        let said = "Application was not found in the directory.";
        return refuse(StatusCode::BAD_REQUEST, "unauthorized_client", 700_016, said);
    };
    if field("client_secret") != secret {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", 7_000_215, "Invalid client secret provided.");
    }
    let token = format!("{PREFIX}{}", now.timestamp() + LIFE);
    let answer = json!({ "token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": token });
    Json(answer).into_response()
}

/// A token tells itself until when it is good.
pub(super) fn check(headers: &HeaderMap, now: DateTime<Utc>) -> Result<(), Refusal> {
    let until = bearer(headers).and_then(|token| token.strip_prefix(PREFIX)?.parse::<i64>().ok());
    match until {
        Some(until) if now.timestamp() < until => Ok(()),
        Some(_) => Err(Refusal::new(StatusCode::UNAUTHORIZED, "The access token has expired.")),
        None => Err(Refusal::new(StatusCode::UNAUTHORIZED, "The access token is invalid.")),
    }
}

fn refuse(status: StatusCode, error: &str, number: u32, said: &str, now: DateTime<Utc>) -> Response {
    let answer = json!({
        "error": error,
        "error_description": format!("AADSTS{number}: {said}"),
        "error_codes": [number],
        "timestamp": text(now),
        "trace_id": "00000000-0000-4000-8000-000000000001",
        "correlation_id": "00000000-0000-4000-8000-000000000002",
    });
    (status, Json(answer)).into_response()
}
