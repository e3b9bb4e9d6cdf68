//! OpenAI's organization API.

mod costs;
mod directory;
mod lines;
mod usage;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::auth;
use super::buckets::{Page, Width};
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
    match auth::check(Vendor::OpenAi, &headers).and_then(|()| route(&state, &path, &query)) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.answer(Vendor::OpenAi),
    }
}

fn route(state: &State, path: &str, query: &[(String, String)]) -> Result<Value, Refusal> {
    let segments: Vec<_> = path.split('/').collect();
    match segments.as_slice() {
        ["costs"] => costs::answer(state, query),
        ["usage", endpoint] => usage::answer(state, endpoint, query),
        ["projects"] => directory::projects(state, query),
        ["projects", project] => directory::project(state, project, query),
        ["projects", project, "api_keys"] => directory::keys(state, project, query),
        ["users"] => directory::users(state, query),
        _ => Err(Refusal::not_found(path)),
    }
}

/// The time that a query covers: whole buckets, except that a first bucket may begin late and a last one end early.
fn range(state: &State, params: &Params, width: Width) -> Result<Span, Refusal> {
    let seconds = |name: &str, text: &str| {
        text.parse::<i64>()
            .map(Minute::of_seconds)
            .map_err(|_| Refusal::bad(name, format!("'{text}' is not an integer")))
    };
    let from = seconds("start_time", params.required("start_time")?)?;
    let to = match params.one("end_time") {
        Some(text) => seconds("end_time", text)?,
        None => width.end_after(Minute::of(state.now())),
    };
    if to <= from && params.one("end_time").is_some() {
        return Err(Refusal::bad("start_time", "start_time must be before end_time"));
    }
    Ok(Span { from, to })
}

/// The envelope of a page of buckets.
fn envelope(page: &Page, results: impl Fn(Span) -> Vec<Value>) -> Value {
    let bucket = |span: &Span| {
        json!({
            "object": "bucket",
            "start_time": span.from.seconds(),
            "end_time": span.to.seconds(),
            "start_time_iso": iso(span.from),
            "end_time_iso": iso(span.to),
            "results": results(*span),
        })
    };
    json!({
        "object": "page",
        "data": page.buckets.iter().map(bucket).collect::<Vec<_>>(),
        "has_more": page.next.is_some(),
        "next_page": page.next,
    })
}

fn iso(minute: Minute) -> String {
    minute.instant().to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn object(dims: super::table::Dims) -> Map<String, Value> {
    dims.into_iter().map(|(name, cell)| (name.to_owned(), cell.into())).collect()
}
