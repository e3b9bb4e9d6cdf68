//! Azure: models in two subscriptions, billed in euros, some days late, and counted by Azure Monitor.

mod arm;
mod charges;
mod login;
mod monitor;
mod pages;
mod query;
mod refusal;
mod tamper;
mod workloads;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use self::pages::Pages;
use self::refusal::Refusal;
use super::room::Room;
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

pub(in crate::sandbox) use self::login::{CLIENT, SECOND, SECRET, TENANT};
pub(in crate::sandbox) use self::workloads::SUBSCRIPTIONS;

pub(super) struct Azure;

impl Room for Azure {
    /// Tokens below `login`, which has a host of its own at the vendor's.
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/login/{tenant}/oauth2/v2.0/token", post(login::token))
            .route("/subscriptions/{*path}", any(manage))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        Refusal::new(status, message).into_response()
    }

    fn wait_header(&self, seconds: u32) -> Option<(&'static str, String)> {
        Some(("x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after", seconds.to_string()))
    }

    fn later_page(&self) -> &'static [&'static str] {
        &["skiptoken="]
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        tamper::apply(tampering, answer);
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        charges::bill(state, day)
    }
}

/// The resource manager.
async fn manage(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    Path(path): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = login::check(&headers, state.now()).and_then(|()| {
        let pages = Pages::read(&headers, &path, &query)?;
        route(&state, &method, &path, &query, &pages, &body)
    });
    match answer {
        Ok(Some(body)) => axum::Json(body).into_response(),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn route(
    state: &State,
    method: &Method,
    path: &str,
    query: &[(String, String)],
    pages: &Pages,
    body: &[u8],
) -> Result<Option<Value>, Refusal> {
    // Azure does not tell cases apart.
    let path = path.to_lowercase();
    let segments: Vec<_> = path.split('/').collect();
    let get = *method == Method::GET;
    match segments.as_slice() {
        [subscription, "providers", "microsoft.costmanagement", "query"] if *method == Method::POST => {
            query::answer(state, workloads::subscription(subscription)?, body, pages)
        }
        [subscription, "providers", "microsoft.cognitiveservices", "accounts"] if get => {
            arm::accounts(workloads::subscription(subscription)?, pages).map(Some)
        }
        [
            subscription,
            "resourcegroups",
            group,
            "providers",
            "microsoft.cognitiveservices",
            "accounts",
            name,
            rest @ ..,
        ] if get => {
            let account = workloads::account(workloads::subscription(subscription)?, group, name)?;
            match rest {
                ["deployments"] => arm::deployments(account, pages).map(Some),
                ["providers", "microsoft.insights", "metrics"] => monitor::answer(state, account, query).map(Some),
                _ => Err(Refusal::not_found(&path)),
            }
        }
        _ => Err(Refusal::not_found(&path)),
    }
}

fn text(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
