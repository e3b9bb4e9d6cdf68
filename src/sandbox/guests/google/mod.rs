//! Google Cloud: a billing export in BigQuery, counts in Cloud Monitoring, and the server that gives out tokens.

mod bigquery;
mod bill;
mod grant;
mod jobs;
mod monitoring;
mod optimize;
mod reports;
mod workloads;

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub(in crate::sandbox) use self::grant::{PRIVATE_KEY, TOKEN, service_account};
pub(super) use self::optimize::AppOptimize;

use super::room::{PAGE_LIMIT, Room};
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// The cursor that is handed out again and again.
const AGAIN: &str = "again";

pub(super) struct Google;

impl Room for Google {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/token", post(grant::by_key))
            .route("/computeMetadata/v1/instance/service-accounts/default/token", get(grant::of_machine))
            .route("/bigquery/v2/projects/{project}/queries", post(bigquery::start))
            .route("/bigquery/v2/projects/{project}/queries/{job}", get(bigquery::results))
            .route("/v3/projects/{project}/timeSeries", get(monitoring::list))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let reason = match status {
            StatusCode::UNAUTHORIZED => "authError",
            StatusCode::FORBIDDEN => "accessDenied",
            StatusCode::NOT_FOUND => "notFound",
            StatusCode::TOO_MANY_REQUESTS => "rateLimitExceeded",
            StatusCode::BAD_REQUEST => "invalidQuery",
            _ => "backendError",
        };
        let errors = [json!({ "message": message, "domain": "global", "reason": reason })];
        let error = json!({ "code": status.as_u16(), "message": message, "errors": errors });
        (status, Json(json!({ "error": error }))).into_response()
    }

    fn later_page(&self) -> &'static [&'static str] {
        &["pageToken="]
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        if answer.get("rows").is_some() {
            bigquery::tamper(tampering, answer);
        } else if answer.get("timeSeries").is_some() {
            monitoring::tamper(tampering, answer);
        }
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        state.has_seen(day).then(|| bill::lines(state, day).iter().map(|line| line.cost + line.credit).sum())
    }
}

/// A refusal of a request that brings no token of this sandbox.
fn stranger(headers: &HeaderMap) -> Option<Response> {
    let refusal = "Request had invalid authentication credentials. Expected OAuth 2 access token.";
    (bearer(headers) != Some(TOKEN)).then(|| Google.refuse(StatusCode::UNAUTHORIZED, refusal))
}

fn bad(message: &str) -> Response {
    Google.refuse(StatusCode::BAD_REQUEST, message)
}

/// How many items a page may hold: what was asked for, or less if the sandbox was told so.
fn page_size(asked: Option<usize>, headers: &HeaderMap) -> usize {
    let told = headers.get(PAGE_LIMIT).and_then(|limit| limit.to_str().ok()?.parse().ok());
    told.unwrap_or(usize::MAX).min(asked.unwrap_or(usize::MAX))
}

/// The page at a cursor, which is a position, and the cursor of the next one.
fn page<T>(items: Vec<T>, cursor: Option<&str>, size: usize) -> (Vec<T>, Option<String>) {
    let start = cursor.and_then(|text| text.strip_prefix("at_")?.parse().ok()).unwrap_or(0);
    let end = items.len().min(start + size.min(items.len()));
    let next = (end < items.len()).then(|| format!("at_{end}"));
    (items.into_iter().take(end).skip(start).collect(), next)
}
