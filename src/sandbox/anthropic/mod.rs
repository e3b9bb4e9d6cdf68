//! Anthropic's organization API.

mod claude_code;
mod cost_report;
mod directory;
mod lines;
mod usage_report;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::auth;
use super::buckets::Page;
use super::company::Vendor;
use super::params::Params;
use super::refusal::Refusal;
use super::state::State;
use super::time::{Minute, Span};

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(path): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    match auth::check(Vendor::Anthropic, &headers).and_then(|()| route(&state, &path, &query, &headers)) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.answer(Vendor::Anthropic),
    }
}

fn route(state: &State, path: &str, query: &[(String, String)], headers: &HeaderMap) -> Result<Value, Refusal> {
    match path {
        "usage_report/messages" => usage_report::answer(state, query, has_beta(headers, "fast-mode-2026-02-01")),
        "cost_report" => cost_report::answer(state, query),
        "usage_report/claude_code" => claude_code::answer(state, query),
        "analytics/cost" | "analytics/usage" if !has_beta(headers, "analytics-usage-cost-2026-08-24") => {
            Err(Refusal::bad("anthropic-beta", "this endpoint needs the beta header"))
        }
        "workspaces" => directory::workspaces(state, query),
        "api_keys" => directory::keys(state, query),
        "users" => directory::users(state, query),
        "me" => directory::me(query),
        _ => Err(Refusal::not_found(path)),
    }
}

/// Whether the header names the beta, alone or in a list.
fn has_beta(headers: &HeaderMap, beta: &str) -> bool {
    let values = headers.get_all("anthropic-beta").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim() == beta)
}

fn instant(params: &Params, name: &str) -> Result<Option<Minute>, Refusal> {
    let parse = |text: &str| {
        let parsed = DateTime::parse_from_rfc3339(text);
        parsed.map_err(|_| Refusal::bad(name, format!("'{text}' is not an RFC 3339 datetime")))
    };
    Ok(params.one(name).map(parse).transpose()?.map(|at| Minute::of_seconds(at.timestamp())))
}

fn start(params: &Params) -> Result<Minute, Refusal> {
    instant(params, "starting_at")?.ok_or_else(|| Refusal::bad("starting_at", "field required"))
}

fn backwards() -> Refusal {
    Refusal::bad("ending_at", "Invalid date range: ending date must be after starting date")
}

/// The envelope of a page of buckets.
fn envelope(page: &Page, results: impl Fn(Span) -> Vec<Value>) -> Value {
    let bucket = |span: &Span| json!({ "starting_at": rfc3339(span.from), "ending_at": rfc3339(span.to), "results": results(*span) });
    json!({
        "data": page.buckets.iter().map(bucket).collect::<Vec<_>>(),
        "has_more": page.next.is_some(),
        "next_page": page.next,
    })
}

fn rfc3339(minute: Minute) -> String {
    minute.instant().to_rfc3339_opts(SecondsFormat::Secs, true)
}
